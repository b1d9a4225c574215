"""A released object beside its source: intervals, UIDs, pixels, and what interpretation needs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.errors import BytesLengthException

from guideit.quality.elements import Element
from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.quality.needles import plain
from guideit.quality.reading import Opened
from guideit.quality.rules import DUMMIES, TEXT, WRITTEN, expected, form_allowed
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
ENCODED = frozenset({0x00280004, 0x00280006, 0x00280100, 0x00280106, 0x00280107, 0x00282110})
"""Photometric Interpretation, Planar Configuration, Bits Allocated, Smallest and Largest Image Pixel Value, Lossy Image
Compression: of treated pixels they follow from the encoding, and decoded pixels are compared instead."""
DESCRIBING = frozenset({"ConvolutionKernel", "Units", "SeriesDescription", "ProtocolName", "ImageType", "SequenceName"})
"""Texts of which a word may have had to go; the rate says how many stayed whole."""
_NUMERIC = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV"})
_BINARY = _NUMERIC - {"DS", "IS"}
_PLACED = frozenset({"DA", "DT", "TM", "UI"})


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One instance twice: its source and what was released; `treated` where its pixels are said to be."""

    source: Opened = field(repr=False)
    released: Opened = field(repr=False)
    shift_days: int
    claim: PolicyClaim
    place: str
    treated: bool = False

    @cached_property
    def before(self) -> Placed:
        """Dates, times and UIDs of the source by where they stand."""
        return _placed(self.source.found)

    @cached_property
    def after(self) -> Placed:
        """Those of the released object."""
        return _placed(self.released.found)


def compare(pair: Pair, verdict: Verdict) -> None:
    """Everything that must be equal, or different by the same."""
    verdict.count("compared")
    _intervals(pair, verdict)
    _texts(pair, verdict)
    _uids(pair, verdict)
    _needed(pair, verdict)
    _nothing_new(pair, verdict)
    _lossy_said(pair, verdict)


Values = dict[str, list[str]]
"""Values by tag path without item numbers, in the order of the file."""
Placed = Mapping[str, Values]
"""Values by VR."""


def _placed(found: Iterable[Element]) -> Placed:
    values: dict[str, Values] = {vr: defaultdict(list) for vr in _PLACED}
    for element in found:
        if element.vr in _PLACED and element.raw:
            parts = element.raw.decode("latin-1").split("\\")
            values[element.vr][element.shape].extend(text for part in parts if (text := part.strip(" \0")))
    return values


def _intervals(pair: Pair, verdict: Verdict) -> None:
    """Each date is the source's moved by the participant's shift, so all intervals are equal; times stay."""
    if pair.claim.dates == "remove":
        return
    days = pair.shift_days if pair.claim.dates == "shift" else 0
    for vr in ("DA", "DT", "TM"):
        before = pair.before[vr]
        for shape, found in pair.after[vr].items():
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
    dates = (found for vr in ("DA", "DT") for found in pair.before[vr].values())
    source = {text.replace(".", "")[:8] for found in dates for text in found}
    gone = source - {_moved_day(day, pair.shift_days) for day in source if len(day) == 8 and day.isdigit()}
    for element in pair.released.found:
        if element.vr in TEXT and element.raw and _DIGIT.search(element.raw):
            verdict.count("texts-with-digits")
            if any(not gone.isdisjoint(_days_in(text)) for text in element.texts()):
                verdict.fail("interval", f"{pair.place} {element.path}", "a date of the source stands in a text")


_DIGIT = re.compile(rb"[0-9]")


@lru_cache(maxsize=4096)
def _days_in(text: str) -> set[str]:
    return days_in(plain(text))


_UID_IN_BYTES = re.compile(rb"(?<![0-9.])[0-9]+(?:\.[0-9]+){3,}")


def source_uids_in(pair: Pair, header: bytes) -> bool:
    """Whether a UID of the source, other than the standard's own, stands anywhere in released bytes."""
    if "retain-uids" in pair.claim.options:
        return False
    uids = {uid for found in pair.before["UI"].values() for uid in found} - UID_dictionary.keys()
    return not uids.isdisjoint(match.decode().rstrip(".") for match in _UID_IN_BYTES.findall(header))


def _uids(pair: Pair, verdict: Verdict) -> None:
    """Pairs of UIDs that stand at the same place of both, at every depth, for the one-to-one proof."""
    for shape, found in pair.after["UI"].items():
        old = pair.before["UI"].get(shape, [])
        if len(old) != len(found):
            verdict.loose.update(uid for uid in found if uid not in UID_dictionary)
            continue
        for source, released in zip(old, found, strict=True):
            if source in UID_dictionary and released == source:
                continue
            verdict.count("uids")
            if source == released and not _stays(shape, pair.claim):
                verdict.fail("uid", f"{pair.place} {shape}", "a UID of the source that was not mapped")
            if verdict.uids.setdefault(source, released) != released:
                verdict.fail("mapping", f"{pair.place} {shape}", "one source UID has two released ones")


def _stays(shape: str, claim: PolicyClaim) -> bool:
    """Whether a UID at this place is to be left as it is: an option or the trial says so."""
    tag = int(shape[-10:].strip("()").replace(",", ""), 16)
    return "retain-uids" in claim.options or expected(tag, claim) == "K"


def _needed(pair: Pair, verdict: Verdict) -> None:
    """What interpretation needs, and every number that the policy keeps, is what it was."""
    after = {element.path: element for element in pair.released.found}
    items = {path[:-11] for path in after}
    for element in pair.source.found:
        if not element.raw or element.private or element.path[:-11] not in items:
            continue
        keyword = keyword_for_tag(element.tag)
        if pair.treated and element.tag in ENCODED and not element.nested:
            verdict.count("encoded")
        elif (keyword in NEEDED or keyword in DESCRIBING) and _of_its_vr(element):
            _one_needed(element, after.get(element.path), keyword, pair, verdict)
        elif element.vr in _NUMERIC and element.path in after:
            _one_number(element, after[element.path], pair, verdict)


def _of_its_vr(element: Element) -> bool:
    """Whether it stands under a VR of its attribute; what does not goes, as no rule was made for it."""
    return element.vr in {*dictionary_VR(element.tag).split(" or "), "UN"}


def _nothing_new(pair: Pair, verdict: Verdict) -> None:
    """Every attribute that says something stands in the source too, but for what is written on purpose."""
    there = {element.shape for element in pair.source.found}
    for element in pair.released.found:
        purpose = WRITTEN | ENCODED if pair.treated else WRITTEN
        written = (not element.nested and element.tag in purpose) or element.path.startswith("(0012,0064)")
        if element.raw and not written and element.shape not in there:
            verdict.fail("origin", f"{pair.place} {element.path}", "a value at a place where the source has none")


_LOSSY = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(50|51|81|91|93|203)")
"""Transfer syntaxes that may lose: JPEG baseline and extended, JPEG-LS near-lossless, JPEG 2000, HTJ2K."""


def _lossy_said(pair: Pair, verdict: Verdict) -> None:
    """What a source's compression lost does not come back: (0028,2110) goes on saying so (PS3.3 C.7.6.1.1.5)."""
    was = str(pair.source.dataset.get("LossyImageCompression", "") or "")
    now = str(pair.released.dataset.get("LossyImageCompression", "") or "")
    changed = pair.source.syntax != pair.released.syntax and bool(_LOSSY.fullmatch(pair.source.syntax))
    if pair.treated and (was == "01" or (changed and was != "00")) and now != "01":
        verdict.fail(
            "needed", f"{pair.place} (0028,2110)", "it is not said that the source's compression lost something"
        )


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
    return old.vr in _BINARY and _value(old) is not None and _value(old) == _value(new)


def _value(element: Element) -> object:
    """As pydicom converts it; None where it cannot."""
    try:
        return element.holder[element.tag].value
    except (ValueError, NotImplementedError, BytesLengthException):
        return None
