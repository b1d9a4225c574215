"""What may name somebody in a text of which everything else was taken out: for a person to decide."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from guideit.deid.dates import dates_in
from guideit.deid.free_text.lexicon import is_common, reads_as_medicine
from guideit.deid.free_text.near import NearNames
from guideit.deid.vocabulary import fold

_SHORTEST = 3
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\d.,])\d{5,}(?!\d)")
_CODE = re.compile(r"(?<![^\W_])(?=[^\W\d_]{0,6}\d)[^\W_]{6,40}(?![^\W_])")
_INITIALS = re.compile(r"(?<![^\W_.])[A-ZÄÖÜÉ]\.[ -]?[A-ZÄÖÜÉ]\.(?![^\W_])")
_INFLECTIONS = ("s", "es", "e", "n", "en", "er", "ern", "em", "ne", "nen", "x")
_LINKS = ("", "s", "n", "en", "es", "er")
_PART = 4
"""Letters of either part of a compound word, at least."""
_CODE_DIGITS = 4
_LONGEST = 48
"""Letters of the longest word that is taken apart."""


class DoubtfulSpan(NamedTuple):
    """A stretch of a cleaned text: `start` to `end`, and the rule that doubts it (`doubtful.name`, ...)."""

    start: int
    end: int
    rule: str


def search(text: str, names: NearNames, keep: Collection[str] = ()) -> tuple[DoubtfulSpan, ...]:
    """Doubtful stretches of a cleaned text, in order.

    Args:
        text: What would be released.
        names: Known names; a word two letters off one is doubtful whatever it is.
        keep: Folded words that somebody has decided may stay.
    """
    days = [(day.start, day.end) for day in dates_in(text)]
    found = [*_words(text, names, keep), *_initials(text), *_numbers(text, days)]
    return tuple(sorted(set(found)))


def _words(text: str, names: NearNames, keep: Collection[str]) -> Iterator[DoubtfulSpan]:
    for token in _WORD.finditer(text):
        word = fold(token[0])
        if len(word) < _SHORTEST or word in keep:
            continue
        if names.resembles(token[0]):
            yield DoubtfulSpan(token.start(), token.end(), "doubtful.near")
        elif _looks_like_a_name(token[0]) and not explained(word):
            yield DoubtfulSpan(token.start(), token.end(), "doubtful.name")


def _looks_like_a_name(token: str) -> bool:
    return (token[0].isupper() and (token[1:].islower() or (token.isupper() and len(token) > _PART))) or (
        not token.isascii() and token[0].isupper()
    )


@lru_cache(maxsize=65536)
def explained(word: str) -> bool:
    """Whether a folded word is one of everyday life or medicine, inflected or compounded of such."""
    if len(word) > _LONGEST:
        return False
    if is_common(word) or reads_as_medicine(word):
        return True
    stems = (word[: -len(end)] for end in _INFLECTIONS if word.endswith(end) and len(word) - len(end) >= _PART)
    return any(is_common(stem) for stem in stems) or _is_compound(word)


def _is_compound(word: str) -> bool:
    """`Leberherdbefund`: two known words, a linking letter or two between them."""
    for at in range(_PART, len(word) - _PART + 1):
        if _known_part(word[at:]) and any(
            word[:at].endswith(link) and is_common(word[: at - len(link)]) for link in _LINKS
        ):
            return True
    return False


def _known_part(part: str) -> bool:
    return is_common(part) or reads_as_medicine(part)


def _initials(text: str) -> Iterator[DoubtfulSpan]:
    return (DoubtfulSpan(*found.span(), "doubtful.initials") for found in _INITIALS.finditer(text))


def _numbers(text: str, days: list[tuple[int, int]]) -> Iterator[DoubtfulSpan]:
    """Long numbers and codes, but the days among them."""
    for rule, form in (("doubtful.number", _NUMBER), ("doubtful.code", _CODE)):
        for found in form.finditer(text):
            digits = sum(c.isdigit() for c in found[0])
            in_day = any(start <= found.start() and found.end() <= end for start, end in days)
            if not in_day and digits >= _CODE_DIGITS and (rule == "doubtful.number" or digits < len(found[0])):
                yield DoubtfulSpan(*found.span(), rule)
