"""The head that every head is compared with: a template and its labels, 2 mm, LPS (`ATLAS.md`: source, licence)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Matrix = NDArray[np.float64]


class Label(IntFlag):
    """Bits of a labelled voxel."""

    HEAD = 1
    BRAIN = 2
    FACE = 4
    EARS = 8
    EYES = 16
    SURFACE = 32
    GUARD = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Atlas:
    """A template head.

    Attributes:
        template: (z, y, x), 8 bits, signal of a T1-weighted MR.
        labels: (z, y, x), bits of `Label`.
        origin: Of the first voxel, x, y, z in mm.
        step: Millimetres between voxels.
        lowest: z in mm below which there is no template, only labels.
    """

    template: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    origin: tuple[float, float, float]
    step: float
    lowest: float

    def at(self, points: Matrix) -> NDArray[np.uint8]:
        """Labels at points (..., 3), x, y, z in mm of the atlas; beyond its edge as at the edge: faces look outward."""
        chosen: NDArray[np.uint8] = self.labels[self.voxels(points)]
        return chosen

    def voxels(self, points: Matrix) -> tuple[NDArray[np.int32], ...]:
        """Indices z, y, x of the voxels at points (..., 3); beyond the edge those at the edge."""
        index = np.rint((points - np.asarray(self.origin)) / self.step).astype(np.int32)
        return tuple(np.clip(index[..., 2 - i], 0, self.labels.shape[i] - 1) for i in range(3))

    def points(self, where: Bools) -> Matrix:
        """Coordinates (n, 3), x, y, z in mm, of the voxels chosen."""
        found = np.argwhere(where)[:, ::-1].astype(np.float64)
        points: Matrix = found * self.step + np.asarray(self.origin)
        return points

    def has(self, bit: Label) -> Bools:
        """Voxels with a label."""
        found: Bools = (self.labels & bit) > 0
        return found


@lru_cache(maxsize=1)
def atlas() -> Atlas:
    """The package's atlas."""
    data = resources.files("guideit.deid.faces").joinpath("atlas.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as parts:
        x, y, z = (float(v) for v in parts["origin"])
        return Atlas(
            template=parts["template"],
            labels=parts["labels"],
            origin=(x, y, z),
            step=float(parts["step"]),
            lowest=float(parts["lowest"]),
        )
