"""Generated heads of nobody: several shapes, their tissues known in every voxel, as CT, MR or PET images.

Lengths in mm. A head's own axes are LPS with the middle between the ears' openings near (0, 0, -40): x to its left,
y to its back, z up. Every shape is made of ellipsoids, so what is face, brain, ear and eye is known and not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from guideit.deid.pixels.frames import PixelFile
from guideit.testing.objects import uid

Matrix = NDArray[np.float64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


class Tissue(IntEnum):
    """What a voxel is of."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    BONE = 3
    GREY = 4
    WHITE = 5
    FLUID = 6
    EYE = 7
    EAR = 8
    TOOTH = 9
    CAVITY = 10


Change = Callable[[int, NDArray[np.int16]], NDArray[np.int16]]

SIGNAL: Mapping[str, tuple[float, ...]] = {
    "CT": (-1000, -90, 50, 900, 38, 30, 8, 15, -40, 1800, -1000),
    "MR": (6, 560, 260, 60, 330, 430, 110, 150, 400, 20, 8),
    "PT": (20, 900, 1500, 700, 9000, 6000, 1200, 2000, 400, 600, 60),
}
"""By modality, in the order of `Tissue`: HU, arbitrary units of a T1-weighted MR, Bq/ml."""
NOISE: Mapping[str, float] = {"CT": 12, "MR": 14, "PT": 120}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A head's shape and how it lies.

    Attributes:
        size: Factors along x, y, z.
        nose, chin, jaw, length, brow, flat: Millimetres more than usual: nose forward, chin forward, jaw wide, face
            long, brow forward, cranium short.
        turn: Degrees nodded, tilted, turned.
        place: Where the head's origin lies in the patient.
        defaced: Whether everything in front of the cheekbones is cut away.
        trunk: Whether shoulders follow.
    """

    size: tuple[float, float, float] = (1.0, 1.0, 1.0)
    nose: float = 0.0
    chin: float = 0.0
    jaw: float = 0.0
    length: float = 0.0
    brow: float = 0.0
    flat: float = 0.0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    defaced: bool = False
    trunk: bool = False

    def values(self, points: Matrix, modality: str) -> Floats:
        """Real values without noise at points of the patient (..., 3)."""
        found: Floats = np.array(SIGNAL[modality], np.float32)[tissues(own(self, points), self)]
        return found

    def face(self, points: Matrix) -> Bools:
        """The region of the patient whose skin is a face."""
        return face(own(self, points), self)

    def brain(self, points: Matrix) -> Bools:
        """The brain, at points of the patient."""
        return brain(own(self, points), self)


class Anatomy(Protocol):
    """A head of which is known what it shows and what of it is face and brain, at points of the patient (..., 3)."""

    def values(self, points: Matrix, modality: str) -> Floats:
        """Real values without noise."""
        ...

    def face(self, points: Matrix) -> Bools:
        """The region whose skin is a face."""
        ...

    def brain(self, points: Matrix) -> Bools:
        """The brain."""
        ...


def shapes(count: int, seed: int = 1) -> list[Shape]:
    """Heads of several shapes, each turned a little; the first is the usual one."""
    random = np.random.default_rng(seed)
    found = [Shape()]
    while len(found) < count:
        size = 1 + random.uniform(-0.09, 0.09) + random.uniform(-0.03, 0.03, 3)
        nose, chin, jaw, length, brow, flat = random.uniform(-5, 5, 6)
        turn, place = random.uniform(-14, 14, 3), random.uniform(-15, 15, 3)
        shape = Shape(nose=nose, chin=chin, jaw=jaw, length=length, brow=brow * 0.4, flat=flat)
        found.append(replace(shape, size=tuple(size), turn=tuple(turn), place=tuple(place)))
    return found[:count]


def rotation(degrees: tuple[float, float, float]) -> Matrix:
    """Turned about x (nod), y (tilt), z (turn), in this order."""
    a, b, c = np.deg2rad(degrees)
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    found: Matrix = z @ y @ x
    return found


def own(shape: Shape, points: Matrix) -> Matrix:
    """Points of the patient (..., 3) as points of the head."""
    turned = (points - np.array(shape.place)) @ rotation(shape.turn)
    found: Matrix = turned / np.array(shape.size)
    return found


def _ball(p: Matrix, centre: tuple[float, float, float], half: tuple[float, float, float]) -> Matrix:
    """Below 1 inside an ellipsoid; mirrored at x = 0."""
    x = abs(p[..., 0]) - centre[0] if centre[0] else p[..., 0]
    found: Matrix = np.sqrt(
        (x / half[0]) ** 2 + ((p[..., 1] - centre[1]) / half[1]) ** 2 + ((p[..., 2] - centre[2]) / half[2]) ** 2
    )
    return found


def _skull(p: Matrix, s: Shape, inward: float) -> Bools:
    half = (74 - inward, 94 - s.flat - inward, 80 - inward)
    found: Bools = _ball(p, (0, -2, 0), half) < 1
    return found


def _solid(p: Matrix, s: Shape) -> Bools:
    """All that is not air, without ears."""
    z, low = p[..., 2], s.length
    face = _ball(p, (0, -44, -62 - low / 2), (60, 50, 62 + low / 2)) < 1
    brow = _ball(p, (0, -78 - s.brow, 0), (50, 20, 18)) < 1
    nose = _ball(p, (0, -94 - s.nose / 2, -60 - low / 3), (13, 19 + s.nose / 2, 19)) < 1
    bridge = _ball(p, (0, -90, -38), (8, 15 + s.nose / 4, 24)) < 1
    lips = _ball(p, (0, -88, -88 - low / 2), (22, 12, 10)) < 1
    chin = _ball(p, (0, -78 - s.chin, -108 - low), (22, 15, 13)) < 1
    jaw = _ball(p, (34 + s.jaw, -28, -86 - low / 2), (30, 44, 34)) < 1
    neck = ((p[..., 0] / 54) ** 2 + ((p[..., 1] - 18) / 56) ** 2 < 1) & (z < -40)
    sockets = _ball(p, (31, -100, -26), (15, 14, 11)) < 1
    found: Bools = (_skull(p, s, 0) | face | brow | jaw | neck) & ~sockets
    found |= nose | bridge | lips | chin | (_ball(p, (31, -78, -26), (13, 14, 13)) < 1)
    if s.trunk:
        found |= ((p[..., 0] / 220) ** 2 + ((p[..., 1] - 25) / 120) ** 2 < 1) & (z < -175)
    return found


def _above_base(p: Matrix, thickness: float) -> Bools:
    """Above the skull's base, whose bone is `thickness` mm thick: anterior, middle, posterior fossa."""
    y, z = p[..., 1] + thickness, p[..., 2] + thickness
    found: Bools = (z > -21) | ((y > -36) & (z > -44)) | ((y > 0) & (z > -74) & (abs(p[..., 0]) < 52 + thickness))
    return found


def brain(p: Matrix, s: Shape) -> Bools:
    """The brain, at points of the head."""
    upper = _skull(p, s, 13) & ((p[..., 2] > -20) | (p[..., 1] > -34) & (p[..., 2] > -42))
    lower = (_ball(p, (0, 42, -44), (48, 34, 28)) < 1) & _skull(p, s, 13)
    stem = _ball(p, (0, 14, -50), (13, 13, 40)) < 1
    found: Bools = upper | lower | stem
    return found


def tissues(p: Matrix, s: Shape) -> NDArray[np.uint8]:
    """`Tissue` at points of the head (..., 3)."""
    solid = _solid(p, s)
    found = np.where(solid, np.uint8(Tissue.FAT), np.uint8(Tissue.AIR))
    deep = _solid(p * 1.06 - np.array([0, -2, -3]), s) & solid
    layers: list[tuple[Bools, Tissue]] = [
        (deep & (p[..., 2] < -20), Tissue.MUSCLE),
        (_skull(p, s, 6) & _above_base(p, 4), Tissue.BONE),
        (_skull(p, s, 12) & _above_base(p, 0), Tissue.FLUID),
        (brain(p, s), Tissue.GREY),
        (brain(p * 1.12, s), Tissue.WHITE),
        (_ball(p, (12, -4, 12), (7, 30, 11)) < 1, Tissue.FLUID),
        (_ball(p, (30, -52, -56), (13, 15, 16)) < 1, Tissue.CAVITY),
        (_ball(p, (0, -62, -54), (10, 30, 20)) < 1, Tissue.CAVITY),
        (_ball(p, (0, -22, -90), (9, 8, 40)) < 1, Tissue.CAVITY),
        ((abs(_ball(p, (0, -44, -96 - s.length / 2), (32, 38, 12)) - 0.9) < 0.1) & solid, Tissue.BONE),
        (
            (abs(_ball(p, (0, -46, -88 - s.length / 2), (26, 36, 7)) - 0.9) < 0.1) & (p[..., 1] < -40),
            Tissue.TOOTH,
        ),
        (_ball(p, (31, -78, -26), (12, 12, 12)) < 1, Tissue.EYE),
        ((p[..., 0] ** 2 + (p[..., 1] - 24) ** 2 < 16**2) & (p[..., 2] < -85), Tissue.BONE),
        (ears(p) & ~solid, Tissue.EAR),
    ]
    for where, tissue in layers:
        found[where] = tissue
    if s.defaced:
        found[(p[..., 1] < -52 - 0.2 * (p[..., 2] + 60)) & (p[..., 2] < -8) | (p[..., 1] < -30) & (p[..., 2] < -60)] = 0
    return found


def ears(p: Matrix) -> Bools:
    """The auricles, at points of the head."""
    found: Bools = _ball(p, (76, 20, -38), (8, 15, 28)) < 1
    return found


def face(p: Matrix, s: Shape) -> Bools:
    """The region whose skin is a face: from the brow to under the chin, in front of the ears by 3 cm."""
    x, y, z = (p[..., i] for i in range(3))
    found: Bools = (y < -30) & (z < 2) & (z > -116 - s.length) & (abs(x) < 200)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Planes:
    """Where a stack's pixels lie: corner, directions, millimetres between slices, rows, columns, and how many.

    `lean` is how many mm each slice slips along its column: gantry tilt.
    """

    corner: tuple[float, float, float] = (-110.0, -135.0, -140.0)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spacing: tuple[float, float, float] = (2.0, 1.5, 1.5)
    shape: tuple[int, int, int] = (121, 168, 148)
    lean: float = 0.0

    def row(self) -> Matrix:
        """Direction of a row."""
        return rotation(self.turn)[:, 0]

    def column(self) -> Matrix:
        """Direction of a column."""
        return rotation(self.turn)[:, 1]

    def origin(self, index: int) -> Matrix:
        """Centre of the first pixel of a slice."""
        found: Matrix = (
            rotation(self.turn) @ np.array(self.corner)
            + index * self.spacing[0] * rotation(self.turn)[:, 2]
            + index * self.lean * self.column()
        )
        return found

    def points(self, index: int) -> Matrix:
        """Of a slice's pixels: (rows, columns, 3)."""
        _, rows, columns = self.shape
        down = np.arange(rows)[:, None, None] * self.spacing[1] * self.column()
        across = np.arange(columns)[None, :, None] * self.spacing[2] * self.row()
        found: Matrix = self.origin(index) + down + across
        return found


AXIAL = Planes()
SAGITTAL = Planes(
    corner=(-145.0, -155.0, -105.0), turn=(90.0, 0.0, 90.0), spacing=(1.6, 1.6, 1.6), shape=(131, 170, 165)
)
"""Rows run from front to back, columns from feet to head."""


def paint(shape: Anatomy, where: Planes, index: int, modality: str, seed: int = 1) -> Floats:
    """Real values (rows, columns) of one slice, noisy."""
    values = shape.values(where.points(index), modality)
    random = np.random.default_rng([seed, index])
    noise = random.normal(0, NOISE[modality], values.shape).astype(np.float32)
    found: Floats = np.maximum(values + noise, -1024 if modality == "CT" else 0)
    return found


CLASSES: Mapping[str, str] = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "enhanced": "1.2.840.10008.5.1.4.1.1.4.1",
}


def _base(shape: Anatomy, where: Planes, modality: str, sop_class: str) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.Modality = sop_class, modality
    ds.FrameOfReferenceUID, ds.SeriesInstanceUID = uid(repr(shape)), uid(repr(shape), repr(where), modality)
    _, ds.Rows, ds.Columns = where.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    return ds


def _plane(ds: Dataset, where: Planes, index: int) -> None:
    ds.ImagePositionPatient = [f"{v:.6f}" for v in where.origin(index)]
    ds.ImageOrientationPatient = [f"{v:.9f}" for v in (*where.row(), *where.column())]
    ds.PixelSpacing = [f"{where.spacing[1]:.6f}", f"{where.spacing[2]:.6f}"]


def classic(shape: Anatomy, where: Planes, modality: str, seed: int = 1) -> list[Dataset]:
    """One single-frame image per slice."""
    found = []
    for index in range(where.shape[0]):
        ds = _base(shape, where, modality, CLASSES[modality])
        _plane(ds, where, index)
        ds.SOPInstanceUID, ds.InstanceNumber = uid(ds.SeriesInstanceUID, str(index)), index + 1
        slope, intercept = {"CT": (1, -1024), "MR": (1, 0), "PT": (0.5, 0)}[modality]
        ds.RescaleSlope, ds.RescaleIntercept = str(slope), str(intercept)
        values = (paint(shape, where, index, modality, seed) - intercept) / slope
        ds.PixelData = np.rint(values).astype("<i2").tobytes()
        found.append(ds)
    return found


def enhanced(shape: Anatomy, where: Planes, seed: int = 1) -> Dataset:
    """One multi-frame MR image."""
    ds = _base(shape, where, "MR", CLASSES["enhanced"])
    ds.NumberOfFrames, ds.SOPInstanceUID = where.shape[0], uid(ds.SeriesInstanceUID, "enhanced")
    groups, frames = [], []
    for index in range(where.shape[0]):
        flat, item = Dataset(), Dataset()
        _plane(flat, where, index)
        for name, keywords in _MACROS.items():
            part = Dataset()
            part.update({flat[k].tag: flat[k] for k in keywords})
            setattr(item, name, Sequence([part]))
        groups.append(item)
        frames.append(np.rint(paint(shape, where, index, "MR", seed)).astype("<i2").tobytes())
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    ds.SharedFunctionalGroupsSequence = Sequence([Dataset()])
    ds.PixelData = b"".join(frames)
    return ds


_MACROS = {
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelMeasuresSequence": ("PixelSpacing",),
}


def openers(datasets: list[Dataset]) -> list[Callable[[], PixelFile]]:
    """Data sets in memory as the detectors open instances."""
    return [partial(_opened, ds) for ds in datasets]


def _opened(ds: Dataset) -> PixelFile:
    return PixelFile(
        dataset=ds,
        rows=int(ds.Rows),
        columns=int(ds.Columns),
        frames=int(ds.get("NumberOfFrames") or 1),
        samples=1,
        syntax=str(ds.file_meta.TransferSyntaxUID),
    )


def changed(datasets: list[Dataset], change: Callable[[PixelFile], Change]) -> list[Dataset]:
    """Copies of data sets, every frame put through what `change` makes for its instance."""
    found = []
    for ds in datasets:
        file = _opened(ds)
        through = change(file)
        new = Dataset()
        new.update({e.tag: e for e in ds if e.keyword != "PixelData"})  # elements are shared: PixelData must be new
        new.file_meta = ds.file_meta
        new.PixelData = b"".join(through(i, frame).astype("<i2").tobytes() for i, frame in enumerate(file.stored()))
        found.append(new)
    return found
