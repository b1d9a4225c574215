"""Many frames made into a few pictures in which burned-in text shows. One pass, memory of a few frames.

Text that stands still shows in the brightest, the darkest and the mean of every pixel's values. Text on
some frames only shows in the strongest thin bright and thin dark strokes of any frame (white and black top-hat), for
anatomy is broad where letters are thin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.deid.pixels.regions import Box

Grey = NDArray[Any]
"""Values of one frame, (rows, columns), any number."""
Picture = NDArray[np.uint8]
STROKE = 8
"""Pixels a stroke is narrower than: text of 32 pixels in bold has strokes of 5 or 6."""
MEAN_OF = 48
"""Frames, evenly chosen, from which the mean is taken."""
SHARE = 0.25
"""Of a text's strong strokes that a frame must have to be taken for one with this text."""
MEAN = "mean strokes"
"""The projection in which only what stands on most frames shows."""
FAINTEST = 0.09
"""Of a series' range: what is written on one of twelve frames shows no stronger in their mean."""
CELL = 8
"""Pixels of the parts of a frame that are compared with those of the frames before and after."""
STANDS_OUT = 9.0
"""Times the usual change of its part by which a frame must differ to be looked at on its own."""
AROUND = 31
"""Pixels squared of what is taken for the surroundings of a pixel; some letters."""
LEAST_SPREAD = 0.03
"""Of a frame's range: what differs less from its surroundings is not made to stand out."""
GAUSSIAN = (0.0044, 0.054, 0.2420, 0.3992, 0.2420, 0.054, 0.0044)
"""Weights of neighbouring pixels."""
SATURATED = 0.3
"""Percent of pixels that are shown as white, and as black, in a picture of strokes."""


@dataclass(frozen=True, eq=False)
class Template:
    """The strokes in a box, bright and dark, strongest of all frames."""

    box: Box
    bright: NDArray[np.float64]
    dark: NDArray[np.float64]

    def stands(self, frame: Grey) -> bool:
        """Whether a frame has a fair share of these strokes."""
        top, left = max(self.box.top - STROKE, 0), max(self.box.left - STROKE, 0)
        around = frame[top : self.box.bottom + STROKE, left : self.box.right + STROKE]
        rows = slice(self.box.top - top, self.box.bottom - top)
        columns = slice(self.box.left - left, self.box.right - left)
        bright, dark = (s[rows, columns] for s in strokes(around))
        return max(_share(bright, self.bright), _share(dark, self.dark)) >= SHARE


def _share(strokes_here: Grey, strongest: NDArray[np.float64]) -> float:
    """Of the strong pixels, those that are about as strong here."""
    strong = strongest >= max(0.5 * float(np.percentile(strongest, 98)), 1e-9)
    return float(np.mean(strokes_here[strong] >= 0.5 * strongest[strong])) if strong.any() else 0.0


def _cells(bright: Grey, dark: Grey) -> NDArray[np.float32]:
    """The mean stroke in each part of a picture, `CELL` pixels or more squared, 32 x 32 parts at most."""
    strong = np.maximum(bright, dark)
    rows, columns = (min(max(CELL, -(-n // 32)), n) for n in strong.shape)
    high, wide = strong.shape[0] // rows, strong.shape[1] // columns
    lines = strong[: high * rows].reshape(high, rows, -1).sum(axis=1, dtype=np.float32)
    return np.asarray(lines[:, : wide * columns].reshape(high, wide, columns).mean(axis=2), np.float32)


class Projection:
    """What has been seen of frames of one size. `add` takes them one by one; `pictures` shows the result."""

    def __init__(self, expected: int) -> None:
        """`expected` frames are to come, more or less."""
        self.frames = 0
        self._stride = max(expected // MEAN_OF, 1)
        self._highest: Grey | None = None
        self._bright = self._dark = self._lowest = self._sum = np.zeros(0)
        self._mean_of = 0
        self._cells: list[NDArray[np.float32]] = []

    def add(self, frame: Grey) -> None:
        """Take in one more frame."""
        bright, dark = strokes(frame)
        if self._highest is None:
            self._highest, self._lowest, self._bright, self._dark = frame.copy(), frame.copy(), bright, dark
            self._sum = np.zeros(frame.shape)
        else:
            np.maximum(self._highest, frame, out=self._highest)
            np.minimum(self._lowest, frame, out=self._lowest)
            np.maximum(self._bright, bright, out=self._bright)
            np.maximum(self._dark, dark, out=self._dark)
        if self.frames % self._stride == 0:
            self._sum += frame
            self._mean_of += 1
        self.frames += 1
        self._cells.append(_cells(bright, dark))

    def unusual(self, most: int) -> list[int]:
        """Frames, `most` at most, in a part of which strokes are much stronger than in the frame before or after.

        Of frames that stand out in the same part, the one that does so most.
        """
        if self.frames < 3:
            return []
        cells = np.asarray(self._cells, np.float32)
        before, after = np.diff(cells, axis=0, prepend=cells[1:2]), -np.diff(cells, axis=0, append=cells[-2:-1])
        rise = np.maximum(before, after)
        usual = np.median(np.abs(rise), axis=0)
        stands_out = rise / (usual + np.median(usual) + 0.01 * cells.max() + 1e-9)
        chosen: list[int] = []
        while len(chosen) < most and stands_out.max() > STANDS_OUT:
            frame, row, column = np.unravel_index(int(stands_out.argmax()), stands_out.shape)
            chosen.append(int(frame))
            stands_out[frame] = 0
            stands_out[:, max(int(row) - 1, 0) : int(row) + 2, max(int(column) - 1, 0) : int(column) + 2] = 0
        return sorted(chosen)

    def template(self, box: Box) -> Template:
        """What the strongest strokes in a box look like."""
        inside = slice(box.top, box.bottom), slice(box.left, box.right)
        return Template(box, self._bright[inside].astype(np.float64), self._dark[inside].astype(np.float64))

    def pictures(self) -> Iterator[tuple[str, Picture]]:
        """Name and picture of each projection; nothing where no frame came."""
        if self._highest is None:
            return
        yield "maximum", shown(self._highest)
        yield "minimum", shown(self._lowest)
        yield "bright strokes", shown_strokes(self._bright)
        yield "dark strokes", shown_strokes(self._dark)
        if self._mean_of > 2:
            mean = self._sum / self._mean_of
            yield MEAN, without_anatomy(mean, float(self._highest.max()) - float(self._lowest.min()))


def stands_still(found_in: frozenset[str]) -> bool:
    """Whether a text found in these projections stands on most frames: what comes and goes is not in all of them."""
    return MEAN in found_in or {"maximum", "minimum"} <= found_in


def strokes(frame: Grey) -> tuple[Grey, Grey]:
    """What is bright, and what is dark, and thinner than `STROKE` pixels: the white and the black top-hat.

    Unsigned integers as wide as the values of `frame` (a difference of two of them always fits), or its floats.
    """
    opened, closed = _widest(_narrowest(frame)), _narrowest(_widest(frame))
    bright, dark = frame - opened, closed - frame
    if frame.dtype.kind == "i":
        unsigned = frame.dtype.str.replace("i", "u")
        return bright.view(unsigned), dark.view(unsigned)
    return bright, dark


def _running(values: Grey, keep: Any, axis: int, centre: int) -> Grey:
    """The least or greatest of `STROKE` neighbours along an axis, edges repeated."""
    before = np.repeat(values.take([0], axis), centre, axis)
    after = np.repeat(values.take([-1], axis), STROKE - 1 - centre, axis)
    out = np.concatenate([before, values, after], axis)
    step = 1
    while step < STROKE:
        n = out.shape[axis]
        out = keep(_part(out, axis, 0, n - step), _part(out, axis, step, n))
        step *= 2
    return out


def _part(values: Grey, axis: int, start: int, stop: int) -> Grey:
    return values[start:stop] if axis == 0 else values[:, start:stop]


def _narrowest(values: Grey) -> Grey:
    return _running(_running(values, np.minimum, 0, STROKE // 2), np.minimum, 1, STROKE // 2)


def _widest(values: Grey) -> Grey:
    return _running(_running(values, np.maximum, 0, STROKE // 2 - 1), np.maximum, 1, STROKE // 2 - 1)


def without_anatomy(values: Grey, span: float | None = None) -> Picture:
    """A frame's thin strokes, bright and dark, on even grey: letters stay and broad shapes go.

    `span` is the difference of the highest and lowest value of the series whose mean `values` is: strokes of less than
    `FAINTEST` of it are those of few frames, and go too. None: of a single frame, all strokes stay.
    """
    bright, dark = strokes(values)
    thin = bright.astype(np.float32) - dark.astype(np.float32)
    if span is None:
        span = float(values.max()) - float(values.min())
    else:
        thin[np.abs(thin) < FAINTEST * span] = 0
    return np.asarray(np.clip(128 + thin * np.float32(380 / span if span > 0 else 0), 0, 255), np.uint8)


def flattened(values: Grey) -> Picture:
    """A frame with its surroundings' mean taken away and its contrast made even: faint letters show beside bright."""
    grey = values.astype(np.float32) if values.ndim == 2 else values.mean(axis=2, dtype=np.float32)
    mean = _mean_around(grey)
    spread = np.sqrt(np.maximum(_mean_around(grey * grey) - mean * mean, 0))
    least = max(LEAST_SPREAD * float(grey.max() - grey.min()), 1e-9)
    return np.asarray(np.clip(128 + 45 * (grey - mean) / np.maximum(spread, least), 0, 255), np.uint8)


def without_grain(values: Grey) -> Picture:
    """A frame cut at half its surroundings' mean, and smoothed: dark letters show on speckle, whose peaks are gone."""
    grey = values.astype(np.float32) if values.ndim == 2 else values.mean(axis=2, dtype=np.float32)
    grey -= grey.min()
    mean = np.maximum(_mean_around(grey), max(float(grey.max()) * 0.02, 1e-9))
    return np.asarray(np.clip(255 * _smoothed(np.minimum(2 * grey / mean, np.float32(1))), 0, 255), np.uint8)


def _mean_around(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the `AROUND` x `AROUND` pixels around each, edges repeated."""
    before = AROUND // 2
    for axis in (0, 1):
        edges = [(before + 1, AROUND - 1 - before) if a == axis else (0, 0) for a in (0, 1)]
        sums = np.pad(values, edges, mode="edge").cumsum(axis=axis, dtype=np.float64)
        n = sums.shape[axis]
        values = ((_part(sums, axis, AROUND, n) - _part(sums, axis, 0, n - AROUND)) / AROUND).astype(np.float32)
    return values


def _smoothed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smoothed by a Gaussian with a standard deviation of one pixel."""
    reach = len(GAUSSIAN) // 2
    for axis in (0, 1):
        padded = np.pad(values, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        n = values.shape[axis]
        parts = [np.float32(weight) * _part(padded, axis, k, k + n) for k, weight in enumerate(GAUSSIAN)]
        values = np.asarray(sum(parts[1:], parts[0]), np.float32)
    return values


def shown(values: Grey, cut: float = 0.0) -> Picture:
    """Values as 8 bits, `cut` percent of the pixels at either end saturated."""
    low, high = np.percentile(values, (cut, 100 - cut)) if cut else (values.min(), values.max())
    span = float(high) - float(low)
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255 / span if span > 0 else 0)
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def shown_strokes(values: Grey) -> Picture:
    """Strokes as 8 bits, the strongest saturated."""
    top = max(float(np.percentile(values, 100 - SATURATED)), float(values.max()) * 0.02)
    scaled = values.astype(np.float32) * np.float32(200 / top if top > 0 else 0)
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)
