"""Series held back by what their header says: text in the pixels, faces, documents.

What could show a person waits for one, unless the policy cleans pixels: then what they show is looked at
(`guideit.deid.treatment`), whatever the header says. Absence of a statement is no statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from guideit.deid.policy import Policy
from guideit.deid.vocabulary import fold
from guideit.trial.deidentification import Option
from guideit.trial.finding import Finding, Severity

Header = Mapping[str, object]

BURNED_IN_ALWAYS: Mapping[str, str] = {
    "US": "ultrasound systems draw the patient's name into the frame",
    "IVUS": "intravascular systems draw a banner into the frame",
    "ES": "endoscopy captures the screen",
    "XC": "photographs show whatever stood before the camera",
    "GM": "microscope photographs show labels",
    "SC": "a captured screen shows all that the screen showed",
    "OT": "the modality says nothing about the pixels",
    "HC": "a hard copy carries its banner",
    "DOC": "a document is text",
    "": "no modality is stated",
}
"""Modalities held whatever Burned In Annotation says, with the reason."""
BURNED_IN_UNLESS_NO = frozenset(
    {"CR", "DX", "MG", "RF", "XA", "IO", "PX", "OP", "OPT", "OPM", "OAM", "SM", "BMD", "RG"}
)
"""Modalities whose pixels often carry text; a Burned In Annotation of NO lets them pass."""
VOLUMES = frozenset({"CT", "MR", "PT", "NM"})
VOLUME_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{n}"
    for n in ("2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "13.1.1", "13.1.2", "20", "128", "128.1", "130")
)
"""CT, MR, three-dimensional X-ray, NM and PET storage (PS3.4 B.5): volumes, whatever modality is stated."""
CONTOURS = frozenset({"RTSTRUCT", "SEG", "M3D"})
"""Modalities of objects that may outline what a volume shows, the skin of a face too."""
FACELESS = frozenset(
    {
        "abdomen", "abdomenandpelvis", "abdomenpelvis", "ankle", "aorta", "arm", "bauch", "becken", "bladder",
        "breast", "brust", "calf", "cardiac", "chest", "chestabdomen", "chestabdpelvis", "coronary", "elbow",
        "extremities", "extremity", "femur", "finger", "foot", "forearm", "fuss", "hand", "heart", "herz",
        "hip", "hufte", "humerus", "kidney", "knee", "knie", "leber", "leg", "liver", "lowerextremity",
        "lspine", "lumbar", "lumbarspine", "lung", "lunge", "oberschenkel", "pancreas", "pelvis", "prostate",
        "sacrum", "schulter", "shoulder", "spleen", "thigh", "thoracic", "thoracicspine", "thorax", "tibia",
        "toe", "tspine", "unterschenkel", "upperextremity", "uterus", "wrist",
    }
)  # fmt: skip
"""Body parts (0018,0015), folded, letters only, whose image shows no face."""
PHOTOGRAPHS = frozenset({"XC", "ES", "GM", "DOC", "HC", ""})
"""Modalities that stay held back though text in pixels is cleaned: a photograph shows a person without a word."""
_HEAD = re.compile(
    r"head|brain|skull|face|facial|neck|cspine|c spine|cervical|orbit|sinus|eye|ear\b|iac\b|tmj|jaw|maxill|mandib|"
    r"dental|teeth|whole ?body|total ?body|wb\b|pituitar|neuro|cerebr|crani|hirn|kopf|schadel|gesicht|hals|kiefer|auge|"
    r"ganzkorper|cerveau|tete|visage|cou\b|crane|corps entier|vertex|skb|carotid|stroke|flair|mprage|dti|bold|fmri|tof"
)
_CAPTURED = re.compile(r"SCREEN|CAPTURE|DOSE[ _]?(INFO|REPORT)|PATIENT[ _]PROTOCOL|LABEL|OVERVIEW|REPORT|SUMMARY")
_DESCRIBING = ("StudyDescription", "SeriesDescription", "ProtocolName", "RequestedProcedureDescription", "SequenceName")
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104."
_WAVEFORMS = "1.2.840.10008.5.1.4.1.1.9."
_VISIBLE_LIGHT = "1.2.840.10008.5.1.4.1.1.77.1."


def hold_findings(header: Header, policy: Policy, place: str) -> tuple[Finding, ...]:
    """Why an instance's series is held back, by its header; rules that the trial accepts are left out.

    Args:
        header: Values by DICOM keyword, as `guideit.dicom.index` names its columns; a missing key means absent.
        policy: Its settings name the accepted rules.
        place: How findings name the series; never a source value.
    """
    passed = policy.settings.accept | looked_at(header, policy)
    return tuple(
        Finding(rule=rule, severity=Severity.BLOCK, place=place, says=says, do=f"review it, or accept `{rule}`")
        for rule, (holds, says) in RULES.items()
        if rule not in passed and holds(header)
    )


def looked_at(header: Header, policy: Policy) -> frozenset[str]:
    """Rules that hold nothing back, since the policy has what they suspect looked at in the pixels themselves."""
    options, modality = policy.settings.options, _one(header, "Modality")
    found: frozenset[str] = frozenset()
    if Option.CLEAN_PIXEL_DATA in options and modality not in PHOTOGRAPHS:
        found |= _TEXT_RULES
    if Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES in options and modality in VOLUMES:
        found |= _FACE_RULES
    return found


def _values(header: Header, keyword: str) -> list[str]:
    value = header.get(keyword)
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [str(part).strip() for part in value]
    return [part.strip(" \0") for part in str(value).split("\\")]


def _one(header: Header, keyword: str) -> str:
    return next(iter(_values(header, keyword)), "").upper()


def _class(header: Header) -> str:
    return _one(header, "SOPClassUID")


def captured(header: Header) -> bool:
    """Whether it is a secondary capture, or says to be a screen, a label or a summary."""
    uid = _class(header)
    if uid == _SECONDARY_CAPTURE or uid.startswith(f"{_SECONDARY_CAPTURE}."):
        return True
    if _one(header, "ConversionType"):
        return True
    texts = [*_values(header, "ImageType")[2:], *_values(header, "SeriesDescription")]
    return any(_CAPTURED.search(text.upper()) for text in texts)


def is_volume(header: Header) -> bool:
    """Whether an instance is part of what a face could be rendered from."""
    return _one(header, "Modality") in VOLUMES and bool(header.get("Rows")) and not captured(header)


def scout(header: Header) -> bool:
    """Whether it is a CT's scout: a projection, of which no plane can be cut (PS3.3 C.8.2.1.1.1)."""
    return _one(header, "Modality") == "CT" and "LOCALIZER" in map(str.upper, _values(header, "ImageType"))


def _burned_in(header: Header) -> bool:
    """YES, or anything but NO where the attribute stands."""
    stated = _one(header, "BurnedInAnnotation")
    return stated not in {"", "NO"}


def _burned_in_modality(header: Header) -> bool:
    modality = _one(header, "Modality")
    if modality in BURNED_IN_ALWAYS:
        return True
    return modality in BURNED_IN_UNLESS_NO and _one(header, "BurnedInAnnotation") != "NO"


def head_volume(header: Header) -> bool:
    """A volume that shows a head, or does not say what it shows."""
    if _one(header, "Modality") not in VOLUMES and _class(header) not in VOLUME_CLASSES:
        return False
    part = fold(" ".join(_values(header, "BodyPartExamined")))
    words = fold(" ".join(text for keyword in _DESCRIBING for text in _values(header, keyword)))
    if _HEAD.search(re.sub(r"[\W_]+", " ", f"{part} {words}")):
        return True
    return re.sub(r"[^a-z]", "", part) not in FACELESS


def overlaid(header: Header) -> bool:
    """An overlay in the unused bits of the pixels (retired; PS3.5 8.1.2): removing its group leaves the bits."""
    return any(part not in {"", "0"} for part in _values(header, "OverlayBitPosition"))


def _annotated_waveform(header: Header) -> bool:
    """Any waveform: the index does not tell whether it is annotated, so none passes unseen."""
    return _class(header).startswith(_WAVEFORMS)


def _visible(header: Header) -> bool:
    stated = _one(header, "RecognizableVisualFeatures")
    return stated not in {"", "NO"} or _class(header).startswith(_VISIBLE_LIGHT)


_TEXT_RULES = frozenset(
    {"hold.secondary-capture", "hold.burned-in-annotation", "hold.burned-in-modality", "hold.overlay"}
)
_FACE_RULES = frozenset({"hold.head-volume", "hold.visible-features"})
RULES: Mapping[str, tuple[Callable[[Header], bool], str]] = {
    "hold.secondary-capture": (captured, "a captured screen or a summary page may show text in its pixels"),
    "hold.burned-in-annotation": (_burned_in, "the header says that text is burned into the pixels"),
    "hold.burned-in-modality": (_burned_in_modality, "images of this modality often carry text in their pixels"),
    "hold.head-volume": (head_volume, "a volume that may show a head: a face can be rendered from it"),
    "hold.overlay": (overlaid, "an overlay may lie in the unused bits of the pixels"),
    "hold.encapsulated-document": (lambda h: _class(h).startswith(_DOCUMENTS), "a document of unknown content"),
    "hold.waveform-annotation": (_annotated_waveform, "a waveform: it may carry annotations or a recorded voice"),
    "hold.visible-features": (_visible, "a person may be recognised in the image"),
}
"""Every rule: what holds, and what is said about it."""
