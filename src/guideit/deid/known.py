"""Known identifiers of one participant, searched for in everything that stays.

How each kind is turned into needles:

- names: every part of every component group (PS3.5 6.2.1.1), and initials next to the family name; parts of four
  and fewer characters only as whole words; umlauts also as two letters (Müller, Mueller, Muller);
- ids: letters and digits in order, whatever stands between; with and without leading zeros; whole tokens only
  where they have fewer than five characters;
- dates of birth: their digits in the usual orders; written-out dates are found by `guideit.deid.dates`;
- phones: their digits; mail addresses and other texts: as they stand, and each word the vocabulary does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from itertools import product

from guideit.deid.free_text.near import NearIds, NearNames
from guideit.deid.identifying import IDENTIFYING
from guideit.deid.subject import Identifier
from guideit.deid.vocabulary import fold, fold_with_map, vocabulary

__all__ = ["IDENTIFYING", "KnownIdentifiers", "Span"]

Span = tuple[int, int, str]

LONG = 5
"""From this many characters on a needle is found inside longer words too."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_WORDS = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[\^=\s,;.\-_'\\/()]+")
_BETWEEN = r"[\s\-_./\\:]{0,2}"
_BETWEEN_LONG = r"[\W_年月日]{0,4}"
"""A needle of six characters and more is nobody else's by chance, whatever stands between them."""
_SURE = 6
_ENCODINGS = (
    "utf-8",
    "latin-1",
    "utf-16-le",
    "utf-16-be",
    "iso2022_jp",
    "shift_jis",
    "gb18030",
    "iso8859_5",
    "euc_kr",
)


class KnownIdentifiers:
    """The needles of one participant, compiled."""

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        self._identifiers = sorted(set(identifiers))
        self._needles = sorted({n for i in self._identifiers for n in _needles(i) if _tells(n[1])})

    @cached_property
    def births(self) -> frozenset[str]:
        """Dates of birth, `YYYYMMDD`."""
        dates = ("".join(c for c in i.text if c.isdigit())[:8] for i in self._identifiers if i.kind == "date")
        return frozenset(day for day in dates if len(day) == 8)

    @cached_property
    def near_names(self) -> NearNames:
        """Finds words that are nearly a part of a name."""
        parts = (part for i in self._identifiers if i.kind == "name" for part in _PARTS.split(i.text) if part)
        return NearNames(variant for part in parts for variant in _variants(part))

    @cached_property
    def near_ids(self) -> NearIds:
        """Finds numbers that are nearly one of the participant's."""
        ids = (i.text for i in self._identifiers if i.kind == "id")
        return NearIds("".join(_WORDS.findall(fold(text))) for text in ids)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = {_regex(text, spaced) for _, text, spaced in self._needles}
        parts.update(form for day in self.births for form in _written_out(day))
        ordered = sorted(parts, key=lambda part: (-len(part), part))
        return re.compile("|".join(ordered)) if ordered else None

    def search(self, text: str) -> list[Span]:
        """Where identifiers stand in `text`: `(start, end, "known")`, in order."""
        if self._pattern is None:
            return []
        folded, origin = fold_with_map(text)
        found = self._pattern.finditer(folded)
        return [(origin[m.start()], origin[m.end() - 1] + 1, "known") for m in found if m.end() > m.start()]

    def contains(self, text: str) -> bool:
        """Whether any identifier stands in `text`."""
        return bool(self._pattern and self._pattern.search(fold(text)))

    def residue(self, data: bytes) -> bool:
        """Whether a long needle stands in encoded bytes, in any usual encoding.

        A last gate over a whole header. Digits count only where no other digit touches them: UIDs are full of
        digits. Needles under five characters are the value rules' business.
        """
        lowered = data.lower()
        for needle in self._residue_bytes:
            if needle in lowered:
                return True
        for digits in self._digit_runs:  # bytes are found far faster than a pattern is
            if digits in data:
                return bool(self._residue_digits and self._residue_digits.search(data))
        return False

    @cached_property
    def _digit_runs(self) -> tuple[bytes, ...]:
        texts = {i.text.strip() for i in self._identifiers if i.kind in {"id", "phone"}}
        return tuple(sorted(t.encode() for t in texts if t.isdigit() and t.isascii() and len(t) >= LONG))

    @cached_property
    def _residue_bytes(self) -> tuple[bytes, ...]:
        found: set[bytes] = set()
        for identifier in self._identifiers:
            if identifier.kind in {"name", "id", "mail"}:
                for part in _spellings(identifier):
                    found.update(_encoded(part) if _lasting(part) else ())
        return tuple(sorted(found))

    @cached_property
    def _residue_digits(self) -> re.Pattern[bytes] | None:
        parts = self._digit_runs
        return re.compile(rb"(?<![0-9.])(?:" + b"|".join(parts) + rb")(?![0-9.])") if parts else None


def _spellings(identifier: Identifier) -> set[str]:
    """An identifier's parts as written, an id also whole, a name's also with umlauts as two letters."""
    parts = set(_PARTS.split(identifier.text))
    if identifier.kind == "name":
        return parts | {part.lower().translate(_UMLAUTS) for part in parts}
    return parts | {identifier.text.strip()}


def _lasting(part: str) -> bool:
    """Whether bytes of this part prove a leak: long enough, and no plain number."""
    return len(part) >= (LONG if part.isascii() else 2) and not part.isdigit()


def _encoded(part: str) -> Iterator[bytes]:
    for encoding in _ENCODINGS:
        try:
            raw = part.encode(encoding)
        except UnicodeEncodeError:
            continue  # this character set cannot hold the name, so the name cannot stand in it
        yield raw.removeprefix(b"\x1b$B").removesuffix(b"\x1b(B").lower()


Needle = tuple[str, str, bool]
"""Kind, folded text, and whether separators may stand between its characters."""


def _tells(needle: str) -> bool:
    """Whether a needle tells anything: a Study ID of `1` stands in `1H` and in every stack of images."""
    return len(needle) > 1 or not needle.isascii()


def _needles(identifier: Identifier) -> Iterator[Needle]:
    makers = {"name": _name, "id": _id, "uid": _id, "device": _id, "date": _date, "phone": _phone, "refused": _refused}
    yield from makers.get(identifier.kind, _plain)(identifier.kind, identifier.text)


def _name(kind: str, text: str) -> Iterator[Needle]:
    for group in text.split("="):
        parts = [part for part in _PARTS.split(group) if part]
        for part in parts:
            if len(part) > 1 or not part.isascii():
                yield from ((kind, variant, len(variant) >= _SURE) for variant in _variants(part))
        yield from _initials(kind, parts)


def _initials(kind: str, parts: list[str]) -> Iterator[Needle]:
    """`SMITH J`, `J. Smith`, `SJ` is too short to be anyone's."""
    for family in parts[:1]:
        for given in parts[1:2]:
            for variant in _variants(family):
                yield kind, f"{fold(given)[:1]}{variant}", True
                yield kind, f"{variant}{fold(given)[:1]}", True
                if len(variant) + len(fold(given)) >= LONG:
                    yield from ((kind, both, True) for both in (variant + fold(given), fold(given) + variant))


def _variants(part: str) -> set[str]:
    """As it is, umlauts as two letters, and as UTF-8 looks where it is read as Latin-1."""
    misread = part.encode("utf-8", "ignore").decode("latin-1")
    return {fold(part), fold(part.lower().translate(_UMLAUTS)), fold(misread)}


def _id(kind: str, text: str) -> Iterator[Needle]:
    joined = "".join(_WORDS.findall(fold(text)))
    yield kind, joined, True
    if joined.isdigit() and len(joined.lstrip("0")) >= 4:
        yield kind, joined.lstrip("0"), True
    for part in _WORDS.findall(fold(text)):
        if len(part) >= LONG:
            yield kind, part, True


def _date(kind: str, text: str) -> Iterator[Needle]:
    digits = "".join(c for c in text if c.isdigit())[:8]
    if len(digits) == 8:
        year, month, day = digits[:4], digits[4:6], digits[6:]
        for m, d in product({month, month.lstrip("0")}, {day, day.lstrip("0")}):
            for order in (year + m + d, d + m + year, m + d + year):
                yield kind, order, True
        yield from ((kind, counted, True) for counted in _counted(digits))
        yield kind, year[2:] + month + day, False
        yield kind, day + month + year[2:], False


def _counted(birth: str) -> Iterator[str]:
    """A date of birth by its day in the year, and by week and weekday (ISO 8601)."""
    try:
        day = date.fromisoformat(birth)
    except ValueError:
        return  # no such day: nobody writes it so
    yield f"{day:%Y%j}"
    yield f"{day:%GW%V%u}".lower()


def _written_out(birth: str) -> Iterator[str]:
    """A date of birth around a month's name in any language: `12 de abril de 1958`, `April 12th, 1958`, `12APR58`."""
    year, day = birth[:4], birth[6:].lstrip("0")
    yield rf"(?<!\d)0?{day}(?!\d)(?=\D*[^\W\d])\D{{1,20}}{year}(?!\d)"
    yield rf"[^\W\d_]{{3,12}}\W{{0,3}}0?{day}(?:st|nd|rd|th)?\W{{1,3}}{year}(?!\d)"
    yield rf"(?<!\d)0?{day}[^\W\d_]{{3}}{year[2:]}(?!\d)"


def _phone(kind: str, text: str) -> Iterator[Needle]:
    digits = "".join(c for c in text if c.isdigit()).lstrip("0")
    if len(digits) >= 6:
        yield kind, digits, True


def _refused(kind: str, text: str) -> Iterator[Needle]:
    """A word that a person had taken out of free text, whole."""
    yield kind, fold(text), False


def _plain(kind: str, text: str) -> Iterator[Needle]:
    """The whole text, and each of its words that is no everyday word of imaging."""
    words = _WORDS.findall(fold(text))
    if len("".join(words)) >= LONG:
        yield kind, "".join(words), True
    for word in words:
        if len(word) >= 4 and word not in vocabulary():
            yield kind, word, False


def _regex(needle: str, spaced: bool) -> str:
    """A long needle anywhere, a short one or a number only where no letter or digit of its sort touches it."""
    between = _BETWEEN_LONG if len(needle) >= _SURE else _BETWEEN
    body = (between if spaced else "").join(re.escape(c) for c in needle)
    if needle.isdigit():
        return rf"(?<!\d)0*{body}(?!\d)"
    if len(needle) >= LONG or not needle.isascii():
        return body
    if needle.isalpha():  # `Annas`, `Li2`
        return rf"(?<![^\W\d_]){body}(?:['’]?s)?(?![^\W\d_])"
    return rf"(?<![^\W_]){body}(?![^\W_])"
