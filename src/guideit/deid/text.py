"""Free text: identifiers and patterns go, dates move, and in descriptions only words of the vocabulary stay."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from guideit.deid import patterns
from guideit.deid.dates import dates_in
from guideit.deid.known import KnownIdentifiers
from guideit.deid.vocabulary import fold, vocabulary

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_SEPARATORS = re.compile(r"[\W_]+")
_MAX_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A cleaned text and the weightiest thing done: `kept`, `shifted`, `word`, `date`, a pattern, `known`."""

    text: str
    effect: str


@dataclass(frozen=True, kw_only=True)
class TextCleaner:
    """Cleans one participant's texts.

    Attributes:
        known: The participant's identifiers.
        shift: Days to move dates by; None where dates may not stay; 0 where they stay as they are.
        words: Folded words kept besides the vocabulary.
    """

    known: KnownIdentifiers
    shift: int | None
    words: frozenset[str] = frozenset()

    def redact(self, text: str) -> Cleaned:
        """Take out known identifiers and patterns, move dates, keep the rest as it is."""
        pieces: list[str] = []
        effect = "kept"
        at = 0
        for start, end, rule, written in self._spans(text):
            pieces += [text[at:start], written]
            effect, at = _weightier(effect, rule), end
        if effect == "kept":
            return Cleaned(text=text, effect=effect)
        return Cleaned(text=_tidy("".join([*pieces, text[at:]])), effect=effect)

    def describe(self, text: str) -> Cleaned:
        """As `redact`, and of the rest only words of the vocabulary, short numbers and separators."""
        pieces: list[str] = []
        effect = "kept"
        at = 0
        for start, end, rule, written in [*self._spans(text), (len(text), len(text), "kept", "")]:
            words = self._words(text[at:start])
            if words != text[at:start]:
                effect = _weightier(effect, "word")
            pieces += [words, written]
            effect, at = _weightier(effect, rule), end
        if effect == "kept":
            return Cleaned(text=text, effect=effect)
        return Cleaned(text=_tidy("".join(pieces)), effect=effect)

    def _words(self, text: str) -> str:
        return "".join(token for token in _TOKEN.findall(text) if self._may_stay(token))

    def _may_stay(self, token: str) -> bool:
        if token.isdigit():
            return len(token) <= _MAX_DIGITS and token.isascii()
        if not token[0].isalpha():
            return token.isprintable() or token.isspace()
        word = fold(token)
        return word in vocabulary() or word in self.words

    def _spans(self, text: str) -> list[tuple[int, int, str, str]]:
        """What must be replaced: start, end, rule, by what; in order, overlaps joined to the weightier rule."""
        found = [(start, end, rule, "") for start, end, rule in self.known.search(text)]
        taken = _Taken(found)
        found += [s for s in self._dates(text) if not taken.overlaps(s[0], s[1])]
        taken = _Taken(found)
        found += [(a, b, rule, "") for a, b, rule in patterns.search(text) if not taken.holds(a, b)]
        return _joined(sorted(found))

    def _dates(self, text: str) -> list[tuple[int, int, str, str]]:
        """Dates moved, or gone; a date of birth goes in any case: moved, it would tell the age to the day."""
        births = self.known.births
        born = [(date.start, date.end, "known", "") for date in dates_in(text) if date.day in births]
        others = [date for date in dates_in(text) if date.day not in births]
        if self.shift is None:
            return born + [(date.start, date.end, "date", "") for date in others]
        if self.shift == 0:
            return born
        return born + [(date.start, date.end, "shifted", date.moved(self.shift)) for date in others]


class _Taken:
    """Stretches of a text that are taken already, found without looking at each."""

    def __init__(self, spans: Iterable[tuple[int, int, str, str]]) -> None:
        joined = _joined(sorted(spans))
        self._starts = [start for start, *_ in joined]
        self._ends = [end for _, end, *_ in joined]

    def overlaps(self, start: int, end: int) -> bool:
        """Whether one begins before `end` and ends after `start`."""
        at = bisect_left(self._starts, end) - 1
        return at >= 0 and self._ends[at] > start

    def holds(self, start: int, end: int) -> bool:
        """Whether one goes from `start` or before to `end` or beyond."""
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and self._ends[at] >= end


def _joined(spans: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Overlapping spans as one, which is taken out whole: half a span put back would be half an identifier."""
    joined: list[tuple[int, int, str, str]] = []
    for start, end, rule, written in spans:
        if joined and start < joined[-1][1]:
            first = joined[-1]
            joined[-1] = (first[0], max(end, first[1]), _weightier(first[2], rule), "")
        else:
            joined.append((start, end, rule, written))
    return joined


_RANKS = {"kept": 0, "shifted": 1, "word": 2, "date": 3, "known": 5}
"""What an effect says of a text that had several; patterns rank 4."""


def _weightier(one: str, other: str) -> str:
    return max(one, other, key=lambda rule: _RANKS.get(rule, 4))


def _tidy(text: str) -> str:
    """No runs of separators where words went, none at the ends."""
    joined = _SEPARATORS.sub(lambda m: m[0] if len(m[0]) < 2 else _one_of(m[0]), text)
    return joined.strip(" _-,;:/^.")


def _one_of(run: str) -> str:
    kinds = [c for c in run if not c.isspace()]
    if "\n" in run:
        return "\n"
    if not kinds:
        return " "
    return run if len(set(kinds)) == 1 and len(kinds) == 1 else kinds[0]
