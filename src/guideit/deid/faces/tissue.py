"""What is body and what is air, by modality; and a scan's values brought near the template's contrast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.deid.faces.atlas import Bools, Floats
from guideit.errors import DetectorMissing

AIR_HU = -300.0
"""Hounsfield units below which a voxel is air."""
LEVELS_HU = (-1024.0, -300.0, -90.0, 45.0, 300.0, 3000.0)
LEVELS_T1 = (0.0, 0.0, 230.0, 140.0, 40.0, 20.0)
"""CT brought near T1 contrast: fat bright, soft tissue between, bone dark."""


def sitk() -> Any:
    """SimpleITK.

    Raises:
        DetectorMissing: It is not installed.
    """
    try:
        import SimpleITK
    except ImportError as gone:
        what = "faces cannot be looked for: SimpleITK is not installed"
        raise DetectorMissing(what, do="pip install 'guideit[faces]'") from gone
    return SimpleITK


def image_of(array: NDArray[Any], origin: NDArray[np.float64], step: float) -> Any:
    """An image of SimpleITK from an array (z, y, x) on the patient's axes."""
    image = sitk().GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing([step] * 3)
    image.SetOrigin([float(v) for v in origin])
    return image


def otsu(values: Floats) -> float:
    """The threshold that parts a histogram's two classes best (Otsu 1979)."""
    top = float(np.percentile(values, 99.5))
    counts, edges = np.histogram(values, 256, (float(values.min()), max(top, float(values.min()) + 1e-6)))
    mids = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    mass = np.cumsum(counts * mids)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return float(mids[int(np.nanargmax(between[:-1]))])


def _ct_threshold(values: Floats) -> float:
    return AIR_HU


def _mr_threshold(values: Floats) -> float:
    """Half of Otsu's: skin and bone are darker than brain, and coils fall off."""
    return 0.5 * otsu(values)


def _pt_threshold(values: Floats) -> float:
    """A twentieth of the brightest thousandth: skin takes up little."""
    return float(np.percentile(values, 99.9)) / 20


THRESHOLDS: Mapping[str, Callable[[Floats], float]] = {
    "CT": _ct_threshold,
    "MR": _mr_threshold,
    "PT": _pt_threshold,
    "NM": _pt_threshold,
}


def threshold_of(values: Floats, modality: str) -> float:
    """The value above which a voxel is body."""
    return THRESHOLDS.get(modality, _mr_threshold)(values)


def body(values: Floats, modality: str) -> Bools:
    """The body (z, y, x), filled, without table or coil; all parts larger than a tenth of it."""
    solid = values > threshold_of(values, modality)
    if modality != "CT":  # scalp is thin, and dark bone parts it from the brain
        solid = _filled(solid | _hollows(solid))
    solid = _large(solid)
    return _filled(solid | _hollows(solid))


def _large(mask: Bools) -> Bools:
    s = sitk()
    opened = s.BinaryMorphologicalOpening(s.GetImageFromArray(mask.astype(np.uint8)), [1, 1, 1])
    parts = s.GetArrayFromImage(s.RelabelComponent(s.ConnectedComponent(opened), sortByObjectSize=True))
    sizes = np.bincount(parts.ravel())
    if len(sizes) < 2:
        return np.zeros(mask.shape, np.bool_)
    kept = np.flatnonzero(sizes >= sizes[1] / 10)
    found: Bools = np.isin(parts, kept[kept > 0])
    return found


def _filled(solid: Bools) -> Bools:
    """Each axial slice's holes filled: a skull dark on MR, open only where the scan ends."""
    s = sitk()
    slices = (s.GetArrayFromImage(s.BinaryFillhole(s.GetImageFromArray(p))) for p in solid.astype(np.uint8))
    return np.stack([p.astype(bool) for p in slices])


CLOSED = 3
"""Voxels across half an opening that is closed before hollows are filled: nostrils, ears, an airway cut through."""


def _hollows(solid: Bools) -> Bools:
    """Sinuses, airways, dark bone: what lies inside once small openings are closed, deeper than these are wide."""
    s = sitk()
    size = [CLOSED] * 3
    padded = s.ConstantPad(s.GetImageFromArray(solid.astype(np.uint8)), [CLOSED + 2] * 3, [CLOSED + 2] * 3, 0)
    filled = s.BinaryFillhole(s.BinaryMorphologicalClosing(padded, size))
    inner = s.Crop(s.BinaryErode(filled, [CLOSED - 1] * 3), [CLOSED + 2] * 3, [CLOSED + 2] * 3)
    found: Bools = s.GetArrayFromImage(inner).astype(bool)
    return found


def like_template(values: Floats, modality: str) -> Floats:
    """Values 0 to 255 in a contrast that can be compared with a T1-weighted template."""
    if modality == "CT":
        return np.interp(values, LEVELS_HU, LEVELS_T1).astype(np.float32)
    top = max(float(np.percentile(values, 99.5)), 1e-6)
    scaled = np.clip(values / top, 0, 1)
    found: Floats = (255 * (np.sqrt(scaled) if modality in {"PT", "NM"} else scaled)).astype(np.float32)
    return found
