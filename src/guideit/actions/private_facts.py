"""What the private side tells the verifier: whose a series is, and which source each instance has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.clean_series import PIXELS
from guideit.ledger.series import clean_rows, instances_of
from guideit.ledger.trials import identifiers, participants
from guideit.quality.inputs import Person, PolicyClaim, SeriesTask


@dataclass(frozen=True, kw_only=True)
class PrivateFacts:
    """People by pseudonym, and the cleaned series by released place `participant/study/series`."""

    people: Mapping[str, Person] = field(repr=False)
    series: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @cached_property
    def everyone(self) -> frozenset[tuple[str, str]]:
        """`(kind, text)` of everything known of anybody in the trial."""
        return frozenset(item for person in self.people.values() for item in person.identifiers)


def private_facts(conn: Connection, trial: str) -> PrivateFacts:
    """Read them from the ledger."""
    named = identifiers(conn, trial)
    people = {
        row["pseudonym"]: Person(
            pseudonym=row["pseudonym"],
            shift_days=row["shift_days"],
            identifiers=frozenset((kind, text) for kind, text in named.get(row["source_id"], ())),
        )
        for row in participants(conn, trial)
    }
    series = {place_of(row): row for row in clean_rows(conn, trial)}
    return PrivateFacts(people=people, series=series)


def place_of(row: Mapping[str, Any]) -> str:
    """`participant/study/series` as released."""
    return f"{row['pseudonym']}/{row['study_out']}/{row['series_out']}"


def series_task(
    archive: Archive, conn: Connection, facts: PrivateFacts, row: Mapping[str, Any], claim: PolicyClaim, pack: Path
) -> SeriesTask:
    """The task of reading one cleaned series again beside its sources."""
    keys = archive.keys(row["trial"])
    received = instances_of(conn, row["trial"], row["patient"], row["series"])
    treated = archive.clean / f"{row['inputs']}{PIXELS}"
    return SeriesTask(
        number=row["id"],
        place=place_of(row),
        pack=pack,
        claim=claim,
        person=facts.people[row["pseudonym"]],
        sources={released_uid(keys, claim, i["sop"]): archive.quarantine / i["location"] for i in received},
        others=facts.everyone,
        treated=treated if treated.is_file() else None,
    )


def released_uid(keys: Any, claim: PolicyClaim, uid: str) -> str:
    """What a source UID is called in the release."""
    return uid if "retain-uids" in claim.options else str(keys.uid(uid))
