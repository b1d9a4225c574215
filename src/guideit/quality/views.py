"""What of released pixels is read for text: projections over the frames of a stack, and single images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.quality.frames import Frame

Plane = NDArray[Any]
FEW = 3
"""Stacks of so many frames and fewer are read frame by frame."""


@dataclass(kw_only=True)
class Stack:
    """Frames of one size, met one after the other: it holds their maximum, their minimum and a few of them."""

    count: int = 0
    _most: Plane | None = field(default=None, repr=False)
    _least: Plane | None = field(default=None, repr=False)
    _kept: list[tuple[Plane, Plane]] = field(default_factory=list, repr=False)

    def add(self, frame: Frame) -> None:
        """One more frame."""
        bright, dark = _planes(frame)
        self._most = bright if self._most is None else np.maximum(self._most, bright)
        self._least = dark if self._least is None else np.minimum(self._least, dark)
        if len(self._kept) < FEW:
            self._kept.append((bright, dark))
        self.count += 1

    def images(self) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """What it is and the image, 8 bits, once with bright text made dark on light, once as it is."""
        single = self._kept if self.count <= FEW else self._kept[:1]
        for bright, dark in single:
            yield "an image", 255 - _grey(bright)
            yield "an image", _grey(dark)
        if self.count > FEW and self._most is not None and self._least is not None:
            yield "the brightest of all frames", 255 - _grey(self._most)
            yield "the darkest of all frames", _grey(self._least)


def _planes(frame: Frame) -> tuple[Plane, Plane]:
    """The brightest and the darkest sample of each pixel: yellow text is bright in one colour only."""
    values = frame.values
    if values.ndim == 2:
        inverted = frame.photometric == "MONOCHROME1" and values.dtype.kind in "iu"
        plane = ~values if inverted else values
        return plane, plane
    if frame.photometric.startswith("YBR"):
        return values[..., 0], values[..., 0]
    return values[..., :3].max(axis=2), values[..., :3].min(axis=2)


def _grey(plane: Plane) -> NDArray[np.uint8]:
    values = np.nan_to_num(plane.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray((values - low) * scale, np.uint8)
