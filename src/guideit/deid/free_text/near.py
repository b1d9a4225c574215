"""Words that are nearly a known name: one letter missed, added, changed or swapped, or read by OCR for another.

A word of the vocabulary or of everyday life is never taken for a name that it resembles (`brain` beside Braun).
Names of six and more letters are compared by edit distance (optimal string alignment), through the deletions of
both: a look-up for each letter of a word, however many names there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from guideit.deid.free_text.lexicon import is_common
from guideit.deid.free_text.look_alikes import skeleton
from guideit.deid.vocabulary import fold

NEAR_FROM, DOUBTFUL_FROM = 6, 8
"""Letters from which on a distance of 1 is a name, and of 2 is doubtful."""
LIKE_FROM = 5
"""Letters from which on a word that looks like a name is one."""
_LONGEST = 40


class NearNames:
    """Names of one participant, or of all."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names` are single words, folded."""
        self._names = frozenset(n for n in names if LIKE_FROM <= len(n) <= _LONGEST and not n.isdigit())

    @cached_property
    def _skeletons(self) -> frozenset[str]:
        return frozenset(skeleton(name) for name in self._names)

    @cached_property
    def _reversed(self) -> frozenset[str]:
        return frozenset(name[::-1] for name in self._names)

    @cached_property
    def _once(self) -> dict[str, list[str]]:
        """Names by each form of them that has one letter less, and by themselves."""
        return _by_deletion((n for n in self._names if len(n) >= NEAR_FROM), 1)

    @cached_property
    def _twice(self) -> dict[str, list[str]]:
        return _by_deletion((n for n in self._names if len(n) >= DOUBTFUL_FROM), 2)

    def is_name(self, word: str) -> bool:
        """Whether a word looks like a name, is one backwards, or is one letter off."""
        plain = fold(word)
        if len(plain) < LIKE_FROM or len(plain) > _LONGEST or is_common(plain):
            return False
        looks = skeleton(word)
        if looks in self._skeletons or plain in self._reversed:
            return True
        return self._within(plain, self._once, 1)

    def resembles(self, word: str) -> bool:
        """Whether a word is two letters off a name."""
        plain = fold(word)
        if not DOUBTFUL_FROM - 1 <= len(plain) <= _LONGEST or is_common(plain):
            return False
        return self._within(plain, self._twice, 2)

    def _within(self, word: str, index: dict[str, list[str]], most: int) -> bool:
        forms = {word} | _deleted(word) if most == 1 else {word} | _deleted(word) | _deleted_twice(word)
        near = {name for form in forms for name in index.get(form, ())}
        return any(distance(word, name, most) <= most for name in near)


_DIGITS = str.maketrans("OoQDIilLSsBZzGb|", "0000111155822681")
"""Letters read for digits."""


class NearIds:
    """Numbers of one participant, as OCR and hasty typing write them."""

    def __init__(self, ids: Iterable[str]) -> None:
        """`ids` are folded, without separators."""
        self._ids = frozenset(i for i in ids if NEAR_FROM <= len(i) <= _LONGEST and any(c.isdigit() for c in i))

    @cached_property
    def _as_digits(self) -> frozenset[str]:
        return frozenset(one.upper().translate(_DIGITS) for one in self._ids)

    @cached_property
    def _once(self) -> dict[str, list[str]]:
        mixed = (i for i in self._ids if len(i) >= DOUBTFUL_FROM and not i.isdigit())
        return _by_deletion(mixed, 1)

    def is_id(self, word: str) -> bool:
        """Whether a word of letters and digits is one of the numbers with letters for digits, or one letter off."""
        if not NEAR_FROM <= len(word) <= _LONGEST or word.isalpha():
            return False
        if word.upper().translate(_DIGITS) in self._as_digits:
            return True
        plain = fold(word)
        return any(
            distance(plain, one, 1) <= 1 for form in _deleted(plain) | {plain} for one in self._once.get(form, ())
        )


def _by_deletion(names: Iterable[str], most: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        forms = {name} | _deleted(name)
        for form in forms | _deleted_twice(name) if most == 2 else forms:
            found.setdefault(form, []).append(name)
    return found


def _deleted(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _deleted_twice(word: str) -> set[str]:
    return {form for once in _deleted(word) for form in _deleted(once)}


def distance(one: str, other: str, most: int) -> int:
    """Letters changed, added, left out or swapped with their neighbour; `most + 1` where there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        last, row = row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if before and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most:
            return most + 1
    return row[-1]
