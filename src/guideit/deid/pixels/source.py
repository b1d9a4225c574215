"""A file split at its pixels: the header as pydicom reads it, and where the parts lie. No byte is copied."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID

from guideit.deid.read_slow import read_to_the_end, understood
from guideit.dicom.elements import ITEM, PIXELS, SEQUENCE_END
from guideit.dicom.part10 import BIG_ENDIAN, DEFLATED, IMPLICIT, LONG_VRS, UNDEFINED, Framing, frame, inflated
from guideit.errors import NotUnderstood

Span = tuple[int, int]
HEAD = 1 << 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A file with pixels. Offsets are bytes of `body`.

    Attributes:
        prefix: What stands before the data set: preamble and meta information.
        body: The file, or what a deflated data set grew to.
        framing: Of `body`; `syntax` is the file's own.
        dataset: The header, up to the pixels.
        starts: Where each element of the header begins.
        tag: Of the element that holds the pixels: integer, float or double.
        start: First byte of that element.
        value: Where its value lies; the mark that ends fragments is not part of it.
        end: First byte after the element.
        encapsulated: Whether the value is fragments.
    """

    prefix: memoryview = field(repr=False)
    body: memoryview = field(repr=False)
    framing: Framing
    syntax: str
    dataset: Dataset = field(repr=False)
    starts: Mapping[int, int] = field(repr=False)
    tag: int
    start: int
    value: Span
    end: int
    encapsulated: bool

    @property
    def big(self) -> bool:
        """Whether it is Big Endian."""
        return self.syntax == BIG_ENDIAN

    @property
    def implicit(self) -> bool:
        """Whether VRs are left out."""
        return bool(self.dataset.original_encoding[0])

    @property
    def swapped(self) -> bool:
        """Whether bytes stand in pairs, the second first: Big Endian words of 16 bits that hold bytes (PS3.5 7.3)."""
        narrow = self.dataset.get("BitsAllocated") in (1, 8)
        return self.big and narrow and bytes(self.body[self.start + 4 : self.start + 6]) == b"OW"

    @property
    def pixels(self) -> memoryview:
        """The value that holds the pixels, in the order of pixels."""
        value = self.body[slice(*self.value)]
        return in_pairs(value) if self.swapped else value


def in_pairs(value: bytes | memoryview) -> memoryview:
    """Bytes with those of each pair swapped."""
    return memoryview(np.frombuffer(value, "u2").byteswap().tobytes())


class _View(io.RawIOBase):
    """A view of bytes as a file: pydicom reads from it what it needs and no more."""

    def __init__(self, view: memoryview, at: int) -> None:
        self._view, self._at = view, at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = len(self._view) if size is None or size < 0 else self._at + size
        found = bytes(self._view[self._at : stop])
        self._at += len(found)
        return found


def read_source(data: bytes | memoryview) -> Source | None:
    """Split a file; None where it has no pixels.

    Raises:
        NotUnderstood: It cannot be read to its end, or its pixel data do not end.
    """
    body = memoryview(data)
    framing = frame(bytes(body[:HEAD]))
    syntax, prefix = framing.syntax, body[: framing.offset]
    if syntax == DEFLATED:
        inner, framing = inflated(body, framing)
        body = memoryview(inner)
    dataset, start = understood(lambda: _header(body, framing))
    if start is None:
        understood(lambda: read_to_the_end(bytes(data), frame(bytes(data[:HEAD]))))
        return None
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return replace(_split(body, replace(framing, syntax=syntax), dataset, start), prefix=prefix)


def _header(body: memoryview, framing: Framing) -> tuple[Dataset, int | None]:
    """The data set before the pixels, and where they begin; None where nothing follows it."""
    found: list[int] = []
    view = _View(body, framing.offset)

    def at_pixels(tag: Any, vr: str | None, length: int) -> bool:
        if int(tag) in PIXELS:
            found.append(int(tag))
        return bool(found)

    dataset = read_dataset(
        view,  # type: ignore[arg-type]
        framing.syntax == IMPLICIT,
        framing.syntax != BIG_ENDIAN,
        stop_when=at_pixels,
    )
    return dataset, view.tell() if found else None


def _split(body: memoryview, framing: Framing, dataset: Dataset, start: int) -> Source:
    implicit = bool(dataset.original_encoding[0])
    order = "big" if framing.syntax == BIG_ENDIAN else "little"
    head = bytes(body[start : start + 12])
    long = implicit is False and head[4:6] in LONG_VRS
    at = 8 if long else 4
    if len(head) < at + 4 or not (implicit or long):
        raise NotUnderstood("the pixel data cannot be read", where="(7FE0,0010)")
    length = int.from_bytes(head[at : at + 4], order)  # type: ignore[arg-type]
    first = start + at + 4
    encapsulated = length == UNDEFINED
    stop = end_of_fragments(body, first) if encapsulated else first + length
    if stop > len(body):
        raise NotUnderstood("the pixel data is cut off", where="(7FE0,0010)")
    group, element = (int.from_bytes(head[n : n + 2], order) for n in (0, 2))  # type: ignore[arg-type]
    return Source(
        prefix=body[:0],
        body=body,
        framing=framing,
        syntax=framing.syntax,
        dataset=dataset,
        starts=_starts(dataset, implicit),
        tag=group << 16 | element,
        start=start,
        value=(first, stop),
        end=stop + 8 * encapsulated,
        encapsulated=encapsulated,
    )


def _starts(dataset: Dataset, implicit: bool) -> dict[int, int]:
    """Where elements begin; to be asked before any is looked at, which makes pydicom forget."""
    found = {}
    for tag, element in dataset._dict.items():
        at = element.value_tell if isinstance(element, RawDataElement) else element.file_tell
        if at is not None:
            found[int(tag)] = at - (12 if not implicit and str(element.VR).encode() in LONG_VRS else 8)
    return found


def end_of_fragments(body: memoryview, at: int) -> int:
    """Where the mark stands that ends the fragments whose first item begins at `at` (PS3.5 A.4).

    Raises:
        NotUnderstood: There is none.
    """
    while bytes(body[at : at + 4]) == ITEM:
        at += 8 + int.from_bytes(body[at + 4 : at + 8], "little")
    if bytes(body[at : at + 8]) != SEQUENCE_END + bytes(4):
        raise NotUnderstood("fragments that do not end", where="(7FE0,0010)")
    return at
