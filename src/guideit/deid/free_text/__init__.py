"""Free text: what names people in it, by form, by what stands before it, and in disguise. Data in TOML beside."""
