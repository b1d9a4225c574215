"""What becomes of one cell, by its column's role: one function per role, chosen by table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from guideit.deid.table_dates import MISSING, parse_day, shift_cell
from guideit.deid.text import Cleaned

NUMBER = re.compile(r"[<>≤≥~]?\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?\s*%?")


class Cell(NamedTuple):
    """A cell's new text and the rule that acted; the rule is "" where it stays as it was.

    Of free text also how many spans each rule took out, and rule and text of what is doubtful.
    """

    text: str
    rule: str
    spans: tuple[tuple[str, int], ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What the rules may know of the row a cell stands in.

    Attributes:
        pseudonym: Of the row's participant.
        shift_days: Their date shift.
        dates: `shift`, `keep` or `remove`: the policy's mode.
        oldest_age: Ages above are written as this.
        day: The latest whole day in the row's date columns, or None: ages are reckoned to it.
        identify: A known participant's id in the tables to their pseudonym; other ids keyed.
        suspicious: Whether a text holds a known identifier of the participant or an identifying pattern.
        redact: Free text without identifiers, and what was done to it.
    """

    pseudonym: str
    shift_days: int
    dates: str
    oldest_age: int
    day: date | None
    identify: Callable[[str], str]
    suspicious: Callable[[str], bool]
    redact: Callable[[str], Cleaned]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnRule:
    """A declared column as the cell rules need it.

    Attributes:
        name, role: As declared.
        date_format: Of a date column; "" is ISO 8601.
        codes: Allowed values of a coded column; empty: any.
        age: Whether the numbers are ages in years.
    """

    name: str
    role: str
    date_format: str = ""
    codes: Collection[str] = ()
    age: bool = False


def clean_cell(text: str, column: ColumnRule, row: Row) -> Cell:
    """The released text of a cell and the rule that acted.

    A missing value (`""`, `NA`, ...) stays. A role without a rule blanks the cell: nothing passes undecided.
    """
    cell = text.strip()
    if cell.upper() in MISSING:
        return Cell(cell, "")
    return _RULES.get(column.role, _blank)(cell, column, row)


def _blank(text: str, column: ColumnRule, row: Row) -> Cell:
    return Cell("", "table.role-undecided")


def _identifier(text: str, column: ColumnRule, row: Row) -> Cell:
    return Cell(row.identify(text), "table.pseudonym")


def _date(text: str, column: ColumnRule, row: Row) -> Cell:
    if row.dates == "remove":
        return Cell("", "table.date-removed")
    days = row.shift_days if row.dates == "shift" else 0
    moved = shift_cell(text, days, column.date_format)
    if moved is None:
        return Cell("", "table.date-invalid")
    return Cell(moved, "table.date-shifted" if row.dates == "shift" else "")


def _birth(text: str, column: ColumnRule, row: Row) -> Cell:
    """A birth date becomes its (shifted) year, if the row has a day at which the person is not too old."""
    born = parse_day(text, column.date_format)
    if born is None:
        return Cell("", "table.date-invalid")
    if row.dates == "remove" or row.day is None:
        return Cell("", "table.birth-removed")
    if row.day.year - born.year >= row.oldest_age:
        return Cell("", "table.birth-capped")
    moved = shift_cell(born.isoformat(), row.shift_days if row.dates == "shift" else 0) or ""
    return Cell(moved[:4], "table.birth-year")


def _number(text: str, column: ColumnRule, row: Row) -> Cell:
    if not NUMBER.fullmatch(text):
        return Cell("", "table.number-invalid")
    if column.age and _value(text) > row.oldest_age:
        return Cell(str(row.oldest_age), "table.age-capped")
    return Cell(text, "")


def _value(text: str) -> float:
    digits = re.sub(r"[^0-9.,eE+-]", "", text).replace(",", ".")
    try:
        return float(digits)
    except ValueError:  # e.g. "1,234.5": not sure, so as old as can be
        return float("inf")


def _coded(text: str, column: ColumnRule, row: Row) -> Cell:
    if column.codes and text not in column.codes:
        return Cell("", "table.code-unknown")
    if text in column.codes:
        return Cell(text, "")
    return _searched(text, column, row)


def _searched(text: str, column: ColumnRule, row: Row) -> Cell:
    """Kept, unless it holds an identifier."""
    if NUMBER.fullmatch(text):
        return _number(text, column, row) if column.age else _short(text, row)
    return Cell("", "table.identifier-found") if row.suspicious(text) else Cell(text, "")


def _short(text: str, row: Row) -> Cell:
    """A bare number: long runs of digits may be a phone or a record number."""
    long = sum(c.isdigit() for c in text.split(".")[0]) >= 5
    return Cell("", "table.identifier-found") if long and row.suspicious(text) else Cell(text, "")


def _free(text: str, column: ColumnRule, row: Row) -> Cell:
    clean = row.redact(text)
    return Cell(clean.text, "" if clean.text == text else "table.text-redacted", clean.spans, clean.doubts)


_RULES: Mapping[str, Callable[[str, ColumnRule, Row], Cell]] = {
    "identifier": _identifier,
    "date": _date,
    "birth-date": _birth,
    "number": _number,
    "quasi-identifier": _coded,
    "outcome": _coded,
    "sensitive": _coded,
    "code": _coded,
    "site": _coded,
    "arm": _coded,
    "visit": _coded,
    "free-text": _free,
}
ROLES = frozenset(_RULES)
"""Roles a rule exists for."""
