"""Dates: shifted by whole days, so that every interval stays; nothing that is no date is passed on.

Formats of PS3.5 6.2: DA `YYYYMMDD` (and ACR-NEMA `YYYY.MM.DD`), DT `YYYYMMDDHHMMSS.FFFFFF&ZZXX` with any number of
components left out from the right, TM `HHMMSS.FFFFFF`. In text: ISO, German, American and written-out dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

_DA = re.compile(r"(\d{4})(\.?)(\d{2})\2(\d{2})")
_DT = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\.\d{1,6})?([+-]\d{4})?")
_TM = re.compile(r"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?")

MONTHS = (
    "jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[eé]v(?:rier)?|m(?:[aä]|ae)r(?:ch|z|s)?|mrz|apr(?:il)?|avr(?:il)?|ma[iy]|jun[ei]?|juin|"
    "jul[iy]?|juil(?:let)?|aug(?:ust)?|ao[uû]t|sep(?:t(?:ember|embre)?)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|"
    "de[cz](?:ember)?|d[eé]c(?:embre)?"
)
"""Names of months, German, English, French."""
_MONTH_STARTS = {
    "jan": 1, "feb": 2, "fev": 2, "fév": 2, "mar": 3, "mär": 3, "apr": 4, "avr": 4, "may": 5, "mai": 5, "jun": 6,
    "jui": 6, "juil": 7, "jul": 7, "mae": 3, "mrz": 3, "aug": 8, "aou": 8,
    "aoû": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11,
    "dec": 12, "dez": 12, "déc": 12,
}  # fmt: skip
_IN_TEXT = re.compile(
    rf"""
      (?<!\d)(?P<iso>(?P<y1>(?:18|19|20)\d\d)(?P<s1>[-./]?)(?P<m1>0[1-9]|1[0-2])(?P=s1)(?P<d1>0[1-9]|[12]\d|3[01]))(?!\d)
    | (?<!\d)(?P<d2>0?[1-9]|[12]\d|3[01])(?P<s2>[./-])\s?(?P<m2>0?[1-9]|1[0-2])(?P=s2)\s?(?P<y2>(?:18|19|20)?\d\d)(?!\d)
    | (?<!\d)(?P<m3>0?[1-9]|1[0-2])/(?P<d3>0?[1-9]|[12]\d|3[01])/(?P<y3>(?:18|19|20)?\d\d)(?!\d)
    | (?<!\d)(?P<d4>0?[1-9]|[12]\d|3[01])(?P<s4>(?:\.|st|nd|rd|th|er)?[\s-]*)(?:of\s)?(?P<w4>{MONTHS})\b\.?[\s,-]*
      (?P<y4>(?:18|19|20)\d\d|['’]\d\d)(?!\d)
    | \b(?P<w5>{MONTHS})\b\.?\s*(?P<d5>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s*(?P<y5>(?:18|19|20)\d\d)(?!\d)
    | (?<!\d)(?P<d6>0[1-9]|[12]\d|3[01])(?P<m6>0[1-9]|1[0-2])(?P<y6>(?:18|19|20)\d\d)(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)  # fmt: skip


def shift_da(text: str, days: int) -> str | None:
    """A DA value moved by `days`; None where it is no date."""
    found = _DA.fullmatch(text.strip())
    moved = _moved(found[1], found[3], found[4], days) if found else None
    if found is None or moved is None:
        return None
    return found[2].join((f"{moved.year:04d}", f"{moved.month:02d}", f"{moved.day:02d}"))


def shift_dt(text: str, days: int) -> str | None:
    """A DT value moved by `days`, in the precision it had; None where it is no date and time.

    A year alone, or year and month, is moved from the middle of what it says: its precision hides the shift.
    """
    found = _DT.fullmatch(text.strip())
    if not found or not _clock_holds(found):
        return None
    year, month, day = found[1], found[2], found[3]
    moved = _moved(year, month or "07", day or ("15" if month else "02"), days)
    if moved is None:
        return None
    parts = [f"{moved.year:04d}", f"{moved.month:02d}" if month else "", f"{moved.day:02d}" if day else ""]
    return "".join(parts) + "".join(found[n] or "" for n in (4, 5, 6, 7, 8))


def _clock_holds(found: re.Match[str]) -> bool:
    clock = "".join(found[n] or "" for n in (4, 5, 6))
    return not clock or is_tm(clock + (found[7] or "" if found[6] else ""))


def is_da(text: str) -> bool:
    """Whether `text` is a DA value."""
    return shift_da(text, 0) is not None


def is_dt(text: str) -> bool:
    """Whether `text` is a DT value."""
    return shift_dt(text, 0) is not None


def is_tm(text: str) -> bool:
    """Whether `text` is a TM value."""
    return bool(_TM.fullmatch(text.strip()))


def _moved(year: str, month: str, day: str, days: int) -> date | None:
    try:
        return date(int(year), int(month), int(day)) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None  # no such day, or none left after the shift: the caller blanks it


class Written(NamedTuple):
    """A date written in a text: where, which day (`YYYYMMDD`; empty where there is none), how it is written moved."""

    start: int
    end: int
    day: str
    moved: Callable[[int], str]


def dates_in(text: str) -> Iterator[Written]:
    """Dates written in a text.

    A date of two readings (03/04/2020) is read as day and month; the interval between two such dates may be off by
    the reading, the date itself is gone either way.
    """
    for found in _IN_TEXT.finditer(text):
        yield Written(found.start(), found.end(), *_read(found))


def _read(found: re.Match[str]) -> tuple[str, Callable[[int], str]]:
    """The day, and how it is written after a shift, in its own form; an impossible one is written as nothing."""
    name = next(k for k in "123456" if found[f"y{k}"])
    year, day = found[f"y{name}"], found[f"d{name}"]
    word = found[f"w{name}"] if name in "45" else ""
    month = month_number(word) if word else found[f"m{name}"]
    read = _moved(_century(year), month, day, 0)

    def write(days: int) -> str:
        moved = _moved(_century(year), month, day, days)
        return _FORMS[name](found, moved) if moved else ""

    return (f"{read.year:04d}{read.month:02d}{read.day:02d}" if read else ""), write


def month_number(word: str) -> str:
    """The number of a month's name; `juillet` begins as `juin` does."""
    starts = (word.lower()[:4], word.lower()[:3])
    return next((str(_MONTH_STARTS[start]) for start in starts if start in _MONTH_STARTS), "0")


def _century(year: str) -> str:
    if len(year) == 4:
        return year
    two = year[-2:]
    return ("19" if int(two) > 40 else "20") + two


_FORMS: dict[str, Callable[[re.Match[str], date], str]] = {
    "1": lambda f, d: d.strftime(f"%Y{f['s1']}%m{f['s1']}%d"),
    "2": lambda f, d: f"{d.day:02d}{f['s2']}{d.month:02d}{f['s2']}{d.year:04d}",
    "3": lambda f, d: f"{d.month:02d}/{d.day:02d}/{d.year:04d}",
    "4": lambda f, d: f"{d.day:02d}.{d.month:02d}.{d.year:04d}",
    "5": lambda f, d: f"{d.month:02d}/{d.day:02d}/{d.year:04d}",
    "6": lambda f, d: f"{d.day:02d}{d.month:02d}{d.year:04d}",
}
