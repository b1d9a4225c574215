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


def is_recorded(conn: Connection, trial: str, key: tuple[str, str, int, int]) -> bool:
    """Whether a file of this source, name, size and time is recorded."""
    source, name, size, mtime_ns = key
    query = select(source_file.c.id).where(
        (source_file.c.trial == trial)
        & (source_file.c.source == source)
        & (source_file.c.name == name)
        & (source_file.c.size == size)
        & (source_file.c.mtime_ns == mtime_ns)
    )
    return conn.execute(query).first() is not None


def earlier_file(conn: Connection, trial: str, digest: str) -> bool:
    """Whether the same bytes were received before."""
    mine = (source_file.c.trial == trial) & (source_file.c.blake3 == digest)
    kept = source_file.c.state.in_(["instance", "table"])
    return conn.execute(select(source_file.c.id).where(mine & kept)).first() is not None


def has_instance(conn: Connection, trial: str, sop: str) -> bool:
    """Whether there is an instance of this SOP Instance UID."""
    query = select(instance.c.id).where((instance.c.trial == trial) & (instance.c.sop == sop))
    return conn.execute(query).first() is not None


def put_file(conn: Connection, row: Mapping[str, Any]) -> int:
    """Record a received file, replacing what was recorded of the same name; returns its id."""
    same = (source_file.c.trial == row["trial"]) & (source_file.c.source == row["source"])
    old = conn.scalar(select(source_file.c.id).where(same & (source_file.c.name == row["name"])))
    if old is not None:
        conn.execute(instance.delete().where(instance.c.file == old))
        conn.execute(source_file.delete().where(source_file.c.id == old))
    inserted = conn.execute(source_file.insert().values(**row)).inserted_primary_key
    return int(inserted[0]) if inserted else 0


def put_instance(conn: Connection, row: Mapping[str, Any]) -> None:
    """Record an instance."""
    conn.execute(instance.insert().values(**row))


def studies_of_two(conn: Connection, trial: str) -> set[str]:
    """Study Instance UIDs under which more than one patient stands."""
    query = select(instance.c.study).where(instance.c.trial == trial).group_by(instance.c.study)
    return set(conn.scalars(query.having(func.count(instance.c.patient.distinct()) > 1)))
