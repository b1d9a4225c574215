"""What was received beside what the protocol asks for, as findings of the trial."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.ledger.findings import replace_findings
from guideit.ledger.series import first_instances
from guideit.ledger.trials import participants
from guideit.quality.completeness import Completeness, ReceivedSeries, completeness
from guideit.trial.model import Trial


def check_protocol(archive: Archive, conn: Connection, trial: Trial) -> Completeness:
    """Compare and record; days are those of the sources, places are named as released."""
    everyone = {row["source_id"]: row for row in participants(conn, trial.id)}
    found = completeness(
        _received(archive, conn, trial),
        trial,
        participants=[row["pseudonym"] for row in everyone.values()],
    )
    replace_findings(conn, trial.id, "protocol.", found.findings)
    return found


def _received(archive: Archive, conn: Connection, trial: Trial) -> Iterator[ReceivedSeries]:
    keys = archive.keys(trial.id)
    everyone = {row["source_id"]: row for row in participants(conn, trial.id)}
    for row in first_instances(conn, trial.id):
        person = everyone.get(row["patient"])
        if person is not None:
            named = {"participant": person["pseudonym"], "study": keys.uid(row["study"])}
            yield ReceivedSeries.from_row(row["header"] | named, site=person["site"], arm=person["arm"])
