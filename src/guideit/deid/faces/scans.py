"""Planes of whatever order, tilt and spacing, thinned, and sampled on a grid along the patient's axes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.deid.faces.atlas import Bools, Floats, Matrix
from guideit.deid.pixels.frames import Opener
from guideit.dicom.planes import Plane, planes
from guideit.errors import NotUnderstood

FINEST = 1.6
"""Millimetres: finer pixels are averaged, nearer planes are left out, while a head is looked for."""
GAP = 12.0
"""Millimetres between planes above which what lies between is not known."""
LARGEST = 1 << 27
"""Samples of one scan after thinning; more is not looked at."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """Parallel planes of one series and direction, in order along their normal.

    Attributes:
        values: (planes, rows, columns), real values.
        corners: (planes, 3): centre of each plane's first pixel, mm, LPS.
        row, column: Direction cosines of the row, of the column.
        spacing: Millimetres between rows, between columns.
        modality: `CT`, `MR`, `PT`, ...
        units: Of the values; "" where the objects do not say.
    """

    values: Floats
    corners: Matrix
    row: Matrix
    column: Matrix
    spacing: tuple[float, float]
    modality: str
    units: str

    @property
    def normal(self) -> Matrix:
        """Unit vector across the planes."""
        return np.cross(self.row, self.column)

    @property
    def heights(self) -> Matrix:
        """Millimetres of each plane along the normal, rising."""
        found: Matrix = self.corners @ self.normal
        return found

    def ends(self) -> tuple[Matrix, Matrix]:
        """The lowest and highest x, y, z that the scan's pixels reach, mm."""
        _, rows, columns = self.values.shape
        across = [self.row * self.spacing[1] * c for c in (0, columns - 1)]
        down = [self.column * self.spacing[0] * r for r in (0, rows - 1)]
        corners = np.concatenate([self.corners + a + d for a in across for d in down])
        return corners.min(axis=0), corners.max(axis=0)

    def at(self, points: Matrix) -> tuple[Floats, Bools]:
        """Values at points (n, 3) in mm, linear in the plane and between two planes, and which points are covered."""
        heights = self.heights
        height = points @ self.normal
        above = np.clip(np.searchsorted(heights, height), 1, max(len(heights) - 1, 1))
        if len(heights) == 1:
            values, inside = self._in_plane(np.zeros(len(points), np.intp), points)
            return values, inside & (abs(height - heights[0]) <= GAP / 2)
        low, high = heights[above - 1], heights[above]
        share = np.clip((height - low) / np.maximum(high - low, 1e-6), 0, 1).astype(np.float32)
        lower, in_lower = self._in_plane(above - 1, points)
        upper, in_upper = self._in_plane(above, points)
        covered = in_lower & in_upper & (height >= low - FINEST) & (height <= high + FINEST) & (high - low <= GAP)
        return lower * (1 - share) + upper * share, covered

    def _in_plane(self, index: NDArray[np.intp], points: Matrix) -> tuple[Floats, Bools]:
        off = points - self.corners[index]
        r, c = off @ self.column / self.spacing[0], off @ self.row / self.spacing[1]
        _, rows, columns = self.values.shape
        inside: Bools = (r > -1) & (c > -1) & (r < rows) & (c < columns)
        r, c = np.clip(r, 0, rows - 1), np.clip(c, 0, columns - 1)
        r0, c0 = np.minimum(r.astype(np.intp), max(rows - 2, 0)), np.minimum(c.astype(np.intp), max(columns - 2, 0))
        r1, c1 = np.minimum(r0 + 1, rows - 1), np.minimum(c0 + 1, columns - 1)
        fr, fc = (r - r0).astype(np.float32), (c - c0).astype(np.float32)
        top = self.values[index, r0, c0] * (1 - fc) + self.values[index, r0, c1] * fc
        bottom = self.values[index, r1, c0] * (1 - fc) + self.values[index, r1, c1] * fc
        return top * (1 - fr) + bottom * fr, inside


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """A scan on the patient's axes.

    Attributes:
        values: (z, y, x).
        covered: Voxels that lie within the scan.
        origin: Of the first voxel, x, y, z, mm, LPS.
        step: Millimetres between voxels.
    """

    values: Floats
    covered: Bools
    origin: Matrix
    step: float

    def points(self) -> Matrix:
        """Coordinates (voxels, 3) of every voxel, in the array's order."""
        return points_of(self.values.shape, self.origin, self.step)


def points_of(shape: tuple[int, ...], origin: Matrix, step: float) -> Matrix:
    """Coordinates (n, 3), x, y, z in mm, of a grid's voxels, in C order of (z, y, x)."""
    z, y, x = (np.arange(n) * step for n in shape)
    mesh = np.stack(np.meshgrid(z + origin[2], y + origin[1], x + origin[0], indexing="ij")[::-1], axis=-1)
    return mesh.reshape(-1, 3)


def grid_of(scan: Scan, step: float, low: Matrix | None = None, high: Matrix | None = None) -> Grid:
    """A scan sampled every `step` mm, between the corners `low` and `high` where given; what it lacks is its lowest."""
    first, last = scan.ends()
    start = first if low is None else np.maximum(first, low)
    end = last if high is None else np.minimum(last, high)
    size = np.maximum(np.floor((end - start) / step).astype(int) + 1, 1)
    shape = (int(size[2]), int(size[1]), int(size[0]))
    values, covered = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    for z in range(shape[0]):
        points = points_of((1, *shape[1:]), start + np.array([0, 0, z * step]), step)
        plane, inside = scan.at(points)
        values[z], covered[z] = plane.reshape(shape[1:]), inside.reshape(shape[1:])
    values[~covered] = float(scan.values.min())
    return Grid(values=values, covered=covered, origin=start, step=step)


@dataclass(eq=False)
class _Pile:
    """Planes of one direction and size as they come in: one per millimetre of height."""

    first: Plane
    layers: dict[int, tuple[Floats, Matrix]] = field(default_factory=dict)


def scans(series: Iterable[Opener]) -> list[Scan]:
    """The scans of a series, read one frame at a time; of planes at one place (time points, echoes) the first.

    Raises:
        NotUnderstood: It has colour, no geometry, damaged pixels, or is too large.
    """
    piles: dict[tuple[float, ...], _Pile] = {}
    for opener in series:
        file = opener()
        if file.dataset.get("Modality") == "CT" and "LOCALIZER" in (file.dataset.get("ImageType") or ()):
            raise NotUnderstood("a scout is a projection: it shows a profile, and no plane of it can be cut")
        frames = file.stored()
        for plane in planes(file.dataset):
            stored = next(frames, None)
            if stored is None:
                raise NotUnderstood("the object has fewer frames than it says")
            _add(piles, plane, stored)
    return [_assembled(pile) for pile in piles.values()]


def _add(piles: dict[tuple[float, ...], _Pile], plane: Plane, stored: NDArray[Any]) -> None:
    key = (*(round(v, 2) for v in plane.orientation), *stored.shape, *(round(v, 3) for v in plane.spacing))
    pile = piles.setdefault(key, _Pile(first=plane))
    normal = np.cross(pile.first.orientation[:3], pile.first.orientation[3:])
    place = round(float(np.dot(normal, plane.position)) / 1.0)
    if place in pile.layers:
        return
    values, shift = _thinned(_real(plane, stored), plane)
    if (len(pile.layers) + 1) * values.size > LARGEST:
        raise NotUnderstood("the series is too large to be looked at for a head")
    pile.layers[place] = values, np.asarray(plane.position) + shift


def _real(plane: Plane, stored: NDArray[Any]) -> Floats:
    """Real values of a frame; padding becomes its lowest other value (PS3.3 C.7.5.1.1.2)."""
    values = stored.astype(np.float32) * np.float32(plane.slope) + np.float32(plane.intercept)
    padding = plane.dataset.get("PixelPaddingValue")
    if padding is not None and plane.dataset.get("Modality") != "MR":
        limit = plane.dataset.get("PixelPaddingRangeLimit", padding)
        padded = (stored >= min(padding, limit)) & (stored <= max(padding, limit))
        if not padded.all():
            values[padded] = values[~padded].min()
    return np.maximum(values, -1024.0) if plane.dataset.get("Modality") == "CT" else values


def _thinned(values: Floats, plane: Plane) -> tuple[Floats, Matrix]:
    """Means of blocks of pixels, and by how many mm the first pixel's centre moves."""
    down, across = (max(int(FINEST / s), 1) for s in plane.spacing)
    rows, columns = values.shape[0] // down * down, values.shape[1] // across * across
    blocks = values[:rows, :columns].reshape(rows // down, down, columns // across, across)
    row, column = np.asarray(plane.orientation[:3]), np.asarray(plane.orientation[3:])
    shift = column * plane.spacing[0] * (down - 1) / 2 + row * plane.spacing[1] * (across - 1) / 2
    return blocks.mean(axis=(1, 3), dtype=np.float32), shift


def _assembled(pile: _Pile) -> Scan:
    ordered = [pile.layers[k] for k in sorted(pile.layers)]
    first = pile.first
    down, across = (max(int(FINEST / s), 1) for s in first.spacing)
    return Scan(
        values=np.stack([values for values, _ in ordered]),
        corners=np.stack([corner for _, corner in ordered]),
        row=np.asarray(first.orientation[:3]),
        column=np.asarray(first.orientation[3:]),
        spacing=(first.spacing[0] * down, first.spacing[1] * across),
        modality=str(first.dataset.get("Modality", "")),
        units=first.units,
    )
