"""Many needles in many bytes at once.

A pixel file has half a million bytes and a trial tens of thousands of needles. Looking for each takes the product.
Here the first bytes of every needle are marked in a table; those at every position are looked up with numpy, and
only the few positions that are marked are compared with whole needles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

SHORTEST = 4
_WIDTHS: dict[int, np.dtype[Any]] = {4: np.dtype("<u4"), 8: np.dtype("<u8")}
_FACTORS: dict[int, Any] = {4: np.uint32(2654435769), 8: np.uint64(0x9E3779B97F4A7C15)}  # Knuth's: 2^n / golden ratio
_CHUNK = 1 << 20
_BITS = 20
_FEW = 4


class Scanner:
    """Needles of four and more bytes, compiled; letters are found in either case.

    Raises:
        ValueError: A needle is shorter.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = tuple(sorted({needle.lower() for needle in needles}))
        shortest = min(map(len, self._needles), default=8)
        if shortest < SHORTEST:
            raise ValueError("needles have four bytes at least")
        self._width = 8 if shortest >= 8 else 4
        self._overlap = max(map(len, self._needles), default=1) - 1
        self._by_prefix: dict[bytes, list[bytes]] = {}
        for needle in self._needles:
            self._by_prefix.setdefault(needle[: self._width], []).append(needle)
        self._prefixes = np.unique(self._words(b"".join(self._by_prefix), 0))
        self._marked = np.zeros(1 << _BITS, dtype=bool)
        self._marked[self._hashed(self._prefixes)] = True

    def __len__(self) -> int:
        return len(self._needles)

    def found(self, data: bytes | memoryview) -> bool:
        """Whether any needle stands anywhere in `data`."""
        if not self._needles:
            return False
        starts = range(0, len(data), _CHUNK)
        return any(self._in(bytes(data[max(at - self._overlap, 0) : at + _CHUNK]).lower()) for at in starts)

    def _in(self, lowered: bytes) -> bool:
        if len(self._needles) <= _FEW:
            return any(needle in lowered for needle in self._needles)
        return any(self._at(lowered, position) for position in self._candidates(lowered))

    def _candidates(self, lowered: bytes) -> Iterator[int]:
        """Positions whose bytes are marked: each alignment is one view of the bytes. The rest is padded."""
        padded = lowered + bytes(self._width)
        for shift in range(self._width):
            words = self._words(padded, shift)
            marked = np.flatnonzero(self._marked[self._hashed(words)])
            nearest = np.searchsorted(self._prefixes, words[marked])
            same = self._prefixes[np.minimum(nearest, len(self._prefixes) - 1)] == words[marked]
            yield from (shift + self._width * int(index) for index in marked[same])

    def _words(self, data: bytes, shift: int) -> np.ndarray[Any, Any]:
        count = (len(data) - shift) // self._width
        words: np.ndarray[Any, Any] = np.frombuffer(data, dtype=_WIDTHS[self._width], count=count, offset=shift)
        return words

    def _hashed(self, words: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        hashed: np.ndarray[Any, Any] = (words * _FACTORS[self._width]) >> (8 * self._width - _BITS)
        return hashed

    def _at(self, lowered: bytes, position: int) -> bool:
        candidates = self._by_prefix.get(lowered[position : position + self._width], ())
        return any(lowered.startswith(needle, position) for needle in candidates)
