"""Every error guideit raises on purpose, drawn once.

::

    GuideitError                what happened, where, why, and the line to type next; exit code 1
    ├── UsageError              the command or a setting was wrong; exit code 2
    │   ├── TrialInvalid        trial.toml does not say what it must
    │   └── PolicyInvalid       a de-identification policy names something guideit does not know
    ├── Refused                 the request is understood and not allowed as things stand
    │   ├── SourceRefused       a source folder or archive is unsafe to read
    │   └── DetectorMissing     what a policy asks to look with is not installed
    ├── NotUnderstood           a file is not understood well enough to be cleaned: it stays in quarantine
    ├── StoreError              an object store did not do what was asked
    │   └── DiskFull            there is no room left to write
    ├── LedgerError             the ledger is missing, locked, from another version, or broken
    └── SealBroken              a release is not what its seal says

No error ever carries a data value: `what` and `why` are written by us, `where` names a file the
person gave, a field of trial.toml, a DICOM tag or a pseudonym.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class GuideitError(Exception):
    """Base of all errors guideit raises on purpose.

    Args:
        what: What went wrong, one plain sentence without a data value.
        where: The file, field, tag or object it concerns.
        why: The reason, where it is not plain from `what`.
        do: The line to type, or the change to make, next.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", do: str = "") -> None:
        self.what, self.where, self.why, self.do = what, where, why, do
        super().__init__(what)

    def __str__(self) -> str:
        parts = (f"{self.where}: " if self.where else "") + self.what
        parts += f" ({self.why})" if self.why else ""
        return parts + (f"\n  → {self.do}" if self.do else "")

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders whole (the workers of `compute`)."""
        return (_rebuild, (type(self), self.what, self.where, self.why, self.do))


def _rebuild(kind: type[GuideitError], what: str, where: str, why: str, do: str) -> GuideitError:
    return kind(what, where=where, why=why, do=do)


class UsageError(GuideitError):
    """The command line, a setting or an input file is wrong."""

    exit_code = 2


class TrialInvalid(UsageError):
    """trial.toml does not say what it must."""


class PolicyInvalid(UsageError):
    """A de-identification policy names an attribute, action or option that does not exist."""


class Refused(GuideitError):
    """The request is understood and not allowed as things stand."""


class SourceRefused(Refused):
    """A source folder or archive is unsafe to read."""


class DetectorMissing(Refused):
    """A policy asks to look for text or faces, and what would look is not installed. Nothing passes unlooked at."""


class NotUnderstood(GuideitError):
    """A file cannot be understood well enough to be made clean; it stays in quarantine."""


class StoreError(GuideitError):
    """An object store did not do what was asked."""


class DiskFull(StoreError):
    """There is no room left to write; what was recorded so far stays."""


_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_SQLITE_FULL = frozenset({10, 13})
"""SQLITE_IOERR and SQLITE_FULL: what a database says that could not be written."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, says that nothing more can be written."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _SQLITE_FULL:
            return True
        error = error.__cause__
    return False


@contextmanager
def disk_full_said(where: str) -> Iterator[None]:
    """Work that writes to the folder `where`.

    Raises:
        DiskFull: Instead of whatever said that nothing more can be written.
    """
    try:
        yield
    except Exception as failed:
        if isinstance(failed, GuideitError) or not is_disk_full(failed):
            raise
        do = "make room, then type the same line again: it goes on where it stopped"
        raise DiskFull("the disk is full", where=where, do=do) from failed


class LedgerError(GuideitError):
    """The ledger is missing, locked, of another version, or broken."""


class SealBroken(GuideitError):
    """A release is not what its seal says it is."""
