"""A head looked for in all images of a participant that share a frame of reference, by what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from guideit.deid.faces.absence import shows_no_head
from guideit.deid.faces.atlas import Bools, Matrix
from guideit.deid.faces.brain import subject_brain, widened
from guideit.deid.faces.head import Head, Verdict, packed
from guideit.deid.faces.judge import (
    BLANK,
    FACE_GONE,
    FACE_THERE,
    LIMITS,
    blank,
    face_gone,
    facial_skin,
    failed,
    may_be_head,
    outlines,
    pose,
    there,
)
from guideit.deid.faces.locate import STEP, starts
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.outline import Fit, apart, fits, refined
from guideit.deid.faces.register import likeness
from guideit.deid.faces.scans import Grid, Scan, grid_of, scans
from guideit.deid.faces.tissue import body, like_template, sitk
from guideit.deid.faces.zone import deep_brain, subject_zone
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
    results: list[Head] = []
    empty: list[Scan] = []
    for _, scan in ordered:
        if any(_holds(other, scan) for other in empty):
            continue
        found = _in_scan(scan, faceless)
        results.append(found)
        empty += [scan] if found.verdict is Verdict.NONE else []
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


def _holds(wide: Scan, scan: Scan) -> bool:
    """Whether a scan lies within another, to a centimetre: where there shows no head in one, there is none in it."""
    (low, high), (lower, higher) = scan.ends(), wide.ends()
    return bool((low >= lower - 10).all() and (high <= higher + 10).all())


def _view(scan: Scan, step: float, low: Matrix | None = None, high: Matrix | None = None) -> _View:
    grid = grid_of(scan, step, low, high)
    if not grid.covered.any():
        return _View(grid=grid, inside=grid.covered)
    inside = body(grid.values, scan.modality) & grid.covered
    return _View(grid=replace(grid, values=like_template(grid.values, scan.modality)), inside=inside)


def _in_scan(scan: Scan, faceless: bool) -> Head:
    wide = _view(scan, STEP / 2)
    places = [
        p.matrix for p in starts(wide.inside[::2, ::2, ::2], wide.grid.covered[::2, ::2, ::2], wide.grid.origin, best=6)
    ]
    wholes = fits(wide.grid, wide.inside, places, without_face=False)
    skulls = fits(wide.grid, wide.inside, places, without_face=True)
    if not wholes or not skulls:
        measures = {"misfit": 1.0, "skull_misfit": 1.0, "likeness": 0.0}
    else:
        best = min(wholes[0], skulls[0], key=lambda x: x.misfit)
        measures = {"misfit": wholes[0].misfit, "skull_misfit": skulls[0].misfit}
        measures["likeness"] = likeness(wide.grid, best.matrix)
    measures = {name: round(value, 4) for name, value in measures.items()}
    if not may_be_head(measures):
        none = shows_no_head(wide.inside, measures["likeness"], faceless=faceless)
        if none:
            return Head(verdict=Verdict.NONE, measures=measures)
        return Head(verdict=Verdict.DOUBTFUL, reasons=("face.may-show-a-head",), measures=measures)
    return _head(scan, wholes, skulls, measures)


RIVAL = 1.25
"""Times the least misfit up to which another registration is a rival."""


def _head(scan: Scan, wholes: Sequence[Fit], skulls: Sequence[Fit], measures: Mapping[str, float]) -> Head:
    """The verdict on a scan in which a head was found."""
    view = _around(scan, wholes[0].matrix)
    rivals = [x.matrix for x in wholes if x.misfit <= RIVAL * wholes[0].misfit]
    lone = [x.matrix for x in skulls if x.misfit <= RIVAL * skulls[0].misfit]
    if _gone(view, lone, wholes[0].matrix):
        chosen = refined(view.grid, view.inside, skulls[0].matrix, without_face=True)
        return _defaced(view, chosen, {**measures, "agreement": max(apart(lone[0], x) for x in lone)})
    chosen = refined(view.grid, view.inside, wholes[0].matrix, without_face=False)
    return _faced(view, chosen, {**measures, "agreement": max(apart(rivals[0], x) for x in rivals)})


def _gone(view: _View, skulls: Sequence[Matrix], whole: Matrix) -> bool:
    """Whether the face was taken out: by every fit of the skull, and even by the fit that looks for a face."""
    if outlines(view.grid, view.inside, whole)["face_there"] >= FACE_THERE:
        return False
    return (
        all(face_gone(outlines(view.grid, view.inside, x)) for x in skulls)
        and blank(view.grid, view.inside, skulls[0]) >= BLANK
    )


def _located(view: _View, matrix: Matrix, measures: Mapping[str, float]) -> Head:
    """A head at a place, with its brain and what goes of it."""
    brain = subject_brain(view.grid, matrix)
    own = subject_zone(view.grid, view.inside, matrix, widened(brain))
    found = {**measures, **pose(matrix), **outlines(view.grid, view.inside, matrix)}
    return Head(
        verdict=Verdict.DOUBTFUL,
        measures={name: round(value, 4) for name, value in found.items()},
        matrix=tuple(round(float(v), 6) for v in matrix.ravel()),
        guard=packed(deep_brain(view.grid, view.inside, matrix, brain)),
        zone=packed(own),
    )


def _defaced(view: _View, matrix: Matrix, measures: Mapping[str, float]) -> Head:
    head = _located(view, matrix, measures)
    wrong = failed(head.measures)
    return replace(head, verdict=Verdict.DOUBTFUL if wrong else Verdict.DEFACED, reasons=wrong)


def _faced(view: _View, matrix: Matrix, measures: Mapping[str, float]) -> Head:
    head = _located(view, matrix, measures)
    found = {**head.measures, "surface_left": round(_left(view, head), 4)}
    wrong = failed(found)
    if found["face_seen"] > 0.05 and found["face_there"] < FACE_THERE:
        wrong = (*wrong, "face.partly-there")
    return replace(head, verdict=Verdict.DOUBTFUL if wrong else Verdict.FACE, reasons=wrong, measures=found)


def _left(view: _View, head: Head) -> float:
    """Share of the facial skin that a scan shows and that would not go."""
    facial = facial_skin(view.grid, view.inside, head.to_patient)
    goes = FaceMask.of(head).at(view.grid.points()[facial.ravel()])
    return 1 - float(goes.mean()) if goes.size else 0.0


def _around(scan: Scan, matrix: Matrix) -> _View:
    """A scan finely, around the place of a head."""
    box = np.array([(x, y, z) for x in (-85, 85) for y in (-120, 105) for z in (-130, 110)], np.float64)
    corners = there(box, matrix)
    return _view(scan, FINE_STEP, corners.min(axis=0) - MARGIN, corners.max(axis=0) + MARGIN)


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
    if head.verdict is Verdict.FACE and _left(view, head) > LIMITS["surface_left"][1]:
        return "face.surface-left"
    if head.verdict is Verdict.DEFACED and found["face_seen"] > 0.05 and found["face_there"] >= FACE_GONE:
        return "face.only-partly-defaced"
    return ""
