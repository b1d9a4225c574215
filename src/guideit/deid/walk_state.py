"""What the walk over a data set carries with it: what it remembers, where it is, what it has written."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from guideit.deid.actions import Decision, Outcome
from guideit.dicom.elements import ITEM, SEQUENCE_END, tag_text
from guideit.errors import NotUnderstood

REMEMBER = 1 << 12
"""Elements longer than this many bytes are not remembered."""
FULL = 20_000
"""Remembered elements per place before all are forgotten: bounds memory, not correctness."""
Change = tuple[str, str]
"""Tag path and rule."""


class Doubted(tuple[str, str]):
    """A change whose value has something doubtful in it: rules and texts."""

    doubtful: tuple[tuple[str, str], ...] = ()


def change_of(path: str, decision: Decision, outcome: Outcome) -> Change:
    """What is noted of a value."""
    change = (path, f"{decision.action.value} {outcome.rule}")
    if not outcome.doubtful:
        return change
    doubted = Doubted(change)
    doubted.doubtful = outcome.doubtful
    return doubted


@dataclass(frozen=True, slots=True)
class Pixels:
    """Where the pixel data is.

    Attributes:
        index: Of its view among what is written; empty where its bytes were not read.
        encapsulated: Whether it is in fragments.
        offset, length: In bytes of the source file.
        read: Whether its bytes were read.
    """

    index: int
    encapsulated: bool
    offset: int
    length: int
    read: bool = True


Piece = bytes | memoryview
Step = tuple[int, int, int, Change]
"""Whole size in bytes (0: not told by the head), tag, kind, change to count."""
Blob = tuple[bytes, list[Change]]
"""A whole sequence, rewritten, and what was done in it."""
Done = tuple[bytes | None, Change]
"""An element's new bytes (None: it stays as it is) and the change."""


@dataclass(slots=True)
class Level:
    """What is remembered about elements at one tag path."""

    path: str
    heads: dict[bytes, Step] = field(default_factory=dict)
    done: dict[tuple[str, ...], dict[bytes, Done]] = field(default_factory=dict)
    blobs: dict[tuple[str, ...], dict[bytes, Blob]] = field(default_factory=dict)
    below: dict[int, Level] = field(default_factory=dict)

    def memory(self, encodings: tuple[str, ...]) -> dict[bytes, Done]:
        """What became of elements read with this character set."""
        return self.done.setdefault(encodings, {})

    def of(self, tag: int) -> Level:
        """The level of a sequence's items."""
        found = self.below.get(tag)
        if found is None:
            found = self.below[tag] = Level(f"{self.path}{tag_text(tag)}/")
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: what is remembered there, the character set in force, how deep."""

    level: Level
    encodings: tuple[str, ...]
    depth: int


NEVER = 1 << 33
"""Beyond every tag."""


@dataclass(slots=True)
class Run:
    """A stretch of a file being rewritten.

    Attributes:
        data: The whole file; `at` moves on to `end`.
        inserts: Elements to write at this level whatever stood there: `(tag, element)` in order.
        out: What is written so far, in order.
        changes: What was done so far.
        pixels: Where the pixel data is; None before it is met.
    """

    data: bytes
    end: int
    at: int
    inserts: list[tuple[int, bytes]] = field(default_factory=list)
    out: list[Piece] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    pixels: Pixels | None = None

    def copy(self, start: int, stop: int) -> None:
        """Write a run of kept elements."""
        if stop > start:
            self.out.append(self.data[start:stop])

    def add(self, element: bytes) -> None:
        """Write an element."""
        if element:
            self.out.append(element)

    def replace(self, start: int, stop: int, new: bytes) -> None:
        """Write a run of kept elements, then a new one."""
        if stop > start:
            self.out.append(self.data[start:stop])
        if new:
            self.out.append(new)

    def border(self) -> int:
        """The tag at which something must be inserted."""
        return self.inserts[0][0] if self.inserts else NEVER

    def cross(self, last: int, tag: int, start: int, stop: int) -> int:
        """Write what belongs before `tag` or in its place, after a run of kept elements; the next border.

        Raises:
            NotUnderstood: It is no border: `tag` does not come after `last`.
        """
        if tag <= last:
            raise NotUnderstood("elements out of order or twice", where=tag_text(tag))
        self.copy(start, stop)
        while self.inserts and self.inserts[0][0] <= tag:
            self.out.append(self.inserts.pop(0)[1])
        return self.border()

    def finish(self, start: int, at: int) -> None:
        """Write the last run and what belongs at the end.

        Raises:
            NotUnderstood: The last element runs past the end.
        """
        if at != self.end:
            raise NotUnderstood("an element runs past the end", where=f"byte {at}")
        self.copy(start, at)
        self.out.extend(element for _, element in self.inserts)
        self.at = at

    def header(self) -> bytes:
        """Everything written but the pixel data element."""
        if self.pixels is None:
            return b"".join(self.out)
        view = self.pixels.index
        return b"".join(self.out[: view - 1] + self.out[view + 1 :])

    def end_of_fragments(self, at: int) -> int:
        """The first byte after encapsulated pixel data (PS3.5 A.4) whose first item begins at `at`."""
        while True:
            if at + 8 > min(self.end, len(self.data)):
                raise NotUnderstood("encapsulated pixel data does not end")
            head, length = self.data[at : at + 4], struct.unpack_from("<I", self.data, at + 4)[0]
            at += 8
            if head == SEQUENCE_END:
                return at
            if head != ITEM or length % 2:
                raise NotUnderstood("something other than fragments in encapsulated pixel data")
            at += length
