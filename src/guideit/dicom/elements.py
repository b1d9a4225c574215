"""Encoded elements (PS3.5 7): sizes, ends of sequences, and writing one."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from guideit.dicom.part10 import LONG_VRS, SHORT_VRS, UNDEFINED
from guideit.errors import NotUnderstood

ITEM, ITEM_END, SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
MISPLACED = frozenset({0x0002, 0xFFFE})
"""Groups of the meta information and of item marks, which are no elements of a data set (PS3.5 7.5, PS3.10 7.1)."""
MAX_DEPTH = 100
"""Sequences nested deeper than this are not followed."""


def tag_text(tag: int) -> str:
    """`(gggg,eeee)`."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def encode(tag: int, vr: str, value: bytes, *, implicit: bool) -> bytes:
    """An element, Little Endian, its length defined."""
    group, element = tag >> 16, tag & 0xFFFF
    if implicit:
        return struct.pack("<HHI", group, element, len(value)) + value
    if vr.encode() in LONG_VRS:
        return struct.pack("<HH2sHI", group, element, vr.encode(), 0, len(value)) + value
    if len(value) > 0xFFFE:
        raise NotUnderstood("a value has become too long for its VR", where=tag_text(tag))
    return struct.pack("<HH2sH", group, element, vr.encode(), len(value)) + value


def item(body: bytes) -> bytes:
    """A sequence item of defined length."""
    return ITEM + struct.pack("<I", len(body)) + body


def past_items(data: bytes, at: int, end: int, *, implicit: bool) -> int:
    """The first byte after a sequence of undefined length whose first item begins at `at`.

    Raises:
        NotUnderstood: It does not end, or is nested too deeply.
    """
    ends, end = [SEQUENCE_END], min(end, len(data))
    while ends:
        if at + 8 > end or len(ends) > 2 * MAX_DEPTH:
            raise NotUnderstood("a sequence does not end, or is nested too deeply", where=f"byte {at}")
        if data[at : at + 4] == ends[-1]:
            ends.pop()
            at += 8
        elif ends[-1] == SEQUENCE_END:
            at = _past_item(data, at, ends)
        else:
            at = _past_element(data, at, ends, implicit)
    if at > end:
        raise NotUnderstood("a sequence runs past the end", where=f"byte {at}")
    return at


def _past_item(data: bytes, at: int, ends: list[bytes]) -> int:
    """Past an item, or into one whose length is undefined."""
    if data[at : at + 4] != ITEM:
        raise NotUnderstood("something other than an item in a sequence", where=f"byte {at}")
    length = int(struct.unpack_from("<I", data, at + 4)[0])
    if length == UNDEFINED:
        ends.append(ITEM_END)
        return at + 8
    return at + 8 + length


def _past_element(data: bytes, at: int, ends: list[bytes], implicit: bool) -> int:
    """Past an element inside an item of undefined length; opens the sequences it meets."""
    vr = data[at + 4 : at + 6]
    if implicit:
        length, at = struct.unpack_from("<I", data, at + 4)[0], at + 8
    elif vr in LONG_VRS:
        if at + 12 > len(data):
            raise NotUnderstood("an element is cut off", where=f"byte {at}")
        length, at = struct.unpack_from("<I", data, at + 8)[0], at + 12
    else:
        length, at = struct.unpack_from("<H", data, at + 6)[0], at + 8
    if length == UNDEFINED:
        ends.append(SEQUENCE_END)
        return at
    return int(at + length)


def implicit_vr(listed: frozenset[str] | None) -> str:
    """The VR of a public element written without one; of several, the one its bytes can be kept as."""
    if not listed:
        return "UN"
    if len(listed) == 1:
        return next(iter(listed))
    return "OW" if "OW" in listed else "US" if "US" in listed else "UN"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a value: tag, VR, where the value begins, its length (maybe `UNDEFINED`)."""

    tag: int
    vr: str
    value_at: int
    length: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads heads of elements, Little Endian.

    Attributes:
        implicit: Whether VRs are left out.
        vrs: The dictionary's VRs by tag, for elements without VR.
    """

    implicit: bool
    vrs: Mapping[int, frozenset[str]] = field(repr=False)

    def head(self, data: bytes, at: int, end: int) -> Head:
        """The head of the element at `at`.

        Raises:
            NotUnderstood: It is cut off, or has no VR of the standard.
        """
        if at + 8 > min(end, len(data)):
            raise NotUnderstood("an element is cut off", where=f"byte {at}")
        group, element = struct.unpack_from("<HH", data, at)
        tag = group << 16 | element
        if self.implicit:
            length = struct.unpack_from("<I", data, at + 4)[0]
            nested = length == UNDEFINED and tag not in PIXELS
            return Head(tag, "SQ" if nested else implicit_vr(self.vrs.get(tag)), at + 8, length)
        vr = data[at + 4 : at + 6]
        if vr in SHORT_VRS:
            return Head(tag, vr.decode(), at + 8, struct.unpack_from("<H", data, at + 6)[0])
        if vr not in LONG_VRS or at + 12 > min(end, len(data)):
            raise NotUnderstood("no such VR, or cut off", where=tag_text(tag))
        return Head(tag, vr.decode(), at + 12, struct.unpack_from("<I", data, at + 8)[0])

    def past(self, data: bytes, head: Head, end: int) -> int:
        """The first byte after the element's value.

        Raises:
            NotUnderstood: It runs past `end`, or its length is undefined where it may not be.
        """
        if head.length == UNDEFINED:
            if head.vr not in {"SQ", "UN"}:
                raise NotUnderstood("a length is undefined where it may not be", where=tag_text(head.tag))
            return past_items(data, head.value_at, end, implicit=self.implicit or head.vr == "UN")
        if head.value_at + head.length > end:
            raise NotUnderstood("an element runs past the end", where=tag_text(head.tag))
        return head.value_at + head.length

    def item(self, data: bytes, at: int, end: int) -> tuple[int, int, int]:
        """The item at `at`: where its data set begins and ends, and where the next item begins.

        Raises:
            NotUnderstood: There is something else, or it does not end.
        """
        if at + 8 > min(end, len(data)) or data[at : at + 4] != ITEM:
            raise NotUnderstood("something other than an item in a sequence", where=f"byte {at}")
        length = struct.unpack_from("<I", data, at + 4)[0]
        if length != UNDEFINED:
            if at + 8 + length > end:
                raise NotUnderstood("an item runs past its sequence", where=f"byte {at}")
            return at + 8, at + 8 + length, at + 8 + length
        stop = at + 8
        while data[stop : stop + 4] != ITEM_END:
            stop = self.past(data, self.head(data, stop, end), end)
        return at + 8, stop, stop + 8
