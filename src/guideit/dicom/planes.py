"""Each frame of an image with where it lies and what its numbers mean: classic and enhanced objects alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from guideit.dicom.codecs import pixels
from guideit.errors import NotUnderstood

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """One frame.

    Attributes:
        position: Centre of the first pixel, x, y, z in mm, LPS (PS3.3 C.7.6.2.1.1).
        orientation: Direction cosines of the row, then of the column.
        spacing: Millimetres between rows, between columns.
        frame: Its index in the object's pixel data.
        dataset: The object it came from.
        slope, intercept: Stored value to real value.
        units: Of the real values: `HU`, `BQML`, ...; "" where the object does not say.
        kind: What tells apart frames at the same place: acquisition, time point, echo, b-value, segment.
    """

    position: tuple[float, float, float]
    orientation: tuple[float, ...]
    spacing: tuple[float, float]
    frame: int
    dataset: Dataset
    slope: float
    intercept: float
    units: str
    kind: tuple[float, ...]


def planes(ds: Dataset) -> Iterator[Plane]:
    """Every frame of an image object.

    Raises:
        NotUnderstood: It has no grey-scale pixels, or does not say where they lie.
    """
    if "Rows" not in ds:
        raise _no(ds, "the object has no pixels", "read() gives the data set itself")
    if int(ds.get("SamplesPerPixel", 1)) != 1:
        raise _no(ds, "a colour image is no volume", "read() gives the data set itself")
    if "MOSAIC" in (ds.get("ImageType") or ()):
        raise _no(ds, "a mosaic holds its slices side by side", "read() gives the data set itself")
    count = int(ds.get("NumberOfFrames") or 1)
    if "PerFrameFunctionalGroupsSequence" in ds:
        groups = ds.PerFrameFunctionalGroupsSequence
        if len(groups) != count:
            raise _no(ds, "the frames' descriptions do not match the number of frames")
        shared = (ds.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
        yield from (_plane(ds, i, [_group(groups[i]), _group(shared), ds]) for i in range(count))
    elif count == 1:
        yield _plane(ds, 0, [ds])
    else:
        yield from _grid_frames(ds, count)


def _group(item: Dataset) -> Dataset:
    """One functional group item flattened: the elements of all its macros together."""
    flat = Dataset()
    for element in item:
        if element.VR == "SQ" and element.value:
            flat.update({e.tag: e for e in element.value[0]})
    return flat


def _grid_frames(ds: Dataset, count: int) -> Iterator[Plane]:
    """Frames of a dose grid: Grid Frame Offset Vector along the normal (PS3.3 C.8.8.3.2)."""
    offsets = ds.get("GridFrameOffsetVector")
    if offsets is None or len(offsets) != count:
        raise _no(ds, "a multi-frame object without a position for each frame is no volume")
    base = _plane(ds, 0, [ds])
    normal = np.cross(base.orientation[:3], base.orientation[3:])
    start = float(offsets[0])
    for index, offset in enumerate(offsets):
        place = np.asarray(base.position) + normal * (float(offset) - start)
        yield _plane(ds, index, [ds], position=(float(place[0]), float(place[1]), float(place[2])))


def _plane(
    ds: Dataset, index: int, parts: list[Dataset], *, position: tuple[float, float, float] | None = None
) -> Plane:
    where = position or _floats(ds, parts, "ImagePositionPatient", 3)
    spacing = _floats(ds, parts, "PixelSpacing", 2)
    slope, intercept = _number(parts, "RescaleSlope", 1.0), _number(parts, "RescaleIntercept", 0.0)
    if ds.get("Modality") == "RTDOSE":
        slope = _number(parts, "DoseGridScaling", 1.0)
    return Plane(
        position=(where[0], where[1], where[2]),
        orientation=_floats(ds, parts, "ImageOrientationPatient", 6),
        spacing=(spacing[0], spacing[1]),
        frame=index,
        dataset=ds,
        slope=slope,
        intercept=intercept,
        units=_units(ds, parts),
        kind=_kind(parts),
    )


def _first(parts: list[Dataset], keyword: str) -> Any:
    return next((p.get(keyword) for p in parts if p.get(keyword) not in (None, "")), None)


def _number(parts: list[Dataset], keyword: str, default: float) -> float:
    value = _first(parts, keyword)
    return default if value is None else float(value)


def _floats(ds: Dataset, parts: list[Dataset], keyword: str, count: int) -> tuple[float, ...]:
    value = _first(parts, keyword)
    if value is None or len(value) != count:
        raise _no(ds, f"{keyword} is missing", "read() gives the data sets as they are")
    return tuple(float(v) for v in value)


def _units(ds: Dataset, parts: list[Dataset]) -> str:
    said = _first(parts, "RescaleType") or ds.get("Units") or ds.get("DoseUnits") or ""
    scaled = _first(parts, "RescaleIntercept") is not None
    if said == "US":  # PS3.3 C.11.1.1.2: unspecified
        return ""
    return str(said) or ("HU" if ds.get("Modality") == "CT" and scaled else "")


_KIND = (
    "ReferencedSegmentNumber",
    "TemporalPositionIndex",
    "TemporalPositionIdentifier",
    "EchoTime",
    "EffectiveEchoTime",
    "DiffusionBValue",
    "InversionTime",
    "AcquisitionNumber",
)
_PRIVATE_B = ((0x0019, 0x0C, "SIEMENS MR HEADER"), (0x0043, 0x39, "GEMS_PARM_01"))


def _kind(parts: list[Dataset]) -> tuple[float, ...]:
    return (*(_number(parts, keyword, 0.0) for keyword in _KIND), _private_b(parts[-1]))


def _private_b(ds: Dataset) -> float:
    """b-value of Siemens (0019,xx0C) or GE (0043,xx39), the latter without GE's marker of 10⁹."""
    for group, element, creator in _PRIVATE_B:
        try:
            value = ds.private_block(group, creator)[element].value
        except KeyError:
            continue
        several = hasattr(value, "__iter__") and not isinstance(value, str | bytes)
        try:
            return float(next(iter(value)) if several else value) % 1e9
        except (ValueError, TypeError, StopIteration):
            continue  # what is no number is no b-value
    return 0.0


def real_values(chosen: list[Plane]) -> Floats:
    """Rescaled pixels of planes of equal size, (planes, rows, columns), 32-bit; each object decoded once."""
    decoded: dict[int, NDArray[Any]] = {}
    layers = []
    for plane in chosen:
        key = id(plane.dataset)
        if key not in decoded:
            decoded = {key: pixels(plane.dataset)}
        frames = decoded[key] if decoded[key].ndim == 3 else decoded[key][None]
        layers.append(frames[plane.frame].astype(np.float32) * plane.slope + plane.intercept)
    return np.stack(layers).astype(np.float32, copy=False)


def _no(ds: Dataset, what: str, do: str = "") -> NotUnderstood:
    return NotUnderstood(what, where=str(ds.get("SOPInstanceUID", "")), do=do)
