"""The encoding of a released file, walked byte by byte (PS3.5 7.1, 7.5, A.4): nothing hidden between elements.

pydicom forgives: of two elements with one tag it shows the last, a rest too short for an element it drops, what
follows the last fragment it skips. Each of these could carry anything, so here they are failures.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from pydicom.datadict import dictionary_has_tag, dictionary_VR

_WIDE = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_NARROW = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH"}
    | {b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_IMPLICIT, _BIG, _DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
_BULK = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


class Malformed(Exception):
    """The bytes are no plain data set; the message is ours and holds no value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """What the walk saw.

    Attributes:
        body: The bytes walked: the file's, or what they inflate to.
        data_set: Where the data set begins in `body`.
        pixels: Where the value of pixel data begins and ends; equal where there is none.
        elements: How many elements there are, at every depth.
    """

    body: bytes | memoryview
    data_set: int
    pixels: tuple[int, int]
    elements: int


@dataclass(slots=True)
class _Level:
    """A data set or a sequence being walked; `end` is None where a delimiter ends it."""

    sequence: bool
    end: int | None
    last: int = -1


def walk(body: bytes | memoryview, start: int, syntax: str) -> Encoded:
    """Walk a file from its data set to its last byte.

    Args:
        body: The whole file.
        start: Where its data set begins.
        syntax: Transfer Syntax UID.

    Raises:
        Malformed: Elements out of order or twice, lengths that do not fit, or bytes that belong to none.
    """
    if syntax == _DEFLATED:
        body, start = _inflated(body[start:]), 0
    walker = _Walker(body, start, implicit=syntax == _IMPLICIT, order=">" if syntax == _BIG else "<")
    walker.run()
    return Encoded(body=body, data_set=start, pixels=walker.pixels, elements=walker.elements)


def _inflated(body: bytes | memoryview) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(body) + inflater.flush()
    except zlib.error as broken:
        raise Malformed("the deflated data set is damaged") from broken
    if not inflater.eof or inflater.unused_data.strip(b"\0"):
        raise Malformed("bytes stand after the deflated data set")
    return plain


class _Walker:
    """Own stack instead of recursion: nesting is as deep as a file likes."""

    def __init__(self, body: bytes | memoryview, start: int, *, implicit: bool, order: str) -> None:
        self._body, self._at, self._implicit = body, start, implicit
        self._tag = struct.Struct(order + "HH")
        self._wide, self._short = struct.Struct(order + "I"), struct.Struct(order + "H")
        self._levels = [_Level(sequence=False, end=len(body))]
        self.pixels = (0, 0)
        self.elements = 0

    def run(self) -> None:
        """Until the last level is done, which is at the last byte."""
        while self._levels:
            level = self._levels[-1]
            if level.end is not None and self._at >= level.end:
                if self._at > level.end:
                    raise Malformed("an element reaches beyond what holds it")
                self._levels.pop()
            elif level.sequence:
                self._next_item(level)
            else:
                self._next_element(level)

    def _read(self, form: struct.Struct) -> tuple[int, ...]:
        if self._at + form.size > len(self._body):
            raise Malformed("bytes that belong to no element")
        values = form.unpack_from(self._body, self._at)
        self._at += form.size
        return values

    def _read_tag(self) -> int:
        group, element = self._read(self._tag)
        return group << 16 | element

    def _end_of(self, length: int) -> int | None:
        if length == _UNDEFINED:
            return None
        outer = next((level.end for level in reversed(self._levels) if level.end is not None), len(self._body))
        if self._at + length > outer:
            raise Malformed("an element reaches beyond what holds it")
        return self._at + length

    def _next_item(self, level: _Level) -> None:
        tag, (length,) = self._read_tag(), self._read(self._wide)
        if tag == _SEQUENCE_END and level.end is None and not length:
            self._levels.pop()
        elif tag == _ITEM:
            self._levels.append(_Level(sequence=False, end=self._end_of(length)))
        else:
            raise Malformed("something that is no item stands in a sequence")

    def _next_element(self, level: _Level) -> None:
        tag = self._read_tag()
        if tag == _ITEM_END and level.end is None:
            if self._read(self._wide) != (0,):
                raise Malformed("a delimiter with a length")
            self._levels.pop()
            return
        if tag <= level.last:
            raise Malformed("elements are not in ascending order, or one stands twice")
        level.last = tag
        self.elements += 1
        vr, length = self._head(tag)
        if length % 2 and length != _UNDEFINED:
            raise Malformed("a value of odd length")
        self._value(tag, vr, length)

    def _head(self, tag: int) -> tuple[bytes, int]:
        """VR and length; by implicit VR the dictionary's."""
        if self._implicit:
            vr = dictionary_VR(tag)[:2].encode() if dictionary_has_tag(tag) else b"UN"
            return vr, self._read(self._wide)[0]
        vr = bytes(self._body[self._at : self._at + 2])
        self._at += 2
        if vr in _NARROW:
            return vr, self._read(self._short)[0]
        if vr not in _WIDE or self._read(self._short) != (0,):
            raise Malformed("a VR that there is not, or reserved bytes that are not zero")
        return vr, self._read(self._wide)[0]

    def _value(self, tag: int, vr: bytes, length: int) -> None:
        start, end = self._at, self._end_of(length)
        if end is None and tag == 0x7FE00010:
            self._fragments()
        elif vr == b"SQ" or (end is None and self._implicit):
            self._levels.append(_Level(sequence=True, end=end))
            return
        elif end is None:
            raise Malformed("an undefined length where none may be")
        else:
            self._at = end
        if tag in _BULK and len(self._levels) == 1:
            self.pixels = (start, self._at)

    def _fragments(self) -> None:
        """Items of encapsulated pixel data, up to and with the delimiter."""
        while True:
            tag, (length,) = self._read_tag(), self._read(self._wide)
            if tag == _SEQUENCE_END and not length:
                return
            if tag != _ITEM or length == _UNDEFINED:
                raise Malformed("something that is no fragment stands in the pixel data")
            self._at = self._end_of(length) or 0
