"""cli: parse -> one action -> print."""

from __future__ import annotations

import os
import sys
import traceback

from guideit.errors import GuideitError, disk_full_said


def main() -> None:
    """The `guideit` command. Exit 0 done, 1 refused or findings block, 2 wrong usage, 3 a fault of guideit's own."""
    from guideit.cli.app import app

    try:
        with disk_full_said("."):
            app()
    except GuideitError as error:
        sys.stderr.write(f"guideit: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("guideit: stopped; type the same line again to go on where it stopped\n")
        sys.exit(130)
    except Exception as fault:
        if os.environ.get("GUIDEIT_DEBUG"):
            raise
        sys.stderr.write(_fault(fault))
        sys.exit(3)


def _fault(fault: Exception) -> str:
    """A fault of ours, without its message: that could carry a data value."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119 a name, not a path
    return (
        f"guideit: a fault in guideit itself ({type(fault).__name__} at {place})\n"
        "  → nothing half-done is visible; type the same line again, and report this\n"
        "    GUIDEIT_DEBUG=1 shows everything, which may include private values\n"
    )
