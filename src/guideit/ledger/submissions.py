"""Queries on submissions and received files (private side)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from guideit.ledger.private_tables import instance, source_file, submission


def open_submission(conn: Connection, trial: str, mode: str, sources: Sequence[str], at: datetime) -> int:
    """The submission of these sources that was interrupted, else a new one."""
    mine = (submission.c.trial == trial) & (submission.c.state == "open") & (submission.c.mode == mode)
    for row in conn.execute(select(submission.c.id, submission.c.sources).where(mine)):
        if row.sources == list(sources):
            return int(row.id)
    values = {"trial": trial, "mode": mode, "state": "open", "sources": list(sources), "begun_at": at.isoformat()}
    inserted = conn.execute(submission.insert().values(**values)).inserted_primary_key
    return int(inserted[0]) if inserted else 0


def close_submission(conn: Connection, id: int) -> None:
    """Mark a submission complete; one that added nothing is forgotten."""
    files = conn.scalar(select(func.count()).select_from(source_file).where(source_file.c.submission == id))
    if files:
        conn.execute(update(submission).where(submission.c.id == id).values(state="complete"))
    else:
        conn.execute(submission.delete().where(submission.c.id == id))


def submissions_after(conn: Connection, trial: str, at: str) -> set[int]:
    """Submissions that began after a time, ISO 8601; none where none is given."""
    query = select(submission.c.id).where((submission.c.trial == trial) & (submission.c.begun_at > at))
    return set(conn.scalars(query)) if at else set()


AGAIN = frozenset({"intake.unreadable", "intake.unreadable-folder"})
"""Reasons that may have gone by the next time, without the file having changed."""
Key = tuple[str, str, int, int]
"""Source, name, size, time: what tells whether a file was seen before."""


def recorded(conn: Connection, trial: str, keys: Sequence[Key]) -> set[Key]:
    """Which of these files are recorded and need not be looked at again."""
    names = [name for _, name, _, _ in keys]
    columns = (source_file.c.source, source_file.c.name, source_file.c.size, source_file.c.mtime_ns)
    read = source_file.c.reason.not_in(AGAIN)
    query = select(*columns).where((source_file.c.trial == trial) & source_file.c.name.in_(names) & read)
    return {(row[0], row[1], row[2], row[3]) for row in conn.execute(query)} & set(keys)


def earlier_files(conn: Connection, trial: str, digests: Sequence[str]) -> set[str]:
    """Which of these BLAKE3 digests were received before and kept."""
    mine = (source_file.c.trial == trial) & source_file.c.state.in_(["instance", "table"])
    return set(conn.scalars(select(source_file.c.blake3).where(mine & source_file.c.blake3.in_(digests))))


def earlier_instances(conn: Connection, trial: str, sops: Sequence[str]) -> set[str]:
    """Which of these SOP Instance UIDs were received before."""
    query = select(instance.c.sop).where((instance.c.trial == trial) & instance.c.sop.in_(sops))
    return set(conn.scalars(query))


def put_files(conn: Connection, trial: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Record received files, replacing what was recorded under their names; their ids in order."""
    _forget(conn, trial, rows)
    first = (conn.scalar(select(func.max(source_file.c.id))) or 0) + 1
    numbered = [{"id": id, "trial": trial, **row} for id, row in enumerate(rows, start=first)]
    if numbered:
        conn.execute(source_file.insert(), numbered)
    return [row["id"] for row in numbered]


def place(submission_id: int, file_id: int) -> str:
    """How a finding names a received file: by its numbers."""
    return f"submission/{submission_id:04d}#{file_id:06d}"


def earlier_places(conn: Connection, trial: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where findings on earlier records of these files stand."""
    return [place(submission_id, id) for id, submission_id in _earlier(conn, trial, rows)]


def _earlier(conn: Connection, trial: str, rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """File and submission numbers of earlier records of these files."""
    names = {(row["source"], row["name"]) for row in rows}
    query = select(source_file.c.id, source_file.c.submission, source_file.c.source, source_file.c.name)
    mine = (source_file.c.trial == trial) & source_file.c.name.in_([name for _, name in names])
    found = conn.execute(query.where(mine))
    return [(row.id, row.submission) for row in found if (row.source, row.name) in names]


def _forget(conn: Connection, trial: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remove earlier records of files that were changed since."""
    old = [id for id, _ in _earlier(conn, trial, rows)]
    if old:
        conn.execute(instance.delete().where(instance.c.file.in_(old)))
        conn.execute(source_file.delete().where(source_file.c.id.in_(old)))


def put_instances(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record instances."""
    if rows:
        conn.execute(instance.insert(), list(rows))


def studies_of_two(conn: Connection, trial: str) -> set[str]:
    """Study Instance UIDs under which more than one patient stands."""
    query = select(instance.c.study).where(instance.c.trial == trial).group_by(instance.c.study)
    return set(conn.scalars(query.having(func.count(instance.c.patient.distinct()) > 1)))
