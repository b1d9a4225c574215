"""Birthdays and ages in texts: a birthday tells an age to the day, and few people are older than 89."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from guideit.deid.free_text.cues import form_of, written_cues

_NEAR = 32
_YEAR = re.compile(r"(?<![\d.,/-])(?:18|19|20)\d\d(?![\d.,/-])")


def _any(cues: list[str]) -> str:
    return "|".join(form_of(cue) for cue in sorted(cues, key=lambda cue: (-len(cue), cue)))


@lru_cache(maxsize=1)
def _birth() -> re.Pattern[str]:
    """A cue that ends where a day begins."""
    cues = _any(written_cues()["birth"]["words"])
    return re.compile(rf"(?<![^\W_])(?:{cues})[\s:.,(]{{0,4}}(?:(?:am|on|le|the|den)\s)?\s?$", re.IGNORECASE)


def is_birth(text: str, at: int) -> bool:
    """Whether what begins at `at` stands behind a cue of birth (`geb.`, `DOB`, `née le`)."""
    return _birth().search(text[max(0, at - _NEAR) : at]) is not None


def birth_years(text: str) -> Iterator[tuple[int, int]]:
    """Years behind a cue of birth: `*1938`, `geb. 1938`."""
    return ((year.start(), year.end()) for year in _YEAR.finditer(text) if is_birth(text, year.start()))


@lru_cache(maxsize=1)
def _age() -> re.Pattern[str]:
    written = written_cues()["age"]
    behind, before = _any(written["behind"]), _any(written["before"])
    number = r"(?:9\d|1[0-3]\d)"
    return re.compile(
        rf"(?<![\d.,])(?P<behind>{number})(?=[\s-]{{0,2}}(?:{behind})(?![^\W_]))"
        rf"|(?<![^\W_])(?:{before})[\s:]{{1,3}}(?P<before>{number})(?![\d.,]\d|\d)",
        re.IGNORECASE,
    )


def old_ages(text: str, oldest: int) -> Iterator[tuple[int, int]]:
    """Ages above `oldest` years."""
    for found in _age().finditer(text):
        group = str(found.lastgroup)
        if int(found[group]) > oldest:
            yield found.span(group)
