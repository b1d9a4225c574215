"""What a policy promises of each place: nobody can be blamed for what nobody said.

A proof fails by what was promised and not kept. The curve of leak and retention asks the same of every policy instead,
promised or not: there a policy that removes every date loses by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from guideit.dicom.dictionary import PUBLIC, TAGS
from guideit.quality.inputs import PolicyClaim
from guideit.quality.planting.answers import Check, Kind, Path_

_STAYS = frozenset({"K", "C"})
_PATIENT_ID = TAGS["PatientID"]
_DATES = frozenset({Kind.DATE_SHIFTED, Kind.DATE_INTERVAL, Kind.DATE_VALID})


def action_at(claim: PolicyClaim, path: Path_) -> str:
    """`K`, `C`, `U`, `Z`, `D` or `X` (PS3.15 Table E.1-1a) of an element; `X` where a sequence above it goes."""
    for tag in path[:-1]:
        if _action(claim, tag) not in _STAYS:
            return "X"
    return _action(claim, path[-1]) if path else "X"


def _action(claim: PolicyClaim, tag: int) -> str:
    group = tag >> 16
    repeating = group & 0xFF00 in (0x5000, 0x6000) and not group & 1
    code, _ = claim.decisions.get(f"{tag & 0xFF00FFFF if repeating else tag:08X}", ("X", ""))
    return code


def promised(check: Check, claim: PolicyClaim, stems: Collection[str]) -> bool:
    """Whether the policy says that this check passes.

    Args:
        check: The check.
        claim: The policy in force.
        stems: Surnames of nobody: one that an option asks to keep in an institution's name is no leak of a person.
    """
    if check.kind in _DATES:
        return _date(check, claim)
    action = action_at(claim, check.path)
    if check.kind is Kind.TAG_RETAINED:
        return action != "X"
    if check.kind is Kind.TEXT_NOT_NULL:
        return action not in {"X", "Z"} or check.path[-1] == _PATIENT_ID
    if check.kind is Kind.TEXT_RETAINED:
        return action == "K" or (action == "C" and not _cleaned_text(check))
    if check.kind is Kind.UID_CHANGED:
        return action != "K"
    if check.kind is Kind.UID_CONSISTENT:
        return action in {"U", "K"}
    if check.kind is Kind.TEXT_REMOVED:
        return action != "K" or not any(needle in stems for needle in check.needles)
    return True


def kept_stems(checks: Iterable[Check], claim: PolicyClaim, stems: Collection[str]) -> set[str]:
    """Surnames of nobody that the policy says it keeps where they stand: in Ethnic Group, in a device's name."""
    return {
        needle
        for check in checks
        if check.kind is Kind.TEXT_REMOVED and not promised(check, claim, stems)
        for needle in check.needles
    }


def _cleaned_text(check: Check) -> bool:
    """The trial's own text in an attribute that is cleaned: only words of the vocabulary stay, and these were planted
    beside it; a maker's name that is none may go."""
    return not check.needles and PUBLIC[check.path[-1]].vr in {"LO", "SH"}


def _date(check: Check, claim: PolicyClaim) -> bool:
    stays = action_at(claim, check.path) in _STAYS and claim.dates != "remove"
    if check.kind is Kind.DATE_SHIFTED:
        return claim.dates != "keep" or not stays
    return stays or check.kind is Kind.DATE_VALID


def date_stays(check: Check, claim: PolicyClaim) -> bool:
    """Whether a date must still be there, moved by the person's shift."""
    return action_at(claim, check.path) in _STAYS and claim.dates != "remove"
