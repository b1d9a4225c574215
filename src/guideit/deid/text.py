"""Free text: identifiers and patterns go, dates move, and in descriptions only words of the vocabulary stay."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from guideit.deid import patterns
from guideit.deid.dates import Written, dates_in
from guideit.deid.free_text import addresses, cues, disguised, doubtful, numbers
from guideit.deid.free_text.ages import birth_years, is_birth, old_ages
from guideit.deid.free_text.doubtful import DoubtfulSpan
from guideit.deid.free_text.partial_dates import partial_dates
from guideit.deid.free_text.recogniser import Recogniser
from guideit.deid.known import KnownIdentifiers
from guideit.deid.vocabulary import fold, vocabulary

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_SEPARATORS = re.compile(r"[\W_]+")
_ENDS = " _-,;:/^."
_GONE = "\0"
"""Marks where a span went, until the separators around it are joined."""
_AROUND = re.compile(r"(?<![\s_\-,;:/^.\0])[\s_\-,;:/^.]*\0[\s_\-,;:/^.\0]*")
_MAX_DIGITS = 4
Found = tuple[int, int, str, str]
"""Start, end, rule, and what is written instead."""


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A cleaned text.

    Attributes:
        text: What stays.
        effect: The weightiest thing done: `kept`, `shifted`, `word`, `date`, the name of a pattern, `known`.
        spans: How many spans each rule took out or moved: `(("text.known", 2), ("text.shifted", 1))`.
        doubtful: What in `text` somebody must look at; only where the text is redacted, not described.
    """

    text: str
    effect: str
    spans: tuple[tuple[str, int], ...] = ()
    doubtful: tuple[DoubtfulSpan, ...] = ()

    @property
    def effects(self) -> str:
        """What was done, for the evidence: `known`, or `known*2+phone` where there were several spans."""
        if not self.spans:
            return self.effect
        counted = ((rule.removeprefix("text."), count) for rule, count in self.spans)
        return "+".join(f"{rule}*{count}" if count > 1 else rule for rule, count in counted)

    @property
    def doubts(self) -> tuple[tuple[str, str], ...]:
        """Rule and text of each doubtful span."""
        return tuple((span.rule, self.text[span.start : span.end]) for span in self.doubtful)


def together(parts: Sequence[Cleaned], between: str) -> Cleaned:
    """Parts of one value, cleaned each for itself, joined."""
    counts: Counter[str] = Counter()
    doubtful: list[DoubtfulSpan] = []
    at = 0
    for part in parts:
        counts.update(dict(part.spans))
        doubtful += [DoubtfulSpan(at + span.start, at + span.end, span.rule) for span in part.doubtful]
        at += len(part.text) + len(between)
    effects = [part.effect for part in parts if part.effect != "kept"]
    return Cleaned(
        text=between.join(part.text for part in parts),
        effect=effects[0] if effects else "kept",
        spans=tuple(sorted(counts.items())),
        doubtful=tuple(doubtful),
    )


@dataclass(frozen=True, kw_only=True)
class TextCleaner:
    """Cleans one participant's texts.

    Attributes:
        known: The participant's identifiers.
        shift: Days to move dates by; None where dates may not stay; 0 where they stay as they are.
        words: Folded words kept besides the vocabulary, and never doubted.
        oldest_age: Ages above, in years, are written as this.
        recogniser: What else looks for names, if the trial names one.
    """

    known: KnownIdentifiers
    shift: int | None
    words: frozenset[str] = frozenset()
    oldest_age: int = 89
    recogniser: Recogniser | None = None

    def redact(self, text: str) -> Cleaned:
        """Take out what identifies, move dates, keep the rest as it is, and say what is doubtful in it."""
        spans = _joined(sorted([*self._spans(text), *self._disguised(text)]))
        if not spans:
            return Cleaned(text=text, effect="kept", doubtful=self._doubtful(text))
        pieces, at = [], 0
        for start, end, _, written in spans:
            pieces += [text[at:start], written or _GONE]
            at = end
        clean = _closed("".join([*pieces, text[at:]]))
        return Cleaned(text=clean, effect=_weightiest(spans), spans=_counted(spans), doubtful=self._doubtful(clean))

    def describe(self, text: str) -> Cleaned:
        """Take out what identifies, move dates, and of the rest keep words of the vocabulary and short numbers."""
        spans = _joined(sorted([*self._spans(text), *self._near(text, words=False)]))
        pieces, at, dropped = [], 0, False
        for start, end, _, written in [*spans, (len(text), len(text), "kept", "")]:
            words = self._words(text[at:start])
            dropped = dropped or words != text[at:start]
            pieces += [words, written]
            at = end
        if dropped:
            spans = [*spans, (0, 0, "word", "")]
        if not spans:
            return Cleaned(text=text, effect="kept")
        return Cleaned(text=_tidy("".join(pieces)), effect=_weightiest(spans), spans=_counted(spans))

    def identifies(self, text: str) -> bool:
        """Whether anything in a text names somebody or is a date, as it is written."""
        return bool(self._spans(text))

    def _words(self, text: str) -> str:
        return "".join(token for token in _TOKEN.findall(text) if self._may_stay(token))

    def _may_stay(self, token: str) -> bool:
        if token.isdigit():
            return len(token) <= _MAX_DIGITS and token.isascii()
        if not token[0].isalpha():
            return token.isprintable() or token.isspace()
        word = fold(token)
        return word in vocabulary() or word in self.words

    def _spans(self, text: str) -> list[Found]:
        """What must be replaced, in order, overlaps joined to the weightier rule."""
        found = [(start, end, rule, "") for start, end, rule in self.known.search(text)]
        taken = _Taken(found)
        found += [s for s in self._dates(text) if not taken.overlaps(s[0], s[1])]
        taken = _Taken(found)
        for search in _SEARCHES:
            found += [(a, b, rule, "") for a, b, rule in search(text) if not taken.holds(a, b)]
        found += [(*span, "") for span in disguised.encoded(text, self.known.near_names, self.known.contains)]
        oldest = str(self.oldest_age)
        found += [(a, b, "age", oldest) for a, b in old_ages(text, self.oldest_age) if not taken.overlaps(a, b)]
        return _joined(sorted(found))

    def _disguised(self, text: str) -> Iterator[Found]:
        """Known identifiers in disguise, and what the recogniser sees."""
        yield from self._near(text)
        if self.recogniser is not None:
            yield from ((start, end, "recognised", "") for start, end, _ in self.recogniser(text))

    def _near(self, text: str, *, words: bool = True) -> Iterator[Found]:
        found = disguised.near(text, self.known.near_names, self.known.near_ids, words=words)
        return ((*span, "") for span in found)

    def _doubtful(self, text: str) -> tuple[DoubtfulSpan, ...]:
        return doubtful.search(text, self.known.near_names, self.words)

    def _dates(self, text: str) -> list[Found]:
        """Dates moved, or gone; a date of birth goes in any case: moved, it would tell the age to the day."""
        found = [one for date in dates_in(text) if (one := self._date(text, date))]
        taken = _Taken(found)
        parts = [date for date in partial_dates(text) if not taken.overlaps(date.start, date.end)]
        found += [one for date in parts if (one := self._date(text, date))]
        return found + [(start, end, "birth", "") for start, end in birth_years(text)]

    def _date(self, text: str, date: Written) -> Found | None:
        if date.day and any(birth.startswith(date.day) for birth in self.known.births):
            return date.start, date.end, "known", ""
        if is_birth(text, date.start):
            return date.start, date.end, "birth", ""
        if self.shift is None:
            return date.start, date.end, "date", ""
        moved = date.moved(self.shift) if self.shift else text[date.start : date.end]
        return (date.start, date.end, "shifted" if moved else "date", moved) if self.shift else None


_SEARCHES: tuple[Callable[[str], Iterable[tuple[int, int, str]]], ...] = (
    numbers.search,
    patterns.search,
    addresses.search,
    cues.names,
)


class _Taken:
    """Stretches of a text that are taken already, found without looking at each."""

    def __init__(self, spans: Iterable[Found]) -> None:
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


def _joined(spans: list[Found]) -> list[Found]:
    """Overlapping spans as one, which is taken out whole: half a span put back would be half an identifier."""
    joined: list[Found] = []
    for start, end, rule, written in spans:
        if joined and start < joined[-1][1]:
            first = joined[-1]
            joined[-1] = (first[0], max(end, first[1]), _weightier(first[2], rule), "")
        else:
            joined.append((start, end, rule, written))
    return joined


_RANKS = {"kept": 0, "shifted": 1, "age": 1, "word": 2, "date": 3, "number": 4, "insurance": 5, "record": 5, "known": 7}
"""What an effect says of a text that had several; all other patterns rank 6."""


def _weightier(one: str, other: str) -> str:
    return max(one, other, key=lambda rule: _RANKS.get(rule, 6))


def _weightiest(spans: Sequence[Found]) -> str:
    effect = "kept"
    for _, _, rule, _ in spans:
        effect = _weightier(effect, rule)
    return effect


def _counted(spans: Sequence[Found]) -> tuple[tuple[str, int], ...]:
    """How many spans each rule took; words that the vocabulary lacks count once."""
    return tuple(sorted(Counter(f"text.{rule}" for _, _, rule, _ in spans).items()))


def _closed(text: str) -> str:
    """Separators joined around what went, none left at an end where something went; the rest as it is."""
    closed = _AROUND.sub(lambda m: _met(m[0].split(_GONE)), text)
    closed = closed.lstrip(_ENDS) if text.lstrip(_ENDS).startswith(_GONE) else closed
    return closed.rstrip(_ENDS) if text.rstrip(_ENDS).endswith(_GONE) else closed


def _met(parts: Sequence[str]) -> str:
    """What stood around a gap, once: `Frau | , geb. ` is `Frau, geb. `."""
    joined = parts[0]
    for part in parts[1:]:
        if part.lstrip()[:1] == joined.rstrip()[-1:] or not part[:1].isspace():
            part, joined = part.lstrip(joined.rstrip()[-1:] or " "), joined.rstrip(" ") if part.strip() else joined
        joined += part.lstrip(" ") if joined[-1:].isspace() else part
    return joined


def _tidy(text: str) -> str:
    """No runs of separators where words went, none at the ends."""
    joined = _SEPARATORS.sub(lambda m: m[0] if len(m[0]) < 2 else _one_of(m[0]), text)
    return joined.strip(_ENDS)


def _one_of(run: str) -> str:
    kinds = [c for c in run if not c.isspace()]
    if "\n" in run:
        return "\n"
    if not kinds:
        return " "
    return run if len(set(kinds)) == 1 and len(kinds) == 1 else kinds[0]
