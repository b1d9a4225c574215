"""catalogue: what is read from a release: its crate and its index."""
