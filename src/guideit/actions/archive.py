"""An archive: where guideit keeps everything (OAIS sense), its two trust zones opened for an action."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from guideit.deid.keys import Keys, new_secret
from guideit.errors import LedgerError, Refused, UsageError, disk_full_said
from guideit.ledger.engine import open_ledger
from guideit.ledger.lock import archive_lock
from guideit.storage.durable import flush_paths
from guideit.storage.open_store import open_store
from guideit.storage.shelf import Shelf
from guideit.storage.stores import Store

_SECRET = 32
"""Bytes of a trial's key."""


@dataclass(frozen=True, kw_only=True)
class ArchivePlan:
    """Where an archive's parts lie and how it works; settings make one.

    Attributes:
        root: The archive's folder.
        workers: Processes for heavy work.
        shelf_url: A folder or `s3://bucket/prefix`.
        shelf_options: Endpoint, region and credentials of an S3 shelf.
        private_url: Of the private ledger's PostgreSQL database; empty: `private/private.db`.
        shared_url: Of the shared ledger's; empty: `shared/ledger.db`.
    """

    root: Path
    workers: int = 1
    shelf_url: str = ""
    shelf_options: Mapping[str, str] = field(default_factory=dict, repr=False)
    private_url: str = field(default="", repr=False)
    shared_url: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An opened archive."""

    plan: ArchivePlan
    private: Engine
    shared: Engine

    @property
    def quarantine(self) -> Path:
        """Source files as received; never served."""
        return self.plan.root / "private" / "quarantine"

    @property
    def clean(self) -> Path:
        """Cleaned series and tables that are not released yet."""
        return self.plan.root / "private" / "clean"

    @property
    def work(self) -> Path:
        """Half-done files; emptied whenever a writer opens the archive."""
        return self.plan.root / "private" / "work"

    @cached_property
    def shelf_store(self) -> Store:
        """The store that sealed releases lie in."""
        return open_store(self.plan.shelf_url, self.plan.shelf_options)

    @cached_property
    def shelf(self) -> Shelf:
        """Sealed releases."""
        return Shelf(self.shelf_store)

    def key_file(self, trial: str) -> Path:
        """Where the trial's secret lies: `private/keys/<trial>.key`, 64 hex digits, its owner's only."""
        return self.plan.root / "private" / "keys" / f"{trial}.key"

    def secret(self, trial: str) -> bytes:
        """The trial's secret, 32 bytes.

        Raises:
            Refused: The key file is gone; a new one would give every participant a second pseudonym.
        """
        path = self.key_file(trial)
        if not path.is_file():
            raise Refused("the trial's key is missing", where=str(path), do="put the key file back from its backup")
        return bytes.fromhex(path.read_text("ascii").strip())

    def keys(self, trial: str) -> Keys:
        """The trial's keys; raises as `secret` does."""
        return Keys(self.secret(trial), trial)

    def make_key(self, trial: str, secret: bytes | None) -> None:
        """Write the trial's secret once; a second call with another secret is refused."""
        path = self.key_file(trial)
        if path.is_file():
            if secret is not None and self.secret(trial) != secret:
                raise Refused("this trial already has another key", where=str(path))
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text((secret or new_secret()).hex() + "\n", "ascii")
        flush_paths([fresh])
        fresh.replace(path)
        flush_paths([path.parent])


def read_key(path: Path) -> bytes:
    """A trial's key from a file of 64 hex digits, as `private/keys/<trial>.key` is one.

    Raises:
        UsageError: It is not there, or holds no key.
    """
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as wrong:
        raise UsageError("the key cannot be read", where=str(path), why=wrong.strerror or "") from wrong
    except ValueError:
        secret = b""
    if len(secret) != _SECRET:
        raise UsageError("no key", where=str(path), do="a key is 64 hex digits: openssl rand -hex 32 > trial.key")
    return secret


@contextmanager
def open_archive(plan: ArchivePlan, *, write: bool) -> Iterator[Archive]:
    """Open both sides, migrating their databases; a writer holds the archive's lock until it is done or dead.

    Raises:
        LedgerError: Another writer is at work, a database is of a newer guideit, or one is gone.
        DiskFull: There is no room to write, now or in the work done inside.
    """
    lock = archive_lock(plan.root / "private" / "lock") if write else nullcontext()
    with disk_full_said(str(plan.root)), lock:
        _refuse_without_ledgers(plan)
        private = open_ledger(plan.private_url or plan.root / "private" / "private.db", "private")
        shared = open_ledger(plan.shared_url or plan.root / "shared" / "ledger.db", "shared")
        archive = Archive(plan=plan, private=private, shared=shared)
        if write:
            shutil.rmtree(archive.work, ignore_errors=True)
            archive.work.mkdir(parents=True)
        try:
            yield archive
        finally:
            private.dispose()
            shared.dispose()
            if write:
                shutil.rmtree(archive.work, ignore_errors=True)


def _refuse_without_ledgers(plan: ArchivePlan) -> None:
    """An archive that has done work and lost a ledger gets no empty one: its log would seem whole, and have no past.

    Raises:
        LedgerError: A ledger's file is gone.
    """
    shelf = plan.root / "shared" / "shelf"
    for url, ledger, traces in (
        (plan.private_url, plan.root / "private" / "private.db", (plan.root / "private" / "keys").glob("*.key")),
        (plan.shared_url, plan.root / "shared" / "ledger.db", shelf.glob("*/*/release.json")),
    ):
        if not url and not ledger.exists() and any(traces):
            raise LedgerError("a ledger of this archive is gone", where=str(ledger), do="put it back from its backup")


def init_archive(root: Path, *, template: str) -> Path:
    """Make an archive's folders and its `guideit.toml` (the commit point).

    Raises:
        UsageError: `root` is already an archive, or holds something else.
    """
    if (root / _COMMITS).exists():
        raise UsageError("already an archive", where=str(root))
    if not may_become_archive(root):
        raise UsageError("the folder is not empty", where=str(root), do="name an empty or a new folder")
    for zone, mode in (("private", 0o700), ("shared", 0o755)):
        (root / zone).mkdir(parents=True, exist_ok=True)
        (root / zone).chmod(mode)
    for folder in ("private/quarantine", "private/clean", "private/keys", "shared/shelf"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    fresh = root / "private" / "guideit.toml.new"
    fresh.write_text(template, "utf-8")
    flush_paths([fresh])
    fresh.replace(root / _COMMITS)
    flush_paths([root])
    return root


_COMMITS = "guideit.toml"


def may_become_archive(root: Path) -> bool:
    """Whether nothing lies there but what `init_archive` had made when it was killed."""
    return not root.is_dir() or {path.name for path in root.iterdir()} <= {"private", "shared"}
