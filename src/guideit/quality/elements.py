"""Every element of a data set, at every depth, as pydicom reads it: the verifier's own loop."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataelem import DataElement, RawDataElement

from guideit.quality.rules import dictionary_vr

_IN_CHARSET = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN"})
_DELIMITERS = {0x0A, 0x0C, 0x0D, 0x09, ord("\\"), ord("^"), ord("=")}


@dataclass(frozen=True, slots=True)
class Element:
    """One element met on the way.

    Attributes:
        path: Tags and item numbers from the top, `(3006,0039)[0](3006,0084)`.
        tag, vr: Its tag and VR; a public UN has the dictionary's VR.
        raw: Its bytes; None for a sequence.
        creator: Private creator, for a private element.
        nested: Whether it stands in an item.
        codecs: Python codecs of the Specific Character Set in force.
        holder: The data set it stands in.
    """

    path: str
    tag: int
    vr: str
    raw: bytes | None
    creator: str
    nested: bool
    codecs: tuple[str, ...]
    holder: Dataset

    @property
    def private(self) -> bool:
        """Whether its group is odd."""
        return bool(self.tag >> 16 & 1)

    @property
    def shape(self) -> str:
        """Its path without the item numbers."""
        return "".join(part.partition("]")[2] or part for part in self.path.split("["))

    def texts(self) -> set[str]:
        """Its value as text: as the character set says, and as UTF-8 or Latin-1 in case it says wrong."""
        raw = self.raw or b""
        try:
            plain = raw.decode("utf-8")
        except UnicodeDecodeError:
            plain = raw.decode("latin-1")
        if (raw.isascii() and b"\x1b" not in raw) or self.vr not in _IN_CHARSET:
            return {plain}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {plain, decode_bytes(raw, self.codecs, _DELIMITERS)}


def elements(dataset: Dataset) -> Iterator[Element]:
    """Every element, in the order of the file; own stack, so nesting may be deep."""
    stack = [_level(dataset, "", nested=False, outer=("iso8859",))]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
            continue
        yield element
        if element.raw is None:
            items = list(element.holder[element.tag].value or ())
            numbered = list(enumerate(items))
            stack += [
                _level(item, f"{element.path}[{number}]", nested=True, outer=element.codecs)
                for number, item in reversed(numbered)
            ]


def _level(dataset: Dataset, path: str, *, nested: bool, outer: tuple[str, ...]) -> Iterator[Element]:
    creators: dict[int, str] = {}
    codecs = _codecs(dataset, outer)
    for key in sorted(dataset._dict):
        tag = int(key)
        element = dataset.get_item(key)
        raw, vr = _raw(element), _vr(element, tag)
        if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
            creators[tag] = (raw or b"").decode("latin-1").strip(" \0")
        block = tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8
        yield Element(
            path=f"{path}({tag >> 16:04X},{tag & 0xFFFF:04X})",
            tag=tag,
            vr=vr,
            raw=None if vr == "SQ" else raw,
            creator=creators.get(block, creators.get(tag, "")),
            nested=nested,
            codecs=codecs,
            holder=dataset,
        )


def _codecs(dataset: Dataset, outer: tuple[str, ...]) -> tuple[str, ...]:
    if 0x00080005 not in dataset:
        return outer
    value = dataset[0x00080005].value
    return _converted(tuple([value] if isinstance(value, str) else value or ()))


@lru_cache(maxsize=64)
def _converted(names: tuple[str, ...]) -> tuple[str, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tuple(convert_encodings(list(names)))
        except (LookupError, ValueError):
            return ("iso8859",)  # what is not known is read byte by byte; the bytes are searched besides


def _raw(element: DataElement | RawDataElement | None) -> bytes | None:
    if isinstance(element, RawDataElement):
        return element.value or b""
    if element is None or element.VR == "SQ":
        return None
    value = element.value
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    many = not isinstance(value, str) and hasattr(value, "__iter__")
    return "\\".join(map(str, value if many else [value])).encode()


def _vr(element: DataElement | RawDataElement | None, tag: int) -> str:
    vr = (element.VR if element is not None else None) or "UN"
    return vr if vr != "UN" or tag >> 16 & 1 else dictionary_vr(tag)
