"""Every element of a data set, at every depth, as pydicom reads it: the verifier's own loop."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

from guideit.quality.rules import dictionary_vr

_IN_CHARSET = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN"})
_ITEM = re.compile(r"\[\d+\]")
_DELIMITERS = {0x0A, 0x0C, 0x0D, 0x09, ord("\\"), ord("^"), ord("=")}


PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
"""Float, Double Float and Pixel Data of the image itself (PS3.3 C.7.6.3)."""
UNDEFINED = 0xFFFFFFFF


class Element(NamedTuple):
    """One element met on the way.

    Attributes:
        path: Tags and item numbers from the top, `(3006,0039)[0](3006,0084)`.
        tag, vr: Its tag and VR; a public UN has the dictionary's VR.
        raw: Its bytes; None for a sequence, empty for the image's own pixel data.
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
        return _without_numbers(self.path) if self.nested else self.path

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


_PACKED = {"UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_DIGITS = 6


def whole_numbers(vr: str, raw: bytes) -> set[str]:
    """Digits of the whole numbers of six and more in a value of a binary VR."""
    if vr not in _PACKED or len(raw) % struct.calcsize(_PACKED[vr]):
        return set()
    return {digits for (number,) in struct.iter_unpack(f"<{_PACKED[vr]}", raw) if (digits := whole_number(number))}


def whole_number(number: str | float) -> str:
    """Digits of a number that is whole, however it is written; empty for others and for short ones."""
    try:
        value = float(number)
    except ValueError:
        return ""
    if not 10 ** (_DIGITS - 1) <= abs(value) < 1e24 or not value.is_integer():
        return ""
    return f"{abs(Decimal(number)):.0f}"


def elements(dataset: Dataset, view: memoryview | None = None) -> Iterator[Element]:
    """Every element, in the order of the file; own stack, so nesting may be deep.

    Args:
        dataset: As pydicom read it.
        view: The file's bytes, in which values lie that pydicom did not read.
    """
    stack = [_level(dataset, "", nested=False, outer=("iso8859",), view=view)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
            continue
        yield element
        if element.raw is None:
            items = _items(element)
            stack += [
                _level(items[n], f"{element.path}[{n}]", nested=True, outer=element.codecs, view=view)
                for n in range(len(items) - 1, -1, -1)
            ]


def _level(
    dataset: Dataset, path: str, *, nested: bool, outer: tuple[str, ...], view: memoryview | None
) -> Iterator[Element]:
    creators: dict[int, str] = {}
    codecs = _codecs(dataset, outer)
    for key in sorted(dataset._dict):
        tag, element = int(key), dataset._dict[key]
        if isinstance(element, RawDataElement) and element.value is None and (nested or tag not in PIXELS):
            dataset._dict[key] = element = _fetched(element, view)
        vr = _vr(element, tag)
        raw = b"" if tag in PIXELS and not nested else None if vr == "SQ" else _raw(element)
        creator = ""
        if tag & 0x10000:
            if 0x10 <= tag & 0xFFFF <= 0xFF:
                creators[tag] = (raw or b"").decode("latin-1").strip(" \0")
            creator = creators.get(tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8, creators.get(tag, ""))
        yield Element(f"{path}{_written(tag)}", tag, vr, raw, creator, nested, codecs, dataset)


@lru_cache(maxsize=1 << 16)
def _without_numbers(path: str) -> str:
    return _ITEM.sub("", path)


def _items(element: Element) -> Sequence[Dataset]:
    held = element.holder._dict[BaseTag(element.tag)]
    items: Sequence[Dataset] = (element.holder[element.tag] if isinstance(held, RawDataElement) else held).value
    return items or ()


@lru_cache(maxsize=1 << 14)
def _written(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _codecs(dataset: Dataset, outer: tuple[str, ...]) -> tuple[str, ...]:
    element = dataset.get_item(0x00080005)
    if element is None:
        return outer
    raw = _raw(element) or b""
    return _converted(tuple(raw.decode("ascii", "replace").strip(" \0").split("\\")))


@lru_cache(maxsize=64)
def _converted(names: tuple[str, ...]) -> tuple[str, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tuple(convert_encodings(list(names)))
        except (LookupError, ValueError):
            return ("iso8859",)  # what is not known is read byte by byte; the bytes are searched besides


def end_of_items(view: memoryview, at: int) -> int:
    """Where the items of an encapsulated value end (PS3.5 A.4).

    Raises:
        ValueError: They do not.
    """
    while at + 8 <= len(view):
        tag, length = bytes(view[at : at + 4]), int.from_bytes(view[at + 4 : at + 8], "little")
        if tag != b"\xfe\xff\x00\xe0":
            return at
        at += 8 + length
    raise ValueError("items without an end")


def _fetched(element: RawDataElement, view: memoryview | None) -> RawDataElement:
    """A large value that pydicom left in the file, fetched from there."""
    if view is None or not element.length:
        return element
    start, length = element.value_tell, element.length
    stop = end_of_items(view, start) if length == UNDEFINED else start + length
    return element._replace(value=bytes(view[start:stop]))


def _raw(element: DataElement | RawDataElement) -> bytes | None:
    if isinstance(element, RawDataElement):
        return element.value or b""
    if element.VR == "SQ":
        return None
    value = element.value
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    many = not isinstance(value, str) and hasattr(value, "__iter__")
    return "\\".join(map(str, value if many else [value])).encode()


def _vr(element: DataElement | RawDataElement, tag: int) -> str:
    vr = element.VR or "UN"
    return vr if vr != "UN" or tag & 0x10000 else dictionary_vr(tag)
