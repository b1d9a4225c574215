"""Frames changed in a file of any transfer syntax; everything else in it stays, byte for byte where it can.

What changes besides pixels is what would be wrong otherwise: Transfer Syntax UID, Photometric Interpretation and
Lossy Image Compression where a lossy code stream was opened, offset tables, and ranges of pixel values.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from guideit.deid.pixels.code_streams import (
    HTJ2K,
    J2K,
    JPEG_LOSSLESS,
    JPEG_LOSSY,
    JPEG_LS,
    StreamHead,
    decoded,
    fragment_spans,
    frame_spans,
    joined,
)
from guideit.deid.pixels.encode import LOSSLESS, alike, encoded, target_head
from guideit.deid.pixels.frames import PixelFile, pixels_of
from guideit.deid.pixels.layout import (
    SUBSAMPLED,
    Layout,
    Stored,
    Words,
    clean_words,
    native_bytes,
    native_words,
    stored_values,
    unused_bits,
)
from guideit.deid.pixels.overlays import refuse_mixed
from guideit.deid.pixels.source import Source, in_pairs, read_source
from guideit.deid.pixels.splice import spliced, with_syntax
from guideit.dicom.elements import ITEM, SEQUENCE_END
from guideit.dicom.part10 import DEFLATED
from guideit.errors import NotUnderstood

FrameChange = Callable[[int, Stored], Stored]
"""Number of a frame, from 0, and its stored values -> its new ones; the very same object where nothing changes."""
Piece = bytes | memoryview
Elements = Mapping[int, tuple[str, bytes] | None]
"""Tag -> VR and value of an element that is written; None: it goes."""
OFFSETS, LENGTHS = 0x7FE00001, 0x7FE00002
PHOTOMETRIC, PLANAR = 0x00280004, 0x00280006
LOSSY, RATIO, METHOD = 0x00282110, 0x00282112, 0x00282114
_METHODS = (
    (JPEG_LOSSY | JPEG_LOSSLESS, "ISO_10918_1"),
    (JPEG_LS, "ISO_14495_1"),
    (J2K, "ISO_15444_1"),
    (HTJ2K, "ISO_15444_15"),
)
"""Lossy Image Compression Method by transfer syntax."""
_TRANSFORMING = frozenset(LOSSLESS[one] for one in J2K | HTJ2K)
"""Syntaxes whose code streams may decorrelate colours."""
RANGES = (0x00280106, 0x00280107, 0x00280108, 0x00280109, 0x00280110, 0x00280111)
"""Smallest and largest pixel value of image, series and plane (Type 3): they would tell of what was there."""


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A file with changed frames.

    Attributes:
        data: The whole Part 10 file; the very same object where nothing changed.
        changed: Frames that the change changed.
        cleared: Frames in whose unused bits something stood that was not zero or the sign.
        syntax: Transfer Syntax UID it is written in.
    """

    data: bytes | memoryview = field(repr=False)
    changed: tuple[int, ...]
    cleared: tuple[int, ...]
    syntax: str


def rewrite_frames(data: bytes | memoryview, change: FrameChange) -> bytes:
    """A file with its frames changed, as `rewritten` makes it."""
    return bytes(rewritten(data, change).data)


def unchanged(number: int, stored: Stored) -> Stored:
    """The change that changes no value: only unused bits are cleared."""
    return stored


def rewritten(data: bytes | memoryview, change: FrameChange) -> Rewritten:
    """A file with its frames changed.

    Compressed frames are written losslessly in the family they came in. Where that is another transfer syntax, all
    are written again; else only those that change. Unused bits are zero, or the sign, in every frame.

    Args:
        data: A Part 10 file, or a map of one.
        change: Called once for each frame, in order.

    Raises:
        NotUnderstood: It has no pixels, they cannot be decoded, or not be written without loss; or an overlay lies in
            the bits that pixels are stored in, where nobody can tell one from the other.
    """
    source = read_source(data)
    if source is None:
        raise NotUnderstood("no pixel data", where="(7FE0,0010)")
    file = pixels_of(source)
    refuse_mixed(file)
    work = _Changes(change)
    made = _compressed(source, file, work) if source.encapsulated else _native(source, file, work)
    if not (work.changed or work.cleared):
        return Rewritten(data=data, changed=(), cleared=(), syntax=file.syntax)
    pieces, elements, syntax = made
    return Rewritten(
        data=_assembled(source, pieces, elements, syntax),
        changed=tuple(work.changed),
        cleared=tuple(work.cleared),
        syntax=syntax,
    )


Made = tuple[list[Piece], Elements, str]
"""The new pixel value, the elements that change with it, and the transfer syntax."""


@dataclass(kw_only=False)
class _Changes:
    """Asks for changes, and notes which frames they touch."""

    change: FrameChange
    changed: list[int] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)

    def words(self, number: int, words: Words, layout: Layout) -> Words | None:
        """A frame's new words; None where they stay."""
        before = stored_values(layout, words)
        if unused_bits(layout, words, before):
            self.cleared.append(number)
        after = self.change(number, before)
        if after is not before:
            if after.shape != before.shape or after.dtype != before.dtype:
                raise ValueError("a change must give values of the shape and type it got")
            self.changed.append(number)
        touched = number in self.changed[-1:] or number in self.cleared[-1:]
        return clean_words(layout, after) if touched else None


# Native pixel data


def _native(source: Source, file: PixelFile, work: _Changes) -> Made:
    layout, value = file.layout, source.pixels
    if layout.allocated == 1:
        pieces: list[Piece] = [_bits(value, layout, work)]
    elif layout.photometric == SUBSAMPLED:
        return _full_colour(value, layout, work), {PHOTOMETRIC: ("CS", b"YBR_FULL")}, file.syntax
    else:
        pieces = list(_frames(value, layout, work))
    if source.swapped:
        pieces = [in_pairs(b"".join(pieces))]
    return pieces, {}, file.syntax


def _frames(value: memoryview, layout: Layout, work: _Changes) -> Iterator[Piece]:
    """Each frame, new or as it was, and what stands behind the last."""
    size = layout.frame_bits // 8
    for number in range(layout.frames):
        words = work.words(number, native_words(layout, value, number), layout)
        yield value[number * size : (number + 1) * size] if words is None else native_bytes(layout, words)
    yield value[layout.frames * size :]


def _bits(value: memoryview, layout: Layout, work: _Changes) -> bytes:
    """Frames of one bit, which need not begin at a byte."""
    new = bytearray(value)
    for number in range(layout.frames):
        words = work.words(number, native_words(layout, value, number), layout)
        if words is None:
            continue
        start = number * layout.frame_bits
        touched = slice(start // 8, (start + layout.frame_bits + 7) // 8)
        bits = np.unpackbits(np.frombuffer(new[touched], "u1"), bitorder="little")
        bits[start % 8 :][: layout.frame_bits] = words.ravel()
        new[touched] = np.packbits(bits, bitorder="little").tobytes()
    return bytes(new)


def _full_colour(value: memoryview, layout: Layout, work: _Changes) -> list[Piece]:
    """Subsampled colour as YBR_FULL: two pixels share their colour, and one of them may change."""
    full = replace(layout, photometric="YBR_FULL")
    pieces: list[Piece] = []
    for number in range(layout.frames):
        before = native_words(layout, value, number)
        words = work.words(number, before, layout)
        pieces.append(native_bytes(full, before if words is None else words))
    size = sum(len(piece) for piece in pieces)
    return [*pieces, bytes(size % 2)]


# Compressed pixel data


def _compressed(source: Source, file: PixelFile, work: _Changes) -> Made:
    layout, value, syntax = file.layout, source.pixels, file.syntax
    spans = frame_spans(value, syntax, layout.frames)
    target = LOSSLESS[syntax]
    new: dict[int, bytes] = {}
    heads: list[StreamHead] = []

    def written(number: int, words: Words, head: StreamHead) -> bytes:
        return encoded(words, target_head(head, layout, syntax), target, layout)

    for number, span in enumerate(spans):
        words, head = decoded(joined(value, span), syntax, layout)
        heads.append(head)
        changed = work.words(number, words, layout)
        if changed is not None:
            new[number] = written(number, changed, head)
    if not new:
        return [], {}, syntax
    for number, span in enumerate(spans):
        if number not in new and not alike(heads[number], layout, syntax):
            words, head = decoded(joined(value, span), syntax, layout)
            new[number] = written(number, clean_words(layout, stored_values(layout, words)), head)
    streams = [new[number] if number in new else joined(value, span) for number, span in enumerate(spans)]
    pieces, elements = _encapsulated(streams, source)
    return pieces, {**elements, **_truthful(file, heads, target), **_lossy(file, heads, value)}, target


def _encapsulated(streams: list[bytes], source: Source) -> tuple[list[Piece], Elements]:
    """Frames as fragments, one each, with the offset tables that the source had (PS3.5 A.4)."""
    sizes = np.array([len(stream) + len(stream) % 2 for stream in streams], "<u8")
    offsets = np.concatenate([[0], np.cumsum(sizes + 8)[:-1]]).astype("<u8")
    extended = OFFSETS in source.starts
    (start, stop), _ = fragment_spans(source.pixels)
    basic = stop > start and not extended and int(offsets[-1]) < 1 << 32
    table = offsets.astype("<u4").tobytes() if basic else b""
    pieces: list[Piece] = [ITEM, struct.pack("<I", len(table)), table]
    for stream, size in zip(streams, sizes, strict=True):
        pieces += [ITEM, struct.pack("<I", size), stream, bytes(int(size) - len(stream))]
    if not extended:
        return pieces, {}
    return pieces, {OFFSETS: ("OV", offsets.tobytes()), LENGTHS: ("OV", sizes.tobytes())}


def _truthful(file: PixelFile, heads: list[StreamHead], target: str) -> Elements:
    """What the header must say of code streams that were written again."""
    found: dict[int, tuple[str, bytes] | None] = {}
    photometric = file.layout.photometric
    if target in _TRANSFORMING and photometric in {"YBR_ICT", "YBR_RCT"}:
        if photometric == "YBR_ICT":
            found[PHOTOMETRIC] = ("CS", b"YBR_RCT ")
    elif file.colour != photometric:
        found[PHOTOMETRIC] = ("CS", _even(file.colour))
    if file.dataset.get("PlanarConfiguration") and target.endswith(".70"):
        found[PLANAR] = ("US", bytes(2))
    return found


def _even(text: str) -> bytes:
    return text.encode() + b" " * (len(text) % 2)


def _lossy(file: PixelFile, heads: list[StreamHead], value: memoryview) -> Elements:
    """What is said of frames that were lossy, where the header did not say it (PS3.3 C.7.6.1.1.5)."""
    if not any(head.lossy for head in heads) or file.dataset.get("LossyImageCompression") == "01":
        return {}
    layout = file.layout
    ratio = layout.frames * layout.rows * layout.columns * layout.samples * layout.allocated / 8 / len(value)
    method = next(name for syntaxes, name in _METHODS if file.syntax in syntaxes)
    return {
        LOSSY: ("CS", b"01"),
        RATIO: ("DS", _even(f"{ratio:.2f}")),
        METHOD: ("CS", _even(method)),
    }


# The file


def _assembled(source: Source, value: list[Piece], elements: Elements, syntax: str) -> bytes:
    """The file with a new pixel value and new elements."""
    elements = {**dict.fromkeys(tag for tag in RANGES if tag in source.starts), **elements}
    size = sum(len(piece) for piece in value)
    head = source.body[source.start : source.value[0]]
    if not source.encapsulated and size != source.value[1] - source.value[0]:
        order = ">I" if source.big else "<I"
        head = memoryview(bytes(head[:-4]) + struct.pack(order, size))
    mark = SEQUENCE_END + bytes(4) if source.encapsulated else b""
    dataset = [*spliced(source, elements), head, *value, mark, source.body[source.end :]]
    prefix = source.prefix if syntax == source.syntax else with_syntax(source.prefix, syntax)
    if source.syntax == DEFLATED:
        return b"".join([prefix, _deflated(dataset)])
    return b"".join([prefix, *dataset])


def _deflated(pieces: list[Piece]) -> bytes:
    """PS3.5 A.5."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join([*map(packer.compress, pieces), packer.flush()])
    return packed + b"\0" * (len(packed) % 2)
