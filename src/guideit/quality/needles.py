"""Known identifiers as a second pair of eyes looks for them. Written apart from `deid`, on purpose.

The participant's own identifiers are looked for with every rule there is. Those of all other participants are
looked for too, but a family name alone is no proof there: among thousands of people some are called as a word of
the images is (Stern, Long, Philips). Of others count: family and given name next to each other, mail addresses,
ids from four characters and numbers from five digits on (`02` is a day of any month), and single names in free
text that are no word of the standard's dictionary.

Institutions and devices count in the files of those who were there.

A date of birth counts where it stands in a text; a value that is a date alone is the interval check's business,
since a shifted date may by chance be somebody's date of birth.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import permutations

from pydicom._dicom_dict import DicomDictionary

from guideit.quality.disguises import flat, readings, unmasked
from guideit.quality.scan import SHORTEST, Scanner
from guideit.quality.written_dates import days_in

LONG = 5
"""From this many characters on a needle is found inside longer words and in bytes."""
LONG_IN_PIXELS = 8
"""From this many on in pixel bytes: shorter ones turn up there by chance."""
_NUMBER = 5
_NUMBER_IN_BYTES = 8
ENCODINGS = (
    "utf-8", "latin-1", "utf-16-le", "utf-16-be", "iso2022_jp", "iso2022_kr", "euc_kr", "gb18030", "big5",
    "shift_jis", "euc_jp", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5", "iso8859_6", "iso8859_7",
    "iso8859_8", "iso8859_9", "iso8859_15", "koi8_r", "cp1251", "tis_620",
)  # fmt: skip
_WIDE = frozenset({"utf-16-le", "utf-16-be"})
_ESCAPES = re.compile(rb"\x1b[$(][()]?[@-Z]|[\x0e\x0f]")
_SPLIT = re.compile(r"[\^=\s,;.\-_'\\/()]+")
_BETWEEN = re.compile(r"[\W_]+")
_RUNS = re.compile(r"\d(?:[\s\-_./\\:()]{0,2}\d)*")
_WIDE_RUNS = re.compile(r"\d(?:[\W_]{0,4}\d){7,}")
"""Eight digits and more are nobody else's by chance, whatever stands between them."""
_BYTE_RUNS = re.compile(rb"(?<![0-9.])[0-9]{8,}(?![0-9.])")
_IDEOGRAPHIC = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NOT_OF_OTHERS = frozenset({"date", "institution", "device"})
"""A hospital is named as the sponsor in what a trial says of itself; its devices took everybody's images."""
_DOUBLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae"}
_TYPED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h"})
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc"})


def plain(text: str) -> str:
    """Lower case without marks and without characters nobody sees; white space stays."""
    apart = unicodedata.normalize("NFKD", text)
    seen = "".join(c for c in apart if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return unicodedata.normalize("NFC", seen).casefold().translate(_TYPED)


@dataclass(frozen=True)
class Needles:
    """What must stand nowhere.

    Attributes:
        words: Whole words that must not stand in a text, folded.
        parts: Texts that must not stand in a text even inside a word or with other separators, folded.
        numbers: Runs of digits, leading zeros left out.
        days: Dates of birth, `YYYYMMDD`.
        raw: What must not stand in bytes, in many encodings. in_pixel_bytes: those long enough for pixels.
    """

    words: frozenset[str] = field(repr=False)
    parts: Scanner = field(repr=False)
    numbers: frozenset[str] = field(repr=False)
    days: frozenset[str] = field(repr=False)
    raw: Scanner = field(repr=False)
    in_pixel_bytes: Scanner = field(repr=False)

    def in_text(self, text: str) -> bool:
        """Whether any stands in a text."""
        folded = plain(text)
        if not self.words.isdisjoint(re.findall(r"[^\W_]+", folded)) or self._numbers_in(folded):
            return True
        if any(self.parts.found(form.encode()) for form in {folded, _joined(folded)}):
            return True
        if self.days and not self.days.isdisjoint(days_in(folded)):
            return True
        return self._disguised_in(text, folded)

    @cached_property
    def _flat(self) -> frozenset[str]:
        return frozenset(flat(word) for word in self.words if len(word) >= LONG and not word.isdigit())

    def _disguised_in(self, text: str, folded: str) -> bool:
        """Whether one stands there in look-alikes, backwards or encoded: names of five and more letters only."""
        if any(word in self._flat for word in unmasked(folded)):
            return True
        said = (plain(part) for part in readings(text))
        return any(self.parts.found(form.encode()) for part in said for form in {part, _joined(part)})

    def _numbers_in(self, folded: str) -> bool:
        runs = (re.sub(r"\D", "", run) for form in (_RUNS, _WIDE_RUNS) for run in form.findall(folded))
        return any(run.lstrip("0") in self.numbers for run in runs) or any(
            run.lstrip("0") in self.numbers for run in re.findall(r"\d+", folded)
        )

    def in_bytes(self, body: bytes | memoryview) -> bool:
        """Whether any stands in bytes other than pixels, in any usual encoding."""
        if self.raw.found(body):
            return True
        return any(run.decode().lstrip("0") in self.numbers for run in _BYTE_RUNS.findall(body))

    def in_pixels(self, body: bytes | memoryview) -> bool:
        """Whether any of eight and more characters stands in pixel bytes."""
        return self.in_pixel_bytes.found(body)


@lru_cache(maxsize=256)
def needles(identifiers: frozenset[tuple[str, str]], kept: frozenset[str]) -> Needles:
    """A participant's own identifiers; kinds in `kept` are what an option asks to retain."""
    found = _Found()
    for kind, text in identifiers:
        if kind not in kept:
            found.add_own(kind, text)
    return found.compiled()


@lru_cache(maxsize=4)
def everyone(identifiers: frozenset[tuple[str, str]], kept: frozenset[str] = frozenset()) -> Needles:
    """What tells of a participant in somebody else's files."""
    found = _Found()
    for kind, text in identifiers:
        if kind not in kept:
            found.add_other(kind, text)
    return found.compiled()


@lru_cache(maxsize=4)
def single_names(identifiers: frozenset[tuple[str, str]]) -> frozenset[str]:
    """Family and given names of five and more letters that are no words of the standard, folded."""
    names = {plain(part) for kind, text in identifiers if kind == "name" for part in _names(text)}
    return frozenset(name for name in names if len(name) >= LONG) - standard_words()


@lru_cache(maxsize=1)
def standard_words() -> frozenset[str]:
    """Every word in the names of the standard's attributes."""
    return frozenset(word.lower() for entry in DicomDictionary.values() for word in re.findall(r"[A-Za-z]+", entry[2]))


def _tells_others_apart(text: str) -> bool:
    """Whether an id is long enough to be no chance in somebody else's files."""
    return len(text) >= (_NUMBER if text.isdigit() else SHORTEST)


class _Found:
    """Collects needles of many identifiers."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.parts: set[str] = set()
        self.numbers: set[str] = set()
        self.days: set[str] = set()
        self.raw: set[str] = set()

    def add_own(self, kind: str, text: str) -> None:
        if kind == "name":
            for name in _names(text):
                self._word(name)
        else:
            self._exact(kind, text)

    def add_other(self, kind: str, text: str) -> None:
        if kind == "name":
            for group in text.split("="):
                self._pairs([part for part in _names(group) if len(part) > 1])
        elif kind not in _NOT_OF_OTHERS and _tells_others_apart(text.strip()):
            self._exact(kind, text)

    def _word(self, name: str) -> None:
        for variant in {name, plain(name), _doubled(name)}:
            folded = plain(variant)
            if len(folded) > 1 or _IDEOGRAPHIC.search(folded):
                self.words.add(folded)
            if _long(folded):
                self.parts.add(folded)
                self.raw.add(variant)

    def _pairs(self, names: list[str]) -> None:
        """`Smith John`, `John Smith`, however joined."""
        for first, second in permutations(names[:3], 2):
            if len(first) + len(second) >= LONG + 1:
                self.parts.add(plain(first) + plain(second))
                self.raw.update(first + joint + second for joint in ("^", " ", ", ", "_", ".", "-"))

    def _exact(self, kind: str, text: str) -> None:
        text = text.strip()
        digits = re.sub(r"\D", "", text)
        if kind == "date":
            self._birth(digits)
        elif kind == "uid":
            self.raw.add(text)
            self.parts.update({text} if len(text) >= LONG_IN_PIXELS else ())
        elif kind == "phone" or digits == text:
            self._number(digits, whole=text)
        else:
            self._mixed(kind, text)

    def _birth(self, digits: str) -> None:
        """In bytes only as people write it: eight digits may be anybody's shifted date."""
        if len(digits) >= 8:
            year, month, day = digits[:4], digits[4:6], digits[6:8]
            self.days.add(digits[:8])
            self.raw.update({f"{year}-{month}-{day}", f"{day}.{month}.{year}"})
            self.raw.update({f"{day}/{month}/{year}", f"{month}/{day}/{year}"})

    def _number(self, digits: str, *, whole: str) -> None:
        if len(digits.lstrip("0")) >= _NUMBER:
            self.numbers.add(digits.lstrip("0"))
        elif len(whole) > 1:
            self.words.add(whole)

    def _mixed(self, kind: str, text: str) -> None:
        folded = _joined(plain(text))
        if len(folded) >= LONG and not folded.isdigit():
            self.parts.add(folded)
            self.raw.add(text)
        elif len(folded) > 1:
            self.words.add(folded)
        if kind == "id":
            for run in re.findall(r"\d{5,}", text):
                self._number(run, whole="")

    def compiled(self) -> Needles:
        encoded = {(text, raw, wide) for text in self.raw for raw, wide in _bytes(text)}
        return Needles(
            words=frozenset(self.words),
            parts=Scanner(part.encode() for part in self.parts if len(part.encode()) >= SHORTEST),
            numbers=frozenset(self.numbers - {""}),
            days=frozenset(self.days),
            raw=Scanner(raw for _, raw, _ in encoded if len(raw) >= SHORTEST),
            in_pixel_bytes=Scanner(raw for _, raw, wide in encoded if len(raw) >= LONG_IN_PIXELS * (2 if wide else 1)),
        )


def _long(folded: str) -> bool:
    return len(folded) >= (2 if _IDEOGRAPHIC.search(folded) else LONG) and not folded.isdigit()


def _names(text: str) -> list[str]:
    return [part for part in _SPLIT.split(text) if part]


def _doubled(name: str) -> str:
    return "".join(_DOUBLED.get(c, c) for c in name.lower())


def _joined(text: str) -> str:
    return _BETWEEN.sub("", text)


def _bytes(text: str) -> Iterator[tuple[bytes, bool]]:
    """The text in every encoding that can write it, without escape sequences, and whether in two bytes each."""
    for variant in _cases(text):
        for encoding in ENCODINGS:
            try:
                raw = variant.encode(encoding)
            except UnicodeEncodeError:
                continue  # what an encoding cannot write cannot stand in it
            yield _ESCAPES.sub(b"", raw).lower(), encoding in _WIDE


def _cases(text: str) -> Iterable[str]:
    return {text, text.lower(), text.upper(), text.title()}
