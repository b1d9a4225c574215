"""What each object must say of its own de-identification (PS3.15 E.1.1, PS3.3 C.12.1.1.3, CID 7050)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

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
_SAID = frozenset({0x00120062, 0x00120063, 0x00280303, 0x00080100, 0x00080102})
_TEMPORAL = {"shift": "MODIFIED", "keep": "UNMODIFIED", "remove": "REMOVED"}


_CODE_VALUE, _SCHEME = "(0012,0064)(0008,0100)", "(0012,0064)(0008,0102)"


def check_attestation(found: Iterable[Element], claim: PolicyClaim, place: str, verdict: Verdict) -> None:
    """It is said that identity was removed, by which options, and what became of dates; and it is true."""
    verdict.count("attested")
    told: dict[str, list[str]] = defaultdict(list)
    for element in found:
        if element.tag in _SAID and element.raw:
            told[element.shape].append(element.raw.decode("latin-1").strip(" \0"))
    if told["(0012,0062)"] != ["YES"] or not told["(0012,0063)"]:
        verdict.fail("attestation", place, "what must be said of the de-identification is not said")
    said = set(told[_CODE_VALUE])
    wanted = {PROFILE} | {CODES[option] for option in claim.options if option in CODES}
    if not wanted - _SHOWN_ONLY <= said <= wanted or set(told[_SCHEME]) != {"DCM"}:
        verdict.fail("attestation", place, "the methods said are not the options in force")
    if told["(0028,0303)"] != [_TEMPORAL.get(claim.dates)]:
        verdict.fail("attestation", place, "what is said of dates is not what the policy does")
