"""How people name findings on the command line: by number, by several, or by the place of a series."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from guideit.actions.review.rules import choice
from guideit.errors import UsageError
from guideit.ledger.findings import OPEN

_NUMBERS = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*")
_MOST = 10_000
"""Findings that one word may name: a slip of the pen names more."""


def named(rows: Sequence[Mapping[str, Any]], word: str, decision: str) -> list[int]:
    """Numbers of the findings that `12`, `12,15`, `20-30` or a place names.

    A range and a place name the findings in it that are there, may be decided on so and, unless a decision is taken
    back, are open; a number names its finding, whatever it is.

    Raises:
        UsageError: It names none.
    """
    chosen = _numbers(rows, word, decision) if _NUMBERS.fullmatch(word) else _at(rows, word, decision)
    if not chosen:
        raise UsageError("no finding there can be decided so", where=word, do="guideit review TRIAL lists them")
    return list(dict.fromkeys(chosen))


def _numbers(rows: Sequence[Mapping[str, Any]], word: str, decision: str) -> list[int]:
    found: list[int] = []
    for part in word.split(","):
        first, _, last = part.partition("-")
        if not last:
            found.append(int(first))
            continue
        if int(last) - int(first) > _MOST:
            raise UsageError("too many findings at once", where=part)
        found += [row["id"] for row in rows if int(first) <= row["id"] <= int(last) and _fits(row, decision)]
    return found


def _at(rows: Sequence[Mapping[str, Any]], word: str, decision: str) -> list[int]:
    """By a place, or by the UID at its end."""
    there = [row for row in rows if row["place"] == word or row["place"].endswith(f"/series/{word}")]
    return [row["id"] for row in there if _fits(row, decision)]


def _fits(row: Mapping[str, Any], decision: str) -> bool:
    if decision == OPEN:
        return bool(row["decision"] or row["waits"])
    return row["decision"] == OPEN and decision in choice(row["rule"]).means
