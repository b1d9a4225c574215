"""What engineers run to write generated files."""
