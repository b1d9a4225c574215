"""Every attribute of a released object, at every depth, against the policy and the forms of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from pydicom._uid_dict import UID_dictionary

from guideit.quality.elements import Element, whole_number, whole_numbers
from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.quality.needles import Needles
from guideit.quality.needles import plain as folded
from guideit.quality.rules import (
    TEXT,
    claimed_action,
    creator_allowed,
    expected,
    form_allowed,
    private_allowed,
    value_allowed,
)

_SUSPICIOUS = re.compile(r"\d{6,}|[^\W\d_]+\^[^\W\d_]+|[\w.]+@\w+\.\w+|https?://")
_CODES = frozenset({0x00080100, 0x00080119, 0x00080102, 0x00080103})
_PSEUDONYMS = frozenset({0x00100010, 0x00100020, 0x00120040})
_TEXTUAL = TEXT | {"CS", "DA", "DT", "TM", "DS", "IS", "AS", "UI"}
_LARGE = 512
Wrong = tuple[str, str]
"""Rule and what is wrong."""


@dataclass
class Conformance:
    """Checks elements; what it found out about one value at one tag it does not find out twice.

    Attributes:
        claim: The policy in force.
        own: The participant's needles. others: everybody's; both None without the private side.
        names: Single names of everybody, for free text.
    """

    claim: PolicyClaim
    own: Needles | None = None
    others: Needles | None = None
    names: frozenset[str] = frozenset()
    _known: dict[tuple[object, ...], Wrong | None] = field(default_factory=dict)

    def check(self, found: Iterable[Element], place: str, verdict: Verdict) -> None:
        """Every element of a data set."""
        for element in found:
            verdict.count("attributes")
            wrong = self._looked_up(element)
            if wrong:
                verdict.fail(wrong[0], f"{place} {element.path}", wrong[1])

    def _looked_up(self, element: Element) -> Wrong | None:
        if element.raw is not None and len(element.raw) >= _LARGE:
            return self._judge(element)
        key = (element.tag, element.nested, element.vr, element.raw, element.creator, element.codecs)
        if key not in self._known:
            self._known[key] = self._judge(element)
        return self._known[key]

    def _judge(self, element: Element) -> Wrong | None:
        if element.private:
            return self._private(element)
        code = expected(element.tag, self.claim, nested=element.nested)
        if code in {"absent", "X"}:
            return "conformance", "an attribute that the policy removes"
        if element.raw is None or element.vr not in _TEXTUAL:
            return self._unread(element, code)
        return next((wrong for text in sorted(element.texts()) if (wrong := self._value(element, code, text))), None)

    def _unread(self, element: Element, code: str) -> Wrong | None:
        """Sequences, numbers and bits: what is no text cannot be cleaned, only kept as the policy says, or blanked."""
        if element.raw is None:
            full = code in {"Z", "X/Z"} and bool(element.holder[element.tag].value)
            return ("conformance", "items where the policy leaves none") if full else None
        kept = code == "K" or (code == "unlisted" and claimed_action(element.tag, self.claim) == "K")
        if not kept and any(element.raw):
            return "conformance", "a value where the policy leaves none"
        return self._number(whole_numbers(element.vr, element.raw))

    def _number(self, digits: Iterable[str]) -> Wrong | None:
        """Numbers of other participants are not looked for here: some measured number is like one of theirs."""
        if self.own and not self.own.numbers.isdisjoint(digits):
            return "residue", "a known identifier, written as a number"
        return None

    def _value(self, element: Element, code: str, text: str) -> Wrong | None:
        if not form_allowed(element.vr, text):
            return "form", "a value whose form is not that of its VR"
        if element.vr == "UI":
            return self._uid(code, text)
        if not value_allowed(code, element.vr, text, self.claim):
            return "conformance", "a value where the policy leaves none"
        if element.vr in {"DS", "IS"}:
            return self._number(filter(None, map(whole_number, text.split("\\"))))
        return self._text(element, code, text)

    def _text(self, element: Element, code: str, text: str) -> Wrong | None:
        if element.vr not in TEXT | {"CS"} or (code == "written" and element.tag in _PSEUDONYMS):
            return None
        if any(needles and needles.in_text(text) for needles in (self.own, self.others)):
            return "residue", "a known identifier"
        if element.vr not in TEXT or code not in {"C", "unlisted"} or element.tag in _CODES:
            return None
        if _SUSPICIOUS.search(_without_dates(text)):
            return "residue", "a form that identifies: a long number, a name, a mail address or a link"
        if code == "C" and not self.names.isdisjoint(re.findall(r"[^\W_]+", folded(text))):
            return "residue", "a name of another participant"
        return None

    def _uid(self, code: str, text: str) -> Wrong | None:
        kept = code == "K" or "retain-uids" in self.claim.options
        for uid in (part.strip(" \0") for part in text.split("\\")):
            if uid and not uid.startswith("2.25.") and uid not in UID_dictionary and not kept:
                return "uid", "a UID that is neither mapped nor of the standard"
        return None

    def _private(self, element: Element) -> Wrong | None:
        """Listed elements and their creators only; their values are searched as bytes and as text."""
        group, low = element.tag >> 16, element.tag & 0xFF
        if 0x10 <= element.tag & 0xFFFF <= 0xFF:
            if not creator_allowed(group, element.creator, self.claim):
                return "private", "a private creator none of whose elements may stay"
        elif element.tag & 0xFFFF < 0x1000 or not private_allowed(group, low, element.creator, self.claim):
            return "private", "a private element that no rule lets stay"
        for needles in (self.own, self.others):
            if needles and element.raw and (needles.in_bytes(element.raw) or self._text_in(element, needles)):
                return "residue", "a known identifier in a private element"
        return None

    @staticmethod
    def _text_in(element: Element, needles: Needles) -> bool:
        return element.vr in TEXT and any(needles.in_text(text) for text in element.texts())


@lru_cache(maxsize=4096)
def _without_dates(text: str) -> str:
    """A text without what has the form of a date, which may have been shifted."""
    return re.sub(r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)", "", text)
