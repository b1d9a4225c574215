"""Each check decided: the planted file beside what was released of it."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from guideit.errors import NotUnderstood
from guideit.quality.inputs import PolicyClaim
from guideit.quality.planting.answers import REMOVAL, USEFUL, Check, Kind, PlantedCell, PlantedFile
from guideit.quality.planting.drawn import icon_plane, outside, overlay_plane, readable
from guideit.quality.planting.files import frames_of
from guideit.quality.planting.promises import date_stays, promised
from guideit.quality.planting.values import text_at

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_WITH_TEXT = frozenset({"US", "IVUS", "ES", "OT"})
"""Modalities whose images show text as a rule."""
_DA = re.compile(r"\d{8}")
_DT = re.compile(r"\d{4,14}(\.\d{1,6})?([+-]\d{4})?")


class Result(NamedTuple):
    """One check decided.

    `leak`: something identifying is still there. `promised`: the policy said that it passes. `held`: what was asked
    for is not there because it was held back.
    """

    kind: Kind
    place: str
    passed: bool
    leak: bool = False
    promised: bool = True
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the private side knows of a run.

    Attributes:
        claim: The policy that ran.
        shifts: Days added to every date, by person. pseudonyms: their released names.
        stems: Surnames of nobody, planted one to a place.
    """

    claim: PolicyClaim
    shifts: Mapping[int, int]
    pseudonyms: Mapping[int, str]
    stems: frozenset[str] = field(repr=False)

    @property
    def cleans_pixels(self) -> bool:
        """Whether the policy promises to look at pixels."""
        return "clean-pixel-data" in self.claim.options


@dataclass(kw_only=True)
class Marking:
    """Results of one run, and what can only be decided when all of it was seen."""

    facts: Facts
    results: list[Result] = field(default_factory=list)
    uids: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter), repr=False)
    waiting: list[tuple[Check, str, bool]] = field(default_factory=list, repr=False)
    patients: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter), repr=False)

    def released(self, file: PlantedFile, source: bytes, body: bytes, *, reviewed: bool = False) -> None:
        """Decide every check of a released file; `reviewed`: only since a reviewer was taken to let it pass."""
        before, after = (dcmread(io.BytesIO(each), force=True) for each in (source, body))
        for check in file.checks:
            self._value(file, check, after, body, reviewed=reviewed)
        self.results += [r._replace(held=reviewed) for r in _pixels(file, before, after, self.facts)]

    def missing(self, file: PlantedFile, *, held: bool) -> None:
        """A file that was not released: held back by a finding, or lost, which is no success of anything."""
        kinds = [(check.kind, check.place) for check in file.checks]
        kinds += [(kind, "pixels") for kind in _pixel_kinds(file)]
        for kind, place in kinds:
            self.results.append(Result(kind, place, passed=held and kind in REMOVAL, promised=not held, held=held))

    def cell(self, cell: PlantedCell, text: str | None) -> None:
        """Decide one cell of a released table; None where the table, row or column is not there."""
        check, kind = cell.check, cell.check.kind
        place, facts = f"table {cell.table}: {cell.column}", self.facts
        if kind is Kind.PATIENT_ID_CONSISTENT:
            self.patients[cell.person][text or ""] += 1
            self.results.append(Result(kind, place, passed=text == facts.pseudonyms.get(cell.person)))
            return
        passed = _CELLS[kind](check, text, facts.shifts.get(cell.person, 0), facts.claim)
        leak = (not passed and kind in REMOVAL) or (kind is Kind.DATE_SHIFTED and text == check.value)
        self.results.append(Result(kind, place, passed=passed, leak=leak, promised=_cell_promised(kind, facts.claim)))

    def finished(self, found: Mapping[str, str], searched: Mapping[str, str]) -> list[Result]:
        """All results: UIDs by what every file made of them, and what stands anywhere in the bytes.

        Args:
            found: Planted texts that turned up, with the sort of object.
            searched: Every planted text that was looked for, with its place.
        """
        back = Counter(after for outs in self.uids.values() for after in outs)
        for check, after, held in self.waiting:
            outs = self.uids[check.value]
            passed = bool(after) and len(outs) == 1 and back[after] == 1
            may = promised(check, self.facts.claim, ())
            self.results.append(Result(check.kind, check.place, passed=passed, promised=may, held=held))
        for text, place in searched.items():
            there = text in found
            where = f"{place}, in {found[text]}" if there else place
            self.results.append(Result(Kind.NOWHERE, where, passed=not there, leak=there))
        return self.results

    def _value(self, file: PlantedFile, check: Check, after: Dataset, body: bytes, *, reviewed: bool) -> None:
        text = text_at(after, check.path) if check.path else None
        if check.kind is Kind.UID_CONSISTENT:
            if text:
                self.uids[check.value][text] += 1
            self.waiting.append((check, text or "", reviewed))
            return
        passed = _CHECKS[check.kind](check, text, _Seen(file, body, self.facts))
        leak = not passed and check.kind in REMOVAL
        if check.kind is Kind.DATE_SHIFTED:
            leak = text is not None and check.value in text
        may = promised(check, self.facts.claim, self.facts.stems)
        self.results.append(Result(check.kind, check.place, passed=passed, leak=leak, promised=may, held=reviewed))


class _Seen(NamedTuple):
    file: PlantedFile
    body: bytes
    facts: Facts


def _there(check: Check, text: str | None, seen: _Seen) -> bool:
    return text is not None


def _not_null(check: Check, text: str | None, seen: _Seen) -> bool:
    return bool(text and text.strip())


def _retained(check: Check, text: str | None, seen: _Seen) -> bool:
    if check.needles:
        return text is not None and all(word in text for word in check.needles)
    return text is not None and _same(check.value, text)


def _same(before: str, after: str) -> bool:
    """Equal as written, or as numbers."""
    if before.strip() == after.strip():
        return True
    ours, theirs = before.split("\\"), after.split("\\")
    try:
        return len(ours) == len(theirs) and all(float(a) == float(b) for a, b in zip(ours, theirs, strict=True))
    except ValueError:
        return False


def _removed(check: Check, text: str | None, seen: _Seen) -> bool:
    folded = (text or "").casefold()
    return not any(needle.casefold() in folded for needle in check.needles)


def _shifted(check: Check, text: str | None, seen: _Seen) -> bool:
    """A date that must stay is there and another; one that need not is at least not what it was."""
    gone = text is None or check.value not in text
    return gone and (bool(text) or not date_stays(check, seen.facts.claim))


def _interval(check: Check, text: str | None, seen: _Seen) -> bool:
    shift = seen.facts.shifts.get(seen.file.person, 0) if seen.facts.claim.dates == "shift" else 0
    return _days(check.value, text) == shift


def _days(before: str, after: str | None) -> int | None:
    """Days from one DA, DT or ISO 8601 date to another; None where either is none."""
    first, second = _day(before), _day(after or "")
    return (second - first).days if first and second else None


def _day(text: str) -> date | None:
    digits = text.replace("-", "")[:8]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _valid(check: Check, text: str | None, seen: _Seen) -> bool:
    if not text:
        return True  # whether it had to stay is asked elsewhere
    form = _DA if len(check.value) == 8 and _DA.fullmatch(check.value) else _DT
    return bool(form.fullmatch(text)) and (len(text) < 8 or _day(text) is not None)


def _uid_changed(check: Check, text: str | None, seen: _Seen) -> bool:
    return not set((text or "").split("\\")) & set(check.value.split("\\"))


def _patient(check: Check, text: str | None, seen: _Seen) -> bool:
    return bool(text) and text == seen.facts.pseudonyms.get(seen.file.person)


def _framed(check: Check, text: str | None, seen: _Seen) -> bool:
    lowered = seen.body.lower()
    return not any(needle.lower().encode() in lowered for needle in check.needles)


_CHECKS: Mapping[Kind, Callable[[Check, str | None, _Seen], bool]] = {
    Kind.TAG_RETAINED: _there,
    Kind.TEXT_NOT_NULL: _not_null,
    Kind.TEXT_RETAINED: _retained,
    Kind.TEXT_REMOVED: _removed,
    Kind.DATE_SHIFTED: _shifted,
    Kind.DATE_INTERVAL: _interval,
    Kind.DATE_VALID: _valid,
    Kind.UID_CHANGED: _uid_changed,
    Kind.PATIENT_ID_CONSISTENT: _patient,
    Kind.FRAME_REMOVED: _framed,
}


def _cell_removed(check: Check, text: str | None, shift: int, claim: PolicyClaim) -> bool:
    return not any(needle.casefold() in (text or "").casefold() for needle in check.needles)


def _cell_retained(check: Check, text: str | None, shift: int, claim: PolicyClaim) -> bool:
    if check.needles:
        return text is not None and all(word in text for word in check.needles)
    return text is not None and _same(check.value, text)


def _cell_shifted(check: Check, text: str | None, shift: int, claim: PolicyClaim) -> bool:
    return text != check.value and (bool(text) or claim.dates == "remove")


def _cell_interval(check: Check, text: str | None, shift: int, claim: PolicyClaim) -> bool:
    return _days(check.value, text) == (shift if claim.dates == "shift" else 0)


_CELLS: Mapping[Kind, Callable[[Check, str | None, int, PolicyClaim], bool]] = {
    Kind.TEXT_REMOVED: _cell_removed,
    Kind.TEXT_RETAINED: _cell_retained,
    Kind.DATE_SHIFTED: _cell_shifted,
    Kind.DATE_INTERVAL: _cell_interval,
}


def _cell_promised(kind: Kind, claim: PolicyClaim) -> bool:
    if kind is Kind.DATE_SHIFTED:
        return claim.dates != "keep"
    return kind is not Kind.DATE_INTERVAL or claim.dates != "remove"


def _pixel_kinds(file: PlantedFile) -> Iterator[Kind]:
    yield from (Kind.PIXELS_HIDDEN for _ in file.drawn)
    yield from (Kind.OVERLAY_HIDDEN for _ in file.overlay)
    yield from (Kind.ICON_HIDDEN for _ in file.icon)
    if file.pixels:
        yield Kind.TRANSCODE_RETAINED if file.transcode else Kind.PIXELS_RETAINED


def _pixels(file: PlantedFile, before: Dataset, after: Dataset, facts: Facts) -> Iterator[Result]:
    """Text in pixels, overlay and icon hidden; every other pixel the same once decoded."""
    for drawn, plane, kind in (
        (file.overlay, overlay_plane(after), Kind.OVERLAY_HIDDEN),
        (file.icon, icon_plane(after), Kind.ICON_HIDDEN),
    ):
        for each in drawn:
            shows = plane is not None and readable(plane, each)
            yield Result(kind, kind.value.partition("-")[0], passed=not shows, leak=shows)
    if not file.pixels:
        return
    ours, theirs = _decoded(before), _decoded(after)
    for each in file.drawn:
        shows = theirs is not None and any(readable(plane, each) for plane in theirs)
        may = facts.cleans_pixels or file.said
        where = "pixels, said by the header" if file.said else "pixels, not said by the header"
        yield Result(Kind.PIXELS_HIDDEN, where, passed=not shows, leak=shows, promised=may)
    kind = Kind.TRANSCODE_RETAINED if file.transcode else Kind.PIXELS_RETAINED
    defaced = str(after.get("RecognizableVisualFeatures", "")) == "NO" and _defaces(facts)
    same = _equal(ours, theirs, file) or _same_bytes(before, after)
    may = same or not (defaced or (facts.cleans_pixels and _has_own_text(before, file)))
    yield Result(kind, str(before.get("Modality", "")), passed=same, promised=may)


def _has_own_text(before: Dataset, file: PlantedFile) -> bool:
    """Whether the trial's own image says that it shows text, which a policy that cleans pixels then blanks."""
    captured = str(before.get("SOPClassUID", "")).startswith(_SECONDARY_CAPTURE) or "ConversionType" in before
    stated = str(before.get("BurnedInAnnotation", "")) == "YES" and not file.said
    return captured or stated or str(before.get("Modality", "")) in _WITH_TEXT


def _defaces(facts: Facts) -> bool:
    return "clean-recognizable-visual-features" in facts.claim.options


def _decoded(ds: Dataset) -> np.ndarray[Any, Any] | None:
    try:
        return frames_of(ds)
    except NotUnderstood:
        return None


def _equal(ours: Any, theirs: Any, file: PlantedFile) -> bool:
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return False
    kept = outside(file.drawn, ours.shape[1:3])
    return bool(np.array_equal(ours[:, kept], theirs[:, kept]))


def _same_bytes(before: Dataset, after: Dataset) -> bool:
    """What no codec here reads is compared as it is stored."""
    return bool(before.PixelData == after.get("PixelData"))


def useful(result: Result) -> bool:
    """Whether a check is about something a researcher keeps."""
    return result.kind in USEFUL
