"""One writer per archive: a lock of the operating system, gone when its holder is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from guideit.errors import LedgerError

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def archive_lock(path: Path) -> Iterator[None]:
    """Hold the lock at `path`.

    Raises:
        LedgerError: Another process holds it; the error says which.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            _take(file)
        except OSError as taken:
            holder = path.with_suffix(".holder")
            pid = holder.read_text("ascii").strip() if holder.exists() else "unknown"
            raise LedgerError(
                "another guideit is writing to this archive", why=f"process {pid}", do="wait for it to end"
            ) from taken
        path.with_suffix(".holder").write_text(f"{os.getpid()}\n", "ascii")
        yield
