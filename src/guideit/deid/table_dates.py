"""Dates in table cells: parsed by the column's declared format, shifted like the images', same form again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

MISSING = frozenset({"", "NA", "N/A", "ND", "NK", "UNK", ".", "-", "NULL", "NONE", "NAN"})
"""Cells that say there is no value, compared in capitals; kept as they are."""

_ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?P<rest>[T ]([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?)?"
    r"(Z|[+-]\d{2}(:?\d{2})?)?)?"
)
_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")
_YEAR = re.compile(r"(?P<year>\d{4})")
_COMPACT = re.compile(r"\d{8}")
_TOKENS = (
    ("YYYY", "%Y"),
    ("JJJJ", "%Y"),
    ("YY", "%y"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("TT", "%d"),
    ("HH", "%H"),
    ("hh", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("SS", "%S"),
)
"""Letters people write for date formats, English and German, to strftime's."""


def shift_cell(text: str, days: int, date_format: str = "") -> str | None:
    """The cell's date moved by `days`, in the same form and precision.

    Without `date_format`: ISO 8601, whole (`2014-07-02`, `2014-07-02T11:45`, with offset), partial
    (`2014-07`, `2014`), `2014-07-02/2014-07-09`, and `20140702`. A partial date is moved from its middle
    (the 15th; the 2nd of July), so its error is half its own imprecision. Times of day stay.

    Args:
        text: The cell, without surrounding blanks.
        days: Added to the date.
        date_format: `%d.%m.%Y`, or `DD.MM.YYYY`: then only this form is a date.

    Returns:
        The new cell, or None where the cell is no date of that form (it is then blanked, never passed).
    """
    if date_format and date_format.upper() not in {"ISO", "ISO8601", "ISO 8601"}:
        return _shift_formatted(text, days, strftime_format(date_format))
    if "/" in text:
        ends = [shift_cell(part, days) for part in text.split("/", 1)]
        return None if None in ends else "/".join(str(end) for end in ends)
    for pattern, move in _FORMS:
        found = pattern.fullmatch(text)
        if found:
            return _safe(lambda: move(found, timedelta(days=days)))  # noqa: B023 - called at once
    return None


def strftime_format(written: str) -> str:
    """`DD.MM.YYYY HH:mm` or `%d.%m.%Y %H:%M`, as strftime's codes.

    After the date part, `MM` following hours is read as minutes (`HH:MM`).
    """
    if "%" in written:
        return written
    result = re.sub(r"(?<=HH:)MM|(?<=hh:)MM", "mm", written)
    for token, strftime_code in _TOKENS:
        result = result.replace(token, strftime_code)
    return result


def parse_day(text: str, date_format: str = "") -> date | None:
    """The whole day a cell names, or None (partial dates name no day)."""
    moved = shift_cell(text, 0, date_format)
    if moved is None:
        return None
    if date_format and date_format.upper() not in {"ISO", "ISO8601", "ISO 8601"}:
        return datetime.strptime(text, strftime_format(date_format)).date()
    compact = text[:10].replace("-", "")
    return _day(compact) if len(compact) == 8 and compact.isdigit() else None


def _day(compact: str) -> date | None:
    try:
        return date(int(compact[:4]), int(compact[4:6]), int(compact[6:8]))
    except ValueError:
        return None


def _safe(move: Callable[[], str]) -> str | None:
    """What `move` gives, or None where the calendar knows no such day."""
    try:
        return move()
    except (ValueError, OverflowError):
        return None


def _shift_formatted(text: str, days: int, strftime: str) -> str | None:
    def move() -> str:
        moved = datetime.strptime(text, strftime) + timedelta(days=days)
        return moved.strftime(strftime.replace("%Y", f"{moved.year:04d}"))

    return _safe(move)


def _move_iso(found: re.Match[str], by: timedelta) -> str:
    return (date.fromisoformat(found["date"]) + by).isoformat() + (found["rest"] or "")


def _move_month(found: re.Match[str], by: timedelta) -> str:
    return (date(int(found["year"]), int(found["month"]), 15) + by).isoformat()[:7]


def _move_year(found: re.Match[str], by: timedelta) -> str:
    return (date(int(found["year"]), 7, 2) + by).isoformat()[:4]


def _move_compact(found: re.Match[str], by: timedelta) -> str:
    text = found[0]
    return (date(int(text[:4]), int(text[4:6]), int(text[6:])) + by).isoformat().replace("-", "")


_FORMS = ((_ISO, _move_iso), (_MONTH, _move_month), (_YEAR, _move_year), (_COMPACT, _move_compact))
