"""Verbs on a trial's declaration."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guideit.actions.archive import Archive
from guideit.errors import UsageError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin
from guideit.ledger.trials import get_trial, put_trial
from guideit.trial.model import Trial
from guideit.trial.parse import parse_trial


@dataclass(frozen=True, kw_only=True)
class DeclaredTrial:
    """A trial as declared, and where its declaration lay (tables and crosswalk are found from there)."""

    trial: Trial
    folder: Path
    digest: str


def add_trial(
    archive: Archive, path: Path, *, by: str, now: Callable[[], datetime], secret: bytes | None = None
) -> DeclaredTrial:
    """Read a trial.toml and add or change the trial; its key is made the first time.

    Raises:
        TrialInvalid: The declaration does not say what it must.
        Refused: The trial has another key than `secret`.
    """
    text = read_text(path)
    trial = parse_trial(text, name=path.name)
    digest = hashlib.sha256(text.encode()).hexdigest()
    archive.make_key(trial.id, secret)
    with begin(archive.private) as conn:
        at = now()
        if put_trial(conn, id=trial.id, toml=text, digest=digest, folder=str(path.resolve().parent), at=at):
            facts = {"digest": digest, "key": archive.keys(trial.id).id}
            audit.append(conn, private_audit, audit.Act(at=at, by=by, act="trial.declare", about=trial.id, facts=facts))
    return DeclaredTrial(trial=trial, folder=path.resolve().parent, digest=digest)


def declared_trial(archive: Archive, trial_id: str) -> DeclaredTrial:
    """The trial as the archive knows it.

    Raises:
        UsageError: There is no such trial.
    """
    with begin(archive.private) as conn:
        row = get_trial(conn, trial_id)
    trial = parse_trial(row["toml"], name=f"trial.toml of {trial_id}")
    return DeclaredTrial(trial=trial, folder=Path(row["folder"]), digest=row["digest"])


def read_text(path: Path) -> str:
    """A text file the person named.

    Raises:
        UsageError: It is not there, not readable, or not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except OSError as wrong:
        raise UsageError("cannot be read", where=str(path), why=wrong.strerror or "") from wrong
    except UnicodeDecodeError as wrong:
        raise UsageError("is not UTF-8 text", where=str(path), do="save it as UTF-8") from wrong
