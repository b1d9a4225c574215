"""One reader or two: what persons' readings of a finding come to."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from guideit.actions.review.rules import EXCLUDE
from guideit.errors import Refused
from guideit.ledger.findings import OPEN
from guideit.ledger.readings import Reading

ALONE, APART = "waits for a second reader", "readers disagree"


def person(name: str) -> str:
    """A reader's name as it is compared: however it is written."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(shown.casefold().split())


def standing(readings: Sequence[Reading]) -> dict[str, str]:
    """Each person's last decision since the finding was opened, the latest last."""
    found: dict[str, str] = {}
    for item in readings:
        if item.decision == OPEN:
            found.clear()
            continue
        found.pop(person(item.reader), None)
        found[person(item.reader)] = item.decision
    return found


def outcome(readings: Sequence[Reading], *, two: bool) -> str:
    """What is decided: `OPEN` while a second reader is missing or readers disagree. One is enough to exclude."""
    said = list(standing(readings).values())
    if not said:
        return OPEN
    if said[-1] == EXCLUDE or not two:
        return said[-1]
    return said[-1] if len(said) > 1 and len(set(said)) == 1 else OPEN


def waiting(readings: Sequence[Reading], *, two: bool) -> str:
    """Why a finding that somebody read is still open; empty where nobody did or it is decided."""
    said = standing(readings)
    if not said or outcome(readings, two=two) != OPEN:
        return ""
    return ALONE if len(said) == 1 else APART


def check_reader(readings: Sequence[Reading], item: Reading, *, two: bool) -> None:
    """A person reads a finding once where two must.

    Raises:
        Refused: They have read it already, and do not exclude it or open it again.
    """
    if two and item.decision not in {OPEN, EXCLUDE} and person(item.reader) in standing(readings):
        raise Refused(
            "you have read this finding already",
            why="the trial asks for a second reader",
            do="another person decides with --by NAME; or open it again with --undo",
        )
