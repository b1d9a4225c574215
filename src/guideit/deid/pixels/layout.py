"""How samples are laid out (PS3.3 C.7.6.3, PS3.5 8): words as they stand in the bytes, and the values they store.

A word has Bits Allocated bits, of which Bits Stored hold the value. What the others hold is no part of the image:
zeros or copies of the sign in a clean file, an overlay or anything else in others (PS3.5 8.1.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from guideit.errors import NotUnderstood

Stored = NDArray[Any]
"""A frame's stored values: (rows, columns), or (rows, columns, samples) in colour."""
Words = NDArray[Any]
"""A frame as it stands in the bytes, same shape."""
LARGEST = 1 << 26
"""Samples of one frame; a larger one is not decoded."""
FLOAT, DOUBLE = 0x7FE00008, 0x7FE00009
_FLOATS = {FLOAT: "f4", DOUBLE: "f8"}
SUBSAMPLED = "YBR_FULL_422"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How the samples of an image are laid out.

    Attributes:
        rows, columns, samples, frames: Its size.
        allocated, bits, high: Bits Allocated, Bits Stored, High Bit.
        signed: Whether values are two's complement.
        planar: Colour by plane, not by pixel.
        photometric: Photometric Interpretation (0028,0004).
        real: numpy code of floating point samples; empty for integers.
        big: Whether words are Big Endian.
    """

    rows: int
    columns: int
    samples: int = 1
    frames: int = 1
    allocated: int = 16
    bits: int = 16
    high: int = 15
    signed: bool = False
    planar: bool = False
    photometric: str = ""
    real: str = ""
    big: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a frame."""
        return (self.rows, self.columns) + ((self.samples,) if self.samples > 1 else ())

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of stored values, in this machine's byte order."""
        return np.dtype(self.real or f"{'i' if self.signed else 'u'}{max(self.allocated // 8, 1)}")

    @property
    def shift(self) -> int:
        """Unused bits below the value."""
        return self.high + 1 - self.bits

    @property
    def frame_bits(self) -> int:
        """Bits of one frame of native pixel data."""
        samples = 2 if self.photometric == SUBSAMPLED else self.samples
        return self.rows * self.columns * samples * self.allocated


def layout_of(dataset: Dataset, *, tag: int, big: bool, encapsulated: bool) -> Layout:
    """The layout a header states.

    Raises:
        NotUnderstood: It states none, one that cannot be, or a frame larger than `LARGEST`.
    """
    numbers = {name: _number(dataset, name) for name in ("Rows", "Columns", "BitsAllocated")}
    samples = _number(dataset, "SamplesPerPixel", 1)
    if math.prod(numbers[k] for k in ("Rows", "Columns")) * samples > LARGEST:
        raise NotUnderstood("a frame is too large to be looked at", why=f"{numbers['Rows']} x {numbers['Columns']}")
    allocated = numbers["BitsAllocated"]
    bits = _number(dataset, "BitsStored", allocated)
    high = _number(dataset, "HighBit", bits - 1) if bits > 1 else int(dataset.get("HighBit") or 0)
    if encapsulated and high != bits - 1:  # code streams hold whole words
        bits, high = allocated, allocated - 1
    photometric = str(dataset.get("PhotometricInterpretation") or "")
    layout = Layout(
        rows=numbers["Rows"],
        columns=numbers["Columns"],
        samples=samples,
        frames=_number(dataset, "NumberOfFrames", 1),
        allocated=allocated,
        bits=bits,
        high=high,
        signed=bool(dataset.get("PixelRepresentation") or 0) and tag not in _FLOATS,
        planar=bool(dataset.get("PlanarConfiguration") or 0) and samples > 1 and not encapsulated,
        photometric=photometric if encapsulated or photometric != SUBSAMPLED or samples == 3 else "",
        real=_FLOATS.get(tag, ""),
        big=big,
    )
    _possible(layout)
    return layout


def _number(dataset: Dataset, name: str, default: int = 0) -> int:
    """A positive whole number of the header."""
    value = dataset.get(name)
    try:
        number = default if value in (None, "") else int(value)
    except (TypeError, ValueError) as wrong:
        raise NotUnderstood("a size that is no number", where=name) from wrong
    if number < 1:
        raise NotUnderstood("the size of the pixel data is not stated", where=name)
    return number


def _possible(layout: Layout) -> None:
    """Raises NotUnderstood for what no image can be."""
    words = {"f4": (32,), "f8": (64,)}.get(layout.real, (1, 8, 16, 32, 64))
    if layout.allocated not in words:
        raise NotUnderstood("samples of a width that is not read", where="BitsAllocated")
    if layout.real:
        return
    if layout.big and layout.allocated > 16:  # dcmtk swaps pairs of bytes, pydicom and GDCM all four
        raise NotUnderstood("long Big Endian samples, which readers do not agree about", where="BitsAllocated")
    if not layout.bits <= layout.high + 1 <= layout.allocated:
        raise NotUnderstood("stored bits outside the allocated ones", where="BitsStored")
    if layout.samples not in (1, 3):
        raise NotUnderstood("neither grey nor three colours", where="SamplesPerPixel")
    if layout.allocated == 1 and layout.samples > 1:
        raise NotUnderstood("colour of one bit", where="BitsAllocated")


# Words of native pixel data


def native_words(layout: Layout, value: memoryview, frame: int) -> Words:
    """A frame's words; a view where bytes allow it. One bit is widened to a byte, subsampled colour to every pixel."""
    start = frame * layout.frame_bits
    stop = start + layout.frame_bits
    if stop > 8 * len(value):
        raise NotUnderstood("the pixel data is cut off", where="(7FE0,0010)")
    if layout.allocated == 1:
        packed = np.frombuffer(value[start // 8 : (stop + 7) // 8], "u1")
        found = np.unpackbits(packed, bitorder="little")[start % 8 :][: layout.frame_bits]
        return found.reshape(layout.shape)
    code = layout.dtype.newbyteorder(">" if layout.big else "<")
    flat = np.frombuffer(value[start // 8 : stop // 8], code)
    if layout.photometric == SUBSAMPLED:
        return _upsampled(flat, layout)
    if layout.planar:
        return flat.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)
    return flat.reshape(layout.shape)


def _upsampled(flat: Words, layout: Layout) -> Words:
    """Y1 Y2 Cb Cr of two pixels as Y Cb Cr of each (PS3.3 C.7.6.3.1.2)."""
    if layout.columns % 2:
        raise NotUnderstood("subsampled colour of an odd width", where="Columns")
    pairs = flat.reshape(layout.rows, layout.columns // 2, 4)
    full = np.empty((layout.rows, layout.columns // 2, 2, 3), flat.dtype)
    full[..., 0] = pairs[..., :2]
    full[..., 1:] = pairs[:, :, None, 2:]
    return full.reshape(layout.shape)


def native_bytes(layout: Layout, words: Words) -> bytes:
    """What `native_words` read; never of subsampled colour or of one bit."""
    code = layout.dtype.newbyteorder(">" if layout.big else "<")
    ordered = words.transpose(2, 0, 1) if layout.planar else words
    return np.ascontiguousarray(ordered, code).tobytes()


# Words and values


def stored_values(layout: Layout, words: Words) -> Stored:
    """The values that words store."""
    native = words.astype(layout.dtype, copy=False)
    if layout.real or layout.allocated == layout.bits or layout.allocated == 1:
        return native
    if layout.signed:  # the sign goes where the arithmetic shift finds it
        return native << (layout.allocated - 1 - layout.high) >> (layout.allocated - layout.bits)
    low: Stored = native >> layout.shift & layout.dtype.type((1 << layout.bits) - 1)
    return low


def unused_bits(layout: Layout, words: Words, values: Stored) -> bool:
    """Whether something stands in the unused bits of a frame: they are neither all zero nor all the sign."""
    if layout.real or layout.allocated == layout.bits or layout.allocated == 1:
        return False
    if np.array_equal(clean_words(layout, values), words):
        return False
    mask = ((1 << layout.bits) - 1) << layout.shift
    unsigned = words.astype(layout.dtype, copy=False).view(f"u{words.itemsize}")
    return bool((unsigned & unsigned.dtype.type(~mask & (1 << layout.allocated) - 1)).any())


def clean_words(layout: Layout, values: Stored) -> Words:
    """Words that store values and nothing else: unused bits are zero, or the sign."""
    return values << layout.shift if layout.shift else values
