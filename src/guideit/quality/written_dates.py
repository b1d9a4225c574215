"""Days that stand in a text, in the forms people write them. Ambiguous ones give every day they may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier ene gen", "feb february februar fevrier fev", "mar march marz maerz mars",
            "apr april avril abr avr", "may mai mag", "jun june juni juin giu", "jul july juli juillet lug",
            "aug august aout ago", "sep sept september septembre set",
            "oct okt october oktober octobre ott out",
            "nov november novembre",
            "dec dez december dezember decembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_EIGHT = re.compile(r"(?<!\d)(\d{8})(?=\d{6}(?!\d)|(?!\d))")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[\W_年]{1,4}(\d{1,2})[\W_月]{1,4}(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[\W_]{1,4}(\d{1,2})[\W_]{1,4}(\d{4})(?!\d)")
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:\.|st|nd|rd|th|er)?[-\s]*(?:of\s|de\s)?({_NAME})[a-z]*\.?[-,\s]*(?:de\s)?(\d{{4}})(?!\d)"
)
_NAME_DAY = re.compile(rf"({_NAME})[a-z]*\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?[,\s]+(\d{{4}})(?!\d)")


def days_in(folded: str) -> set[str]:
    """Every day a text may name, as `YYYYMMDD`.

    Args:
        folded: The text in lower case without marks.
    """
    return {day for day in _candidates(folded) if _is_day(day)}


def _candidates(text: str) -> Iterator[str]:
    for digits in _EIGHT.findall(text):
        yield digits
        yield digits[4:] + digits[2:4] + digits[:2]
        yield digits[4:] + digits[:2] + digits[2:4]
    for year, month, day in _YEAR_FIRST.findall(text):
        yield _day(year, month, day)
    for first, second, year in _YEAR_LAST.findall(text):
        yield _day(year, second, first)
        yield _day(year, first, second)
    for day, name, year in _DAY_NAME.findall(text):
        yield _day(year, _MONTHS[name], day)
    for name, day, year in _NAME_DAY.findall(text):
        yield _day(year, _MONTHS[name], day)


def _day(year: str, month: str | int, day: str) -> str:
    return f"{int(year):04d}{int(month):02d}{int(day):02d}"


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
