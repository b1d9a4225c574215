"""What stands between a trial and its seal: open findings on what would be released, and half-taken decisions.

A series that an open finding holds back is in no release, so it stops none: it is left out, and the release says by
which rule. What stops one is doubt about something in it, and a decision that somebody began and nobody ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from guideit.actions.review.readers import outcome, waiting
from guideit.actions.review.rules import EXCLUDE, REDACT, choice
from guideit.ledger.findings import OPEN, list_findings
from guideit.ledger.readings import Reading, readings
from guideit.ledger.regions import decided_regions
from guideit.ledger.series import clean_rows
from guideit.ledger.trials import get_trial
from guideit.trial.deidentification import DeidSettings
from guideit.trial.finding import Severity
from guideit.trial.parse import parse_trial


def unresolved(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """Findings without whose resolution nothing may be sealed, each with `why`.

    Raises:
        UsageError: There is no such trial.
    """
    settings = parse_trial(get_trial(conn, trial_id)["toml"]).deidentification
    clean = {f"{row['pseudonym']}/series/{row['series_out']}" for row in clean_rows(conn, trial_id)}
    read, drawn = readings(conn, trial_id), decided_regions(conn, trial_id)
    found = []
    for row in list_findings(conn, trial_id):
        if choice(row["rule"]).means:
            why = _half(row, read.get(row["id"], ()), settings) or _undrawn(row, drawn) or _in_doubt(row, clean)
            found += [row | {"why": why}] if why else []
    return found


def _half(row: Mapping[str, Any], read: Sequence[Reading], settings: DeidSettings) -> str:
    """A second reader is missing, or was not asked for yet when one decided."""
    two = settings.needs_second(row["rule"])
    waits = waiting(read, two=two)
    if row["decision"] not in {OPEN, outcome(read, two=two)}:
        return waits or "what is written is not what readers decided"
    return waits


def _undrawn(row: Mapping[str, Any], drawn: Mapping[str, Any]) -> str:
    """Text is to be blanked and nothing says where."""
    blank = row["decision"] == REDACT and choice(row["rule"]).draws
    return "nothing is drawn that could be blanked" if blank and row["place"] not in drawn else ""


def _in_doubt(row: Mapping[str, Any], clean: set[str]) -> str:
    """Blocking, open or excluded, and on what would be released: a clean series, or anything that is no series."""
    if row["decision"] not in _SAYS or row["severity"] != Severity.BLOCK.value:
        return ""
    held = "/series/" in row["place"] and row["place"] not in clean
    return "" if held or row["place"].startswith("submission/") else _SAYS[row["decision"]]


_SAYS = {OPEN: "nobody has decided on it", EXCLUDE: "it is excluded and would be released"}
