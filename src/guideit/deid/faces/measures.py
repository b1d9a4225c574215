"""What is left of a face, and whether the brain was touched: measured on the images before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guideit.deid.faces.atlas import Bools, Matrix
from guideit.deid.faces.head import Head
from guideit.deid.faces.judge import back, facial_skin
from guideit.deid.faces.mask import points_on
from guideit.deid.faces.scans import Scan, grid_of, scans
from guideit.deid.faces.tissue import body
from guideit.deid.pixels.frames import Opener
from guideit.dicom.planes import planes
from guideit.errors import NotUnderstood

STEP = 2.0
"""Millimetres of the grid on which is measured."""
SAME = 0.002
"""Of a scan's range: a value that moved by no more did not change (sampling between pixels is not exact)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceMeasures:
    """What became of a face.

    Attributes:
        skin: Voxels of the subject's own facial skin before.
        skin_left: Share of them that is as it was.
        brain: Voxels of the subject's own brain.
        brain_changed: How many of them are not as they were.
    """

    skin: int
    skin_left: float
    brain: int
    brain_changed: int


def measure(before: Sequence[Opener], after: Sequence[Opener], head: Head) -> FaceMeasures:
    """A series before and after its face was taken out; `before` and `after` in the same order.

    Raises:
        NotUnderstood: The two are not the same planes, or no head was located.
    """
    surfaces = [_surface(*pair, head) for pair in zip(scans(before), scans(after), strict=True)]
    brains = [_brain(*pair, head) for pair in zip(before, after, strict=True)]
    skin, left = (sum(column) for column in zip(*surfaces, strict=True))
    brain, changed = (sum(column) for column in zip(*brains, strict=True))
    return FaceMeasures(skin=skin, skin_left=left / skin if skin else 0.0, brain=brain, brain_changed=changed)


def _surface(before: Scan, after: Scan, head: Head) -> tuple[int, int]:
    """Voxels of facial skin, and how many of them did not change."""
    if before.values.shape != after.values.shape or not np.allclose(before.corners, after.corners):
        raise NotUnderstood("the images after are not the same planes as before")
    one, other = grid_of(before, STEP), grid_of(after, STEP)
    known = one.values[one.covered]
    if not known.size:
        return 0, 0
    skin = facial_skin(one, body(one.values, before.modality) & one.covered, head.to_patient)
    span = float(np.percentile(known, 99.5) - known.min())
    same = abs(one.values - other.values) <= SAME * span
    return int(skin.sum()), int((skin & same).sum())


def _brain(before: Opener, after: Opener, head: Head) -> tuple[int, int]:
    """Pixels of brain of an instance, and how many of them changed; compared as stored, frame by frame."""
    one, other = before(), after()
    brain, changed = 0, 0
    for plane, was, is_now in zip(planes(one.dataset), one.stored(), other.stored(), strict=True):
        row, column = np.asarray(plane.orientation[:3]), np.asarray(plane.orientation[3:])
        inside = brain_of(
            head, points_on(np.asarray(plane.position), row, column, plane.spacing, (one.rows, one.columns))
        )
        brain += int(inside.sum())
        changed += int((inside & (was != is_now)).sum())
    return brain, changed


def brain_of(head: Head, points: Matrix) -> Bools:
    """Whether points of the patient (..., 3) lie in the subject's own brain."""
    return head.is_brain(back(points, head.to_patient))
