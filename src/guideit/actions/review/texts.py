"""Texts that people are asked about, as they are shown on the private side: a text is never a command to a terminal."""

from __future__ import annotations

from typing import Any

from guideit.actions.archive import Archive
from guideit.ledger.engine import reading
from guideit.ledger.readings import texts_in_doubt


def texts_of(archive: Archive, trial: str) -> dict[str, dict[str, Any]]:
    """Each text in doubt by the place of its finding: the text itself, where it stands, how often.

    Control characters, and those that turn the direction of writing, are replaced by U+FFFD.
    """
    with reading(archive.private) as conn:
        found = texts_in_doubt(conn, trial)
    return {
        place: {"text": _visible(row["text"]), "places": row["places"], "count": row["count"]}
        for place, row in found.items()
    }


def _visible(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text)
