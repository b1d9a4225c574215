"""The template's outline laid on a body's: only where there is body and where air counts, so any modality will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.deid.faces.judge import LANDMARKS, there
from guideit.deid.faces.register import Stage, matrix_of, method_of, template_image, transform_of
from guideit.deid.faces.scans import Grid
from guideit.deid.faces.tissue import image_of, sitk

RIM = 20.0
"""Millimetres of air around the template's head that count."""
COARSE = Stage(affine=False, shrinks=(4,), smooth=(8.0,), rounds=60)
FINE = Stage(affine=True, shrinks=(4, 2), smooth=(8.0, 4.0), rounds=60)
STRAY = 20.0
"""Millimetres by which a landmark may move when sizes are let free; further, it slid off."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """An outline laid on another.

    Attributes:
        matrix: 4×4, template's mm to patient's mm.
        misfit: Mean square of the difference of the smoothed outlines, 0 to 1; lower is better.
    """

    matrix: Matrix
    misfit: float


@lru_cache(maxsize=2)
def counted(*, without_face: bool) -> Bools:
    """Template voxels that are compared: the head and the air around it, above the template's end."""
    s, a = sitk(), atlas()
    reach = [int(RIM / a.step)] * 3
    found: Bools = s.GetArrayFromImage(s.BinaryDilate(s.GetImageFromArray(a.has(Label.HEAD).astype(np.uint8)), reach))
    found = found.astype(bool)
    z = np.arange(found.shape[0]) * a.step + a.origin[2]
    found[z < a.lowest + 4] = False
    return found & ~(a.has(Label.FACE) | a.has(Label.EARS)) if without_face else found


def fit(grid: Grid, inside: Bools, start: Matrix, stage: Stage, *, without_face: bool) -> Fit | None:
    """The template's outline laid on a body's from a start; None where it slid off the scan."""
    method = method_of(grid, stage, counted(without_face=without_face))
    method.SetMetricAsMeanSquares()
    transform = transform_of(start, affine=stage.affine)
    method.SetInitialTransform(transform, inPlace=True)
    template = template_image(atlas().has(Label.HEAD).astype(np.float32))
    try:
        method.Execute(template, image_of(inside.astype(np.float32), grid.origin, grid.step))
    except RuntimeError:  # ITK: too few points lie within both
        return None
    misfit = float(method.GetMetricValue())
    return Fit(matrix=matrix_of(transform), misfit=misfit) if np.isfinite(misfit) and 0 < misfit < 1 else None


def fits(grid: Grid, inside: Bools, places: Sequence[Matrix], *, without_face: bool) -> list[Fit]:
    """The outline laid from several places, best first."""
    found = (fit(grid, inside, place, COARSE, without_face=without_face) for place in places)
    return sorted((x for x in found if x is not None), key=lambda x: x.misfit)


def refined(grid: Grid, inside: Bools, coarse: Matrix, *, without_face: bool) -> Matrix:
    """With sizes and shears free; as it was where that slid off."""
    fine = fit(grid, inside, coarse, FINE, without_face=without_face)
    return coarse if fine is None or apart(fine.matrix, coarse) > STRAY else fine.matrix


def apart(one: Matrix, other: Matrix) -> float:
    """Most millimetres between the places that two matrices give a landmark."""
    return float(np.linalg.norm(there(LANDMARKS, one) - there(LANDMARKS, other), axis=1).max())
