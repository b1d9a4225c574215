"""Elements of a data set by their path, read as text whatever they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from guideit.quality.planting.answers import Path_


def raw(tag: int, vr: str, text: str | bytes) -> RawDataElement:
    """An element that pydicom writes as it is, whatever its VR thinks of the value."""
    body = text.encode("ascii") if isinstance(text, str) else text
    body += (b"\0" if vr in {"UI", "OB", "UN"} else b" ") * (len(body) % 2)
    return RawDataElement(Tag(tag), vr, len(body), body, 0, False, True)


def place_of(path: Path_) -> str:
    """`(0040,0275)(0040,0007)`, for people."""
    return "".join(f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in path)


def text_at(ds: Dataset, path: Path_) -> str | None:
    """The value as text, several parted by backslashes; None where the element is not there."""
    holder: Dataset | None = ds
    for tag in path[:-1]:
        holder = _first_item(holder, tag)
        if holder is None:
            return None
    if holder is None or path[-1] not in holder:
        return None
    return as_text(holder, path[-1])


def as_text(ds: Dataset, tag: int) -> str:
    """One element's value as text; where it is not what its VR asks for, its bytes as Latin-1."""
    before = ds.get_item(tag)
    raw_value = before.value if isinstance(before, RawDataElement) else None
    try:
        value = ds[tag].value
    except Exception:  # noqa: BLE001 pydicom raises what it likes; the bytes are read as they stand
        return _bytes_as_text(raw_value)
    if isinstance(value, bytes):
        return _bytes_as_text(value)
    return _joined(value)


def _bytes_as_text(value: object) -> str:
    return value.decode("latin-1").rstrip(" \0") if isinstance(value, bytes) else ""


def _joined(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, MultiValue | list | tuple):
        return "\\".join(str(part) for part in value)
    return str(value)


def _first_item(ds: Dataset | None, tag: int) -> Dataset | None:
    if ds is None or tag not in ds:
        return None
    items = ds[tag].value
    return items[0] if items else None


def leaves(ds: Dataset, before: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """Path and VR of every element but sequences, of sequences the first item; private ones too."""
    for tag in sorted(ds.keys()):
        try:
            element = ds[tag]
        except Exception:  # noqa: BLE001, S112 a value that is not of its VR's form is judged by nobody but `text_at`
            continue
        if element.VR == "SQ":
            if element.value:
                yield from leaves(element.value[0], (*before, int(tag)))
        else:
            yield (*before, int(tag)), str(element.VR)
