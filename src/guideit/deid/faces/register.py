"""The template laid on a scan: affine, by mutual information, the same result at every run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.deid.faces.atlas import Bools, Label, Matrix, atlas
from guideit.deid.faces.scans import Grid
from guideit.deid.faces.tissue import image_of, sitk

RIM = 3
"""Template voxels around the head that count."""
BINS = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Laid:
    """A registration.

    Attributes:
        matrix: 4×4, template's mm to patient's mm.
        information: Mutual information at the end, in nats; higher is better.
    """

    matrix: Matrix
    information: float


@lru_cache(maxsize=2)
def counted(*, without_face: bool) -> Bools:
    """Template voxels that are compared: the head and a rim of air, above the template's end."""
    s, a = sitk(), atlas()
    wide = s.BinaryDilate(s.GetImageFromArray(a.has(Label.HEAD).astype(np.uint8)), [RIM] * 3)
    found: Bools = s.GetArrayFromImage(wide).astype(bool)
    z = np.arange(found.shape[0]) * a.step + a.origin[2]
    found[z < a.lowest + 4] = False
    return found & ~(a.has(Label.FACE) | a.has(Label.EARS)) if without_face else found


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """How finely is looked.

    Attributes:
        affine: All 12 parameters; else turn, place and one size.
        shrinks: Template voxels per sample, level by level.
        smooth: Template mm of smoothing, level by level.
        rounds: Steps of the optimiser per level, at most.
    """

    affine: bool
    shrinks: tuple[int, ...]
    smooth: tuple[float, ...]
    rounds: int


COARSE = Stage(affine=False, shrinks=(4,), smooth=(4.0,), rounds=40)


def register(grid: Grid, start: Matrix, stage: Stage, *, without_face: bool) -> Laid | None:
    """The template laid on `grid` (values 0 to 255 in a T1-like contrast); None where it slid off the scan."""
    s = sitk()
    method = method_of(grid, stage, counted(without_face=without_face))
    method.SetMetricAsMattesMutualInformation(BINS)
    transform = transform_of(start, affine=stage.affine)
    method.SetInitialTransform(transform, inPlace=True)
    fixed = s.Cast(template_image(atlas().template), s.sitkFloat32)
    try:
        method.Execute(fixed, image_of(grid.values, grid.origin, grid.step))
    except RuntimeError:  # ITK: too few points lie within both
        return None
    return Laid(matrix=matrix_of(transform), information=-float(method.GetMetricValue()))


def template_image(array: NDArray[Any]) -> Any:
    """An image of SimpleITK from an array on the template's grid."""
    return image_of(array, np.asarray(atlas().origin), atlas().step)


def method_of(grid: Grid, stage: Stage, where: Bools) -> Any:
    """A registration method of SimpleITK without a metric, that compares template voxels `where` a scan is covered."""
    s = sitk()
    method = s.ImageRegistrationMethod()
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(s.sitkLinear)
    method.SetMetricFixedMask(template_image(where.astype(np.uint8)))
    method.SetMetricMovingMask(image_of(grid.covered.astype(np.uint8), grid.origin, grid.step))
    method.SetShrinkFactorsPerLevel(list(stage.shrinks))
    method.SetSmoothingSigmasPerLevel(list(stage.smooth))
    method.SetOptimizerAsRegularStepGradientDescent(4.0, 0.02, stage.rounds, 0.6, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetNumberOfThreads(1)
    return method


CENTRE = (0.0, -20.0, -30.0)
"""The template's point about which it turns, mm."""


def transform_of(matrix: Matrix, *, affine: bool) -> Any:
    """A transform of SimpleITK: 12 parameters, or turn, place and one size."""
    s = sitk()
    linear, centre = matrix[:3, :3], np.asarray(CENTRE)
    transform = s.AffineTransform(3) if affine else s.Similarity3DTransform()
    transform.SetCenter(CENTRE)
    if affine:
        transform.SetMatrix(linear.ravel().tolist())
    else:
        size = float(np.cbrt(abs(np.linalg.det(linear))))
        left, _, right = np.linalg.svd(linear)
        transform.SetMatrix((left @ right * size).ravel().tolist())
    transform.SetTranslation((matrix[:3, 3] + linear @ centre - centre).tolist())
    return transform


def matrix_of(transform: Any) -> Matrix:
    """A transform of SimpleITK as 4×4."""
    matrix = np.eye(4)
    linear = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix[:3, :3] = linear
    matrix[:3, 3] = np.array(transform.GetTranslation()) + centre - linear @ centre
    return matrix


def likeness(grid: Grid, start: Matrix) -> float:
    """Mutual information (nats) with the template's skull and what is in it, near a place; 0 where it slid off."""
    found = register(grid, start, COARSE, without_face=True)
    return found.information if found else 0.0
