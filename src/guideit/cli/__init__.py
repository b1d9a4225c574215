"""cli: parse -> one action -> print."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import TextIO

from guideit.errors import GuideitError, StoreError, disk_full_said


def main() -> None:
    """The `guideit` command. Exit 0 done, 1 refused or findings block, 2 wrong usage, 3 a fault of guideit's own."""
    from guideit.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        _writes_anything(stream)
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
        if isinstance(fault, OSError) and fault.errno in _NOT_ALLOWED:
            sys.stderr.write(f"guideit: {_not_allowed(fault)}\n")
            sys.exit(1)
        sys.stderr.write(_fault(fault))
        sys.exit(3)


_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR})


def _writes_anything(stream: TextIO) -> None:
    """What a terminal's character set does not have is written as `\\xfc`: no line fails for a name in it."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")


def _not_allowed(failed: OSError) -> StoreError:
    """The system's refusal, at what the person typed: the file itself may be named after a patient."""
    file = Path(os.fsdecode(failed.filename or ".")).absolute()
    typed = [word for word in sys.argv[1:] if not word.startswith("-") and file.is_relative_to(Path(word).absolute())]
    return StoreError(
        "cannot be written or read",
        where=max(typed, key=len, default="a file or folder"),
        why=failed.strerror or "",
        do="check who owns it and what lies there, or name another folder",
    )


def _fault(fault: Exception) -> str:
    """A fault of ours, without its message: that could carry a data value."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119 a name, not a path
    return (
        f"guideit: a fault in guideit itself ({type(fault).__name__} at {place})\n"
        "  → nothing half-done is visible; type the same line again, and report this\n"
        "    GUIDEIT_DEBUG=1 shows everything, which may include private values\n"
    )
