"""What stands where a face was: air, or smooth noise; the same values at every run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from guideit.deid.faces.atlas import Bools, Floats
from guideit.deid.faces.tissue import threshold_of
from guideit.deid.pixels.frames import PixelFile, Stored
from guideit.dicom.planes import Plane

if TYPE_CHECKING:
    from guideit.deid.faces.mask import FaceMask

AIR_HU = -1000.0
SMOOTH = 6
"""Pixels over which noise is averaged, along rows and along columns."""


def filled(file: PixelFile, plane: Plane, stored: Stored, goes: Bools, mask: FaceMask) -> Stored:
    """A frame's stored values with those of `goes` replaced, of the same type; all others as they were."""
    values = FILLS[mask.fill.value](plane, stored, goes, _random(mask, plane))
    low, high = _limits(file, stored)
    new = stored.copy()
    new[goes] = np.clip(np.rint(values), low, high).astype(stored.dtype)
    return new


def _limits(file: PixelFile, stored: Stored) -> tuple[int, int]:
    """The least and greatest value that Bits Stored can hold, of the frame's own type."""
    bits = int(file.dataset.get("BitsStored") or 8 * stored.dtype.itemsize)
    signed = int(file.dataset.get("PixelRepresentation") or 0) == 1
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    kind = np.iinfo(stored.dtype)
    return max(low, int(kind.min)), min(high, int(kind.max))


def _random(mask: FaceMask, plane: Plane) -> np.random.Generator:
    """One seed per head and place of a plane."""
    where = ",".join(f"{v:.3f}" for v in (*plane.position, *plane.orientation))
    seed = hashlib.sha256(mask.head.digest + where.encode()).digest()
    return np.random.default_rng(int.from_bytes(seed[:8], "big"))


def air(plane: Plane, stored: Stored) -> float:
    """The stored value of air: -1000 HU in CT, zero activity in PET, else the frame's low end, padding left out."""
    modality = str(plane.dataset.get("Modality", ""))
    if modality == "CT" and plane.slope:
        return (AIR_HU - plane.intercept) / plane.slope
    if modality in {"PT", "NM"} and plane.slope:
        return -plane.intercept / plane.slope
    return float(np.percentile(stored, 1))


def _blank(plane: Plane, stored: Stored, goes: Bools, random: np.random.Generator) -> Floats:
    return np.full(int(goes.sum()), air(plane, stored), np.float32)


def _noise(plane: Plane, stored: Stored, goes: Bools, random: np.random.Generator) -> Floats:
    """Between air and the median of the frame's remaining tissue."""
    real = stored.astype(np.float32) * np.float32(plane.slope) + np.float32(plane.intercept)
    tissue = stored[(real > threshold_of(real, str(plane.dataset.get("Modality", "")))) & ~goes]
    low = air(plane, stored)
    high = float(np.median(tissue)) if tissue.size else low
    field = _smooth(random.random(stored.shape).astype(np.float32))
    spread = max(float(field.max() - field.min()), 1e-6)
    found: Floats = (low + (field - field.min()) / spread * (high - low))[goes]
    return found


def _smooth(field: Floats) -> Floats:
    """Means over `SMOOTH` pixels in both directions, the field continued periodically."""
    for axis in (0, 1):
        field = np.mean([np.roll(field, shift, axis) for shift in range(SMOOTH)], axis=0, dtype=np.float32)
    return field


FILLS: Mapping[str, Callable[[Plane, Stored, Bools, np.random.Generator], Floats]] = {"blank": _blank, "noise": _noise}
"""What a policy may ask for: a frame's plane, its stored values, what goes, a generator -> values of what goes."""
