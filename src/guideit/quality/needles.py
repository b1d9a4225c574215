"""Known identifiers as a second pair of eyes looks for them. Written apart from `deid`, on purpose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

LONG = 5
ENCODINGS = (
    "utf-8",
    "latin-1",
    "utf-16-le",
    "utf-16-be",
    "iso2022_jp",
    "iso2022_kr",
    "gb18030",
    "iso8859_5",
    "shift_jis",
)
_SPLIT = re.compile(r"[\^=\s,;\\/()]+")
_DOUBLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def plain(text: str) -> str:
    """Lower case without marks."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold()


@dataclass(frozen=True)
class Needles:
    """What must stand nowhere.

    Attributes:
        words: Whole words that must not stand in a text, folded.
        parts: Texts of five and more characters that must not stand in a text even inside a word, folded.
        raw: The same as bytes in many encodings, lower case, for bytes that are no text.
    """

    words: frozenset[str] = field(repr=False)
    parts: tuple[str, ...] = field(repr=False)
    raw: tuple[bytes, ...] = field(repr=False)

    def in_text(self, text: str) -> bool:
        """Whether any stands in a text."""
        folded = plain(text)
        if any(part in folded for part in self.parts):
            return True
        return not self.words.isdisjoint(re.findall(r"[^\W_]+", folded))

    def in_bytes(self, body: bytes) -> bool:
        """Whether any of five and more characters stands in bytes, in any usual encoding."""
        lowered = body.lower()
        return any(needle in lowered for needle in self.raw)


@lru_cache(maxsize=256)
def needles(identifiers: frozenset[tuple[str, str]], kept: frozenset[str]) -> Needles:
    """Needles for a set of identifiers; kinds in `kept` are what an option asks to retain."""
    words: set[str] = set()
    raw: set[bytes] = set()
    for kind, text in identifiers:
        if kind in kept:
            continue
        for part in _parts(kind, text):
            words.add(part)
            words.add(plain(part))
            if len(part) >= LONG and not part.isdigit():
                raw.update(_bytes(part))
    folded = {plain(word) for word in words if len(word) > 1}
    parts = tuple(sorted(word for word in folded if len(word) >= LONG and not word.isdigit()))
    return Needles(words=frozenset(folded), parts=parts, raw=tuple(sorted(raw)))


def _parts(kind: str, text: str) -> Iterable[str]:
    """Parts of an identifier that tell on their own."""
    if kind == "name":
        names = [part for part in _SPLIT.split(text) if len(part) > 1]
        return [*names, *(_doubled(name) for name in names)]
    if kind == "date":
        digits = "".join(c for c in text if c.isdigit())
        return [digits, digits[6:8] + digits[4:6] + digits[:4]] if len(digits) == 8 else []
    if kind in {"id", "uid", "device", "mail"}:
        return [text.strip(), "".join(c for c in text if c.isalnum())]
    if kind == "phone":
        digits = "".join(c for c in text if c.isdigit())
        return [digits] if len(digits) >= LONG else []
    return [text.strip()] if len(text.strip()) >= LONG else []


def _doubled(name: str) -> str:
    return "".join(_DOUBLED.get(c, c) for c in name.lower())


def _bytes(part: str) -> Iterable[bytes]:
    found = set()
    for variant in (part, part.lower(), part.upper()):
        for encoding in ENCODINGS:
            try:
                found.add(variant.encode(encoding).lower())
            except UnicodeEncodeError:
                continue  # what an encoding cannot write cannot stand in it
    return found
