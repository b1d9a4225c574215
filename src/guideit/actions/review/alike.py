"""One decision for every open finding of a rule on images of the same layout, after they were looked through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.review.boxes import box_text
from guideit.actions.review.decisions import Decision
from guideit.actions.review.layout import layout_of_series
from guideit.actions.review.places import SeriesThere, participant_of, series_at
from guideit.actions.review.rules import ACCEPT, EXCLUDE, REDACT, choice
from guideit.deid.pixels.regions import Box, Region
from guideit.errors import Refused, UsageError
from guideit.ledger.engine import reading
from guideit.ledger.findings import get_finding, list_findings
from guideit.ledger.regions import DOUBTFUL, DRAWN, KEEP, regions_at

_SLACK = 4
"""Pixels by which text may stand elsewhere and still be in the same box."""


@dataclass(frozen=True, kw_only=True)
class Alike:
    """What a decision would be applied to.

    Attributes:
        items: The decision on the finding that was looked at, and on each like it.
        places: Of their series, in the same order.
        elsewhere: How many of the same layout are left alone, since text was found where the first has none.
    """

    items: tuple[Decision, ...]
    places: tuple[str, ...]
    elsewhere: int = 0
    _regions: tuple[str, ...] = field(default=(), repr=False)

    @property
    def participants(self) -> int:
        """How many people these are images of."""
        return len({participant_of(place) for place in self.places})

    @property
    def token(self) -> str:
        """12 hex digits of the set as it was previewed: findings, places, decision, and every region there."""
        facts = [[i.finding, i.decision, *map(box_text, i.boxes)] for i in self.items]
        return hashlib.sha256(json.dumps([facts, self.places, self._regions]).encode()).hexdigest()[:12]

    def check(self, token: str) -> None:
        """Only what was previewed is decided on.

        Raises:
            Refused: The set is another one by now.
        """
        if token != self.token:
            raise Refused(
                "this is not the set that was previewed",
                why="findings came or went, or were decided on, since",
                do="preview it again: the same line without --yes",
            )


def alike(archive: Archive, trial_id: str, item: Decision) -> Alike:
    """The decision on a finding, and the same on every open finding of its rule whose series has its layout.

    Boxes go to each of them, on all instances and frames. Where the decision is to accept, a series in which text was
    found outside the boxes of the first is left alone.

    Raises:
        UsageError: No such finding, or it names no series of images.
    """
    with reading(archive.private) as conn:
        first = get_finding(conn, item.finding)
        if first["trial"] != trial_id or item.decision not in {ACCEPT, REDACT, EXCLUDE}:
            raise UsageError(f"finding {item.finding} cannot be decided so", do=f"guideit review {trial_id}")
        same = [row for row in list_findings(conn, trial_id, undecided=True) if row["rule"] == first["rule"]]
        series = _same_layout(archive, conn, trial_id, [first, *same], first["place"])
        others = [row for row in same if row["id"] != first["id"] and row["place"] in series]
        chosen = [row for row in others if _within(conn, trial_id, item, first, row)]
        boxes = _carried(conn, trial_id, item, first)
        places = (first["place"], *(row["place"] for row in chosen))
        said = tuple(
            f"{place} {state} {box_text(region)}"
            for place in places
            for region, state in regions_at(conn, trial_id, place)
        )
    like = [replace(item, finding=row["id"], boxes=boxes, like=item.finding) for row in chosen]
    return Alike(items=(item, *like), places=places, elsewhere=len(others) - len(chosen), _regions=said)


def _same_layout(
    archive: Archive, conn: Connection, trial: str, rows: Sequence[Mapping[str, Any]], place: str
) -> dict[str, SeriesThere]:
    there = series_at(archive, conn, trial, [row["place"] for row in rows])
    if place not in there:
        raise UsageError("this finding is on no series of images", where=place, do="decide on it alone")
    layout = layout_of_series(there[place].headers)
    return {name: found for name, found in there.items() if layout_of_series(found.headers) == layout}


def _carried(conn: Connection, trial: str, item: Decision, first: Mapping[str, Any]) -> tuple[Region, ...]:
    """What is drawn on the first, as boxes on every instance and frame of the others."""
    if item.decision != REDACT or not choice(first["rule"]).draws:
        return ()
    there = [region for region, state in regions_at(conn, trial, first["place"]) if state != KEEP]
    boxes = [region.box for region in (*item.boxes, *there)]
    return tuple(Region(rule=DRAWN, box=box) for box in dict.fromkeys(boxes))


def _within(conn: Connection, trial: str, item: Decision, first: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """What is accepted on one image is not accepted where it was not seen."""
    if item.decision != ACCEPT:
        return True
    seen = [region.box for region in _open(conn, trial, first["place"])]
    return all(any(_inside(region.box, box) for box in seen) for region in _open(conn, trial, row["place"]))


def _open(conn: Connection, trial: str, place: str) -> list[Region]:
    return [region for region, state in regions_at(conn, trial, place) if state == DOUBTFUL]


def _inside(box: Box, outer: Box) -> bool:
    starts = box.left >= outer.left - _SLACK and box.top >= outer.top - _SLACK
    return starts and box.right <= outer.right + _SLACK and box.bottom <= outer.bottom + _SLACK
