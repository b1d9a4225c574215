"""What each attribute of a released object may be, derived from the standard's table a second time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from guideit.dicom.facts import attribute_rows, safe_private_rows
from guideit.quality.inputs import PolicyClaim

WRITTEN = frozenset(
    {0x00100010, 0x00100020, 0x00120010, 0x00120020, 0x00120021, 0x00120030, 0x00120031, 0x00120040, 0x00120042}
    | {0x00120050, 0x00120051, 0x00120062, 0x00120063, 0x00120064, 0x00280301, 0x00280302, 0x00280303}
)
"""What the de-identification writes itself."""
DUMMIES = frozenset({"REMOVED", "19000101", "19000101000000", "000000", "000Y", "0", "urn:removed", "ANONYMIZED", ""})
TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR"})
_FORMS = {
    "DA": re.compile(r"\d{4}\.?\d{2}\.?\d{2}"),
    "TM": re.compile(r"\d{2}:?(\d{2}:?(\d{2}(\.\d{1,6})?)?)?"),
    "DT": re.compile(r"\d{4}(\d{2}){0,5}(\.\d{1,6})?([+-]\d{4})?"),
    "DS": re.compile(r" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *"),
    "IS": re.compile(r" *[+-]?\d+ *"),
    "CS": re.compile(r"[A-Z0-9_ ]{0,16}"),
    "AS": re.compile(r"\d{3}[DWMY]"),
    "UI": re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*"),
}
"""PS3.5 Table 6.2-1, for one value."""


def canonical(tag: int) -> int:
    """A tag, or the lowest of its repeating group (PS3.5 7.6)."""
    repeats = tag >> 24 in (0x50, 0x60) and not tag >> 16 & 1
    return tag & 0xFF00FFFF if repeats else tag


@lru_cache(maxsize=8)
def table(options: frozenset[str]) -> Mapping[int, str]:
    """The code in force by tag: clean before keep before the basic profile (PS3.15 Table E.1-1)."""
    codes: dict[int, str] = {}
    for row in attribute_rows():
        digits = row.tag.strip("()").replace(",", "").replace("x", "0")
        if len(digits) != 8 or row.tag == "PRIVATE" or row.tag == "(50xx,xxxx)":
            continue
        chosen = {row.options[name] for name in options & row.options.keys()}
        codes[int(digits, 16)] = "C" if "C" in chosen else "K" if "K" in chosen else row.basic
    return codes


@lru_cache(maxsize=1)
def safe_private() -> frozenset[tuple[int, int, str]]:
    """Private elements that the standard holds safe: group, low byte, creator."""
    return frozenset((row.group, row.low, row.creator) for row in safe_private_rows())


def expected(tag: int, claim: PolicyClaim, *, nested: bool = False) -> str:
    """What may stand at a public tag: a code of the table, `unlisted` where our rules decide, `absent`.

    What the de-identification writes itself stands at the top only; nested, the same tag is the source's.
    """
    tag = canonical(tag)
    if tag in WRITTEN and not nested:
        return "written"
    claimed = claim.decisions.get(f"{tag:08X}")
    if claimed is None or not (dictionary_has_tag(tag) or tag in table(claim.options)):
        return "absent"
    if claimed[1] == "override":
        return "K" if claimed[0] == "K" else claimed[0]
    listed = table(claim.options).get(tag)
    if listed is not None:
        return listed
    return "absent" if claimed[0] == "X" else "unlisted"


def claimed_action(tag: int, claim: PolicyClaim) -> str:
    """The action code that the release states for a public tag; removal where it states none."""
    return claim.decisions.get(f"{canonical(tag):08X}", ("X", ""))[0]


def private_allowed(group: int, low: int, creator: str, claim: PolicyClaim) -> bool:
    """Whether a private element may stay: the standard holds it safe, or the trial named it."""
    if "retain-safe-private" in claim.options and (group, low, creator) in safe_private():
        return True
    return claim.decisions.get(f"{group:04X}xx{low:02X} {creator}", ("", ""))[1] == "override"


@lru_cache(maxsize=8)
def _override_creators(rows: tuple[str, ...]) -> frozenset[tuple[int, str]]:
    return frozenset((int(row[:4], 16), row[9:]) for row in rows)


def creator_allowed(group: int, creator: str, claim: PolicyClaim) -> bool:
    """Whether a private creator may be named: one of its elements may stay."""
    if "retain-safe-private" in claim.options and any(g == group and c == creator for g, _, c in safe_private()):
        return True
    rows = tuple(tag for tag, (_, rule) in claim.decisions.items() if "xx" in tag[4:6] and rule == "override")
    return (group, creator) in _override_creators(rows)


def value_allowed(code: str, vr: str, text: str, claim: PolicyClaim) -> bool:
    """Whether a released text may stand under a code; K, C and unlisted ones are judged by form and residue."""
    if code in {"X"}:
        return False
    if vr in {"DA", "DT"} and claim.dates == "remove":
        return text.strip(" \0") in DUMMIES
    if vr == "AS" and claim.oldest_age is not None and text[3:4] == "Y" and text[:3].isdigit():
        return int(text[:3]) <= claim.oldest_age
    if code in {"Z", "D", "X/Z", "X/D", "Z/D", "X/Z/D"}:
        return text.strip(" \0") in DUMMIES
    return True


def form_allowed(vr: str, text: str) -> bool:
    """Whether each value has the form its VR asks for."""
    form = _FORMS.get(vr)
    return form is None or all(not part.strip(" \0") or form.fullmatch(part.strip(" \0")) for part in text.split("\\"))


def dictionary_vr(tag: int) -> str:
    """The listed VR of a public tag, or UN."""
    return dictionary_VR(tag).split(" or ")[0] if dictionary_has_tag(tag) else "UN"
