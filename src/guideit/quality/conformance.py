"""Every attribute of a released object, at every depth, against the policy and the forms of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from pydicom import Dataset
from pydicom._uid_dict import UID_dictionary
from pydicom.dataelem import DataElement, RawDataElement

from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.quality.needles import Needles
from guideit.quality.rules import TEXT, dictionary_vr, expected, form_allowed, safe_private, value_allowed

_SUSPICIOUS = re.compile(r"\d{6,}|[^\W\d_]+\^[^\W\d_]+|[\w.]+@\w+\.\w+|https?://")
_CODES = frozenset({0x00080100, 0x00080119, 0x00080102, 0x00080103})
_TEXTUAL = TEXT | {"CS", "DA", "DT", "TM", "DS", "IS", "AS", "UI"}


@dataclass(frozen=True, slots=True)
class Element:
    """One element met on the way: path of tags, tag, VR, raw bytes (None: a sequence), creator of a private one."""

    path: str
    tag: int
    vr: str
    raw: bytes | None
    creator: str = ""


def elements(dataset: Dataset, path: str = "") -> Iterator[Element]:
    """Every element at every depth, in order."""
    creators: dict[int, str] = {}
    for key in sorted(dataset._dict):
        tag = int(key)
        element = dataset.get_item(key)
        raw = _raw(element)
        vr = _vr(element, tag)
        if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
            creators[tag] = (raw or b"").decode("latin-1").strip(" \0")
        block = tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8
        here = f"{path}({tag >> 16:04X},{tag & 0xFFFF:04X})"
        nested = vr == "SQ"
        yield Element(here, tag, vr, None if nested else raw, creators.get(block, creators.get(tag, "")))
        if nested:
            for item in dataset[key].value:
                yield from elements(item, f"{here}/")


def _raw(element: DataElement | RawDataElement | None) -> bytes | None:
    if isinstance(element, RawDataElement):
        return element.value or b""
    if element is None or element.VR == "SQ":
        return None
    value = element.value
    if value is None:
        return b""
    return "\\".join(map(str, value if not isinstance(value, str) and hasattr(value, "__iter__") else [value])).encode()


def _vr(element: DataElement | RawDataElement | None, tag: int) -> str:
    vr = (element.VR if element is not None else None) or "UN"
    return vr if vr != "UN" or tag >> 16 & 1 else dictionary_vr(tag)


@dataclass
class Conformance:
    """Checks elements; what it found out about one `(path, VR, bytes)` it does not find out twice."""

    claim: PolicyClaim
    needles: Needles | None
    _known: dict[tuple[str, str, bytes | None, str], tuple[str, str] | None] = field(default_factory=dict)

    def check(self, dataset: Dataset, place: str, verdict: Verdict) -> None:
        """Every element of a data set."""
        for element in elements(dataset):
            verdict.count("attributes")
            key = (
                element.path,
                element.vr,
                element.raw if element.raw is None or len(element.raw) < 512 else None,
                element.creator,
            )
            if key not in self._known or (element.raw is not None and len(element.raw) >= 512):
                self._known[key] = self._judge(element)
            wrong = self._known[key]
            if wrong:
                verdict.fail(wrong[0], f"{place} {element.path}", wrong[1])

    def _judge(self, element: Element) -> tuple[str, str] | None:
        """Rule and what is wrong; None where nothing is."""
        if element.tag >> 16 & 1:
            return self._private(element)
        code = expected(element.tag, self.claim)
        if code in {"absent", "X"} and element.tag != 0x7FE00010:
            return "conformance", "an attribute that the policy removes"
        if element.raw is None or element.vr not in _TEXTUAL:
            return None
        text = _decoded(element.raw)
        if not form_allowed(element.vr, text):
            return "form", "a value whose form is not that of its VR"
        if element.vr == "UI":
            return self._uid(element, code, text)
        if not value_allowed(code, element.vr, text):
            return "conformance", "a value where the policy leaves none"
        return self._text(element, code, text)

    def _text(self, element: Element, code: str, text: str) -> tuple[str, str] | None:
        if code == "written":
            return None
        if self.needles and element.vr in TEXT | {"CS"} and self.needles.in_text(text):
            return "residue", "a known identifier"
        cleaned = element.vr in TEXT and code in {"C", "unlisted"} and element.tag not in _CODES
        if cleaned and _SUSPICIOUS.search(_without_dates(text)):
            return "residue", "a form that identifies: a long number, a name, a mail address or a link"
        return None

    def _uid(self, element: Element, code: str, text: str) -> tuple[str, str] | None:
        kept = code == "K" or "retain-uids" in self.claim.options
        for uid in (part.strip(" \0") for part in text.split("\\")):
            if uid and not uid.startswith("2.25.") and uid not in UID_dictionary and not kept:
                return "uid", "a UID that is neither mapped nor of the standard"
        return None

    def _private(self, element: Element) -> tuple[str, str] | None:
        """Creators and listed elements only."""
        if 0x10 <= element.tag & 0xFFFF <= 0xFF:
            return None
        listed = (element.tag >> 16, element.tag & 0xFF, element.creator)
        safe = "retain-safe-private" in self.claim.options and listed in safe_private()
        override = f"{listed[0]:04X}xx{listed[1]:02X} {listed[2]}" in self.claim.decisions
        if not (safe or override):
            return "private", "a private element that no rule lets stay"
        if self.needles and element.raw and self.needles.in_bytes(element.raw):
            return "residue", "a known identifier in a private element"
        return None


@lru_cache(maxsize=4096)
def _without_dates(text: str) -> str:
    """A text without what has the form of a date, which may have been shifted."""
    return re.sub(r"(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)", "", text)


def _decoded(raw: bytes) -> str:
    """Bytes as text for searching: UTF-8 where they are, else Latin-1, which loses nothing."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
