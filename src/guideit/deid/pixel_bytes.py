"""Pixel bytes that are not pixels: what stands after the last one, and comments inside compressed frames.

Pixels themselves pass untouched. Beyond `Rows x Columns x Samples x Frames` nobody looks, so anything could hide
there (PS3.5 8.1.1 wants at most one byte of padding); JPEG and JPEG 2000 streams have segments for comments
and applications (Rec. ITU-T T.81 B.2.4.5, T.800 A.9.2). Both are blanked in place: no length or offset changes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping

from guideit.dicom.part10 import EXPLICIT, IMPLICIT
from guideit.errors import NotUnderstood

JPEG = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81))
JPEG_2000 = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 92, 93, 201, 202, 203))
SIZE_KEYWORDS = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "NumberOfFrames", "PhotometricInterpretation")
"""What the length of native pixel data follows from; the first three must be there."""
_NEEDED = frozenset({0xE0, 0xE8, 0xEE})
"""APP0 (JFIF), APP8 (SPIFF, JPEG-LS colour) and APP14 (Adobe colour transform) decide how colours are decoded."""


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
    """Fragments (PS3.5 A.4) with comment segments blanked; other compressions have none.

    Raises:
        NotUnderstood: The transfer syntax is an uncompressed one: what the fragments hold is anyone's guess.
    """
    if syntax in (IMPLICIT, EXPLICIT):
        raise NotUnderstood("fragments under an uncompressed transfer syntax", where="(7FE0,0010)")
    if syntax not in JPEG | JPEG_2000:
        return [view]
    blanks = sorted(_blanks(view, syntax))
    pieces: list[bytes | memoryview] = []
    at = 0
    for start, stop in blanks:
        pieces += [view[at:start], bytes(stop - start)]
        at = stop
    return [*pieces, view[at:]]


def _blanks(view: memoryview, syntax: str) -> Iterator[tuple[int, int]]:
    """Stretches to be blanked, in bytes of the whole element value."""
    find = _jpeg_segments if syntax in JPEG else _jpeg_2000_comments
    for start, stop in _fragments(view):
        for a, b in find(view[start:stop]):
            yield start + a, start + b


def _fragments(view: memoryview) -> Iterator[tuple[int, int]]:
    """Value of each fragment after the basic offset table."""
    at, first = 0, True
    while at + 8 <= len(view):
        length = struct.unpack_from("<I", view, at + 4)[0]
        if bytes(view[at : at + 4]) != b"\xfe\xff\x00\xe0":
            return
        if not first:
            yield at + 8, at + 8 + length
        first, at = False, at + 8 + length


def _jpeg_segments(stream: memoryview) -> Iterator[tuple[int, int]]:
    """Contents of COM and application segments before the first scan of a JPEG or JPEG-LS stream."""
    at = 2
    if bytes(stream[:2]) != b"\xff\xd8":
        return  # the continuation of a frame begun in an earlier fragment
    while at + 4 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == 0xDA:
            return
        if marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in _NEEDED):
            yield at + 4, at + 2 + length
        at += 2 + length


def _jpeg_2000_comments(stream: memoryview) -> Iterator[tuple[int, int]]:
    """Contents of CME segments of the main header of a JPEG 2000 code stream."""
    start = bytes(stream[:4096]).find(b"\xff\x4f\xff\x51")
    at = start + 2
    while start >= 0 and at + 4 <= len(stream):
        marker = int.from_bytes(stream[at : at + 2], "big")
        length = int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker in (0xFF90, 0xFF93, 0xFFD9):
            return
        if marker == 0xFF64:
            yield at + 6, at + 2 + length
        at += 2 + length
