"""A DICOM file opened by pydicom, its large values left where they lie: one of 2 GB costs no memory."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from guideit.quality.elements import PIXELS, UNDEFINED, Element, elements, end_of_items

Bytes = bytes | memoryview
LARGE = 1 << 16
"""Values of more bytes are not read by pydicom."""
_WHOLE = 1 << 26
"""Files up to this size are handed to pydicom as they are, larger ones by the window."""
_DEFLATED = "1.2.840.10008.1.2.1.99"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file as pydicom reads it.

    Attributes:
        dataset: What pydicom made of it; large values are left out.
        found: Every element, at every depth.
        pixels: Value of the pixel data of the image itself, of encapsulated ones the items; None where there is none.
    """

    dataset: Dataset = field(repr=False)
    found: list[Element] = field(repr=False)
    pixels: memoryview | None = field(repr=False)

    @property
    def syntax(self) -> str:
        """Transfer Syntax UID, empty where the file states none."""
        return str(self.dataset.file_meta.get("TransferSyntaxUID", "") or "")


def opened(body: Bytes) -> Opened:
    """Read a file with pydicom; it raises what pydicom raises, which can be anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(_file(body), force=True, defer_size=LARGE)
        if dataset.file_meta.get("TransferSyntaxUID") == _DEFLATED:
            dataset = dcmread(_file(body), force=True)
    view = memoryview(body)
    return Opened(dataset=dataset, found=list(elements(dataset, view)), pixels=_pixels(dataset, view))


def _file(body: Bytes) -> BinaryIO:
    if isinstance(body, bytes) or len(body) <= _WHOLE:
        return io.BytesIO(body)
    return cast("BinaryIO", Window(body))


class Window:
    """Reads a mapped file piece by piece; what is read is copied, nothing else."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._at = view, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, all of the rest where no size is given."""
        stop = len(self._view) if size < 0 else self._at + size
        piece = bytes(self._view[self._at : stop])
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, as files do."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at


def _pixels(dataset: Dataset, view: memoryview) -> memoryview | None:
    element = next((dataset._dict[tag] for tag in map(Tag, PIXELS) if tag in dataset._dict), None)
    if element is None:
        return None
    value = element.value
    if isinstance(element, RawDataElement) and value is None and element.length:
        start = element.value_tell
        return view[start : end_of_items(view, start) if element.length == UNDEFINED else start + element.length]
    return memoryview(value or b"")
