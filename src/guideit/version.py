"""The version of guideit."""

__version__ = "0.1.0"
