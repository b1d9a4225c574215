"""Headers that are alike: what the slices of a series have in common is compared as a whole, not walked again.

Headers with the same tags in the same order are cut into stretches of bytes that were the same in all of them, and
single elements between, which were not. Nothing is guessed: the same bytes under the same character set hold the
same elements and give the same result; an element between is looked at every time; the first difference elsewhere
ends the comparison, and the header is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from guideit.deid.walk_state import REMEMBER
from guideit.dicom.elements import PIXELS, Reader

Made = TypeVar("Made")

END = 1 << 33
"""Stands for the tag after the last element."""
FULL = 64
"""Shapes remembered before all are forgotten."""
LATEST = 4
"""Likenesses tried on a header, the last that fitted first."""
_CHARSET = 0x00080005

Make = Callable[[int, int, int, int], Made]
"""From where a stretch starts and stops, and the tags of the elements before and after it, what it gives."""


@dataclass(frozen=True, slots=True)
class Token:
    """An element at top level, or all private ones of a group: its (first) tag, where it starts and stops."""

    tag: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Made]):
    """Elements that were always the same, and what they give.

    Attributes:
        same: Their bytes, and the tag of the element that follows and may differ; no tag after the last element.
        size: Of the elements in bytes.
        made: What they give.
        last: Whether the data set ends with them.
    """

    same: bytes
    size: int
    made: Made
    last: bool = False

    def stands_at(self, data: bytes, at: int, end: int) -> bool:
        """Whether just these elements stand at `at` of a data set that ends at `end`."""
        return data[at : at + len(self.same)] == self.same and (not self.last or at + self.size == end)


@dataclass(slots=True)
class _Shape:
    """Headers of one shape: the elements of the last, and which were not always the same."""

    seen: list[bytes]
    differ: set[int] = field(default_factory=set)


class Likenesses(Generic[Made]):
    """What headers met so far have in common, by their shape. Threads may share one."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[int, ...], _Shape] = {}
        self._latest: dict[tuple[int, ...], tuple[Stretch[Made], ...]] = {}
        self._lock = Lock()

    def __iter__(self) -> Iterator[tuple[Stretch[Made], ...]]:
        """Likenesses to try; the last that was learned or fitted comes first."""
        return iter(list(reversed(self._latest.values())))

    def fitted(self, likeness: tuple[Stretch[Made], ...]) -> None:
        """Try this one first from now on."""
        with self._lock:
            for shape, other in reversed(self._latest.items()):
                if other is likeness:
                    self._latest[shape] = self._latest.pop(shape)
                    return

    def learn(self, data: bytes, tokens: list[Token], make: Make[Made]) -> None:
        """Learn from a header that was walked; the second of a shape gives a likeness.

        Args:
            data: The file.
            tokens: Its elements, up to the pixels.
            make: Called for each stretch, in order.
        """
        shape = tuple(token.tag for token in tokens)
        elements = [data[t.start : t.stop] if t.stop - t.start <= REMEMBER else b"" for t in tokens]
        with self._lock:
            differ = self._differing(shape, elements)
            self._latest.pop(shape, None)
            if differ is None:
                return
            if any(tokens[n].tag <= _CHARSET for n in differ) or len(differ) > len(tokens) // 2:
                del self._shapes[shape]  # little in common: forgotten, and learned anew
                return
            self._latest[shape] = tuple(_stretches(data, tokens, differ, make))
            if len(self._latest) > LATEST:
                del self._latest[next(iter(self._latest))]

    def _differing(self, shape: tuple[int, ...], elements: list[bytes]) -> set[int] | None:
        """Which elements of a shape were not always the same; None for a shape that was not met yet."""
        known = self._shapes.get(shape)
        if known is None:
            if len(self._shapes) >= FULL:
                self._shapes.clear()
            self._shapes[shape] = _Shape(elements)
            return None
        known.differ |= {n for n, old in enumerate(known.seen) if not old or old != elements[n]}
        known.seen = elements
        return known.differ


def _stretches(data: bytes, tokens: list[Token], differ: set[int], make: Make[Made]) -> Iterator[Stretch[Made]]:
    start, before = tokens[0].start, -1
    for token in (tokens[n] for n in sorted(differ)):
        made = make(start, token.start, before, token.tag)
        yield Stretch(data[start : token.start + 4], token.start - start, made)
        start, before = token.stop, token.tag
    stop = tokens[-1].stop
    if tokens[-1].tag not in PIXELS:
        yield Stretch(data[start:stop], stop - start, make(start, stop, before, END), last=True)


def tokens_of(reader: Reader, data: bytes, at: int, end: int, *, groups: bool) -> list[Token]:
    """The elements of a data set that was walked without complaint, up to its pixels, which are the last.

    Args:
        groups: Take the private elements of one group together.
    """
    found: list[Token] = []
    while at < end:
        head = reader.head(data, at, end)
        if head.tag in PIXELS:
            return [*found, Token(head.tag, at, at)]
        stop = reader.past(data, head, end)
        if groups and found and head.tag >> 16 & 1 and found[-1].tag >> 16 == head.tag >> 16:
            found[-1] = Token(found[-1].tag, found[-1].start, stop)
        else:
            found.append(Token(head.tag, at, stop))
        at = stop
    return found
