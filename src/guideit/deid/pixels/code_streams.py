"""Compressed frames (PS3.5 8.2, A.4): which fragments make one, what a code stream says of itself, and decoding it.

What it says is held against the header before it is decoded: a stream of a few bytes may claim any size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np

from guideit.deid.pixels.layout import Layout, Words
from guideit.errors import NotUnderstood

Span = tuple[int, int]
_L = "1.2.840.10008.1.2.4."
RLE = "1.2.840.10008.1.2.5"
JPEG_LOSSY = frozenset({f"{_L}50", f"{_L}51"})
JPEG_LOSSLESS = frozenset({f"{_L}57", f"{_L}70"})
JPEG_LS = frozenset({f"{_L}80", f"{_L}81"})
J2K = frozenset({f"{_L}90", f"{_L}91"})
HTJ2K = frozenset({f"{_L}201", f"{_L}202", f"{_L}203"})
COMPRESSED = JPEG_LOSSY | JPEG_LOSSLESS | JPEG_LS | J2K | HTJ2K | {RLE}
_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51")
_SCAN, _END = 0xDA, b"\xff\xd9"
_FRAME_HEADS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xF7})
"""Start of frame: baseline, extended, progressive, lossless, JPEG-LS. Hierarchical and arithmetic ones are not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamHead:
    """What a code stream says of itself.

    Attributes:
        rows, columns, samples: Its size.
        precision: Bits of a sample.
        signed: Whether samples have a sign (JPEG 2000 only).
        lossy: Whether it surely lost something when it was made.
        transformed: Whether colours were decorrelated (JPEG 2000's component transform).
        colour: Photometric interpretation of its samples as they decode, where it tells: a JPEG stream by its JFIF or
            Adobe segment or the names of its components.
    """

    rows: int
    columns: int
    samples: int
    precision: int
    signed: bool = False
    lossy: bool = False
    transformed: bool = False
    colour: str = ""


def fragment_spans(value: memoryview) -> tuple[Span, list[Span]]:
    """The basic offset table and the fragments behind it.

    Raises:
        NotUnderstood: There is no table, where one must be even if it is empty.
    """
    found: list[Span] = []
    at = 0
    while at < len(value):
        stop = at + 8 + int.from_bytes(value[at + 4 : at + 8], "little")
        found.append((at + 8, stop))
        at = stop
    if not found:
        raise NotUnderstood("fragments without an offset table", where="(7FE0,0010)")
    return found[0], found[1:]


def frame_spans(value: memoryview, syntax: str, frames: int) -> list[list[Span]]:
    """The fragments of each frame.

    Raises:
        NotUnderstood: There are not as many frames as the header says.
    """
    _, fragments = fragment_spans(value)
    grouped: list[list[Span]] = []
    for start, stop in fragments:
        if grouped and syntax != RLE and not bytes(value[start : start + 4]).startswith(_STARTS):
            grouped[-1].append((start, stop))
        else:
            grouped.append([(start, stop)])
    if len(grouped) != frames:
        raise NotUnderstood("the number of frames is not what the header says", where="(0028,0008)")
    return grouped


def joined(value: memoryview, spans: list[Span]) -> bytes:
    """A frame's code stream."""
    return b"".join(value[slice(*span)] for span in spans)


# What a stream says of itself


def stream_head(stream: bytes, syntax: str, layout: Layout) -> StreamHead:
    """What a code stream says of itself, which must be what the header says.

    Raises:
        NotUnderstood: It is damaged, or says something else.
    """
    if syntax == RLE:
        return StreamHead(rows=layout.rows, columns=layout.columns, samples=layout.samples, precision=layout.allocated)
    if stream.rfind(_END) < 0:  # decoders fill up with grey and say nothing
        raise NotUnderstood("a code stream is cut off", where="(7FE0,0010)")
    try:
        head = _j2k_head(stream) if syntax in J2K | HTJ2K else _jpeg_head(stream)
    except IndexError as short:
        raise NotUnderstood("a code stream is cut off", where="(7FE0,0010)") from short
    if (head.rows, head.columns, head.samples) != (layout.rows, layout.columns, layout.samples):
        raise NotUnderstood("a code stream of another size than the header says", where="(7FE0,0010)")
    if head.precision > layout.allocated:
        raise NotUnderstood("a code stream with more bits than the header says", where="(7FE0,0010)")
    return head


def _jpeg_head(stream: bytes) -> StreamHead:
    """ITU-T T.81 B.2.2, T.87 C.2.2."""
    segments = _segments(stream)
    kind, frame = next(((marker, body) for marker, body in segments.items() if marker in _FRAME_HEADS), (0, b""))
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5]:
        raise NotUnderstood("a code stream without a frame that is read", where="(7FE0,0010)")
    scan = segments[_SCAN]
    near = kind == 0xF7 and scan[1 + 2 * scan[0]]
    return StreamHead(
        rows=int.from_bytes(frame[1:3], "big"),
        columns=int.from_bytes(frame[3:5], "big"),
        samples=frame[5],
        precision=frame[0],
        lossy=kind in (0xC0, 0xC1, 0xC2) or bool(near),
        colour="" if kind == 0xF7 or frame[5] != 3 else _jpeg_colour(segments, frame[6:15:3]),
    )


def _segments(stream: bytes) -> dict[int, bytes]:
    """Segments up to the first scan, by their marker; of several with one marker the first."""
    at, found = 2, dict[int, bytes]()
    while _SCAN not in found:
        if stream[at] != 0xFF:
            raise NotUnderstood("a code stream that cannot be read", where="(7FE0,0010)")
        marker, size = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
            continue
        found.setdefault(marker, stream[at + 4 : at + 2 + size])
        at += 2 + size
    return found


def _jpeg_colour(segments: Mapping[int, bytes], names: bytes) -> str:
    """What samples are as they were coded; empty where the stream does not tell."""
    adobe = segments.get(0xEE, b"")
    if names in (b"RGB", b"rgb"):
        return "RGB"
    if segments.get(0xE0, b"").startswith(b"JFIF\0"):
        return "YBR_FULL"
    if adobe.startswith(b"Adobe") and len(adobe) >= 12:
        return {0: "RGB", 1: "YBR_FULL"}.get(adobe[11], "")
    return ""


def _j2k_head(stream: bytes) -> StreamHead:
    """ITU-T T.800 A.5.1 (SIZ) and A.6.1 (COD)."""
    if stream[:4] != b"\xff\x4f\xff\x51":
        raise NotUnderstood("a fragment that is no JPEG 2000 code stream", where="(7FE0,0010)")
    width, height, left, top = (int.from_bytes(stream[n : n + 4], "big") for n in (8, 12, 16, 20))
    samples = int.from_bytes(stream[40:42], "big")
    parts = {stream[42 + 3 * n : 45 + 3 * n] for n in range(min(samples, 4))}
    if len(parts) != 1 or next(iter(parts))[1:] != b"\x01\x01":
        raise NotUnderstood("components of different kinds", where="(7FE0,0010)")
    at = 4 + int.from_bytes(stream[4:6], "big")
    while stream[at : at + 2] not in (b"\xff\x52", b"\xff\x90"):
        at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if stream[at] != 0xFF:
            raise NotUnderstood("a code stream that cannot be read", where="(7FE0,0010)")
    return StreamHead(
        rows=height - top,
        columns=width - left,
        samples=samples,
        precision=(stream[42] & 0x7F) + 1,
        signed=bool(stream[42] & 0x80),
        lossy=stream[at + 13] == 0,  # the irreversible 9-7 filter
        transformed=bool(stream[at + 8]),
    )


# Decoding


def decoded(stream: bytes, syntax: str, layout: Layout) -> tuple[Words, StreamHead]:
    """A frame's words: samples as they were coded, JPEG 2000's component transforms undone; no other colour is changed.

    Raises:
        NotUnderstood: It is damaged, of another size than the header says, or in a compression nobody here reads.
    """
    head = stream_head(stream, syntax, layout)
    try:
        plane = _DECODERS[syntax](stream, layout)
    except KeyError as unknown:
        raise NotUnderstood("a compression that is not read", where="(0002,0010)") from unknown
    except Exception as wrong:  # whatever a codec raises, the pixels were not understood
        raise NotUnderstood("the pixel data cannot be decoded", why=type(wrong).__name__) from wrong
    if plane.shape != layout.shape or plane.itemsize > layout.dtype.itemsize:
        raise NotUnderstood("a frame of another size than the header says", where="(7FE0,0010)")
    kind = "i" if plane.dtype.kind == "i" else "u"
    words = plane.astype(f"{kind}{layout.dtype.itemsize}", copy=False).view(layout.dtype)
    return (_within(words, layout) if head.lossy and head.precision > layout.bits else words), head


def _within(words: Words, layout: Layout) -> Words:
    """What a lossy codec overshot, as the nearest value that Bits Stored hold."""
    low = -(1 << layout.bits - 1) if layout.signed else 0
    return np.clip(words, low, low + (1 << layout.bits) - 1)


def colour(head: StreamHead | None, layout: Layout) -> str:
    """Photometric interpretation of frames as they decode; what a stream says of itself is believed first."""
    if head is not None and head.colour:
        return head.colour
    if layout.photometric in {"YBR_ICT", "YBR_RCT"}:
        return "RGB"
    return "YBR_FULL" if layout.photometric == "YBR_FULL_422" else layout.photometric


def _jpeg(stream: bytes, layout: Layout) -> Words:
    same = "RGB" if layout.samples == 3 else None  # no transform, whatever the colours are
    return np.asarray(imagecodecs.jpeg8_decode(stream, colorspace=same, outcolorspace=same))


def _jpeg_lossless(stream: bytes, layout: Layout) -> Words:
    """Colour by another decoder: libjpeg-turbo 3.1 gives wrong values where a stream says that it is YCbCr."""
    if layout.samples == 1:
        return np.asarray(imagecodecs.jpeg8_decode(stream))
    return np.ascontiguousarray(imagecodecs.jpegsof3_decode(stream))


def _rle(stream: bytes, layout: Layout) -> Words:
    """PS3.5 G: planes of bytes, the most significant first."""
    width, size = layout.allocated // 8, layout.rows * layout.columns
    starts = np.frombuffer(stream[:64], "<u4").astype(int)
    count = layout.samples * width
    if starts[0] != count or len(stream) < 64 or layout.allocated == 1:
        raise NotUnderstood("as many RLE segments as samples have bytes were expected", where="(7FE0,0010)")
    ends = [*starts[2 : count + 1], len(stream)]
    planes = np.empty((count, size), "u1")
    for number, (start, stop) in enumerate(zip(starts[1 : count + 1], ends, strict=True)):
        planes[number] = _unpacked(stream[start:stop], size)
    by_pixel = planes.reshape(layout.samples, width, size)[:, ::-1].transpose(2, 0, 1)
    return np.ascontiguousarray(by_pixel).view(f"<u{width}").reshape(layout.shape)


def _unpacked(segment: bytes, size: int) -> Any:
    """A segment's bytes; one that gives too few is damaged."""
    found = np.frombuffer(imagecodecs.dicomrle_decode(_HEAD_OF_ONE + segment, "u1", out=size), "u1")
    if len(found) != size:
        raise NotUnderstood("an RLE segment is cut off", where="(7FE0,0010)")
    return found


_HEAD_OF_ONE = np.array([1, 64, *[0] * 14], "<u4").tobytes()
_DECODERS: Mapping[str, Callable[[bytes, Layout], Words]] = {
    **dict.fromkeys(JPEG_LOSSY, _jpeg),
    **dict.fromkeys(JPEG_LOSSLESS, _jpeg_lossless),
    **dict.fromkeys(JPEG_LS, lambda stream, _: np.asarray(imagecodecs.jpegls_decode(stream))),
    **dict.fromkeys(J2K, lambda stream, _: np.asarray(imagecodecs.jpeg2k_decode(stream, numthreads=1))),
    **dict.fromkeys(HTJ2K, lambda stream, _: np.asarray(imagecodecs.htj2k_decode(stream, planar=False))),
    RLE: _rle,
}
