"""What became of every received instance: decided when a release is sealed, proved when it is verified."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.plan_series import file_place
from guideit.actions.private_facts import released_uid
from guideit.errors import Refused
from guideit.ledger.findings import list_findings
from guideit.ledger.left_out import Place, get_left_out
from guideit.ledger.releases import sealed_at
from guideit.ledger.series import instances_of, received_series
from guideit.ledger.submissions import submissions_after
from guideit.ledger.trials import participants
from guideit.quality.inputs import PolicyClaim, Received
from guideit.trial.finding import Severity
from guideit.trial.release import Release

SeriesName = tuple[str, str]
"""Patient ID and Series Instance UID of the source."""


def series_left_out(
    archive: Archive, conn: Connection, trial: str, released: Collection[SeriesName]
) -> dict[Place, str]:
    """What a release of these series leaves out, and the rule of the finding that holds it back.

    Raises:
        Refused: Something was received that is neither in these series nor held back by a finding.
    """
    held, keys = _held(list_findings(conn, trial)), archive.keys(trial)
    pseudonyms = {row["source_id"]: row["pseudonym"] for row in participants(conn, trial)}
    found: dict[Place, str] = {}
    lost = 0
    for patient, series, instances in _received(conn, trial):
        rule = held.get(f"{pseudonyms.get(patient)}/series/{keys.uid(series)}")
        if (patient, series) not in released and rule:
            found[patient, series, ""] = rule
            continue
        for row in instances:
            rule = held.get(file_place(row))
            if rule:
                found[patient, series, row["sop"]] = rule
            lost += not rule and (patient, series) not in released
    if lost:
        raise Refused(
            f"{lost} received instances are neither clean nor held back",
            why="they were submitted after the last de-identification",
            do=f"guideit deidentify {trial} && guideit check {trial}",
        )
    return found


def received_instances(
    archive: Archive, conn: Connection, release: Release, claim: PolicyClaim, released: Collection[SeriesName]
) -> dict[str, Received]:
    """Every received instance by released UID, and what became of it in a sealed release.

    It is in one of its series; or a finding held it back when the release was sealed; or it was submitted after that.
    One of which none of this is so is lost.
    """
    keys, left_out = archive.keys(release.trial), get_left_out(conn, release.id)
    later = submissions_after(conn, release.trial, sealed_at(archive.shared, release.id))
    found: dict[str, Received] = {}
    for patient, series, instances in _received(conn, release.trial):
        for row in instances:
            became = Received.LOST
            if (patient, series, "") in left_out or (patient, series, row["sop"]) in left_out:
                became = Received.HELD
            elif row["submission"] in later:
                became = Received.LATER
            elif (patient, series) in released:
                became = Received.RELEASED
            found[released_uid(keys, claim, row["sop"])] = became
    return found


def _received(conn: Connection, trial: str) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    for row in received_series(conn, trial):
        yield row["patient"], row["series"], instances_of(conn, trial, row["patient"], row["series"])


def _held(findings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Rule by the place of each finding that keeps something out of a release."""
    return {
        row["place"]: row["rule"]
        for row in findings
        if row["rule"] == "hold.modality" or (row["severity"] == Severity.BLOCK.value and row["decision"] != "accept")
    }
