"""Which imaging each visit of the example trial brings: series in the order a scanner sends them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from guideit.testing import derived
from guideit.testing.clinical import Course
from guideit.testing.objects import Scan, ct_slice, mr_slice, pet_slice
from guideit.testing.people import Person
from guideit.testing.volumes import Lesion, centred_grid, ct_volume, mr_volume, pet_volume

CT_SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    JPEG2000Lossless,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
MR_SYNTAXES = (ExplicitVRLittleEndian, RLELossless, JPEGLosslessSV1, HTJ2KLossless, ImplicitVRLittleEndian)
"""By participant in turn: what one site's archive exports differs from the next's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One object on its way to a file.

    Attributes:
        dataset: The object.
        syntax: Transfer syntax it is written in.
        label: Folder of its series.
        hold: Rule that must hold it back, "" where it is to be released.
    """

    dataset: Dataset
    syntax: UID
    label: str
    hold: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One visit of one participant: when, how large the lesion is, how fine the images are."""

    person: Person
    id: str
    day: date
    diameter: float
    scale: float

    def scan(self, series: int, description: str) -> Scan:
        """Series number `series` of the visit's study."""
        return Scan(person=self.person, visit=self.id, day=self.day, series=series, description=description)

    @property
    def lesion(self) -> Lesion:
        """In the liver."""
        return Lesion(centre=(-60.0, -15.0, 40.0), diameter=self.diameter)

    @property
    def seed(self) -> int:
        """Of the noise."""
        return self.person.number * 1000 + self.day.toordinal() % 997

    def size(self, full: int) -> int:
        """Pixels per side at this scale."""
        return max(16, round(full * self.scale))

    @property
    def slices(self) -> int:
        """Slices of 80 mm of trunk."""
        return max(4, round(16 * self.scale))


def visits(course: Course, scale: float) -> Iterator[Visit]:
    """The participant's visits in order."""
    for visit, (day, diameter) in course.visits.items():
        yield Visit(person=course.person, id=visit, day=day, diameter=diameter, scale=scale)


def pieces(visit: Visit) -> Iterator[Piece]:
    """Every object of a visit."""
    yield from _ct(visit)
    if visit.id == "baseline":
        yield from _pet(visit)
        yield from _t2(visit)
        yield from _diffusion(visit)
        yield from _held(visit)
    elif visit.id == "week-12":
        yield from _t2(visit)


def _ct(visit: Visit) -> Iterator[Piece]:
    slices, size = visit.slices, visit.size(256)
    grid = centred_grid(slices, size, 380.0, 80.0 / slices)
    volume = ct_volume(grid, visit.lesion, visit.seed)
    scan = visit.scan(2, "CT Abdomen portal venous 5.0 B30f")
    if visit.person.number % 6 == 3 and visit.id == "week-6":
        yield Piece(dataset=derived.enhanced_ct(scan, grid, volume), syntax=ExplicitVRLittleEndian, label="CT multi")
        return
    syntax = CT_SYNTAXES[(visit.person.number - 1) % len(CT_SYNTAXES)]
    planes = np.round(volume).astype(np.int16)
    for index in range(slices):
        yield Piece(dataset=ct_slice(scan, grid, index, planes[index]), syntax=syntax, label="CT Abdomen")
    instances = tuple(scan.instance_uid(i + 1) for i in range(slices))
    source = derived.Source(scan=scan, grid=grid, sop_class=CTImageStorage, instances=instances)
    yield from _about(visit, source)


def _about(visit: Visit, source: derived.Source) -> Iterator[Piece]:
    structures = derived.rtstruct(visit.scan(20, "RTSTRUCT GTV"), source, visit.lesion)
    report = derived.measurement_report(visit.scan(22, "SR measurement"), source, visit.diameter)
    yield Piece(dataset=structures, syntax=ImplicitVRLittleEndian, label="RTSTRUCT")
    if visit.id == "baseline":
        segments = derived.segmentation(visit.scan(21, "SEG lesion"), source, visit.lesion)
        yield Piece(dataset=segments, syntax=ExplicitVRLittleEndian, label="SEG")
    yield Piece(dataset=report, syntax=ExplicitVRLittleEndian, label="SR")


def _pet(visit: Visit) -> Iterator[Piece]:
    grid = centred_grid(visit.slices, visit.size(128), 512.0, 80.0 / visit.slices)
    volume = pet_volume(grid, visit.lesion, visit.seed + 1)
    scan = visit.scan(5, "PET FDG AC")
    for index in range(visit.slices):
        yield Piece(dataset=pet_slice(scan, grid, index, volume[index]), syntax=ExplicitVRLittleEndian, label="PET")


def _t2(visit: Visit) -> Iterator[Piece]:
    count = max(4, round(12 * visit.scale))
    grid = centred_grid(count, visit.size(192), 200.0, 60.0 / count)
    lesion = replace(visit.lesion, centre=(10.0, 5.0, 30.0), diameter=visit.diameter / 2)
    volume = mr_volume(grid, lesion, 0, visit.seed + 2)
    scan = visit.scan(8, "t2_tse_tra prostate")
    syntax = MR_SYNTAXES[(visit.person.number - 1) % len(MR_SYNTAXES)]
    for index in range(count):
        yield Piece(dataset=mr_slice(scan, grid, index, volume[index], -1), syntax=syntax, label="T2")


def _diffusion(visit: Visit) -> Iterator[Piece]:
    count = max(4, round(12 * visit.scale))
    grid = centred_grid(count, visit.size(96), 200.0, 60.0 / count)
    lesion = replace(visit.lesion, centre=(10.0, 5.0, 30.0), diameter=visit.diameter / 2)
    scan = visit.scan(9, "ep2d_diff_tra b0 b800")
    for b_value in (0, 800):
        volume = mr_volume(grid, lesion, b_value, visit.seed + 3)
        for index in range(count):
            made = mr_slice(scan, grid, index, volume[index], b_value)
            yield Piece(dataset=made, syntax=ExplicitVRLittleEndian, label="DWI")


def _held(visit: Visit) -> Iterator[Piece]:
    """What must stay back: by participant in turn a capture, an ultrasound, a letter, a head."""
    turn = visit.person.number % 4
    little = ExplicitVRLittleEndian
    if turn == 1:
        made = derived.secondary_capture(visit.scan(90, "Screen save"))
        yield Piece(dataset=made, syntax=little, label="SC", hold="hold.secondary-capture")
    elif turn == 2:
        made = derived.ultrasound(visit.scan(91, "US liver"))
        yield Piece(dataset=made, syntax=little, label="US", hold="hold.burned-in-modality")
    elif turn == 3:
        made = derived.encapsulated_pdf(visit.scan(92, "Letter"))
        yield Piece(dataset=made, syntax=little, label="DOC", hold="hold.encapsulated-document")
    else:
        yield from _head(visit)


def _head(visit: Visit) -> Iterator[Piece]:
    grid = centred_grid(4, visit.size(96), 240.0, 5.0)
    volume = mr_volume(grid, visit.lesion, 0, visit.seed + 4)
    scan = visit.scan(93, "t1_mprage_sag head")
    for index in range(4):
        made = mr_slice(scan, grid, index, volume[index], -1)
        made.BodyPartExamined, made.ProtocolName = "HEAD", "t1_mprage_sag"
        yield Piece(dataset=made, syntax=ExplicitVRLittleEndian, label="Head", hold="hold.head-volume")
