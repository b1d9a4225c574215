"""What each object must say of its own de-identification (PS3.15 E.1.1, PS3.3 C.12.1.1.3, CID 7050)."""

from __future__ import annotations

from pydicom import Dataset

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
_TEMPORAL = {"shift": "MODIFIED", "keep": "UNMODIFIED", "remove": "REMOVED"}


def check_attestation(dataset: Dataset, claim: PolicyClaim, place: str, verdict: Verdict) -> None:
    """It is said that identity was removed, by which options, and what became of dates; and it is true."""
    verdict.count("attested")
    if str(dataset.get("PatientIdentityRemoved", "")) != "YES" or not dataset.get("DeidentificationMethod"):
        verdict.fail("attestation", place, "what must be said of the de-identification is not said")
    said = {str(item.get("CodeValue", "")) for item in dataset.get("DeidentificationMethodCodeSequence") or ()}
    wanted = {PROFILE} | {CODES[option] for option in claim.options if option in CODES}
    if said - _SHOWN_ONLY != wanted - _SHOWN_ONLY:
        verdict.fail("attestation", place, "the methods said are not the options in force")
    if str(dataset.get("LongitudinalTemporalInformationModified", "")) != _TEMPORAL.get(claim.dates):
        verdict.fail("attestation", place, "what is said of dates is not what the policy does")
