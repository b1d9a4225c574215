"""Queries on findings and the decisions taken on them (private side)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select, update

from guideit.errors import UsageError
from guideit.ledger.private_tables import finding
from guideit.ledger.upsert import insert_or
from guideit.trial.finding import Finding

OPEN = ""
_ORDER = case({"block": 0, "warn": 1, "note": 2}, value=finding.c.severity)


def put_findings(conn: Connection, trial_id: str, findings: Iterable[Finding]) -> None:
    """Add findings; one already there keeps its number and, where it was decided, stays as it is."""
    for item in findings:
        says = {"severity": item.severity.value, "says": item.says, "do": item.do}
        fresh = insert_or(conn, finding).values(trial=trial_id, rule=item.rule, place=item.place, **says)
        names = ["trial", "rule", "place"]
        conn.execute(fresh.on_conflict_do_update(index_elements=names, set_=says, where=finding.c.decision == OPEN))


def replace_findings(conn: Connection, trial_id: str, room: str, findings: Iterable[Finding]) -> None:
    """Make `findings` the undecided ones whose rule begins with `room` (`verify.`); decided ones stay.

    One that is found again keeps its number and its readings.
    """
    mine = (finding.c.trial == trial_id) & finding.c.rule.startswith(room) & (finding.c.decision == OPEN)
    _replace(conn, trial_id, mine, list(findings))


def replace_findings_at(
    conn: Connection, trial_id: str, room: str, places: Sequence[str], findings: Iterable[Finding]
) -> None:
    """As `replace_findings`, of what stands at `places` only: what they concern was looked at again."""
    mine = (finding.c.trial == trial_id) & finding.c.rule.startswith(room) & (finding.c.decision == OPEN)
    found = list(findings)
    for some in _pieces(places):
        _replace(conn, trial_id, mine & finding.c.place.in_(some), [f for f in found if f.place in set(some)])


def _replace(conn: Connection, trial_id: str, mine: Any, findings: Sequence[Finding]) -> None:
    again = {(item.rule, item.place) for item in findings}
    rows = conn.execute(select(finding.c.id, finding.c.rule, finding.c.place).where(mine))
    for some in _pieces([id for id, rule, place in rows if (rule, place) not in again]):
        conn.execute(finding.delete().where(finding.c.id.in_(some)))
    put_findings(conn, trial_id, findings)


def drop_findings_at(conn: Connection, trial_id: str, room: str, places: Sequence[str]) -> None:
    """Remove undecided findings of `room` at `places`: what they concern is being done again."""
    mine = (finding.c.trial == trial_id) & finding.c.rule.startswith(room) & (finding.c.decision == OPEN)
    for some in _pieces(places):
        conn.execute(finding.delete().where(mine & finding.c.place.in_(some)))


def _pieces(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """At most 500 at a time: SQLite bounds the number of parameters."""
    return (items[start : start + 500] for start in range(0, len(items), 500))


def list_findings(conn: Connection, trial_id: str, *, undecided: bool = False) -> list[dict[str, Any]]:
    """The trial's findings, blocking ones first, then by rule and place."""
    query = select(finding).where(finding.c.trial == trial_id)
    if undecided:
        query = query.where(finding.c.decision == OPEN)
    rows = conn.execute(query.order_by(_ORDER, finding.c.rule, finding.c.place)).mappings()
    return [dict(row) for row in rows]


def get_finding(conn: Connection, id: int) -> dict[str, Any]:
    """One finding.

    Raises:
        UsageError: There is no such finding.
    """
    row = conn.execute(select(finding).where(finding.c.id == id)).mappings().one_or_none()
    if row is None:
        raise UsageError(f"no finding {id}", do="guideit review TRIAL")
    return dict(row)


def decisions(conn: Connection, trial_id: str) -> dict[tuple[str, str], str]:
    """What persons decided: `(rule, place)` -> `accept`, `redact` or `exclude`."""
    query = select(finding.c.rule, finding.c.place, finding.c.decision)
    rows = conn.execute(query.where((finding.c.trial == trial_id) & (finding.c.decision != OPEN)))
    return {(rule, place): decision for rule, place, decision in rows}


def decide_finding(
    conn: Connection, id: int, *, decision: str, by: str = "", at: datetime | None = None, reason: str = ""
) -> None:
    """Write what was decided on a finding; `OPEN` takes the decision back."""
    values = {"decision": decision, "decided_by": by, "decided_at": at.isoformat() if at else "", "reason": reason}
    if decision == OPEN:
        values = dict.fromkeys(values, "")
    conn.execute(update(finding).where(finding.c.id == id).values(**values))
