"""Texts that people are asked about, as they are shown on the private side."""

from __future__ import annotations

from typing import Any

from guideit.actions.archive import Archive
from guideit.ledger.engine import reading
from guideit.ledger.readings import texts_in_doubt


def texts_of(archive: Archive, trial: str) -> dict[str, dict[str, Any]]:
    """Each text in doubt by the place of its finding: the text itself, where it stands, how often."""
    with reading(archive.private) as conn:
        found = texts_in_doubt(conn, trial)
    return {place: {name: row[name] for name in ("text", "places", "count")} for place, row in found.items()}
