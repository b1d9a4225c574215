"""Elements of a header written, replaced or left out; the bytes between them stay."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from guideit.deid.pixels.source import Source
from guideit.dicom.elements import encode, tag_text
from guideit.dicom.part10 import LONG_VRS
from guideit.errors import NotUnderstood

LENGTH, SYNTAX = 0x00020000, 0x00020010
Piece = bytes | memoryview


def spliced(source: Source, elements: Mapping[int, tuple[str, bytes] | None]) -> list[Piece]:
    """The header of a file, up to its pixels, with `elements` in place: tag -> VR and value, or None to leave it out.

    Raises:
        NotUnderstood: An element does not stand where it was read.
    """
    pieces: list[Piece] = []
    at = source.framing.offset
    for start, stop, tag in sorted((*_place(source, tag), tag) for tag in elements):
        pieces.append(source.body[at:start])
        new = elements[tag]
        if new is not None:
            pieces.append(_encoded(tag, *new, source))
        at = stop
    return [*pieces, source.body[at : source.start]]


def _place(source: Source, tag: int) -> tuple[int, int]:
    """Where an element stands, or would stand: first byte, and the first after it."""
    start = source.starts.get(tag)
    if start is None:
        start = min((at for other, at in source.starts.items() if other > tag), default=source.start)
        return start, start
    order = ">HH" if source.big else "<HH"
    if struct.unpack_from(order, source.body, start) != (tag >> 16, tag & 0xFFFF):
        raise NotUnderstood("an element does not stand where it was read", where=tag_text(tag))
    return start, min((at for at in source.starts.values() if at > start), default=source.start)


def _encoded(tag: int, vr: str, value: bytes, source: Source) -> bytes:
    if not source.big:
        return encode(tag, vr, value, implicit=source.implicit)
    if vr.encode() in LONG_VRS:
        return struct.pack(">HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, len(value)) + value
    return struct.pack(">HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value


def with_syntax(prefix: memoryview, syntax: str) -> bytes:
    """Preamble and meta information with another Transfer Syntax UID and the group length that follows from it."""
    raw = bytes(prefix)
    start = 132 if raw[128:132] == b"DICM" else 0
    kept: dict[int, bytes] = {}
    at = start
    while at < len(raw):
        tag, size = _meta_element(raw, at)
        kept[tag] = raw[at : at + size]
        at += size
    uid = syntax.encode()
    kept[SYNTAX] = encode(SYNTAX, "UI", uid + b"\0" * (len(uid) % 2), implicit=False)
    elements = b"".join(kept[tag] for tag in sorted(kept) if tag != LENGTH)
    return raw[:start] + encode(LENGTH, "UL", struct.pack("<I", len(elements)), implicit=False) + elements


def _meta_element(raw: bytes, at: int) -> tuple[int, int]:
    """Tag and whole size of the element at `at` (PS3.10 7.1)."""
    group, element = struct.unpack_from("<HH", raw, at)
    if raw[at + 4 : at + 6] in LONG_VRS:
        return group << 16 | element, 12 + int(struct.unpack_from("<I", raw, at + 8)[0])
    return group << 16 | element, 8 + int(struct.unpack_from("<H", raw, at + 6)[0])
