"""An instance's pixels, one frame at a time, as they are stored.

Native frames are views of the file, compressed ones are decoded when their turn comes: memory is one frame's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from guideit.deid.pixels.code_streams import COMPRESSED, colour, decoded, frame_spans, joined, stream_head
from guideit.deid.pixels.layout import LARGEST, SUBSAMPLED, Layout, Stored, layout_of, native_words, stored_values
from guideit.deid.pixels.palette import palette_greys
from guideit.deid.pixels.source import Source, read_source
from guideit.dicom.part10 import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT
from guideit.errors import NotUnderstood

__all__ = ["LARGEST", "Opener", "PixelFile", "Stored", "displayed", "open_pixels"]

NATIVE = frozenset({IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN})
PIXEL_DATA = 0x7FE00010
MOST_SAMPLES, MOST_RATIO = 1 << 33, 5000
"""Of all frames together: as many samples, or as many for each byte of the file; more is a bomb."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelFile:
    """An instance with pixels. `dataset` is its header as it came: private, it stays inside `deid`.

    Attributes:
        rows, columns, frames, samples: Its size.
        syntax: Transfer Syntax UID.
        value: The pixel data element's value; None for a data set that holds its own.
        tag: Of that element.
    """

    dataset: Dataset = field(repr=False)
    rows: int
    columns: int
    frames: int
    samples: int
    syntax: str
    value: memoryview | None = field(default=None, repr=False)
    tag: int = PIXEL_DATA

    @cached_property
    def layout(self) -> Layout:
        """How its samples are laid out."""
        native = self.syntax in NATIVE
        return layout_of(self.dataset, tag=self.tag, big=self.syntax == BIG_ENDIAN, encapsulated=not native)

    @cached_property
    def colour(self) -> str:
        """Photometric interpretation of what `stored` gives: decoded colour may be another than the file's."""
        layout, value = self.layout, self._value()
        if self.syntax in NATIVE:
            return colour(None, layout)
        first = frame_spans(value, self.syntax, layout.frames)[0]
        return colour(stream_head(joined(value, first), self.syntax, layout), layout)

    def stored(self) -> Iterator[Stored]:
        """Its frames in order, unused bits left out; arrays may be read-only.

        Raises:
            NotUnderstood: They are damaged, or in a compression nobody here reads.
        """
        layout, value = self.layout, self._value()
        if self.syntax in NATIVE:
            for number in range(layout.frames):
                yield stored_values(layout, native_words(layout, value, number))
            return
        for spans in frame_spans(value, self.syntax, layout.frames):
            words, head = decoded(joined(value, spans), self.syntax, layout)
            if colour(head, layout) != self.colour:
                raise NotUnderstood("frames of different colours", where="(0028,0004)")
            yield stored_values(layout, words)

    def _value(self) -> memoryview:
        return memoryview(self.dataset.PixelData) if self.value is None else self.value


Opener = Callable[[], PixelFile]
"""Opens an instance of a series when its turn comes: a series is larger than memory."""


def open_pixels(data: bytes | memoryview) -> PixelFile | None:
    """An instance's pixels; None where it has none. `data` may be a map of a file: no pixel is copied.

    Raises:
        NotUnderstood: It cannot be read, its pixel data are cut off or in a compression nobody here reads, a frame
            is larger than `LARGEST` samples, or all together are absurdly many.
    """
    source = read_source(data)
    return None if source is None else pixels_of(source)


def pixels_of(source: Source) -> PixelFile:
    """The pixels of a file already split; raises as `open_pixels` does."""
    if source.syntax not in NATIVE | COMPRESSED:
        raise NotUnderstood("a compression that is not read", where="(0002,0010)")
    if source.encapsulated is (source.syntax in NATIVE):
        raise NotUnderstood("pixel data that are not encoded as the file says", where="(7FE0,0010)")
    layout = layout_of(source.dataset, tag=source.tag, big=source.big, encapsulated=source.encapsulated)
    pixels = source.pixels
    _plausible(layout, pixels, native=not source.encapsulated)
    if source.encapsulated:
        frame_spans(pixels, source.syntax, layout.frames)
    return PixelFile(
        dataset=source.dataset,
        rows=layout.rows,
        columns=layout.columns,
        frames=layout.frames,
        samples=layout.samples,
        syntax=source.syntax,
        value=pixels,
        tag=source.tag,
    )


def _plausible(layout: Layout, value: memoryview, *, native: bool) -> None:
    """Raises NotUnderstood for pixel data that are cut off, or that would grow absurdly."""
    if native:
        bits = layout.frames * layout.frame_bits
        if bits > 8 * len(value):
            raise NotUnderstood("the pixel data is cut off", where="(7FE0,0010)")
        if layout.photometric == SUBSAMPLED and 16 * len(value) >= 3 * bits:
            raise NotUnderstood("pixel data longer than subsampled colour is", where="(7FE0,0010)")
        return
    samples = layout.frames * layout.rows * layout.columns * layout.samples
    if samples > max(MOST_SAMPLES, MOST_RATIO * len(value)):
        raise NotUnderstood("the pixel data would grow too large", where="(7FE0,0010)")


def displayed(file: PixelFile, stored: Stored) -> NDArray[np.uint8]:
    """A frame as a person would see it, in grey: 8 bits, (rows, columns), MONOCHROME1 inverted, colour to luma."""
    values = _grey(file, stored).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    values -= low
    values *= 255.0 / (high - low) if high > low else 0.0
    grey = values.astype(np.uint8)
    return 255 - grey if file.colour == "MONOCHROME1" else grey


def _grey(file: PixelFile, stored: Stored) -> NDArray[np.generic]:
    """Values that grow with brightness, whatever their range."""
    if stored.ndim == 3:
        return stored[..., 0] if file.colour.startswith("YBR") else stored[..., :3].mean(axis=2, dtype=np.float32)
    if file.colour == "PALETTE COLOR":
        return palette_greys(file.dataset, stored)
    return np.nan_to_num(stored) if stored.dtype.kind == "f" else stored
