"""Procedural image volumes: a trunk phantom with a spherical lesion in CT, PET and MR contrast.

Arrays are indexed (z, y, x), z from feet to head, y from front to back, x from the patient's right to left:
the axes of DICOM's LPS with an axial orientation of 1\\0\\0\\0\\1\\0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Where a volume's voxels lie.

    Attributes:
        shape: Slices, rows, columns.
        spacing: Millimetres between slices, rows, columns.
        origin: Centre of voxel (0, 0, 0) in the patient, x, y, z in mm (LPS).
    """

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]

    def millimetres(self) -> tuple[Array, Array, Array]:
        """Coordinates z, y, x in mm of every voxel, as arrays that broadcast to `shape`."""
        z, y, x = (np.arange(n, dtype=np.float32) for n in self.shape)
        dz, dy, dx = self.spacing
        ox, oy, oz = self.origin
        return (z * dz + oz)[:, None, None], (y * dy + oy)[None, :, None], (x * dx + ox)[None, None, :]

    def position(self, index: int) -> tuple[float, float, float]:
        """Image Position (Patient) of slice `index`, mm."""
        x, y, z = self.origin
        return (x, y, z + index * self.spacing[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesion:
    """A sphere: its centre x, y, z and its diameter, in mm."""

    centre: tuple[float, float, float]
    diameter: float


def centred_grid(slices: int, size: int, field: float, thickness: float) -> Grid:
    """A grid of `size` squared pixels over `field` mm, centred on the trunk's axis, from z = 0 upwards."""
    step = field / size
    corner = -field / 2 + step / 2
    return Grid(shape=(slices, size, size), spacing=(thickness, step, step), origin=(corner, corner, 0.0))


def lesion_mask(grid: Grid, lesion: Lesion) -> NDArray[np.bool_]:
    """Voxels whose centre lies in the lesion."""
    z, y, x = grid.millimetres()
    cx, cy, cz = lesion.centre
    inside: NDArray[np.bool_] = (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 <= (lesion.diameter / 2) ** 2
    return inside


def _paint(grid: Grid, parts: Sequence[tuple[float, float, float, float, float]], air: float) -> Array:
    """Ellipses through all slices, later over earlier: (centre x, y, half width, half height, value)."""
    _, y, x = grid.millimetres()
    plane = np.full(grid.shape[1:], air, np.float32)
    for cx, cy, rx, ry, value in parts:
        plane[(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1)[0]] = value
    return np.repeat(plane[None], grid.shape[0], axis=0)


def _finish(volume: Array, grid: Grid, lesion: Lesion, value: float, noise: float, seed: int) -> Array:
    volume[lesion_mask(grid, lesion)] = value
    volume += np.random.default_rng(seed).normal(0, noise, volume.shape).astype(np.float32)
    return volume


def ct_volume(grid: Grid, lesion: Lesion, seed: int) -> Array:
    """Hounsfield units: skin, fat, liver, kidneys, spine, table, and the lesion."""
    parts = [
        (0, 0, 170, 125, -90.0),
        (0, 0, 155, 110, 45.0),
        (-60, -15, 75, 65, 65.0),
        (75, 45, 25, 30, 35.0),
        (-75, 55, 25, 30, 35.0),
        (0, 75, 22, 22, 420.0),
        (0, 150, 200, 8, -650.0),
    ]
    return _finish(_paint(grid, parts, -1000.0), grid, lesion, 110.0, 9.0, seed)


def pet_volume(grid: Grid, lesion: Lesion, seed: int) -> Array:
    """Activity in Bq/ml: background, liver, kidneys, a hot lesion."""
    parts = [(0, 0, 160, 115, 2500.0), (-60, -15, 75, 65, 6500.0), (75, 45, 25, 30, 12000.0)]
    return np.maximum(_finish(_paint(grid, parts, 0.0), grid, lesion, 28000.0, 150.0, seed), 0)


def mr_volume(grid: Grid, lesion: Lesion, b_value: int, seed: int) -> Array:
    """T2-weighted signal, decaying with diffusion weighting `b_value` in s/mm²: slower in the lesion."""
    body = float(np.exp(-b_value * 1.6e-3))
    parts = [(0, 0, 95, 90, 300.0 * body), (0, 5, 28, 22, 620.0 * body), (0, 55, 18, 14, 260.0 * body)]
    value = 420.0 * float(np.exp(-b_value * 0.7e-3))
    return np.maximum(_finish(_paint(grid, parts, 0.0), grid, lesion, value, 6.0, seed), 0)


def contour(grid: Grid, lesion: Lesion, index: int, points: int = 24) -> list[float]:
    """The lesion's outline in slice `index` as x, y, z triplets in mm; empty where the slice misses it."""
    cx, cy, cz = lesion.centre
    z = grid.position(index)[2]
    square = (lesion.diameter / 2) ** 2 - (z - cz) ** 2
    if square <= 0:
        return []
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = float(np.sqrt(square))
    rows = ((cx + radius * np.cos(a), cy + radius * np.sin(a), z) for a in angles)
    return [round(float(v), 3) for row in rows for v in row]
