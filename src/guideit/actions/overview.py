"""What the archive knows of its trials."""

from __future__ import annotations

from dataclasses import dataclass

from guideit.actions.archive import Archive
from guideit.actions.trials import declared_trial
from guideit.ledger.engine import reading
from guideit.ledger.findings import list_findings
from guideit.ledger.releases import release_ids
from guideit.ledger.series import clean_rows, patients, received_counts, received_series
from guideit.ledger.trials import trial_ids


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A trial's numbers on the private side, and its releases in the order of sealing."""

    id: str
    title: str
    files: dict[str, int]
    participants: int
    series: int
    clean_series: int
    open_findings: int
    releases: list[str]

    def facts(self) -> dict[str, object]:
        """As rows for a person."""
        return {
            "participants with images": self.participants,
            **{f"files: {state}": count for state, count in sorted(self.files.items())},
            "series received": self.series,
            "series clean": self.clean_series,
            "findings to decide": self.open_findings,
            "releases": ", ".join(self.releases) or "none yet",
        }


def overview(archive: Archive, trial: str = "") -> list[Overview]:
    """Of one trial, or of all.

    Raises:
        UsageError: There is no such trial.
    """
    with reading(archive.private) as conn:
        ids = [trial] if trial else trial_ids(conn)
    return [_one(archive, id) for id in ids]


def _one(archive: Archive, id: str) -> Overview:
    declared = declared_trial(archive, id)
    with reading(archive.shared) as conn:
        releases = release_ids(conn, id)
    with reading(archive.private) as conn:
        waiting = [f for f in list_findings(conn, id, undecided=True) if f["severity"] == "block"]
        return Overview(
            id=id,
            title=declared.trial.title,
            files=received_counts(conn, id),
            participants=len(patients(conn, id)),
            series=len(received_series(conn, id)),
            clean_series=len(clean_rows(conn, id)),
            open_findings=len(waiting),
            releases=releases,
        )
