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
        rounds: Steps of the optimiser per level, at most.
    """

    affine: bool
    shrinks: tuple[int, ...]
    rounds: int


COARSE = Stage(affine=False, shrinks=(4,), rounds=40)
FINE = Stage(affine=True, shrinks=(4, 2), rounds=60)


def register(grid: Grid, start: Matrix, stage: Stage, *, without_face: bool) -> Laid | None:
    """The template laid on `grid` (values 0 to 255 in a T1-like contrast); None where it slid off the scan."""
    s = sitk()
    method = _method(s, grid, stage, without_face)
    transform = _transform(s, start, affine=stage.affine)
    method.SetInitialTransform(transform, inPlace=True)
    fixed = s.Cast(_template_image(atlas().template), s.sitkFloat32)
    try:
        method.Execute(fixed, image_of(grid.values, grid.origin, grid.step))
    except RuntimeError:  # ITK: too few points lie within both
        return None
    return Laid(matrix=_matrix(transform), information=-float(method.GetMetricValue()))


def _template_image(array: NDArray[Any]) -> Any:
    return image_of(array, np.asarray(atlas().origin), atlas().step)


def _method(s: Any, grid: Grid, stage: Stage, without_face: bool) -> Any:
    method = s.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(s.sitkLinear)
    method.SetMetricFixedMask(_template_image(counted(without_face=without_face).astype(np.uint8)))
    method.SetMetricMovingMask(image_of(grid.covered.astype(np.uint8), grid.origin, grid.step))
    method.SetShrinkFactorsPerLevel(list(stage.shrinks))
    method.SetSmoothingSigmasPerLevel([float(n) for n in stage.shrinks])
    method.SetOptimizerAsRegularStepGradientDescent(4.0, 0.02, stage.rounds, 0.6, 1e-6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetNumberOfThreads(1)
    return method


CENTRE = (0.0, -20.0, -30.0)
"""The template's point about which it turns, mm."""


def _transform(s: Any, matrix: Matrix, *, affine: bool) -> Any:
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


def _matrix(transform: Any) -> Matrix:
    matrix = np.eye(4)
    linear = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix[:3, :3] = linear
    matrix[:3, 3] = np.array(transform.GetTranslation()) + centre - linear @ centre
    return matrix


def nodded(degrees: float) -> Matrix:
    """4×4 in the template's mm: nodded about its middle."""
    a = np.deg2rad(degrees)
    matrix, centre = np.eye(4), np.asarray(CENTRE)
    matrix[1:3, 1:3] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre
    return matrix
