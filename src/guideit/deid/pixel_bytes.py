"""Pixel bytes that are not pixels: what stands after the last one, and comments inside compressed frames.

Pixels themselves pass untouched. Beyond `Rows x Columns x Samples x Frames` nobody looks, so anything could hide
there (PS3.5 8.1.1 wants at most one byte of padding); JPEG and JPEG 2000 streams have segments for comments
and applications (Rec. ITU-T T.81 B.2.4.5, T.800 A.9.2). Both are blanked in place: no length or offset changes.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping

from guideit.dicom.elements import ITEM, SEQUENCE_END
from guideit.errors import NotUnderstood

JPEG = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81))
JPEG_2000 = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 92, 93, 201, 202, 203))
SIZE_KEYWORDS = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "NumberOfFrames", "PhotometricInterpretation")
"""What the length of native pixel data follows from; the first three must be there."""
RLE = "1.2.840.10008.1.2.5"
Span = tuple[int, int]
_NEEDED = {0xE0: (b"JFIF\0", 14), 0xE8: (b"", 32), 0xEE: (b"Adobe", 12)}
"""APP0 (JFIF), APP8 (SPIFF, JPEG-LS colour) and APP14 (Adobe) decide how colours are decoded: how each begins, and
how much of it does so. A JFIF thumbnail comes after."""
_SOT, _SOD, _EOC, _CME = b"\xff\x90", b"\xff\x93", b"\xff\xd9", b"\xff\x64"
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""In coded data a byte FF is followed by a smaller byte or a restart marker (T.81 B.1.1.2, T.87 A.1)."""


def expected_length(header: Mapping[str, object]) -> int | None:
    """Bytes of native pixel data, unpadded (PS3.5 8.1, PS3.3 C.7.6.3); None where the header does not say."""
    sizes = [header.get(name) for name in SIZE_KEYWORDS[:3]]
    sizes += [header.get(name) or 1 for name in SIZE_KEYWORDS[3:5]]
    numbers = [size for size in sizes if isinstance(size, int) and size > 0]
    if len(numbers) < len(sizes):
        return None
    if header.get("PhotometricInterpretation") in {"YBR_FULL_422", "YBR_PARTIAL_422"} and numbers[3] == 3:
        numbers[3] = 2  # two chroma samples for two pixels
    return (math.prod(numbers) + 7) // 8


def native(view: memoryview, header: Mapping[str, object]) -> list[bytes | memoryview]:
    """Native pixel data with what follows the last pixel set to zero.

    Raises:
        NotUnderstood: The header does not say how long it is, or it is cut off.
    """
    expected = expected_length(header)
    if expected is None:
        raise NotUnderstood("the size of the pixel data is not stated", where="(7FE0,0010)")
    if len(view) < expected:
        raise NotUnderstood("the pixel data is cut off", where="(7FE0,0010)")
    if len(view) <= expected + 1 and not any(view[expected:]):
        return [view]
    return [view[:expected], bytes(len(view) - expected)]


def compressed(view: memoryview, syntax: str) -> list[bytes | memoryview]:
    """Fragments (PS3.5 A.4) with everything blanked that is not needed to decode them.

    Raises:
        NotUnderstood: The transfer syntax is an uncompressed one, or a compression whose comments are not known
            (video, JPEG XL): what the fragments hold is anyone's guess.
    """
    if syntax == RLE:
        list(_fragments(view))  # only whether they are whole
        return [view]
    if syntax not in JPEG | JPEG_2000:
        raise NotUnderstood("a compression in which comments cannot be looked for", where="(7FE0,0010)")
    pieces: list[bytes | memoryview] = []
    at = 0
    for start, stop in sorted(_blanks(view, syntax)):
        pieces += [view[at:start], bytes(stop - start)]
        at = stop
    return [*pieces, view[at:]]


def _blanks(view: memoryview, syntax: str) -> Iterator[Span]:
    """Stretches to be blanked, in bytes of the whole element value."""
    for fragments in _streams(view):
        whole = view[slice(*fragments[0])] if len(fragments) == 1 else b"".join(view[a:b] for a, b in fragments)
        for span in _jpeg(whole) if syntax in JPEG else _jpeg_2000(whole):
            yield from _placed(span, fragments)


def _streams(view: memoryview) -> Iterator[list[Span]]:
    """The fragments of each code stream: one begins with SOI or SOC, what goes on with it does not."""
    stream: list[Span] = []
    for start, stop in _fragments(view):
        if stream and bytes(view[start : start + 2]) in (b"\xff\xd8", b"\xff\x4f"):
            yield stream
            stream = []
        stream.append((start, stop))
    if stream:
        yield stream


def _placed(span: Span, fragments: list[Span]) -> Iterator[Span]:
    """A stretch of a code stream as stretches of its fragments."""
    at = 0
    for start, stop in fragments:
        first, last = max(span[0] - at, 0), min(span[1] - at, stop - start)
        if first < last:
            yield start + first, start + last
        at += stop - start


def _fragments(view: memoryview) -> Iterator[Span]:
    """Value of each fragment after the basic offset table.

    Raises:
        NotUnderstood: They do not fill the value, or its delimiter is not the end.
    """
    at, first = 0, True
    while at < len(view) and bytes(view[at : at + 8]) != SEQUENCE_END + bytes(4):
        stop = at + 8 + int.from_bytes(view[at + 4 : at + 8], "little")
        if bytes(view[at : at + 4]) != ITEM or stop > len(view):
            raise NotUnderstood("fragments that do not fill the pixel data", where="(7FE0,0010)")
        if not first:
            yield at + 8, stop
        elif not _are_offsets(view[at + 8 : stop], len(view)):
            raise NotUnderstood("an offset table that holds something else", where="(7FE0,0010)")
        first, at = False, stop
    if at not in (len(view), len(view) - 8):
        raise NotUnderstood("something stands after the pixel data", where="(7FE0,0010)")


def _are_offsets(table: memoryview, size: int) -> bool:
    """Whether a basic offset table (PS3.5 A.4) holds offsets into `size` bytes and nothing else."""
    return len(table) % 4 == 0 and all(offset < size for (offset,) in struct.iter_unpack("<I", table))


def _jpeg(stream: bytes | memoryview) -> Iterator[Span]:
    """Contents of COM and application segments of a JPEG or JPEG-LS stream, and what follows its end.

    Raises:
        NotUnderstood: It is none, or a segment reaches beyond it.
    """
    if bytes(stream[:2]) != b"\xff\xd8":
        raise NotUnderstood("a fragment that is no JPEG stream", where="(7FE0,0010)")
    at = 2
    while found := _MARKER.search(stream, at):
        marker, at = stream[found.start() + 1], found.end()
        if marker == 0xD9:
            yield at, len(stream)
            return
        end = at + int.from_bytes(stream[at : at + 2], "big")
        if end < at + 2 or end > len(stream):
            raise NotUnderstood("a segment of a JPEG stream reaches beyond it", where="(7FE0,0010)")
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            begins, needed = _NEEDED.get(marker, (b"", 0))
            yield at + 2 + (needed if bytes(stream[at + 2 : end]).startswith(begins) else 0), end
        at = end


def _jpeg_2000(stream: bytes | memoryview) -> Iterator[Span]:
    """Contents of CME segments of a JPEG 2000 stream, in its main and tile-part headers, and what follows its end.

    Raises:
        NotUnderstood: It is none, or a tile-part reaches beyond it.
    """
    if bytes(stream[:4]) != b"\xff\x4f\xff\x51":
        raise NotUnderstood("a fragment that is no JPEG 2000 code stream", where="(7FE0,0010)")
    at = tile = 2
    while (marker := bytes(stream[at : at + 2])) != _EOC:
        if marker == _SOD:
            at = _after_tile(stream, at, tile)
            continue
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if end < at + 4 or end > len(stream):
            raise NotUnderstood("a segment of a JPEG 2000 stream reaches beyond it", where="(7FE0,0010)")
        if marker == _SOT:
            tile = at
        elif marker == _CME:
            yield at + 6, end
        at = end
    yield at + 2, len(stream)


def _after_tile(stream: bytes | memoryview, at: int, tile: int) -> int:
    """Where the next tile-part or the end stands; coded data holds no byte pair above FF8F (T.800 B.10.1)."""
    length = int.from_bytes(stream[tile + 6 : tile + 10], "big")
    after = tile + length if length else bytes(stream).find(_EOC, at)
    if after <= at or bytes(stream[after : after + 2]) not in (_SOT, _EOC):
        raise NotUnderstood("a tile-part of a JPEG 2000 stream without an end", where="(7FE0,0010)")
    return after
