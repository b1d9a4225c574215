"""This subject's brain, as far as it reaches beyond the template's: tissue like brain, grown from its middle."""

from __future__ import annotations

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.deid.faces.head import GUARD_STEP
from guideit.deid.faces.scans import Grid, points_of
from guideit.deid.faces.tissue import sitk

REACH = 15.0
"""Millimetres beyond the template's brain that the subject's may reach."""
CORE = 10.0
"""Millimetres inside the template's brain that are brain in anybody."""
WIDTH, SHARE = 3.0, 0.35
"""Around the core's median counts as brain what lies within so many spreads, or within this share of the median."""
BRIDGE = 4.0
"""Millimetres: what hangs on by less (optic nerves, muscles) is not brain."""


def subject_brain(grid: Grid, to_patient: Matrix) -> Bools:
    """Brain on every `GUARD_STEP`th voxel of the template's grid; `grid` in a T1-like contrast, 0 to 255."""
    a, s = atlas(), sitk()
    step = a.step * GUARD_STEP
    inside = a.has(Label.BRAIN)[::GUARD_STEP, ::GUARD_STEP, ::GUARD_STEP]
    values, covered = _sampled(grid, to_patient, inside.shape, step)
    core, near = _within(inside, -CORE, step) & covered, _within(inside, REACH, step) & covered
    if core.sum() < 100:
        return np.zeros(inside.shape, np.bool_)
    middle = float(np.median(values[core]))
    spread = 1.4826 * float(np.median(abs(values[core] - middle)))
    like = abs(values - middle) < max(WIDTH * spread, SHARE * middle)
    opened = s.BinaryMorphologicalOpening(_image((like | core) & near), [round(BRIDGE / step)] * 3)
    parts = s.GetArrayFromImage(s.ConnectedComponent(opened))
    kept = np.unique(parts[core & (parts > 0)])
    grown = np.isin(parts, kept[kept > 0])
    found: Bools = s.GetArrayFromImage(s.BinaryDilate(_image(grown), [1] * 3)).astype(bool)
    return found


def widened(brain: Bools) -> Bools:
    """A brain on the template's own grid, 2 mm wider."""
    s = sitk()
    whole = brain.repeat(GUARD_STEP, 0).repeat(GUARD_STEP, 1).repeat(GUARD_STEP, 2)
    z, y, x = atlas().labels.shape
    found: Bools = s.GetArrayFromImage(s.BinaryDilate(_image(whole[:z, :y, :x]), [1] * 3, s.sitkBox)).astype(bool)
    return found


def _image(mask: Bools) -> object:
    return sitk().GetImageFromArray(mask.astype(np.uint8))


def _sampled(grid: Grid, to_patient: Matrix, shape: tuple[int, ...], step: float) -> tuple[Matrix, Bools]:
    points = points_of(shape, np.asarray(atlas().origin), step) @ to_patient[:3, :3].T + to_patient[:3, 3]
    index = np.rint((points - grid.origin) / grid.step).astype(int)[:, ::-1]
    inside = ((index >= 0) & (index < np.array(grid.values.shape))).all(axis=1)
    index[~inside] = 0
    z, y, x = index.T
    covered = inside & grid.covered[z, y, x]
    return grid.values[z, y, x].reshape(shape).astype(np.float64), covered.reshape(shape)


def _within(mask: Bools, reach: float, step: float) -> Bools:
    """Voxels up to `reach` mm outside a mask; negative: at least as far inside."""
    s = sitk()
    image = s.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([step] * 3)
    distance = s.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    found: Bools = s.GetArrayFromImage(distance) <= reach
    return found
