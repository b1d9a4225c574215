"""What a release leaves out, and by which rule: written when it is sealed (private side)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from guideit.ledger.private_tables import left_out

Place = tuple[str, str, str]
"""Patient ID, Series and SOP Instance UID of the source; no SOP Instance UID means the whole series."""


def put_left_out(conn: Connection, release: str, rules: Mapping[Place, str]) -> None:
    """Write what a release leaves out, in place of what was written before it was sealed."""
    conn.execute(left_out.delete().where(left_out.c.release == release))
    rows = [dict(release=release, patient=p, series=s, sop=o, rule=rule) for (p, s, o), rule in sorted(rules.items())]
    if rows:
        conn.execute(left_out.insert(), rows)


def get_left_out(conn: Connection, release: str) -> dict[Place, str]:
    """Rule by place."""
    query = select(left_out.c.patient, left_out.c.series, left_out.c.sop, left_out.c.rule)
    return {(p, s, o): rule for p, s, o, rule in conn.execute(query.where(left_out.c.release == release))}
