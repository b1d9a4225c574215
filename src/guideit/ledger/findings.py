"""Queries on findings and the decisions taken on them (private side)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from guideit.errors import UsageError
from guideit.ledger.private_tables import finding
from guideit.ledger.upsert import insert_or
from guideit.trial.finding import Finding

OPEN = ""


def put_findings(conn: Connection, trial_id: str, findings: Iterable[Finding]) -> None:
    """Add findings; one already there keeps its decision."""
    for item in findings:
        row = {"rule": item.rule, "place": item.place, "says": item.says, "do": item.do}
        values = row | {"trial": trial_id, "severity": item.severity.value}
        conn.execute(insert_or(conn, finding).values(**values).on_conflict_do_nothing())


def replace_findings(conn: Connection, trial_id: str, room: str, findings: Iterable[Finding]) -> None:
    """Make `findings` the undecided ones whose rule begins with `room` (`verify.`); decided ones stay."""
    mine = (finding.c.trial == trial_id) & finding.c.rule.startswith(room) & (finding.c.decision == OPEN)
    conn.execute(finding.delete().where(mine))
    put_findings(conn, trial_id, findings)


def drop_findings_at(conn: Connection, trial_id: str, room: str, places: Sequence[str]) -> None:
    """Remove undecided findings of `room` at `places`: what they concern is being done again."""
    mine = (finding.c.trial == trial_id) & finding.c.rule.startswith(room) & (finding.c.decision == OPEN)
    for start in range(0, len(places), 500):  # SQLite bounds the number of parameters
        conn.execute(finding.delete().where(mine & finding.c.place.in_(places[start : start + 500])))


def list_findings(conn: Connection, trial_id: str, *, undecided: bool = False) -> list[dict[str, Any]]:
    """The trial's findings, blocking ones first, then by rule and place."""
    query = select(finding).where(finding.c.trial == trial_id)
    if undecided:
        query = query.where(finding.c.decision == OPEN)
    rows = conn.execute(query.order_by(finding.c.severity, finding.c.rule, finding.c.place)).mappings()
    return [dict(row) for row in rows]


def decisions(conn: Connection, trial_id: str) -> dict[tuple[str, str], str]:
    """What persons decided: `(rule, place)` -> `accept` or `exclude`."""
    query = select(finding.c.rule, finding.c.place, finding.c.decision)
    rows = conn.execute(query.where((finding.c.trial == trial_id) & (finding.c.decision != OPEN)))
    return {(rule, place): decision for rule, place, decision in rows}


def decide_finding(conn: Connection, id: int, *, decision: str, by: str, at: datetime, reason: str) -> dict[str, Any]:
    """Write a person's decision on a finding and return it as it was.

    Raises:
        UsageError: There is no such finding.
    """
    row = conn.execute(select(finding).where(finding.c.id == id)).mappings().one_or_none()
    if row is None:
        raise UsageError(f"no finding {id}", do="guideit review TRIAL")
    values = {"decision": decision, "decided_by": by, "decided_at": at.isoformat(), "reason": reason}
    conn.execute(update(finding).where(finding.c.id == id).values(**values))
    return dict(row)
