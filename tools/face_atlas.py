"""Derives src/guideit/deid/faces/atlas.npz from the two files of pydeface's wheel (MIT); run by hand, once.

    python tools/face_atlas.py pydeface-2.1.0-py3-none-any.whl src/guideit/deid/faces/atlas.npz

Needs SimpleITK. The template is turned until it is its own mirror image, averaged with it, laid on a 2 mm grid in
LPS, and labelled: all places below are millimetres in that grid, read off the template's own outlines.
"""

from __future__ import annotations

import argparse
import gzip
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
STEP, ORIGIN, SHAPE = 2.0, (-100.0, -140.0, -180.0), (156, 136, 101)
"""Millimetres; x, y, z of the first voxel, LPS; slices, rows, columns."""
HEAD, BRAIN, FACE, EARS, EYES, SURFACE, GUARD = 1, 2, 4, 8, 16, 32, 64
TISSUE = 80.0
"""Signal above which the template is head, of about 650."""
EYE_CENTRE, EYE_RADIUS = (32.0, -78.0, -26.0), 14.0


def nifti(data: bytes) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Array (x, y, z) and 3×4 affine to RAS of a NIfTI-1 file, little endian."""
    raw = gzip.decompress(data)
    dim = struct.unpack("<8h", raw[40:56])
    kind = {4: np.int16, 64: np.float64}[struct.unpack("<h", raw[70:72])[0]]
    start = int(struct.unpack("<f", raw[108:112])[0])
    affine = np.array(struct.unpack("<12f", raw[280:328])).reshape(3, 4)
    shape = dim[1 : 1 + dim[0]]
    return np.frombuffer(raw, kind, int(np.prod(shape)), start).reshape(shape, order="F"), affine


def as_image(array: NDArray[Any], affine: NDArray[np.float64]) -> sitk.Image:
    """An image in LPS."""
    lps = np.diag([-1.0, -1.0, 1.0]) @ affine
    spacing = np.linalg.norm(lps[:, :3], axis=0)
    left, _, right = np.linalg.svd(lps[:, :3] / spacing)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)).astype(np.float32))
    image.SetSpacing(spacing.tolist())
    image.SetDirection((left @ right).ravel().tolist())
    image.SetOrigin(lps[:, 3].tolist())
    return image


def on_grid(array: NDArray[Any]) -> sitk.Image:
    """An array (z, y, x) on the atlas's grid."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing([STEP] * 3)
    image.SetOrigin(ORIGIN)
    return image


def symmetric(template: sitk.Image) -> Floats:
    """The template on the grid, its mid-sagittal plane at x = 0, averaged with its mirror image."""
    grid = on_grid(np.zeros(SHAPE, np.float32))
    fixed = sitk.Resample(template, grid)
    mirrored = on_grid(np.ascontiguousarray(sitk.GetArrayFromImage(fixed)[:, :, ::-1]))
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMeanSquares()
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-4, 200)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(sitk.Euler3DTransform())
    method.SetInterpolator(sitk.sitkLinear)
    turn = method.Execute(fixed, mirrored).GetParameters()
    half = sitk.Euler3DTransform()
    half.SetParameters([0.0, turn[1] / 2, turn[2] / 2, turn[3] / 2, 0.0, 0.0])
    smooth = sitk.SmoothingRecursiveGaussian(template, 0.8)
    straight = sitk.GetArrayFromImage(sitk.Resample(smooth, grid, half.GetInverse(), sitk.sitkLinear, 0.0))
    mean: Floats = (straight + straight[:, :, ::-1]) / 2
    return mean


def outline(template: Floats) -> sitk.Image:
    """The head filled: no sinus, no airway; the neck drawn out below the template's end."""
    mask = sitk.BinaryMorphologicalOpening(on_grid((template > TISSUE).astype(np.uint8)), [3] * 3)
    mask = sitk.RelabelComponent(sitk.ConnectedComponent(mask), sortByObjectSize=True) == 1
    mask = sitk.BinaryFillhole(sitk.BinaryMorphologicalClosing(mask, [9] * 3))
    filled = sitk.GetArrayFromImage(mask)
    rows = np.flatnonzero(filled.any(axis=(1, 2)))
    end = int(rows[0]) + 2
    neck = filled[end] & (millimetres()[1][0] > NECK_FRONT)
    filled[:end] = neck
    return on_grid(filled)


NECK_FRONT = -42.0
"""Where the front of the drawn-out neck lies, y in mm."""
MARGIN = 4.0
"""Millimetres around the brain that stay untouched."""


def millimetres() -> tuple[Floats, Floats, Floats]:
    """x, y, z of the grid's voxels, broadcastable."""
    z, y, x = (np.arange(n, dtype=np.float32) * STEP for n in SHAPE)
    ox, oy, oz = ORIGIN
    return x[None, None, :] + ox, y[None, :, None] + oy, z[:, None, None] + oz


def brain(depth: Floats) -> Bools:
    """The inside of the skull: deeper than scalp and bone, above its base; `depth` in mm below the skin."""
    x, y, z = millimetres()
    anterior = z > np.where(abs(x) < 14, -24.0, -18.0)
    middle = (y > -36) & (z > -46)
    posterior = (y > -4) & (z > -74) & (abs(x) < 52)
    inside = (depth > np.where((y < -40) & (z < 10), 11, 9)) & (anterior | middle | posterior)
    smooth = sitk.BinaryMedian(on_grid(inside.astype(np.uint8)), [2] * 3)
    found: Bools = sitk.GetArrayFromImage(smooth).astype(bool)
    return found


def face(depth: Floats) -> Bools:
    """What goes: in front of the ears, from the brow to below the chin, outward from an upright cylinder.

    An inner edge that followed the template's skin would carve a face of its own.
    """
    x, y, z = millimetres()
    region = (y < -6) & (z < 16 - 0.3 * (y + 100)) & (z > -152)
    front = ((x / 52) ** 2 + (y / 64) ** 2 > 1) & (z < -16)
    below = (z < -112) & (y < -44)
    zone: Bools = region & ((depth < np.where(z < -16, 12, 20)) | front | below)
    return zone


def surface(shape: tuple[int, ...]) -> Bools:
    """Where skin counts as facial: the zone less a centimetre at its edges, down to the chin's underside."""
    x, y, z = millimetres()
    found: Bools = np.broadcast_to((y < -22) & (z < 6 - 0.3 * (y + 100)) & (z > -124) & (x < 200), shape).copy()
    return found


def ears(depth: Floats) -> Bools:
    """The auricles: beside the head, the skin under them included."""
    x, y, z = millimetres()
    zone: Bools = (abs(x) > 58) & (y > -8) & (y < 46) & (z > -88) & (z < 4) & (depth < 5)
    return zone


def guarded(inside: Bools) -> Bools:
    """The brain and `MARGIN` around it, but for the forehead, where skin is near."""
    wide = sitk.BinaryDilate(on_grid(inside.astype(np.uint8)), [int(MARGIN / STEP)] * 3, sitk.sitkBall)
    x, y, z = millimetres()
    brow = (y < -25) & (z > -16) & (x < 200)
    found: Bools = inside | (sitk.GetArrayFromImage(wide).astype(bool) & ~brow)
    return found


def eyes() -> Bools:
    """Both eyeballs."""
    x, y, z = millimetres()
    cx, cy, cz = EYE_CENTRE
    balls: Bools = (abs(x) - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 < EYE_RADIUS**2
    return balls


def main() -> None:
    """Read the wheel, write the atlas."""
    parser = argparse.ArgumentParser()
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    with zipfile.ZipFile(asked.wheel) as wheel:
        array, affine = nifti(wheel.read("pydeface/data/mean_reg2mean.nii.gz"))
    template = symmetric(as_image(array, affine))
    head = outline(template)
    distance = sitk.SignedMaurerDistanceMap(head, insideIsPositive=True, squaredDistance=False, useImageSpacing=True)
    depth = sitk.GetArrayFromImage(distance)
    parts = {HEAD: depth > 0, BRAIN: brain(depth), FACE: face(depth), EARS: ears(depth), EYES: eyes()}
    parts[GUARD] = guarded(parts[BRAIN])
    parts[SURFACE] = surface(depth.shape)
    labels = sum((np.uint8(bit) * mask.astype(np.uint8) for bit, mask in parts.items()), np.zeros(SHAPE, np.uint8))
    near = depth > -6
    grey = np.where(near, np.clip(template / 2.5, 0, 255), 0).astype(np.uint8)
    fov = np.float32(np.flatnonzero(template.any(axis=(1, 2)))[0] * STEP + ORIGIN[2])
    np.savez_compressed(
        asked.out, template=grey, labels=labels, origin=np.array(ORIGIN), step=np.array(STEP), lowest=np.array(fov)
    )


if __name__ == "__main__":
    main()
