"""An instance's pixels, one frame at a time, as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.pixels.utils import iter_pixels

from guideit.dicom.codecs import register
from guideit.errors import NotUnderstood

Stored = NDArray[Any]
"""A frame's stored values: (rows, columns), or (rows, columns, samples) in colour."""
LARGEST = 1 << 27
"""Samples of one frame; a larger one is not decoded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelFile:
    """An instance with pixels. `dataset` is its whole source data set: private, it stays inside `deid`."""

    dataset: Dataset = field(repr=False)
    rows: int
    columns: int
    frames: int
    samples: int
    syntax: str

    def stored(self) -> Iterator[Stored]:
        """Its frames in order.

        Raises:
            NotUnderstood: They are damaged, too large, or in a compression nobody here reads.
        """
        register()
        try:
            yield from iter_pixels(self.dataset, raw=True)
        except Exception as wrong:  # whatever a codec raises, the pixels were not understood
            raise NotUnderstood("the pixel data cannot be decoded", why=type(wrong).__name__) from wrong


Opener = Callable[[], PixelFile]
"""Opens an instance of a series when its turn comes: a series is larger than memory."""


def open_pixels(data: bytes) -> PixelFile | None:
    """An instance's pixels; None where it has none.

    Raises:
        NotUnderstood: It cannot be read, or a frame is larger than `LARGEST` samples.
    """
    dataset = dcmread(BytesIO(data), force=True)
    if "PixelData" not in dataset:
        return None
    rows, columns, samples = (int(dataset.get(k) or 1) for k in ("Rows", "Columns", "SamplesPerPixel"))
    if rows * columns * samples > LARGEST:
        raise NotUnderstood("a frame is too large to be looked at", why=f"{rows} x {columns}")
    return PixelFile(
        dataset=dataset,
        rows=rows,
        columns=columns,
        frames=max(int(dataset.get("NumberOfFrames") or 1), 1),
        samples=samples,
        syntax=str(dataset.file_meta.TransferSyntaxUID),
    )


def displayed(file: PixelFile, stored: Stored) -> NDArray[np.uint8]:
    """A frame as a person would see it, in grey: 8 bits, (rows, columns), MONOCHROME1 inverted, colour to luma."""
    values = stored.astype(np.float32)
    if values.ndim == 3:
        values = values[..., :3].mean(axis=2)
    low, high = float(values.min()), float(values.max())
    grey = (values - low) * (255.0 / (high - low) if high > low else 0.0)
    if str(file.dataset.get("PhotometricInterpretation", "")) == "MONOCHROME1":
        grey = 255.0 - grey
    return grey.astype(np.uint8)
