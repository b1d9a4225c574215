"""Slices to a volume: sorted along their normal, refused where they form no regular grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from guideit.dicom.planes import Floats, Plane, planes, real_values
from guideit.errors import NotUnderstood

TOLERANCE = 0.01
"""Millimetres a slice may be off its place, or this share of the spacing, whichever is larger."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Volume:
    """A regular grid of real values.

    Attributes:
        array: (z, y, x): slices along the normal, rows, columns; 32-bit, rescaled.
        affine: 4×4; maps array indices (z, y, x, 1) to the patient's (x, y, z, 1) in mm, LPS.
        units: `HU`, `BQML`, `GY`, ...; "" where the objects do not say.
    """

    array: Floats
    affine: NDArray[np.float64]
    units: str

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Millimetres between voxels along z, y, x."""
        z, y, x = np.linalg.norm(self.affine[:3, :3], axis=0)
        return (float(z), float(y), float(x))

    @property
    def affine_ras(self) -> NDArray[np.float64]:
        """The affine to RAS+ (nibabel, NIfTI), for the same array index order."""
        return np.diag([-1.0, -1.0, 1.0, 1.0]) @ self.affine


def volumes(datasets: Iterable[Dataset]) -> list[Volume]:
    """The volumes of a series, one per acquisition, time point, echo, b-value or segment, in that order.

    Raises:
        NotUnderstood: Slices are tilted against their stack (gantry tilt), unevenly spaced, missing, of
            several sizes or directions, in colour, or without geometry. Nothing is resampled.
    """
    found = [plane for ds in datasets for plane in planes(ds)]
    if not found:
        raise NotUnderstood("the series has no images")
    _same(found)
    groups: dict[tuple[float, ...], list[Plane]] = defaultdict(list)
    for plane in found:
        groups[plane.kind].append(plane)
    if len(groups) > 1 and _one_stack(found):
        groups = {(): found}
    return [_assemble(stack) for kind in sorted(groups) for stack in _stacks(groups[kind])]


def _one_stack(found: Sequence[Plane]) -> bool:
    """Whether no two planes lie at the same place: what differs between them is then no second volume."""
    heights = sorted(_height(plane) for plane in found)
    return all(b - a > TOLERANCE for a, b in pairwise(heights))


def _stacks(group: Sequence[Plane]) -> list[list[Plane]]:
    """A group whose every place is held equally often: one stack per repeat, by Instance Number."""
    places: dict[int, list[Plane]] = defaultdict(list)
    for plane in sorted(group, key=lambda p: (int(p.dataset.get("InstanceNumber") or 0), p.frame)):
        places[round(_height(plane) / TOLERANCE)].append(plane)
    repeats = {len(held) for held in places.values()}
    if len(repeats) != 1:
        return [list(group)]
    return [[held[turn] for held in places.values()] for turn in range(repeats.pop())]


def _same(found: Sequence[Plane]) -> None:
    first = found[0]
    size = (first.dataset.Rows, first.dataset.Columns)
    for plane in found:
        if (plane.dataset.Rows, plane.dataset.Columns) != size or not np.allclose(
            plane.spacing, first.spacing, rtol=1e-4
        ):
            raise _no(plane, "the slices differ in size or pixel spacing")
        if not np.allclose(plane.orientation, first.orientation, atol=1e-3):
            raise _no(plane, "the slices point in several directions", "a localiser is no volume")


def _normal(plane: Plane) -> NDArray[np.float64]:
    return np.cross(plane.orientation[:3], plane.orientation[3:]).astype(np.float64)


def _height(plane: Plane) -> float:
    return float(np.dot(_normal(plane), plane.position))


def _assemble(group: Sequence[Plane]) -> Volume:
    ordered = sorted(group, key=_height)
    step = _step(ordered)
    first = ordered[0]
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = step, column * first.spacing[0], row * first.spacing[1]
    affine[:3, 3] = first.position
    units = {plane.units for plane in ordered}
    return Volume(array=real_values(ordered), affine=affine, units=units.pop() if len(units) == 1 else "")


def _step(ordered: Sequence[Plane]) -> NDArray[np.float64]:
    """The vector from one slice to the next.

    Raises:
        NotUnderstood: It is not the same everywhere, or not along the normal.
    """
    first = ordered[0]
    if len(ordered) == 1:
        said = first.dataset.get("SpacingBetweenSlices") or first.dataset.get("SliceThickness") or 1.0
        return _normal(first) * float(said)
    places = np.array([plane.position for plane in ordered], np.float64)
    steps = np.diff(places, axis=0)
    step: NDArray[np.float64] = (places[-1] - places[0]) / (len(ordered) - 1)
    gap = float(np.linalg.norm(step))
    allowed = max(TOLERANCE, gap * TOLERANCE)
    if float(np.linalg.norm(steps, axis=1).min()) <= TOLERANCE:
        raise _no(first, "two slices lie at the same place", "read() gives the data sets as they are")
    if float(np.linalg.norm(np.cross(_normal(first), step))) > allowed:
        raise _no(first, "the stack is sheared (gantry tilt)", "straighten it from read(), then resample")
    if float(np.abs(steps - step).max()) > allowed:
        raise _no(first, "the slices are not evenly spaced: one is missing or the gaps vary")
    return step


def _no(plane: Plane, what: str, do: str = "") -> NotUnderstood:
    place = str(plane.dataset.get("SeriesInstanceUID", ""))
    return NotUnderstood(what, where=f"series {place}", do=do or "read() gives the data sets as they are")
