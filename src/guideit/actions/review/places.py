"""From a finding's place back to the series and files it names (private side only)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.ledger.series import instances_of, received_series
from guideit.ledger.trials import participants


@dataclass(frozen=True, kw_only=True)
class SeriesThere:
    """A received series as findings name it.

    Attributes:
        place: `PSEUDONYM/series/UID`.
        instances: Its instances in the order of the pack, as the ledger has them.
    """

    place: str
    instances: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def participant(self) -> str:
        """The pseudonym."""
        return participant_of(self.place)

    @property
    def pictures(self) -> list[Mapping[str, Any]]:
        """Its instances that have pixels: a region's `instance` counts these."""
        return [row for row in self.instances if row["header"].get("Rows")]

    @property
    def headers(self) -> list[Mapping[str, Any]]:
        """Of its pictures."""
        return [row["header"] for row in self.pictures]


def participant_of(place: str) -> str:
    """The pseudonym in the place of a series; empty in any other place."""
    return place.partition("/series/")[0] if "/series/" in place else ""


def series_at(archive: Archive, conn: Connection, trial: str, places: Iterable[str]) -> dict[str, SeriesThere]:
    """The series that places name; places that name none are left out."""
    wanted = {place for place in places if "/series/" in place}
    if not wanted:
        return {}
    keys = archive.keys(trial)
    pseudonyms = {row["source_id"]: row["pseudonym"] for row in participants(conn, trial)}
    found = {}
    for row in received_series(conn, trial):
        place = f"{pseudonyms.get(row['patient'])}/series/{keys.uid(row['series'])}"
        if place in wanted:
            instances = sorted(instances_of(conn, trial, row["patient"], row["series"]), key=in_series_order)
            found[place] = SeriesThere(place=place, instances=tuple(instances))
    return found


def in_series_order(instance: Mapping[str, Any]) -> tuple[int, str]:
    """Where an instance comes in its series: by Instance Number (0020,0013), then by SOP Instance UID."""
    number = str(instance["header"].get("InstanceNumber", "")).strip()
    return (int(number) if number.lstrip("+-").isdigit() else 0, instance["sop"])
