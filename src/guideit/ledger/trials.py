"""Queries on trials and their participants (private side)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from guideit.errors import UsageError
from guideit.ledger.private_tables import identifier, participant, trial
from guideit.ledger.upsert import insert_or


def put_trial(conn: Connection, *, id: str, toml: str, digest: str, folder: str, at: datetime) -> bool:
    """Add a trial or change its declaration; True if anything changed."""
    row = conn.execute(select(trial.c.digest, trial.c.folder).where(trial.c.id == id)).one_or_none()
    if row is not None and tuple(row) == (digest, folder):
        return False
    values = {"toml": toml, "digest": digest, "folder": folder}
    if row is None:
        conn.execute(trial.insert().values(id=id, added_at=at.isoformat(), **values))
    else:
        conn.execute(update(trial).where(trial.c.id == id).values(**values))
    return True


def get_trial(conn: Connection, id: str) -> dict[str, Any]:
    """The trial's row.

    Raises:
        UsageError: There is no such trial.
    """
    row = conn.execute(select(trial).where(trial.c.id == id)).mappings().one_or_none()
    if row is None:
        known = ", ".join(conn.scalars(select(trial.c.id).order_by(trial.c.id))) or "none yet"
        raise UsageError(f"no such trial: {id}", why=f"known: {known}", do="guideit trial add trial.toml")
    return dict(row)


def trial_ids(conn: Connection) -> list[str]:
    """Ids of all trials, sorted."""
    return list(conn.scalars(select(trial.c.id).order_by(trial.c.id)))


def put_participants(conn: Connection, trial_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add participants; who is there already keeps pseudonym and shift and gets the new site and arm."""
    for row in rows:
        fresh = insert_or(conn, participant).values(trial=trial_id, **row)
        changed = {"site": row["site"], "arm": row["arm"]}
        conn.execute(fresh.on_conflict_do_update(index_elements=["trial", "source_id"], set_=changed))


def participants(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """The trial's participants by source id."""
    query = select(participant).where(participant.c.trial == trial_id).order_by(participant.c.source_id)
    return [dict(row) for row in conn.execute(query).mappings()]


def put_identifiers(conn: Connection, trial_id: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Add known identifiers `(patient, kind, text)`; known ones stay."""
    values = [dict(trial=trial_id, patient=p, kind=k, text=t) for p, k, t in sorted(set(rows))]
    if values:
        conn.execute(insert_or(conn, identifier).on_conflict_do_nothing(), values)


def identifiers(conn: Connection, trial_id: str) -> dict[str, list[tuple[str, str]]]:
    """`(kind, text)` of every known identifier, by patient."""
    query = select(identifier.c.patient, identifier.c.kind, identifier.c.text)
    found: dict[str, list[tuple[str, str]]] = {}
    for patient, kind, text in conn.execute(query.where(identifier.c.trial == trial_id).order_by(identifier.c.id)):
        found.setdefault(patient, []).append((kind, text))
    return found
