"""Pixel data beside its source: the same pixels, and nothing around them that is none.

Written apart from what blanks it: behind the last native pixel, in comment and application segments of JPEG
(Rec. ITU-T T.81 B.1.1) and JPEG 2000 (T.800 A.2) and behind the end of a code stream must stand zeros only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy
from pydicom import Dataset

from guideit.quality.inputs import Verdict
from guideit.quality.reading import Opened
from guideit.quality.treated_pixels import compare_frames, overlay_in_pixels
from guideit.quality.treatment import Treatment

_JPEG = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(50|51|57|70|80|81)")
_JPEG_2000 = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(9[0-3]|20[123])")
_KEPT = {0xE0: 14, 0xE8: 32, 0xEE: 12}
"""How much of the content of APP0 (JFIF), APP8 (SPIFF) and APP14 (Adobe) decides on colours."""
_PIECE = 1 << 22
_BIG = "1.2.840.10008.1.2.2"
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")


def check_pixels(source: Opened, released: Opened, told: Treatment, place: str, verdict: Verdict) -> None:
    """Bit-identical, or the same once decoded, but for what the treatment says.

    Args:
        source, released: The object twice.
        told: What is said to have been done to its pixels; where nothing is, nothing may differ.
        place, verdict: Where findings go.
    """
    if source.pixels is None and released.pixels is None:
        return
    if source.pixels is None or released.pixels is None:
        verdict.fail("pixels", place, "pixel data is there in one and not in the other")
        return
    verdict.count("pixels")
    overlay = told.text and overlay_in_pixels(source.dataset)
    untouched = not (told.boxes or told.masks or overlay)
    if untouched and (_same(source.pixels, released.pixels) and source.syntax == released.syntax):
        return
    if untouched and _same_native(source, released):
        return
    if wrong := compare_frames(source, released, told, verdict):
        verdict.fail("pixels", place, wrong)


def check_around(released: Opened, place: str, verdict: Verdict) -> None:
    """Nothing stands around the pixels."""
    if released.pixels is not None and any(numpy.frombuffer(p, "u1").any() for p in _around(released) if len(p)):
        verdict.fail("pixels", place, "something that is no pixel stands in the pixel data")


def _same(one: memoryview, other: memoryview) -> bool:
    pieces = range(0, max(len(one), len(other)), _PIECE)
    return all(bytes(one[at : at + _PIECE]) == bytes(other[at : at + _PIECE]) for at in pieces)


def _same_native(source: Opened, released: Opened) -> bool:
    """Native pixels of one byte order, by their bytes."""
    length = _native_length(released.dataset)
    if length is None or source.pixels is None or released.pixels is None or _compressed(source):
        return False
    if _BIG in (source.syntax, released.syntax) or min(len(source.pixels), len(released.pixels)) < length:
        return False
    return _same(source.pixels[:length], released.pixels[:length])


def _compressed(file: Opened) -> bool:
    return bool(file.dataset.file_meta.TransferSyntaxUID.is_encapsulated)


def _native_length(dataset: Dataset) -> int | None:
    """Bytes of uncompressed pixels (PS3.5 8.1.1); None of compressed ones and where sizes are not stated."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return None
    try:
        size = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("NumberOfFrames") or 1)
        samples = int(dataset.get("SamplesPerPixel") or 1)
        if samples == 3 and str(dataset.get("PhotometricInterpretation", "")).endswith("_422"):
            samples = 2
        return (size * samples * int(dataset.BitsAllocated) + 7) // 8
    except (AttributeError, TypeError, ValueError):
        return None


def _around(released: Opened) -> Iterator[bytes | memoryview]:
    """Every stretch that must be zeros."""
    view = released.pixels or memoryview(b"")
    if not released.dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        length = _native_length(released.dataset)
        yield view[length if length is not None else len(view) :]
        return
    for stream in _streams(view):
        if _JPEG.fullmatch(released.syntax):
            yield from _jpeg(stream)
        elif _JPEG_2000.fullmatch(released.syntax):
            yield from _jpeg_2000(stream)


def _streams(view: memoryview) -> Iterator[bytes]:
    """Code streams: fragments up to the next that begins one (PS3.5 A.4), without the basic offset table."""
    at, current, first = 0, [b""], True
    while at + 8 <= len(view):
        length = int.from_bytes(view[at + 4 : at + 8], "little")
        fragment = bytes(view[at + 8 : at + 8 + length])
        at += 8 + length
        if first:
            first = False
        elif fragment[:2] in (b"\xff\xd8", b"\xff\x4f") and any(current):
            yield b"".join(current)
            current = [fragment]
        else:
            current.append(fragment)
    yield b"".join(current)


def _jpeg(stream: bytes) -> Iterator[bytes]:
    at = 2
    while found := _MARKER.search(stream, at):
        marker, at = stream[found.start() + 1], found.end()
        if marker == 0xD9:
            yield stream[at:]
            return
        length = int.from_bytes(stream[at : at + 2], "big")
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            yield stream[at + 2 + _KEPT.get(marker, 0) : at + length]
        at += length


def _jpeg_2000(stream: bytes) -> Iterator[bytes]:
    """Comments of the main and of all tile-part headers, and what follows the end of the code stream."""
    at, tile_end = 2, len(stream)
    while at + 4 <= len(stream):
        marker, length = int.from_bytes(stream[at : at + 2], "big"), int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == 0xFFD9:
            break
        if marker == 0xFF93:
            at = tile_end
            continue
        if marker == 0xFF90:
            part = int.from_bytes(stream[at + 6 : at + 10], "big")
            tile_end = at + part if part else stream.find(b"\xff\xd9", at)
        if marker == 0xFF64:
            yield stream[at + 6 : at + 2 + length]
        at += 2 + length
    yield stream[at + 2 :]
