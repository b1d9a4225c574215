"""Write what the docs take from code: `make docs`."""

from __future__ import annotations

from tools import trial_reference

if __name__ == "__main__":
    trial_reference.main()
