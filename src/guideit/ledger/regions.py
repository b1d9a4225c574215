"""Queries on regions of images: found, drawn, decided on (private side)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from guideit.deid.pixels.regions import Box, Region
from guideit.ledger.findings import OPEN, decide_finding, list_findings
from guideit.ledger.private_tables import region
from guideit.ledger.readings import Reading, put_reading

DRAWN = "text.drawn"
"""Rule of a region that a person drew."""
DOUBTFUL, PROPOSED, REDACT, KEEP = "doubtful", "proposed", "redact", "keep"
"""States: a person has to decide; blanked anyway where the series is cleaned; decided."""
_DETECTOR = "guideit"


def put_regions(
    conn: Connection, trial_id: str, *, place: str, layout: str, regions: Mapping[str, Iterable[Region]]
) -> int:
    """Make `regions` (`doubtful`, `proposed`) what a detector says of a place; what persons drew or decided stays.

    Where it is in doubt about one that nobody has decided on, findings on pixels there that were decided are opened
    again: the decision was on less. Returns the number of such regions.
    """
    there = (region.c.trial == trial_id) & (region.c.place == place)
    conn.execute(region.delete().where(there & region.c.state.in_([DOUBTFUL, PROPOSED]) & (region.c.rule != DRAWN)))
    known = {item.spot for item, _ in regions_at(conn, trial_id, place)}
    where = {"trial": trial_id, "place": place, "layout": layout}
    fresh = {s: [r for r in regions.get(s, ()) if r.spot not in known] for s in (DOUBTFUL, PROPOSED)}
    for state, items in fresh.items():
        _insert(conn, where, items, {"state": state})
    if fresh[DOUBTFUL]:
        open_again(conn, trial_id, place, room="pixels.", why="more was found since")
    return len(fresh[DOUBTFUL])


def open_again(conn: Connection, trial_id: str, place: str, *, room: str = "", why: str) -> int:
    """Open findings of `room` at a place that were accepted or redacted: the decision was on less; returns how many."""
    opened = 0
    for row in list_findings(conn, trial_id):
        if row["place"] == place and row["rule"].startswith(room) and row["decision"] in {"accept", "redact"}:
            put_reading(conn, row["id"], Reading(reader=_DETECTOR, decision=OPEN, reason=why))
            decide_finding(conn, row["id"], decision=OPEN)
            opened += 1
    return opened


def draw(conn: Connection, trial_id: str, place: str, regions: Iterable[Region], *, by: str, at: datetime) -> None:
    """Add regions that a person drew; nothing is decided yet."""
    there = {item.spot for item, _ in regions_at(conn, trial_id, place)}
    fresh = [item for item in regions if item.spot not in there]
    who = {"state": DOUBTFUL, "decided_by": by, "decided_at": at.isoformat()}
    _insert(conn, {"trial": trial_id, "place": place, "layout": ""}, fresh, who)


def decide_regions(conn: Connection, trial_id: str, place: str, state: str, *, by: str, at: datetime) -> None:
    """Every region in doubt at a place is kept; or it, and every proposed one, is redacted."""
    open_ones = [DOUBTFUL, PROPOSED] if state == REDACT else [DOUBTFUL]
    there = (region.c.trial == trial_id) & (region.c.place == place) & region.c.state.in_(open_ones)
    values = {"state": state, "decided_by": by, "decided_at": at.isoformat()}
    conn.execute(update(region).where(there).values(**values))


def undecide_regions(conn: Connection, trial_id: str, place: str, state: str) -> None:
    """Regions that were in a state are in doubt again; those that a person drew go."""
    there = (region.c.trial == trial_id) & (region.c.place == place) & region.c.state.in_([state, DOUBTFUL])
    conn.execute(region.delete().where(there & (region.c.rule == DRAWN)))
    conn.execute(update(region).where(there).values(state=DOUBTFUL, decided_by="", decided_at=""))


def regions_at(conn: Connection, trial_id: str, place: str) -> list[tuple[Region, str]]:
    """The regions at a place with their states, in the order they were found."""
    there = (region.c.trial == trial_id) & (region.c.place == place)
    rows = conn.execute(select(region).where(there).order_by(region.c.id)).mappings()
    return [(_region(row), row["state"]) for row in rows]


def decided_regions(conn: Connection, trial_id: str, state: str = REDACT) -> dict[str, tuple[Region, ...]]:
    """What persons decided to redact, or to keep, by place."""
    mine = (region.c.trial == trial_id) & (region.c.state == state)
    found: dict[str, list[Region]] = {}
    for row in conn.execute(select(region).where(mine).order_by(region.c.place, region.c.id)).mappings():
        found.setdefault(row["place"], []).append(_region(row))
    return {place: tuple(items) for place, items in found.items()}


def _region(row: Any) -> Region:
    where = {name: row[name] for name in ("rule", "instance", "first", "last")}
    return Region(box=Box(*row["box"]), **where)


def _insert(conn: Connection, place: dict[str, str], items: Iterable[Region], said: dict[str, str]) -> None:
    rows = [
        {**place, **said, "rule": i.rule, "box": list(i.box), "instance": i.instance, "first": i.first, "last": i.last}
        for i in items
    ]
    for row in rows:
        conn.execute(region.insert().values(**row))
