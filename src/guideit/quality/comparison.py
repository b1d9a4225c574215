"""A released object beside its source: intervals, UIDs, pixels, and what interpretation needs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy
from pydicom import Dataset
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import keyword_for_tag

from guideit.dicom.codecs import pixels as decoded_pixels
from guideit.errors import GuideitError
from guideit.quality.elements import Element
from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.quality.needles import plain
from guideit.quality.rules import DUMMIES, TEXT, expected, form_allowed
from guideit.quality.written_dates import days_in

NEEDED = frozenset(
    (
        "Rows", "Columns", "PixelSpacing", "ImagerPixelSpacing", "SliceThickness", "SpacingBetweenSlices",
        "ImageOrientationPatient", "ImagePositionPatient", "SliceLocation", "GantryDetectorTilt", "PatientPosition",
        "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel",
        "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth",
        "NumberOfFrames", "Modality", "KVP", "XRayTubeCurrent", "Exposure", "ExposureTime", "CTDIvol",
        "SpiralPitchFactor", "MagneticFieldStrength", "RepetitionTime", "EchoTime", "InversionTime", "FlipAngle",
        "EchoTrainLength", "DiffusionBValue", "ImagingFrequency", "DecayCorrection", "ActualFrameDuration",
        "FrameReferenceTime", "RadionuclideTotalDose", "RadionuclideHalfLife", "RadionuclidePositronFraction",
        "DecayFactor", "DoseCalibrationFactor", "ROINumber", "ContourData", "SegmentNumber", "RealWorldValueSlope",
        "RealWorldValueIntercept",
    )
)  # fmt: skip
"""Attributes without which an image cannot be interpreted; where their item stays, they must be what they were."""
DESCRIBING = frozenset({"ConvolutionKernel", "Units", "SeriesDescription", "ProtocolName", "ImageType", "SequenceName"})
"""Texts of which a word may have had to go; the rate says how many stayed whole."""
_NUMERIC = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV"})
_PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One instance twice: its source and what was released, each with all its elements."""

    source: Dataset = field(repr=False)
    released: Dataset = field(repr=False)
    before: Sequence[Element] = field(repr=False)
    after: Sequence[Element] = field(repr=False)
    shift_days: int
    claim: PolicyClaim
    place: str


def compare(pair: Pair, verdict: Verdict) -> None:
    """Everything that must be equal, or different by the same."""
    verdict.count("compared")
    _intervals(pair, verdict)
    _texts(pair, verdict)
    _uids(pair, verdict)
    _needed(pair, verdict)
    _pixel_data(pair, verdict)


Values = dict[str, list[str]]
"""Values by tag path without item numbers, in the order of the file."""


def _values(found: Iterable[Element], vrs: frozenset[str]) -> Values:
    values: Values = defaultdict(list)
    for element in found:
        if element.vr in vrs and element.raw:
            parts = element.raw.decode("latin-1").split("\\")
            values[element.shape].extend(text for part in parts if (text := part.strip(" \0")))
    return values


def _intervals(pair: Pair, verdict: Verdict) -> None:
    """Each date is the source's moved by the participant's shift, so all intervals are equal; times stay."""
    if pair.claim.dates == "remove":
        return
    days = pair.shift_days if pair.claim.dates == "shift" else 0
    for vr in ("DA", "DT", "TM"):
        before = _values(pair.before, frozenset({vr}))
        for shape, found in _values(pair.after, frozenset({vr})).items():
            verdict.count("dates" if vr != "TM" else "times", len(found))
            wanted = [_moved(vr, text, days) for text in before.get(shape, ())]
            if not _as_wanted(found, wanted):
                says = "a date or time that is not the source's, moved by the shift"
                verdict.fail("interval", f"{pair.place} {shape}", says)


def _as_wanted(found: list[str], wanted: list[str]) -> bool:
    """One by one where nothing went; else each must be one of those."""
    if len(found) == len(wanted):
        return all(new in {old, ""} | DUMMIES for new, old in zip(found, wanted, strict=True))
    return set(found) <= set(wanted) | DUMMIES


@lru_cache(maxsize=4096)
def _moved(vr: str, text: str, days: int) -> str:
    """What a DA, DT or TM becomes; empty where it is none, so that nothing released can stem from it."""
    if not form_allowed(vr, text):
        return ""
    if vr == "TM" or not days:
        return text
    legacy = vr == "DA" and "." in text
    digits = text.replace(".", "") if legacy else text
    if len(digits) < 8:
        return _moved_part(digits, days)
    day = _moved_day(digits[:8], days)
    return f"{day[:4]}.{day[4:6]}.{day[6:]}" if legacy and day else day and day + digits[8:]


def _moved_part(digits: str, days: int) -> str:
    """A DT of a year, or a year and a month: its first day is moved, its precision stays (PS3.5 6.2)."""
    middle = digits + {4: "0702", 6: "15"}.get(len(digits), "")
    return _moved_day(middle, days)[: len(digits)] if len(middle) == 8 else ""


def _moved_day(day: str, days: int) -> str:
    try:
        moved = date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return ""
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"


def _texts(pair: Pair, verdict: Verdict) -> None:
    """No date of the source stands in a text, unless it is at the same time another one moved."""
    if pair.claim.dates != "shift":
        return
    dates = _values(pair.before, frozenset({"DA", "DT"}))
    source = {text.replace(".", "")[:8] for found in dates.values() for text in found}
    gone = source - {_moved_day(day, pair.shift_days) for day in source if len(day) == 8 and day.isdigit()}
    for element in pair.after:
        if element.vr in TEXT and element.raw and any(byte in b"0123456789" for byte in element.raw):
            verdict.count("texts-with-digits")
            if any(not gone.isdisjoint(days_in(plain(text))) for text in element.texts()):
                verdict.fail("interval", f"{pair.place} {element.path}", "a date of the source stands in a text")


_UID_IN_BYTES = re.compile(rb"(?<![0-9.])[0-9]+(?:\.[0-9]+){3,}")


def source_uids_in(pair: Pair, header: bytes) -> bool:
    """Whether a UID of the source, other than the standard's own, stands anywhere in released bytes."""
    if "retain-uids" in pair.claim.options:
        return False
    uids = {uid for found in _values(pair.before, frozenset({"UI"})).values() for uid in found} - UID_dictionary.keys()
    return not uids.isdisjoint(match.decode().rstrip(".") for match in _UID_IN_BYTES.findall(header))


def _uids(pair: Pair, verdict: Verdict) -> None:
    """Pairs of UIDs that stand at the same place of both, at every depth, for the one-to-one proof."""
    before = _values(pair.before, frozenset({"UI"}))
    for shape, found in _values(pair.after, frozenset({"UI"})).items():
        old = before.get(shape, [])
        if len(old) != len(found):
            verdict.loose.update(uid for uid in found if uid not in UID_dictionary)
            continue
        for source, released in zip(old, found, strict=True):
            if source in UID_dictionary and released == source:
                continue
            verdict.count("uids")
            if verdict.uids.setdefault(source, released) != released:
                verdict.fail("mapping", f"{pair.place} {shape}", "one source UID has two released ones")


def _needed(pair: Pair, verdict: Verdict) -> None:
    """What interpretation needs, and every number that the policy keeps, is what it was."""
    after = {element.path: element for element in pair.after}
    items = {path.rpartition("(")[0] for path in after}
    for element in pair.before:
        keyword = "" if element.private else keyword_for_tag(element.tag)
        if not element.raw or element.path.rpartition("(")[0] not in items:
            continue
        if keyword in NEEDED or keyword in DESCRIBING:
            _one_needed(element, after.get(element.path), keyword, pair, verdict)
        elif element.path in after and element.vr in _NUMERIC and not element.private:
            _one_number(element, after[element.path], pair, verdict)


def _one_needed(old: Element, new: Element | None, keyword: str, pair: Pair, verdict: Verdict) -> None:
    verdict.count("needed")
    if new is not None and _same(old, new):
        verdict.count("retained")
    elif keyword in NEEDED and form_allowed(old.vr, (old.raw or b"").decode("latin-1")):
        verdict.fail("needed", f"{pair.place} {keyword}", "what interpretation needs is not what it was")


def _one_number(old: Element, new: Element, pair: Pair, verdict: Verdict) -> None:
    if expected(old.tag, pair.claim, nested=old.nested) not in {"K", "unlisted"}:
        return
    verdict.count("numbers")
    if not _same(old, new) and form_allowed(old.vr, (old.raw or b"").decode("latin-1")):
        verdict.fail("needed", f"{pair.place} {new.path}", "a number that the policy keeps is not what it was")


def _same(old: Element, new: Element) -> bool:
    """By bytes, or by value where the byte order was changed."""
    if (old.raw or b"").strip(b" \0") == (new.raw or b"").strip(b" \0"):
        return True
    return bool(old.vr in _NUMERIC - {"DS", "IS"} and old.holder[old.tag].value == new.holder[new.tag].value)


def _pixel_data(pair: Pair, verdict: Verdict) -> None:
    """Bit-identical, or the same once decoded where comments were blanked or the byte order was changed."""
    for tag in _PIXELS:
        old, new = (dataset.get_item(tag) for dataset in (pair.source, pair.released))
        if old is None and new is None:
            continue
        if old is None or new is None:
            verdict.fail("pixels", pair.place, "pixel data is there in one and not in the other")
            continue
        verdict.count("pixels")
        if old.value != new.value and not _same_pixels(pair.source, pair.released):
            verdict.fail("pixels", pair.place, "pixels are not what they were")


def _same_pixels(source: Dataset, released: Dataset) -> bool:
    try:
        return bool(numpy.array_equal(decoded_pixels(source), decoded_pixels(released)))
    except (GuideitError, ValueError, RuntimeError, NotImplementedError, AttributeError):
        return False  # what cannot be decoded is not shown to be the same
