"""A head looked for in all images of a participant that share a frame of reference, by what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from guideit.deid.faces.absence import shows_no_head
from guideit.deid.faces.atlas import Bools, Matrix
from guideit.deid.faces.brain import subject_brain
from guideit.deid.faces.head import Head, Verdict, packed
from guideit.deid.faces.judge import (
    FACE_GONE,
    FACE_THERE,
    LANDMARKS,
    LEAST_LIKE,
    face_gone,
    facial_skin,
    failed,
    outlines,
    pose,
    there,
)
from guideit.deid.faces.locate import STEP, starts
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.register import COARSE, FINE, Laid, nodded, register
from guideit.deid.faces.scans import Grid, Scan, grid_of, scans
from guideit.deid.faces.tissue import body, like_template, sitk
from guideit.deid.pixels.frames import Opener
from guideit.errors import NotUnderstood

SMALLEST = 30.0
"""Millimetres that a scan must measure in every direction to be registered."""
MARGIN = 24.0
"""Millimetres around a head's likely place that are looked at finely."""
FINE_STEP = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _View:
    """A scan on a grid: in a T1-like contrast, and its body."""

    grid: Grid
    inside: Bools


def find_head(series: Sequence[Sequence[Opener]], *, faceless: bool = False) -> Head:
    """The head in the series of one participant and one frame of reference.

    Args:
        series: Each series' instances.
        faceless: Whether every header names a part of the body without a face: content must then not contradict.

    Raises:
        DetectorMissing: SimpleITK is not installed.
    """
    sitk()
    read, held = _read(series)
    solid = [(i, s) for i, s in read if _measures(s)]
    ordered = sorted(solid, key=lambda pair: -_worth(pair[1]))
    found = Head(verdict=Verdict.DOUBTFUL, reasons=("face.no-volume",))
    results = []
    for _, scan in ordered:
        found = _in_scan(scan, faceless)
        results.append(found)
        if found.verdict in {Verdict.FACE, Verdict.DEFACED}:
            break
    else:
        found = next((r for r in results if r.verdict is Verdict.DOUBTFUL), found)
    return replace(found, held=held | _misfits(found, read))


def _read(series: Sequence[Sequence[Opener]]) -> tuple[list[tuple[int, Scan]], dict[int, str]]:
    """The scans with their series' index; series that cannot be read as planes."""
    read: list[tuple[int, Scan]] = []
    held = {}
    for index, openers in enumerate(series):
        try:
            read += [(index, scan) for scan in scans(openers)]
        except NotUnderstood:
            held[index] = "face.not-understood"
    return read, held


def _measures(scan: Scan) -> bool:
    low, high = scan.ends()
    return bool(((high - low) >= SMALLEST).all()) and len(scan.corners) > 2


def _worth(scan: Scan) -> float:
    """Millimetres covered along the stack, twice as much for anatomy as for emission."""
    across = float(scan.heights[-1] - scan.heights[0])
    return min(across, 300.0) * (0.5 if scan.modality in {"PT", "NM"} else 1.0) + scan.values.size / 1e9


def _view(scan: Scan, step: float, low: Matrix | None = None, high: Matrix | None = None) -> _View:
    grid = grid_of(scan, step, low, high)
    if not grid.covered.any():
        return _View(grid=grid, inside=grid.covered)
    inside = body(grid.values, scan.modality) & grid.covered
    return _View(grid=replace(grid, values=like_template(grid.values, scan.modality)), inside=inside)


def _in_scan(scan: Scan, faceless: bool) -> Head:
    wide = _view(scan, STEP / 2)
    places = starts(wide.inside[::2, ::2, ::2], wide.grid.covered[::2, ::2, ::2], wide.grid.origin, best=6)
    laid = [x for p in places if (x := register(wide.grid, p.matrix, COARSE, without_face=True)) is not None]
    laid.sort(key=lambda x: -x.information)
    likeness = laid[0].information if laid else 0.0
    if likeness < LEAST_LIKE:
        none = shows_no_head(wide.inside, wide.grid.covered, likeness, faceless=faceless)
        measures = {"likeness": likeness}
        if none:
            return Head(verdict=Verdict.NONE, measures=measures)
        return Head(verdict=Verdict.DOUBTFUL, reasons=("face.may-show-a-head",), measures=measures)
    return _head(scan, laid, likeness)


def _head(scan: Scan, laid: Sequence[Laid], likeness: float) -> Head:
    """The verdict on a scan in which a head was found."""
    view = _around(scan, laid[0].matrix)
    skulls = [x for p in laid[:2] if (x := register(view.grid, p.matrix, FINE, without_face=True)) is not None]
    skull = max(skulls, key=lambda x: x.information, default=None)
    wholes = _nodding(view.grid, skull.matrix) if skull else []
    whole = max(wholes, key=lambda x: x.information, default=None)
    if skull is None or whole is None:
        return Head(verdict=Verdict.DOUBTFUL, reasons=("face.slid-off",), measures={"likeness": likeness})
    rivals = [x for x in wholes if x.information >= RIVAL * whole.information]
    gone = all(face_gone(outlines(view.grid, view.inside, x.matrix)) for x in (skull, *rivals))
    chosen = skull if gone else whole
    measures = {"likeness": likeness, "information": chosen.information, **pose(chosen.matrix)}
    measures |= outlines(view.grid, view.inside, chosen.matrix)
    measures["agreement"] = _agreement(view.grid, skull.matrix, whole.matrix)
    return _judged(view, chosen.matrix, measures, gone=gone)


NODS = (-20.0, 0.0, 20.0)
"""Degrees by which a skull's registration is nodded before the whole head is laid: a skull alone nods freely."""
RIVAL = 0.85
"""Share of the best information from which another registration must say, too, that a face is gone."""


def _nodding(grid: Grid, skull: Matrix) -> list[Laid]:
    """The whole head laid, from several nods."""
    laid = (register(grid, skull @ nodded(degrees), FINE, without_face=False) for degrees in NODS)
    return [x for x in laid if x is not None]


def _judged(view: _View, matrix: Matrix, measures: Mapping[str, float], *, gone: bool) -> Head:
    guard = packed(subject_brain(view.grid, matrix))
    found = {name: round(value, 4) for name, value in measures.items()}
    head = Head(
        verdict=Verdict.FACE, measures=found, matrix=tuple(round(float(v), 6) for v in matrix.ravel()), guard=guard
    )
    if gone:
        wrong = failed(found)
        return replace(head, verdict=Verdict.DOUBTFUL if wrong else Verdict.DEFACED, reasons=wrong)
    facial = facial_skin(view.grid, view.inside, head.to_patient)
    goes = FaceMask.of(head).at(view.grid.points()[facial.ravel()])
    found["surface_left"] = round(1 - float(goes.mean()), 4) if goes.size else 0.0
    wrong = failed(found)
    if found["face_seen"] > 0.05 and found["face_there"] < FACE_THERE:
        wrong = (*wrong, "face.partly-there")
    return replace(head, verdict=Verdict.DOUBTFUL if wrong else Verdict.FACE, reasons=wrong, measures=found)


def _around(scan: Scan, matrix: Matrix) -> _View:
    """A scan finely, around the place of a head."""
    box = np.array([(x, y, z) for x in (-85, 85) for y in (-120, 105) for z in (-130, 110)], np.float64)
    corners = there(box, matrix)
    return _view(scan, FINE_STEP, corners.min(axis=0) - MARGIN, corners.max(axis=0) + MARGIN)


def _agreement(grid: Grid, one: Matrix, other: Matrix) -> float:
    """Most millimetres between the places two registrations give a landmark that lies within or near the scan."""
    first, second = there(LANDMARKS, one), there(LANDMARKS, other)
    top = grid.origin + grid.step * (np.array(grid.values.shape)[::-1] - 1)
    near = ((first > grid.origin - 10) & (first < top + 10)).all(axis=1)
    apart = np.linalg.norm(first - second, axis=1)[near]
    return float(apart.max()) if apart.size else 0.0


def _misfits(head: Head, read: Sequence[tuple[int, Scan]]) -> dict[int, str]:
    """Series of the frame of reference on which the head that was found does not lie: the patient moved between."""
    if head.verdict not in {Verdict.FACE, Verdict.DEFACED}:
        return {}
    return {index: rule for index, scan in read if (rule := _misfit(scan, head))}


LEAST_OVERLAP = 0.80
"""Overlap of outlines from which another series of the frame of reference lies where the head is."""


def _misfit(scan: Scan, head: Head) -> str:
    view = _around(scan, head.to_patient)
    if not view.grid.covered.any():
        return ""
    found = outlines(view.grid, view.inside, head.to_patient)
    if found["outline"] < LEAST_OVERLAP:
        return "face.moved" if found["face_seen"] > 0 else ""
    if head.verdict is Verdict.DEFACED and found["face_seen"] > 0.05 and found["face_there"] >= FACE_GONE:
        return "face.only-partly-defaced"
    return ""
