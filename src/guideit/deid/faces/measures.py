"""What is left of a face, and whether the brain was touched: measured on the images before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.deid.faces.head import GUARD_STEP, Head
from guideit.deid.faces.judge import back, facial_skin
from guideit.deid.faces.scans import Grid, Scan, grid_of, scans
from guideit.deid.faces.tissue import body, threshold_of
from guideit.deid.pixels.frames import Opener
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
        brain: Voxels of brain, the template's and the subject's own.
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
    pairs = list(zip(scans(before), scans(after), strict=False))
    found = [_measured(one, other, head) for one, other in pairs]
    if not found:
        raise NotUnderstood("there is nothing to measure a face in")
    skin = sum(m.skin for m in found)
    left = sum(m.skin_left * m.skin for m in found)
    return FaceMeasures(
        skin=skin,
        skin_left=left / skin if skin else 0.0,
        brain=sum(m.brain for m in found),
        brain_changed=sum(m.brain_changed for m in found),
    )


def _measured(before: Scan, after: Scan, head: Head) -> FaceMeasures:
    if before.values.shape != after.values.shape or not np.allclose(before.corners, after.corners):
        raise NotUnderstood("the images after are not the same planes as before")
    one = grid_of(before, STEP)
    known = one.values[one.covered]
    if not known.size:
        return FaceMeasures(skin=0, skin_left=0.0, brain=0, brain_changed=0)
    inside = body(one.values, threshold_of(known, before.modality)) & one.covered
    skin = facial_skin(one, inside, head.to_patient)
    changed = _changed(one, grid_of(after, STEP), known)
    brain = brain_of(head, one.points()).reshape(inside.shape) & one.covered
    left = float((skin & ~changed).sum()) / max(float(skin.sum()), 1.0)
    return FaceMeasures(
        skin=int(skin.sum()),
        skin_left=left,
        brain=int(brain.sum()),
        brain_changed=int((brain & changed).sum()),
    )


def _changed(one: Grid, other: Grid, known: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Bools:
    span = float(np.percentile(known, 99.5) - known.min())
    found: Bools = abs(one.values - other.values) > SAME * span
    return found


def brain_of(head: Head, points: Matrix) -> Bools:
    """Whether points of the patient (n, 3) lie in the brain, by the template or by the subject's own."""
    template = back(points, head.to_patient)
    found: Bools = (atlas().at(template) & Label.BRAIN) > 0
    brain = head.brain()
    index = np.rint((template - np.asarray(atlas().origin)) / (atlas().step * GUARD_STEP)).astype(int)[:, ::-1]
    inside = ((index >= 0) & (index < np.array(brain.shape))).all(axis=1)
    z, y, x = np.where(inside[:, None], index, 0).T
    return found | (brain[z, y, x] & inside)
