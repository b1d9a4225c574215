"""guideit: randomised imaging trials share their data."""

__version__ = "0.1.0"
