"""What each object must say of its own de-identification (PS3.15 E.1.1, PS3.3 C.12.1.1.3, CID 7050)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from guideit.quality.elements import Element
from guideit.quality.inputs import PolicyClaim, Verdict

PROFILE = "113100"
CODES = {
    "clean-pixel-data": "113101",
    "clean-recognizable-visual-features": "113102",
    "clean-graphics": "113103",
    "clean-structured-content": "113104",
    "clean-descriptors": "113105",
    "retain-longitudinal-full-dates": "113106",
    "retain-longitudinal-modified-dates": "113107",
    "retain-patient-characteristics": "113108",
    "retain-device-identity": "113109",
    "retain-uids": "113110",
    "retain-safe-private": "113111",
    "retain-institution-identity": "113112",
}
"""Code value of CID 7050 by option."""
_SHOWN_ONLY = frozenset({"113101", "113102"})
"""The two about pixels are said only of objects on which they were shown."""
_SAID = frozenset({0x00120062, 0x00120063, 0x00280301, 0x00280302, 0x00280303, 0x00080100, 0x00080102})
_TEMPORAL = {"shift": "MODIFIED", "keep": "UNMODIFIED", "remove": "REMOVED"}


_CODE_VALUE, _SCHEME = "(0012,0064)(0008,0100)", "(0012,0064)(0008,0102)"
_SAYS_NO = {"113101": "(0028,0301)", "113102": "(0028,0302)"}
"""Burned In Annotation and Recognizable Visual Features, by the code that goes with NO (PS3.15 E.3.1, E.3.2)."""
Told = Mapping[str, list[str]]


def check_attestation(
    found: Sequence[Element], claim: PolicyClaim, place: str, verdict: Verdict, shown: frozenset[str] | None = None
) -> None:
    """It is said that identity was removed, by which options, and what became of dates; and it is true.

    Args:
        found: Elements of the released object.
        claim, place, verdict: As everywhere.
        shown: Which of the two codes about pixels the treatment of this object supports; None if that is unknown.
    """
    verdict.count("attested")
    told = _told(found)
    if told["(0012,0062)"] != ["YES"] or not told["(0012,0063)"]:
        verdict.fail("attestation", place, "what must be said of the de-identification is not said")
    said = set(told[_CODE_VALUE])
    wanted = {PROFILE} | {CODES[option] for option in claim.options if option in CODES}
    if not wanted - _SHOWN_ONLY <= said <= wanted or set(told[_SCHEME]) != {"DCM"}:
        verdict.fail("attestation", place, "the methods said are not the options in force")
    if told["(0028,0303)"] != [_TEMPORAL.get(claim.dates)]:
        verdict.fail("attestation", place, "what is said of dates is not what the policy does")
    for code in sorted(said & _SHOWN_ONLY):
        if told[_SAYS_NO[code]] != ["NO"]:
            verdict.fail("attestation", place, "a method about pixels is said, and not that nothing is left in them")
    if shown is not None and said & _SHOWN_ONLY != shown & wanted:
        verdict.fail("attestation", place, "what is said of pixels is not what was shown of them")


def check_carried(source: Sequence[Element], released: Sequence[Element], place: str, verdict: Verdict) -> None:
    """Whatever the source said of its pixels may be said on; NO that nobody said and nothing showed may not."""
    before, after = _told(source), _told(released)
    for code, shape in _SAYS_NO.items():
        if code not in after[_CODE_VALUE] and after[shape] not in ([], before[shape]):
            verdict.fail("attestation", place, "what is said of pixels is neither the source's nor shown")


def _told(found: Iterable[Element]) -> Told:
    told: dict[str, list[str]] = defaultdict(list)
    for element in found:
        if element.tag in _SAID and element.raw:
            told[element.shape].append(element.raw.decode("latin-1").strip(" \0"))
    return told
