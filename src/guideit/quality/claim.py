"""What a release says its policy is, beside what PS3.15 Table E.1-1 says under the same options."""

from __future__ import annotations

from pydicom.datadict import keyword_for_tag

from guideit.quality.attestation import CODES
from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.quality.rules import canonical, safe_private, table

_MAY = {
    "X": "X", "Z": "ZX", "D": "DX", "U": "UX", "K": "KCXZD", "C": "CXZDU", "X/Z": "XZ", "X/D": "XD", "Z/D": "ZDX",
    "X/Z/D": "XZD", "X/Z/U*": "XZU",
}  # fmt: skip
"""Actions that fulfil a code of Table E.1-1a; removing more than it asks is allowed."""
_SEQUENCE = frozenset("DZ")
"""A sequence has no dummy: its items may be cleaned instead (PS3.15 E.1.1, sequences)."""


def check_claim(claim: PolicyClaim, stated_digest: str, verdict: Verdict) -> None:
    """The stated policy is the sealed one, and nowhere weaker than the standard, but by a named override."""
    place = "evidence/policy.json"
    if claim.digest != stated_digest:
        verdict.fail("policy", place, "the policy is not the one the seal names")
    if not claim.options <= CODES.keys() or claim.dates != _dates(claim.options):
        verdict.fail("policy", place, "an option that there is not, or dates that the options do not ask for")
    for tag, (action, rule) in claim.decisions.items():
        verdict.count("decisions")
        if rule == "override":
            allowed = _named(tag, claim.overrides)
        elif "xx" in tag[4:6]:
            allowed = (int(tag[:4], 16), int(tag[6:8], 16), tag[9:]) in safe_private()
        else:
            allowed = _fulfils(int(tag, 16), action, claim)
        if not allowed:
            verdict.fail("policy", f"{place} {tag[:8]}", "a decision weaker than Table E.1-1 under the options")


def _dates(options: frozenset[str]) -> str:
    if "retain-longitudinal-full-dates" in options:
        return "keep"
    return "shift" if "retain-longitudinal-modified-dates" in options else "remove"


def _fulfils(tag: int, action: str, claim: PolicyClaim) -> bool:
    code = table(claim.options).get(canonical(tag))
    if code is None or action in _MAY[code]:
        return True
    return action == "C" and bool(_SEQUENCE & set(code)) and keyword_for_tag(tag).endswith("Sequence")


def _named(tag: str, overrides: tuple[str, ...]) -> bool:
    """Whether the trial named this attribute, by keyword, tag, or private creator."""
    if "xx" in tag[4:6]:
        group, low, creator = tag[:4], tag[6:8], tag[9:]
        return any(target.upper().startswith(f"({group},XX{low})") and target.endswith(creator) for target in overrides)
    names = {keyword_for_tag(int(tag, 16)), f"({tag[:4]},{tag[4:]})"}
    return any(target in names or target.upper() in names for target in overrides)
