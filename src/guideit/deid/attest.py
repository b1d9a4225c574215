"""What is written into a cleaned object about its cleaning (PS3.15 E.1.1, PS3.3 C.12.1.1 and C.7.1.3)."""

from __future__ import annotations

from dataclasses import dataclass

from guideit.deid.policy import Policy
from guideit.deid.subject import Subject
from guideit.deid.vocabulary import fold
from guideit.trial.deidentification import Option

METHOD_CODES: dict[Option | None, tuple[str, str]] = {
    None: ("113100", "Basic Application Confidentiality Profile"),
    Option.CLEAN_PIXEL_DATA: ("113101", "Clean Pixel Data Option"),
    Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES: ("113102", "Clean Recognizable Visual Features Option"),
    Option.CLEAN_GRAPHICS: ("113103", "Clean Graphics Option"),
    Option.CLEAN_STRUCTURED_CONTENT: ("113104", "Clean Structured Content Option"),
    Option.CLEAN_DESCRIPTORS: ("113105", "Clean Descriptors Option"),
    Option.RETAIN_LONGITUDINAL_FULL_DATES: (
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    Option.RETAIN_LONGITUDINAL_MODIFIED_DATES: (
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    Option.RETAIN_PATIENT_CHARACTERISTICS: ("113108", "Retain Patient Characteristics Option"),
    Option.RETAIN_DEVICE_IDENTITY: ("113109", "Retain Device Identity Option"),
    Option.RETAIN_UIDS: ("113110", "Retain UIDs Option"),
    Option.RETAIN_SAFE_PRIVATE: ("113111", "Retain Safe Private Option"),
    Option.RETAIN_INSTITUTION_IDENTITY: ("113112", "Retain Institution Identity Option"),
}
"""Code value and meaning of CID 7050 by option; None is the basic profile."""
_PIXELS = frozenset({Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES})
_TEMPORAL = {"shift": "MODIFIED", "keep": "UNMODIFIED", "remove": "REMOVED"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Attested:
    """One element to write: `value` is little endian and even in length; a sequence has `items` instead."""

    tag: int
    vr: str
    value: bytes = b""
    items: tuple[tuple[Attested, ...], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ClinicalTrial:
    """What the Clinical Trial modules say (PS3.3 C.7.1.3, C.7.2.3); written whole or not at all."""

    sponsor: str
    protocol_id: str
    protocol_name: str = ""
    time_point: str = ""


def attest(
    policy: Policy,
    subject: Subject,
    *,
    trial: ClinicalTrial | None = None,
    shown: frozenset[Option] = frozenset(),
) -> tuple[Attested, ...]:
    """The elements written about a de-identification, in tag order.

    Args:
        policy: Whose options are named.
        subject: Whose pseudonym becomes Patient's Name and Patient ID.
        trial: Written to the Clinical Trial attributes, if given.
        shown: Of the two pixel options, those whose effect was shown on this object; the others are not claimed.
    """
    written = [
        _text(0x00100010, "PN", subject.pseudonym),
        _text(0x00100020, "LO", subject.pseudonym),
        _text(0x00120062, "CS", "YES"),
        _text(0x00120063, "LO", f"guideit\\PS3.15 2026d\\policy {policy.digest[:16]}"),
        Attested(tag=0x00120064, vr="SQ", items=_methods(policy, shown)),
        _text(0x00280303, "CS", _TEMPORAL[policy.dates]),
    ]
    if Option.CLEAN_PIXEL_DATA in shown:
        written.append(_text(0x00280301, "CS", "NO"))
    if Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES in shown:
        written.append(_text(0x00280302, "CS", "NO"))
    if trial:
        written.extend(_trial(trial, policy, subject))
    return tuple(sorted(written, key=lambda element: element.tag))


def _methods(policy: Policy, shown: frozenset[Option]) -> tuple[tuple[Attested, ...], ...]:
    claimed = {None} | (policy.settings.options - _PIXELS) | (shown & _PIXELS)
    return tuple(
        (_text(0x00080100, "SH", code), _text(0x00080102, "SH", "DCM"), _text(0x00080104, "LO", meaning))
        for option, (code, meaning) in METHOD_CODES.items()
        if option in claimed
    )


def _trial(trial: ClinicalTrial, policy: Policy, subject: Subject) -> list[Attested]:
    """The site's id tells of the institution, so it is written where that may be told."""
    told = Option.RETAIN_INSTITUTION_IDENTITY in policy.settings.options
    return [
        _text(0x00120010, "LO", trial.sponsor),
        _text(0x00120020, "LO", trial.protocol_id),
        _text(0x00120021, "LO", trial.protocol_name),
        _text(0x00120030, "LO", subject.site if told else ""),
        _text(0x00120031, "LO", ""),
        _text(0x00120040, "LO", subject.pseudonym),
        *([_text(0x00120050, "LO", trial.time_point)] if trial.time_point else []),
    ]


def _text(tag: int, vr: str, text: str) -> Attested:
    """ASCII, since the object's character set is not ours to choose; letters with marks lose them."""
    plain = text if text.isascii() else fold(text)
    value = plain.encode("ascii", "ignore")
    return Attested(tag=tag, vr=vr, value=value + b" " * (len(value) % 2))
