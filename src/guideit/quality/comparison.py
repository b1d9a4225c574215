"""A released object beside its source: intervals, UIDs, pixels, and what interpretation needs."""

from __future__ import annotations

from datetime import date, timedelta

import numpy
from pydicom import Dataset

from guideit.dicom.codecs import pixels as decoded_pixels
from guideit.errors import GuideitError
from guideit.quality.conformance import elements
from guideit.quality.inputs import PolicyClaim, Verdict

NEEDED = (
    "Rows", "Columns", "PixelSpacing", "ImagerPixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "ImageOrientationPatient", "ImagePositionPatient", "SliceLocation", "GantryDetectorTilt", "PatientPosition",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation",
    "RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "NumberOfFrames", "Modality",
    "KVP", "XRayTubeCurrent", "Exposure", "ExposureTime", "CTDIvol", "ConvolutionKernel", "SpiralPitchFactor",
    "MagneticFieldStrength", "RepetitionTime", "EchoTime", "InversionTime", "FlipAngle", "EchoTrainLength",
    "DiffusionBValue", "ImagingFrequency", "Units", "DecayCorrection", "ActualFrameDuration", "FrameReferenceTime",
)  # fmt: skip
"""Attributes without which an image cannot be interpreted; they must be what they were."""
_PIXELS = 0x7FE00010


def compare(source: Dataset, released: Dataset, shift: int, claim: PolicyClaim, verdict: Verdict, place: str) -> None:
    """Everything that must be equal, or different by the same."""
    _intervals(source, released, shift, claim, verdict, place)
    _uids(source, released, verdict, place)
    _needed(source, released, verdict, place)
    _pixel_data(source, released, verdict, place)


def _days(dataset: Dataset) -> dict[str, set[str]]:
    """Every DA and the date of every DT, by tag path."""
    found: dict[str, set[str]] = {}
    for element in elements(dataset):
        if element.vr in {"DA", "DT"} and element.raw:
            for part in element.raw.decode("latin-1").split("\\"):
                day = part.strip(" \0").replace(".", "", 2 if element.vr == "DA" else 0)[:8]
                if len(day) == 8 and day.isdigit():
                    found.setdefault(element.path, set()).add(day)
    return found


def _intervals(
    source: Dataset, released: Dataset, shift: int, claim: PolicyClaim, verdict: Verdict, place: str
) -> None:
    """Each released date is a source's date moved by the participant's shift; so all intervals are equal."""
    if claim.dates == "remove":
        return
    days = shift if claim.dates == "shift" else 0
    before = _days(source)
    for path, found in _days(released).items():
        verdict.count("dates", len(found))
        allowed = {_moved(day, days) for day in before.get(path, ())} | {"19000101"}
        if not found <= allowed:
            verdict.fail("interval", f"{place} {path}", "a date that is not the source's, moved by the shift")


def _moved(day: str, days: int) -> str:
    try:
        moved = date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return ""  # no date: nothing released can stem from it
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"


def _uids(source: Dataset, released: Dataset, verdict: Verdict, place: str) -> None:
    """Pairs of UIDs that stand at the same place of both, for the one-to-one proof."""
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        old, new = str(source.get(keyword, "")), str(released.get(keyword, ""))
        if old and new:
            verdict.count("uids")
            if verdict.uids.setdefault(old, new) != new:
                verdict.fail("mapping", place, f"{keyword}: one source UID has two released ones")


def _needed(source: Dataset, released: Dataset, verdict: Verdict, place: str) -> None:
    for keyword in NEEDED:
        if keyword not in source or source[keyword].is_empty:
            continue
        verdict.count("needed")
        if keyword in released and released[keyword].value == source[keyword].value:
            verdict.count("retained")
        elif keyword in {"ConvolutionKernel", "Units"}:
            continue  # texts: a word of theirs may have had to go; the rate says so
        else:
            verdict.fail("needed", f"{place} {keyword}", "what interpretation needs is not what it was")


def _pixel_data(source: Dataset, released: Dataset, verdict: Verdict, place: str) -> None:
    """Bit-identical, or the same once decoded where comments were blanked or the byte order was changed."""
    old, new = (d.get_item(_PIXELS) for d in (source, released))
    if old is None and new is None:
        return
    if old is None or new is None:
        verdict.fail("pixels", place, "pixel data is there in one and not in the other")
        return
    verdict.count("pixels")
    if old.value != new.value and not _same_pixels(source, released):
        verdict.fail("pixels", place, "pixels are not what they were")


def _same_pixels(source: Dataset, released: Dataset) -> bool:
    try:
        return bool(numpy.array_equal(decoded_pixels(source), decoded_pixels(released)))
    except (GuideitError, ValueError, RuntimeError, NotImplementedError, AttributeError):
        return False  # what cannot be decoded is not shown to be the same
