"""The policy: one decision for every attribute, made before the first file is read.

Order of authority: the trial's override, PS3.15 Table E.1-1 under the options in force, then our rules for
what the table does not list (`policies/unlisted.toml` and the VR). What is in no dictionary is removed.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from guideit.deid.actions import Action, Decision
from guideit.dicom.dictionary import PUBLIC, REPEATING, TAGS
from guideit.dicom.facts import AttributeRow, attribute_rows, content_rows, safe_private_rows
from guideit.errors import PolicyInvalid
from guideit.trial.deidentification import DeidSettings, Option

TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR", "AS"})
TEMPORAL = frozenset({"DA", "TM", "DT"})
CHECKED = frozenset({"CS", "DS", "IS", "UI"})
NUMBERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT"})
BULK = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})
DateMode = Literal["shift", "keep", "remove"]

_ACTIONS = {
    "X": Action.REMOVE,
    "Z": Action.ZERO,
    "D": Action.DUMMY,
    "U": Action.UID,
    "K": Action.KEEP,
    "C": Action.CLEAN,
    # combined codes: the one that keeps every IOD conformant (docs/decisions/0002)
    "X/Z": Action.ZERO,
    "X/D": Action.DUMMY,
    "Z/D": Action.DUMMY,
    "X/Z/D": Action.DUMMY,
    "X/Z/U*": Action.UID,
}
_PERFORMED_STEPS = 0x00081111
"""Referenced Performed Procedure Step Sequence: reports need it (PS3.3 C.17.1, Type 2), others may not have it empty;
its items hold UIDs only."""
_WORDS = {a.name.lower(): a for a in Action}
_REMOVED = Decision(Action.REMOVE, "unlisted.removed")
_UNKNOWN = Decision(Action.REMOVE, "unknown")
_WRONG_VR = Decision(Action.REMOVE, "wrong-vr")
_PRIVATE = Decision(Action.REMOVE, "private")
_OVERLAY = Decision(Action.REMOVE, "graphics.overlay")
"""No rule can clean a bitmap, so it goes under every option, and with it what means nothing without it: rows, columns,
origin, comments."""

_CURVE = Decision(Action.REMOVE, "graphics.curve")
"""Curves (retired 2004) may be graphics that an option would have cleaned; nothing here reads them, so they go."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Compiled decisions; cheap to pickle, since workers rebuild it from its settings.

    Attributes:
        settings: What it was compiled from.
        public: Decision by tag, repeating groups under their lowest tag.
        vrs: The dictionary's VRs by tag.
        private: Decision and VR by `(group, low byte, creator)`.
        content: Action code of SR content items by `(scheme, code, value type)`.
        digest: SHA-256 over all of the above.
    """

    settings: DeidSettings
    public: Mapping[int, Decision] = field(repr=False)
    vrs: Mapping[int, frozenset[str]] = field(repr=False)
    private: Mapping[tuple[int, int, str], tuple[Decision, str]] = field(repr=False)
    content: Mapping[tuple[str, str, str], Decision] = field(repr=False)
    digest: str

    def __reduce__(self) -> tuple[object, ...]:
        return (load_policy, (self.settings,))

    @property
    def dates(self) -> DateMode:
        """What happens to dates: shifted, kept in full, or removed."""
        if Option.RETAIN_LONGITUDINAL_FULL_DATES in self.settings.options:
            return "keep"
        return "shift" if Option.RETAIN_LONGITUDINAL_MODIFIED_DATES in self.settings.options else "remove"

    def decide(self, tag: int, vr: str) -> Decision:
        """The decision on a public attribute that stands in a file with `vr`."""
        tag = canonical(tag)
        decision = self.public.get(tag)
        if decision is None:
            return _UNKNOWN
        if vr not in self.vrs[tag] and vr != "UN" and not _close(vr, self.vrs[tag]):
            return _WRONG_VR
        return decision

    def decide_private(self, group: int, low: int, creator: str, vr: str) -> Decision:
        """The decision on a private element; `low` is the last byte of its element number.

        An element whose VR is neither the listed one nor UN is removed.
        """
        listed = self.private.get((group, low, creator))
        if listed is None:
            return _PRIVATE
        decision, expected = listed
        return decision if vr in {expected, "UN"} else _WRONG_VR

    def private_vr(self, group: int, low: int, creator: str) -> str | None:
        """The listed VR of a private element that may stay; None where none may."""
        listed = self.private.get((group, low, creator))
        return listed[1] if listed else None

    def decide_content_item(self, scheme: str, code: str, value_type: str) -> Decision:
        """The decision on an SR content item by its concept name and value type."""
        return self.content.get((scheme, code, value_type)) or _content_default(value_type)

    def dictionary_vr(self, tag: int) -> str | None:
        """The dictionary's VR for a public tag, where it has one only."""
        vrs = self.vrs.get(canonical(tag), frozenset())
        return next(iter(vrs)) if len(vrs) == 1 else None

    def describe(self) -> list[dict[str, str]]:
        """Every decision as rows for `evidence/policy.json`, in tag order."""
        rows = [_row(f"{tag:08X}", d) for tag, d in sorted(self.public.items())]
        rows += [
            _row(f"{group:04X}xx{low:02X} {creator}", decision)
            for (group, low, creator), (decision, _) in sorted(self.private.items())
        ]
        return rows


def canonical(tag: int) -> int:
    """A tag, or the lowest of its repeating group (PS3.5 7.6)."""
    group = tag >> 16
    if group & 0xFF00 in (0x5000, 0x6000) and not group & 1:
        return tag & 0xFF00FFFF
    return tag


def _row(tag: str, decision: Decision) -> dict[str, str]:
    return {"tag": tag, "action": decision.action.value, "rule": decision.rule}


def _close(vr: str, listed: frozenset[str]) -> bool:
    """Texts may stand for texts, numbers for numbers, as careless writers do; the value rules still hold."""
    return any(vr in family and listed & family for family in (TEXT - {"AS"}, NUMBERS, BULK))


def _content_default(value_type: str) -> Decision:
    """SR content items the table does not list: numbers, codes and structure stay, the rest is cleaned."""
    if value_type == "PNAME":
        return Decision(Action.DUMMY, "sr.unlisted-name")
    if value_type in {"NUM", "CODE", "CONTAINER", "SCOORD", "SCOORD3D", "TCOORD"}:
        return Decision(Action.KEEP, "sr.unlisted-structure")
    return Decision(Action.CLEAN, "sr.unlisted-text")


@lru_cache(maxsize=8)
def load_policy(settings: DeidSettings) -> Policy:
    """Compile the policy a trial asks for.

    Raises:
        PolicyInvalid: Two options contradict each other, or an override names what does not exist.
    """
    both = {Option.RETAIN_LONGITUDINAL_FULL_DATES, Option.RETAIN_LONGITUDINAL_MODIFIED_DATES}
    if both <= settings.options:
        raise PolicyInvalid("dates cannot be kept in full and modified", do="name one of the two options")
    options = frozenset(o.value for o in settings.options)
    vrs = dictionary()
    public = {tag: _unlisted(tag, kinds) for tag, kinds in vrs.items()}
    public |= _listed(options, vrs)
    public |= {tag: _OVERLAY for tag in vrs if tag >> 16 == 0x6000}
    private = _safe_private() if Option.RETAIN_SAFE_PRIVATE in settings.options else {}
    content = {(r.scheme, r.code, r.value_type): _chosen(r.basic, r.options, options) for r in content_rows()}
    _override(settings, public, private, vrs)
    digest = _digest(settings, public, private, content)
    return Policy(settings=settings, public=public, vrs=vrs, private=private, content=content, digest=digest)


@lru_cache(maxsize=1)
def dictionary() -> dict[int, frozenset[str]]:
    """Every public tag of PS3.6 with its VRs; repeating groups under their lowest tag; table rows newer than
    the dictionary too."""
    vrs = {tag: frozenset(entry.vr.split(" or ")) for tag, entry in PUBLIC.items()}
    for mask, entry in REPEATING.items():
        if mask[:2] in {"50", "60"}:
            vrs[int(mask.replace("x", "0"), 16)] = frozenset(entry.vr.split(" or "))
    for row in attribute_rows():
        if row.number is not None:
            vrs.setdefault(row.number, TEXT | TEMPORAL | CHECKED | {"SQ"})
    return {tag: kinds - {"NONE"} for tag, kinds in vrs.items()}


@lru_cache(maxsize=1)
def _written() -> dict[str, Any]:
    return tomllib.loads((files("guideit.deid") / "policies" / "unlisted.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _written_tags() -> tuple[frozenset[int], frozenset[int]]:
    """Tags that `unlisted.toml` cleans, and those of bulk VRs that it keeps."""
    clean = frozenset(TAGS[word] for word in _written()["clean"]["keywords"])
    bulk = frozenset(TAGS[word] for word in _written()["binary"]["keep"] if word in TAGS)
    return clean, bulk


def _unlisted(tag: int, kinds: frozenset[str]) -> Decision:
    """What our rules say of an attribute that the table may not list."""
    clean, bulk = _written_tags()
    if tag & 0xFFFF == 0 or tag >> 16 in {0x0000, 0x0004}:
        return Decision(Action.REMOVE, "unlisted.group-length-or-command")
    if kinds & TEXT:
        return Decision(Action.CLEAN, "unlisted.text-cleaned") if tag in clean else _REMOVED
    if kinds & BULK:
        return Decision(Action.KEEP, "unlisted.bulk") if tag in bulk or kinds & NUMBERS else _REMOVED
    return _by_vr(kinds)


def _by_vr(kinds: frozenset[str]) -> Decision:
    if kinds & TEMPORAL:
        return Decision(Action.CLEAN, "unlisted.date")
    if "UI" in kinds:
        return Decision(Action.UID, "unlisted.uid")
    if "CS" in kinds:
        return Decision(Action.CLEAN, "unlisted.code-string")
    if "SQ" in kinds:
        return Decision(Action.CLEAN, "unlisted.sequence")
    return Decision(Action.KEEP, "unlisted.number") if kinds else _REMOVED  # marks of items have no VR


def _listed(options: frozenset[str], vrs: Mapping[int, frozenset[str]]) -> dict[int, Decision]:
    """What Table E.1-1 says under the options."""
    found: dict[int, Decision] = {}
    for row in attribute_rows():
        decision = _chosen(row.basic, row.options, options)
        if row.number is not None:
            found[row.number] = _for_sequence(decision, row) if "SQ" in vrs[row.number] else decision
        elif row.tag == "(50xx,xxxx)":
            found |= {tag: _CURVE for tag in vrs if tag >> 16 == 0x5000}
        elif row.tag.startswith("(60xx"):
            found[int("6000" + row.tag[6:10], 16)] = decision
    return found


def _for_sequence(decision: Decision, row: AttributeRow) -> Decision:
    """A sequence has no dummy: one that may go goes, one that must stay has its items cleaned."""
    if decision.action is Action.DUMMY:
        stays = "X" not in row.basic or row.number == _PERFORMED_STEPS
        return Decision(Action.CLEAN if stays else Action.REMOVE, decision.rule)
    return decision


def _chosen(basic: str, row_options: Mapping[str, str], options: frozenset[str]) -> Decision:
    """The code in force: clean before keep, so that two options together never keep more than either cleans."""
    codes = {row_options[name]: name for name in sorted(options & row_options.keys())}
    if "C" in codes:
        return Decision(Action.CLEAN, f"e1.{codes['C']}")
    if "K" in codes:
        return Decision(Action.KEEP, f"e1.{codes['K']}")
    return Decision(_ACTIONS[basic], "e1.basic")


def _safe_private() -> dict[tuple[int, int, str], tuple[Decision, str]]:
    """Texts are cleaned; binary numbers (a gradient direction) have nothing to clean and stay."""
    return {
        (r.group, r.low, r.creator): (
            Decision(Action.KEEP if r.vr in NUMBERS else Action.CLEAN, "e1.retain-safe-private"),
            r.vr,
        )
        for r in safe_private_rows()
    }


_PRIVATE_TARGET = re.compile(r"\(([0-9A-Fa-f]{4}),xx([0-9A-Fa-f]{2})\)\s*(?:\[(\w\w)\])?\s+(.+)")
_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)")


def _override(
    settings: DeidSettings,
    public: dict[int, Decision],
    private: dict[tuple[int, int, str], tuple[Decision, str]],
    vrs: Mapping[int, frozenset[str]],
) -> None:
    for item in settings.overrides:
        if item.action not in _WORDS:
            raise PolicyInvalid("no such action", where=item.target, do=f"use one of {', '.join(_WORDS)}")
        decision = Decision(_WORDS[item.action], "override")
        if found := _PRIVATE_TARGET.fullmatch(item.target):
            group, low, vr, creator = found.groups()
            private[int(group, 16), int(low, 16), creator] = (decision, vr or "LO")
        else:
            public[_public_target(item.target, vrs)] = decision


def _public_target(target: str, vrs: Mapping[int, frozenset[str]]) -> int:
    found = _TAG.fullmatch(target)
    tag = int("".join(found.groups()), 16) if found else TAGS.get(target)
    if tag is None or canonical(tag) not in vrs:
        raise PolicyInvalid(
            "no such attribute",
            where=target,
            do="use a keyword (StudyID), (gggg,eeee), or (gggg,xxee) CREATOR",
        )
    return canonical(tag)


def _digest(
    settings: DeidSettings,
    public: Mapping[int, Decision],
    private: Mapping[tuple[int, int, str], tuple[Decision, str]],
    content: Mapping[tuple[str, str, str], Decision],
) -> str:
    facts = [
        sorted([tag, *decision] for tag, decision in public.items()),
        sorted([*key, *decision, vr] for key, (decision, vr) in private.items()),
        sorted([*key, *decision] for key, decision in content.items()),
        sorted(settings.options),
        sorted(settings.keep_words),
        list(settings.shift_days),
        settings.oldest_age,
        sorted(settings.accept),
        sorted(settings.drop_modalities),
        [settings.keep_marks, settings.face_fill, settings.keep_eyes],
        settings.free_text,
        settings.recogniser,
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
