"""What is done to the pixels of a series before its headers are cleaned: text blanked, the face removed.

Decided for the whole series, done instance by instance. What cannot be decided is a finding that holds it back.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guideit.deid.faces.hardware import hardware
from guideit.deid.faces.head import Head, Verdict
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.scans import scans
from guideit.deid.faces.words import in_words
from guideit.deid.hold import Header, captured, is_volume, overlaid, scout
from guideit.deid.pixels.blank import blanking, both, inside_blank, of_instance, outside_identical
from guideit.deid.pixels.find_text import TextFound, find_text
from guideit.deid.pixels.frames import Opener, PixelFile, Stored, open_pixels
from guideit.deid.pixels.judge import TextSettings
from guideit.deid.pixels.reader import TextReader
from guideit.deid.pixels.regions import Region
from guideit.deid.pixels.rewrite_frames import FrameChange, rewrite_frames, unchanged
from guideit.deid.sight import CAPTURED, DOUBTFUL_FACE, DOUBTFUL_TEXT, FACE, TEXT, Sight
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings, Option
from guideit.trial.finding import Finding, Severity

NO_PICTURES = frozenset({"SEG", "RTDOSE", "M3D", "REG", "RTSTRUCT", "RTPLAN", "SR", "KO", "PR"})
"""Modalities whose numbers are computed and shown as no picture: no text is looked for, none is said to be absent."""
_COMPUTED = ("1.2.840.10008.5.1.4.1.1.66.", "1.2.840.10008.5.1.4.1.1.481.")
"""SOP classes of such objects: spatial data and segmentations, radiotherapy. Others show pictures, whatever is said."""
_PICTURES = frozenset({"1.2.840.10008.5.1.4.1.1.481.1"})
"""RT Image Storage, which does too."""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What is done to a series.

    Attributes:
        shown: Pixel options whose effect holds for each instance, once `treated` made it.
        findings: What holds it back; nothing of it may be released while there are any.
        regions: Blanked. doubtful: for a person to decide on, or decided on.
        mask: Of the face, where one is removed.
        looked: What was looked at, in counts and names of readers; goes into the evidence.
        hardware: What a CT shows of metal and teeth, by which a person may be recognised.
    """

    shown: frozenset[Option] = frozenset()
    findings: tuple[Finding, ...] = ()
    regions: tuple[Region, ...] = ()
    doubtful: tuple[Region, ...] = ()
    mask: FaceMask | None = None
    head: Head | None = None
    looked: Mapping[str, Any] = field(default_factory=dict)
    hardware: frozenset[str] = frozenset()

    @property
    def acts(self) -> bool:
        """Whether anything was looked for or is changed."""
        return bool(self.shown or self.regions or self.mask)

    def evidence(self) -> dict[str, Any]:
        """What the whole series' file of evidence says; `instances` are added as they are treated."""
        return {
            "version": 1,
            "text": {"looked": dict(self.looked)} if TEXT in self.shown else None,
            "face": json.loads(self.head.as_json()) if self.head else None,
            "hardware": sorted(self.hardware),
            "instances": {},
        }


def treat(
    openers: Sequence[Opener],
    headers: Sequence[Header],
    settings: DeidSettings,
    sight: Sight,
    *,
    reader: Callable[[], TextReader],
    names: Callable[[str], bool],
) -> Treatment:
    """Look at a series and decide.

    Args:
        openers: Of each instance that has pixels, in the order of the series.
        headers: Their index columns, in the same order.
        settings: The policy's.
        sight: What is known before.
        reader: Gives what reads text.
        names: Whether a text holds a known identifier of the participant.

    Raises:
        DetectorMissing: Something that has to look is not installed.
    """
    if not openers or all(map(_computed, headers)):
        return Treatment()
    try:
        treatment = Treatment(regions=sight.drawn)
        if TEXT in settings.options:
            treatment = _text(openers, headers, settings, sight, find=(reader(), names))
        if FACE not in settings.options:
            return treatment
        return replace(_face(treatment, headers, sight, settings), hardware=_hardware(openers, headers))
    except NotUnderstood as reason:
        says = f"its pixels were not understood: {reason.what}" + (f" ({reason.why})" if reason.why else "")
        return Treatment(findings=(_block("pixels.not-understood", sight.place, says, "send it again, or exclude it"),))


def _computed(header: Header) -> bool:
    """Whether an instance's numbers are no picture, by its modality and by its SOP class."""
    uid = str(header.get("SOPClassUID") or "")
    return header.get("Modality") in NO_PICTURES and uid.startswith(_COMPUTED) and uid not in _PICTURES


def _text(
    openers: Sequence[Opener],
    headers: Sequence[Header],
    settings: DeidSettings,
    sight: Sight,
    *,
    find: tuple[TextReader, Callable[[str], bool]],
) -> Treatment:
    reader, names = find
    found: TextFound = find_text(openers, TextSettings(keep_marks=settings.keep_marks), reader, names)
    decided = {region.spot for region in (*sight.drawn, *sight.kept)}
    waiting = [region for region in found.doubtful if region.spot not in decided]
    findings = []
    if waiting:
        says = f"what may be text in {len(waiting)} regions could not be decided"
        findings.append(_block(DOUBTFUL_TEXT, sight.place, says, "look at the regions drawn, then accept or redact"))
    looked_at = CAPTURED in settings.accept or sight.decided.get(CAPTURED) in {"accept", "redact"}
    if not looked_at and any(map(captured, headers)):
        says = "a captured screen may show more than words: a face rendered, a photograph"
        findings.append(_block(CAPTURED, sight.place, says, f"look at it, or accept `{CAPTURED}`"))
    return Treatment(
        shown=frozenset() if findings else frozenset({TEXT}),
        findings=tuple(findings),
        regions=(*found.regions, *sight.drawn),
        doubtful=found.doubtful,
        looked=found.looked,
    )


def _face(treatment: Treatment, headers: Sequence[Header], sight: Sight, settings: DeidSettings) -> Treatment:
    """The face removed where it is known; a person asked where it is not."""
    head = sight.head
    if head is None and not any(map(is_volume, headers)):
        return treatment
    doubt = _doubt(head, sight) or _two_frames(headers)
    if doubt and sight.decided.get(DOUBTFUL_FACE) != "accept":
        finding = _block(DOUBTFUL_FACE, sight.place, doubt, "look at it, then accept or exclude")
        return replace(treatment, head=head, findings=(*treatment.findings, finding))
    if doubt or head is None:
        return replace(treatment, head=head)
    mask = None
    if head.verdict is Verdict.FACE:
        mask = FaceMask.of(head, fill=settings.face_fill, keep_eyes=settings.keep_eyes)
    return replace(treatment, head=head, mask=mask, shown=treatment.shown | {FACE})


def _hardware(openers: Sequence[Opener], headers: Sequence[Header]) -> frozenset[str]:
    """What a CT volume shows of metal and teeth; only there is it told by the numbers, and not by those of a scout."""
    if headers[0].get("Modality") != "CT" or not any(map(is_volume, headers)):
        return frozenset()
    slices = [opener for opener, header in zip(openers, headers, strict=True) if not scout(header)]
    return frozenset(found for scan in scans(slices) for found in hardware(scan))


def _two_frames(headers: Sequence[Header]) -> str:
    """Why the one place where a face was found is not everybody's; empty where it is."""
    frames = {header.get("FrameOfReferenceUID") or "" for header in headers if is_volume(header)}
    return "its volumes lie in more than one frame of reference" if len(frames) > 1 else ""


def _doubt(head: Head | None, sight: Sight) -> str:
    """Why a person has to look; empty where nobody has to."""
    if head is None:
        return "nobody has looked for a head in this volume"
    if head.verdict is Verdict.DOUBTFUL:
        return f"it may show a head whose face cannot surely be removed: {in_words(head.reasons)}"
    return (
        f"it shows a head, and its face cannot surely be removed from it: {in_words([sight.head_rule])}"
        if sight.head_rule
        else ""
    )


def treated(treatment: Treatment, number: int, data: bytes, header: Header) -> tuple[bytes, dict[str, Any]]:
    """One instance with its regions blanked and its face removed, and where that was done.

    Args:
        treatment: Of its series.
        number: Its number in the order of the openers.
        data: The whole source file.
        header: Its index columns.

    Raises:
        NotUnderstood: Its pixels cannot be rewritten, or more than the regions would change.
    """
    mine = tuple(of_instance(treatment.regions, number))
    file = open_pixels(data) if mine or treatment.mask or overlaid(header) else None
    if file is None:
        return data, {"boxes": [], "masks": {}}
    changes: list[FrameChange] = [blanking(mine, file, number)] if mine else [unchanged]
    masks = dict[int, NDArray[np.bool_]]()
    if treatment.mask is not None:
        changes.append(_noted(treatment.mask, file, masks))
    made = rewrite_frames(data, reduce(both, changes))
    if not (outside_identical(data, made, mine, number, masks) and inside_blank(made, mine, number, masks)):
        raise NotUnderstood("more or less than the regions would change")
    boxes = [[r.first, r.last, *r.box, r.rule] for r in mine]
    return made, {"boxes": boxes, "masks": {str(frame): _packed(mask) for frame, mask in masks.items()}}


def _noted(mask: FaceMask, file: PixelFile, masks: dict[int, NDArray[np.bool_]]) -> FrameChange:
    """The face's removal, which keeps what it removed of each frame."""
    change = mask.change(file)

    def noting(frame: int, stored: Stored) -> Stored:
        where = mask.of_frame(file, frame)
        if where.any():
            masks[frame] = where
        return change(frame, stored)

    return noting


def _packed(mask: NDArray[np.bool_]) -> str:
    """A mask as text: bits, rows first, compressed."""
    return base64.b64encode(zlib.compress(np.packbits(mask).tobytes(), 6)).decode()


def _block(rule: str, place: str, says: str, do: str) -> Finding:
    return Finding(rule=rule, severity=Severity.BLOCK, place=place, says=says, do=do)
