"""Many needles in many bytes at once.

A pixel file has half a million bytes and a trial tens of thousands of needles. Looking for each takes the product.
Here four bytes of every needle are marked in a table, the words of the data are looked up in it with numpy, and only
what is marked is compared with whole needles. A needle of seven and more bytes holds, wherever it lies, one aligned
word of four whole: of its first four words one is enough, and the data is looked through once. Shorter needles need
a look at each of the four alignments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

SHORTEST = 4
_WORD = 4
_ANYWHERE = 2 * _WORD - 1
"""From this length on a needle holds an aligned word."""
_FACTOR = np.uint32(2654435769)  # Knuth's: 2^32 / golden ratio
_SECOND = np.uint32(2246822519)  # an odd number unlike it, for those that share a mark by chance
_LOWER = np.uint32(0x20202020)
_BITS = (12, 20)
"""Smallest and largest size of a table of marks, as a power of two: a small one stays in the cache."""
_CHUNK = 1 << 20
_FEW = 4
_SINGLE = 16
"""Up to this many places are compared one by one."""
_CAPITAL = bytes(range(256)).upper()
_Array = np.ndarray[Any, Any]


class Scanner:
    """Needles of four and more bytes, compiled; letters are found in either case.

    Raises:
        ValueError: A needle is shorter.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = tuple(sorted({needle.lower() for needle in needles}))
        if any(len(needle) < SHORTEST for needle in self._needles):
            raise ValueError("needles have four bytes at least")
        self._overlap = max(map(len, self._needles), default=1) - 1
        self._long = _Marks((needle, at) for needle in self._needles if len(needle) >= _ANYWHERE for at in range(_WORD))
        self._short = _Marks((needle, 0) for needle in self._needles if len(needle) < _ANYWHERE)

    def __len__(self) -> int:
        return len(self._needles)

    def found(self, data: bytes | memoryview) -> bool:
        """Whether any needle stands anywhere in `data`."""
        if not self._needles:
            return False
        view = memoryview(data).cast("B")
        return any(self._in(view[max(at - self._overlap, 0) : at + _CHUNK]) for at in range(0, len(view), _CHUNK))

    def _in(self, view: memoryview) -> bool:
        if len(self._needles) <= _FEW:
            lowered = bytes(view).lower()
            return any(needle in lowered for needle in self._needles)
        return self._long.found(view, 0) or any(self._short.found(view, shift) for shift in range(_WORD))


class _Marks:
    """Words of needles: `(needle, where in it the word begins)` by the word."""

    def __init__(self, words: Iterable[tuple[bytes, int]]) -> None:
        self._by_word: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
        for needle, at in words:
            self._by_word[int(_folded(memoryview(needle), at)[0])].append((needle, at))
        marked = np.array(sorted(self._by_word), dtype="<u4")
        self._bits = min(max((64 * len(marked)).bit_length(), _BITS[0]), _BITS[1])
        self._tables = {factor: np.zeros(1 << self._bits, dtype=bool) for factor in (_FACTOR, _SECOND)}
        for factor, table in self._tables.items():
            table[_hashed(marked, factor, self._bits)] = True

    def found(self, view: memoryview, shift: int) -> bool:
        """Whether a needle stands around a word that begins `shift` bytes after an aligned one."""
        if not self._by_word or len(view) < shift + _WORD:
            return False
        words = _folded(view, shift)
        places = np.flatnonzero(self._looked_up(words, _FACTOR))
        places = places[self._looked_up(words[places], _SECOND)]
        seen = words[places]
        return any(
            _stands(view, needle, shift + _WORD * places[seen == word] - at)
            for word in self._known(seen)
            for needle, at in self._by_word[word]
        )

    def _looked_up(self, words: _Array, factor: np.uint32) -> _Array:
        marked: _Array = self._tables[factor].take(_hashed(words, factor, self._bits))
        return marked

    def _known(self, seen: _Array) -> Iterator[int]:
        """Those of the words seen that are words of needles; others only shared their mark."""
        return (int(word) for word in np.unique(seen) if int(word) in self._by_word)


def _folded(view: memoryview, shift: int) -> _Array:
    """Words of four bytes from `shift` on with the bit set that tells small letters from capital ones."""
    words: _Array = np.frombuffer(view, dtype="<u4", count=(len(view) - shift) // _WORD, offset=shift)
    return words | _LOWER


def _hashed(words: _Array, factor: np.uint32, bits: int) -> _Array:
    hashed: _Array = (words * factor) >> np.uint32(32 - bits)
    return hashed


def _stands(view: memoryview, needle: bytes, starts: _Array) -> bool:
    """Whether a needle begins at any of these places; many places are compared at once, byte by byte of it."""
    if len(starts) <= _SINGLE:
        return any(at >= 0 and bytes(view[at : at + len(needle)]).lower() == needle for at in starts.tolist())
    left = starts[(starts >= 0) & (starts + len(needle) <= len(view))]
    whole = np.frombuffer(view, dtype="u1")
    for number, byte in enumerate(needle):
        if not len(left):
            return False
        there = whole[left + number]
        left = left[(there == byte) | (there == _CAPITAL[byte])]
    return bool(len(left))
