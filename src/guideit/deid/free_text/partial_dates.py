"""Dates with something left out: month and year, a year behind a word of time, a day without its year.

Beside dates that were moved they would tell by how much. Month and year are moved from the middle of what they say,
as `guideit.deid.dates` does; a day without its year cannot be moved and goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from guideit.deid.dates import MONTHS, Written, month_number

_FULL = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Januar|Jänner|Februar|Feber|März|Mai|Juni|Juli|Oktober|Dezember|"
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
)
"""Written out and in their own case: `4 may` is no day."""
_MONTH = re.compile(rf"(?<![^\W_])({MONTHS})\b\.?[\s,/'’-]{{1,2}}((?:18|19|20)\d\d)(?!\d)", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\d/.,-])(0?[1-9]|1[0-2])([/.-])((?:19|20)\d\d)(?![/.-]?\d)")
_YEAR = re.compile(
    r"(?<![^\W_])(?:in|im\sjahre?|seit|since|depuis|en|year|jahr|anno|anfang|mitte|ende|early|late|mid|début|"
    r"fin|sommer|winter|"
    r"herbst|frühjahr|frühling|spring|summer|autumn|fall|printemps|été|automne|hiver)\s((?:19|20)\d\d)"
    r"(?!\d|[.,/-]\d|\s?(?:m[lgm]|cm|µ|mbq|i\.?e|x|%))",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"(?<![\d.,/])(?:0?[1-9]|[12]\d|3[01])(?:\.|st|nd|rd|th|er)?\s(?:of\s)?(?:{_FULL})(?![^\W_])"
    rf"|(?<![^\W_])(?:{_FULL})\s(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d.,]\d|\d|[^\W_])"
    r"|(?<=am\s)(?:0?[1-9]|[12]\d|3[01])\.\s?(?:0?[1-9]|1[0-2])\.(?!\d)"
    r"|(?<=vom\s)(?:0?[1-9]|[12]\d|3[01])\.\s?(?:0?[1-9]|1[0-2])\.(?!\d)"
)  # fmt: skip


def partial_dates(text: str) -> Iterator[Written]:
    """Where they stand; `day` is `YYYYMM` of a month, `YYYY` of a year, empty of a day without its year."""
    for found in _MONTH.finditer(text):
        yield _month(found.span(), found[2], month_number(found[1]), "/")
    for found in _NUMBERS.finditer(text):
        yield _month(found.span(), found[3], found[1], found[2])
    for found in _YEAR.finditer(text):
        yield _year(found.span(1), found[1])
    for found in _DAY.finditer(text):
        yield Written(*found.span(), "", lambda days: "")


def _month(span: tuple[int, int], year: str, month: str, between: str) -> Written:
    def write(days: int) -> str:
        moved = date(int(year), int(month), 15) + timedelta(days=days)
        return f"{moved.month:02d}{between}{moved.year:04d}"

    return Written(*span, f"{year}{int(month):02d}", write)


def _year(span: tuple[int, int], year: str) -> Written:
    return Written(*span, year, lambda days: f"{(date(int(year), 7, 2) + timedelta(days=days)).year:04d}")
