"""Queries on doubtful texts: each distinct string once per trial, decided as a finding (private side)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from guideit.ledger.private_tables import doubtful_text, finding
from guideit.ledger.upsert import insert_or

RULE = "text.doubtful"


@dataclass(frozen=True, kw_only=True)
class DoubtfulRow:
    """One distinct string.

    Attributes:
        digest: Keyed; `text/<digest>` is the place of its finding.
        text: As it would be released.
        places: Tag paths or `table:column` where it stands, sorted.
        count: How often it was met.
    """

    digest: str
    text: str = field(repr=False)
    places: tuple[str, ...]
    count: int


def place_of(digest: str) -> str:
    """Where findings say a doubtful text is."""
    return f"text/{digest}"


def replace_doubtful(conn: Connection, trial_id: str, rows: Iterable[DoubtfulRow]) -> None:
    """Make `rows` the doubtful texts of a trial; one that was decided on stays, with no places once it is gone."""
    decided = [row["digest"] for row in list_doubtful(conn, trial_id) if row["decision"]]
    mine = doubtful_text.c.trial == trial_id
    conn.execute(doubtful_text.delete().where(mine & doubtful_text.c.digest.not_in(decided)))
    conn.execute(doubtful_text.update().where(mine).values(places=[], count=0))
    put_doubtful(conn, trial_id, rows)


def put_doubtful(conn: Connection, trial_id: str, rows: Iterable[DoubtfulRow]) -> None:
    """Add doubtful texts to those that a trial has: places are joined, counts added."""
    there = {row["digest"]: row for row in list_doubtful(conn, trial_id)}
    for row in rows:
        before = there.get(row.digest, {"places": [], "count": 0})
        places = sorted({*before["places"], *row.places})
        values = {"text": row.text, "places": places, "count": before["count"] + row.count}
        insert = insert_or(conn, doubtful_text).values(trial=trial_id, digest=row.digest, **values)
        conn.execute(insert.on_conflict_do_update(index_elements=["trial", "digest"], set_=values))


def list_doubtful(conn: Connection, trial_id: str, *, undecided: bool = False) -> list[dict[str, Any]]:
    """Doubtful texts with the decision on each (`''` while open) and its finding's id; the most frequent first."""
    query = (
        select(doubtful_text, finding.c.id.label("finding"), finding.c.decision, finding.c.reason)
        .outerjoin(
            finding,
            (finding.c.trial == doubtful_text.c.trial)
            & (finding.c.rule == RULE)
            & (finding.c.place == "text/" + doubtful_text.c.digest),
        )
        .where(doubtful_text.c.trial == trial_id)
    )
    if undecided:
        query = query.where(finding.c.decision == "")
    rows = conn.execute(query.order_by(doubtful_text.c.count.desc(), doubtful_text.c.digest)).mappings()
    return [dict(row) | {"decision": row["decision"] or ""} for row in rows]


def decided_texts(conn: Connection, trial_id: str, decision: str) -> frozenset[str]:
    """The texts on which a person took this decision: `accept`, `redact` or `exclude`."""
    return frozenset(row["text"] for row in list_doubtful(conn, trial_id) if row["decision"] == decision)
