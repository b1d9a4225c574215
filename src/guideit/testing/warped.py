"""Generated heads like real ones: the template of `deid/faces`, resized, turned and bent, its labels carried along.

What is face and brain is known in every voxel from how a head was bent, not from how it is found. Lengths in mm, LPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from guideit.deid.faces.atlas import Label, atlas
from guideit.deid.faces.tissue import sitk
from guideit.testing.heads import SIGNAL, Bools, Floats, Matrix, Tissue, rotation

WAVES = 6
"""Of which a bend is the sum, each at least `SHORTEST` mm long."""
SHORTEST = 70.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Warped:
    """The template bent into another head.

    Attributes:
        size: Factors along x, y, z.
        turn: Degrees nodded, tilted, turned.
        place: Where the template's origin lies in the patient.
        bend: Millimetres that waves bend it, root mean square along each axis.
        seed: Of the waves.
    """

    size: tuple[float, float, float] = (1.0, 1.0, 1.0)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    bend: float = 2.0
    seed: int = 1

    def own(self, points: Matrix) -> Matrix:
        """Points of the patient (..., 3) as points of the template."""
        straight = (points - np.array(self.place)) @ rotation(self.turn) / np.array(self.size)
        random = np.random.default_rng(self.seed)
        found: Matrix = straight.copy()
        for _ in range(WAVES):
            direction = random.normal(size=3)
            direction /= np.linalg.norm(direction) * random.uniform(SHORTEST, 3 * SHORTEST)
            phase, push = random.uniform(0, 2 * np.pi), random.normal(size=3)
            wave = np.sin(2 * np.pi * straight @ direction + phase)
            found += wave[..., None] * push * self.bend * np.sqrt(2 / WAVES)
        return found

    def values(self, points: Matrix, modality: str) -> Floats:
        """Real values without noise at points of the patient."""
        return _between(_painted(modality), self.own(points))

    def face(self, points: Matrix) -> Bools:
        """The region whose skin is a face."""
        found: Bools = (atlas().at(self.own(points)) & Label.SURFACE) > 0
        return found

    def brain(self, points: Matrix) -> Bools:
        """The brain: `Label.BRAIN` of the template, of which what is bright as brain."""
        own = self.own(points)
        found: Bools = _brain()[atlas().voxels(own)]
        return found


def warped(count: int, seed: int = 7) -> list[Warped]:
    """Heads of several sizes (±12 %), turned up to 15° about each axis, bent by 1 to 2.5 mm."""
    random = np.random.default_rng(seed)
    return [
        Warped(
            size=_three(1 + random.uniform(-0.08, 0.08) + random.uniform(-0.04, 0.04, 3)),
            turn=_three(random.uniform(-15, 15, 3)),
            place=_three(random.uniform(-15, 15, 3)),
            bend=round(float(random.uniform(1, 2.5)), 2),
            seed=int(number),
        )
        for number in range(count)
    ]


def _three(values: Matrix) -> tuple[float, float, float]:
    x, y, z = (round(float(v), 4) for v in values)
    return x, y, z


@lru_cache(maxsize=1)
def _depth() -> Floats:
    """Millimetres below the template's skin; negative outside."""
    image = sitk().GetImageFromArray(atlas().has(Label.HEAD).astype(np.uint8))
    distance = sitk().SignedMaurerDistanceMap(image, insideIsPositive=True, squaredDistance=False)
    found: Floats = sitk().GetArrayFromImage(distance) * np.float32(atlas().step)
    return found


@lru_cache(maxsize=1)
def _brain() -> Bools:
    s = sitk()
    bright = atlas().has(Label.BRAIN) & (atlas().template > 90)
    opened = s.BinaryMorphologicalOpening(s.GetImageFromArray(bright.astype(np.uint8)), [1] * 3)
    parts = s.RelabelComponent(s.ConnectedComponent(opened), sortByObjectSize=True)
    found: Bools = s.GetArrayFromImage(parts) == 1
    return found


@lru_cache(maxsize=1)
def _tissues() -> NDArray[np.uint8]:
    """`Tissue` of the template's voxels, by signal, depth and label."""
    a, depth = atlas(), _depth()
    signal, brain = a.template.astype(np.int16), a.has(Label.BRAIN)
    s = sitk()
    skull = s.GetArrayFromImage(s.BinaryDilate(s.GetImageFromArray(brain.astype(np.uint8)), [3] * 3)).astype(bool)
    z = (np.arange(signal.shape[0]) * a.step + a.origin[2])[:, None, None]
    inner = _between_labels(depth, signal)
    layers: list[tuple[Bools, Tissue]] = [
        (depth > 0, Tissue.MUSCLE),
        ((depth > 0) & (depth < 4), Tissue.FAT),
        ((depth >= 4) & (signal > 150), Tissue.FAT),
        (inner, Tissue.CAVITY),
        (skull & (depth > 4), Tissue.BONE),
        (brain, Tissue.FLUID),
        (brain & (signal > 90), Tissue.GREY),
        (brain & (signal > 150), Tissue.WHITE),
        (a.has(Label.EYES) & (depth > 2), Tissue.EYE),
        ((depth > 0) & np.broadcast_to(z < a.lowest, depth.shape), Tissue.MUSCLE),
    ]
    found = np.zeros(signal.shape, np.uint8)
    for where, tissue in layers:
        found[where] = tissue
    return found


def _between_labels(depth: Floats, signal: NDArray[np.int16]) -> Bools:
    """Sinuses and airways: dark and deep."""
    found: Bools = (depth > 8) & (signal < 35)
    return found


@lru_cache(maxsize=3)
def _painted(modality: str) -> Floats:
    """Real values of the template's voxels; an MR keeps the template's own signal where it has one."""
    painted = np.array(SIGNAL[modality], np.float32)[_tissues()]
    if modality != "MR":
        return painted
    z = (np.arange(painted.shape[0]) * atlas().step + atlas().origin[2])[:, None, None]
    own = 2.5 * atlas().template.astype(np.float32) + 6
    return np.where(z < atlas().lowest + 4, painted, own).astype(np.float32)


def _between(volume: Floats, points: Matrix) -> Floats:
    """Values at points, linear between voxels; beyond the edge as at the edge."""
    index = (points - np.asarray(atlas().origin)) / atlas().step
    low, share = [], []
    for axis, n in enumerate(volume.shape):
        at = np.clip(index[..., 2 - axis], 0, n - 1.001).astype(np.float32)
        low.append(at.astype(np.int32))
        share.append(at - low[-1])
    found = np.zeros(points.shape[:-1], np.float32)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod([s if c else 1 - s for c, s in zip(corner, share, strict=True)], axis=0)
        found += weight * volume[tuple(i + c for i, c in zip(low, corner, strict=True))]
    return found
