"""Queries on who looked at a finding, and on texts in doubt (private side)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from guideit.ledger.private_tables import doubtful_text, finding, reading

TEXT = "text/"
"""How the place of a finding on a text begins; its digest follows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One person's look at a finding. Decision `""`: they opened it again, and what was read before counts no more."""

    reader: str
    decision: str
    reason: str = ""


def put_reading(conn: Connection, finding_id: int, item: Reading, at: datetime | None = None) -> None:
    """Add a reading; none is ever changed or removed while its finding is there."""
    when = at.isoformat() if at else ""
    values = {"reader": item.reader, "decision": item.decision, "reason": item.reason, "at": when}
    conn.execute(reading.insert().values(finding=finding_id, **values))


def readings(conn: Connection, trial_id: str) -> dict[int, list[Reading]]:
    """Every reading of a trial by finding, the oldest first."""
    columns = (reading.c.finding, reading.c.reader, reading.c.decision, reading.c.reason)
    query = select(*columns).join(finding, finding.c.id == reading.c.finding).where(finding.c.trial == trial_id)
    found: dict[int, list[Reading]] = {}
    for id, reader, decision, reason in conn.execute(query.order_by(reading.c.id)):
        found.setdefault(id, []).append(Reading(reader=reader, decision=decision, reason=reason))
    return found


def readings_of(conn: Connection, finding_id: int) -> list[Reading]:
    """The readings of one finding, the oldest first."""
    query = select(reading.c.reader, reading.c.decision, reading.c.reason).where(reading.c.finding == finding_id)
    rows = conn.execute(query.order_by(reading.c.id))
    return [Reading(reader=reader, decision=decision, reason=reason) for reader, decision, reason in rows]


def texts_in_doubt(conn: Connection, trial_id: str) -> dict[str, dict[str, Any]]:
    """Texts that people are asked about, with where they stand and how often, by the place of their finding."""
    query = select(doubtful_text).where(doubtful_text.c.trial == trial_id).order_by(doubtful_text.c.id)
    return {TEXT + row["digest"]: dict(row) for row in conn.execute(query).mappings()}
