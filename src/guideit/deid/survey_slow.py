"""The survey by pydicom, for files the walk does not read: Big Endian, values without VR, odd order."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from pydicom import Dataset, dcmread
from pydicom.dataelem import DataElement

from guideit.deid.identifying import IDENTIFYING
from guideit.deid.subject import Identifier
from guideit.deid.survey import Survey
from guideit.dicom.index import BY_TAG, parsed
from guideit.dicom.part10 import DEFLATED, frame, inflated
from guideit.errors import NotUnderstood

_HEAD = 1 << 16


def survey_slowly(data: bytes) -> Survey:
    """Survey one file through pydicom.

    Raises:
        NotUnderstood: pydicom cannot read it, or it is cut off.
    """
    framing = frame(data[:_HEAD])
    syntax, file_class = framing.syntax, framing.sop_class
    if syntax == DEFLATED:
        data, _ = inflated(data, framing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _survey(dcmread(io.BytesIO(data), force=True), syntax, file_class)
    except NotUnderstood:
        raise
    except RecursionError as deep:
        raise NotUnderstood("nested too deeply") from deep
    except Exception as wrong:
        raise NotUnderstood("cannot be read", why=type(wrong).__name__) from wrong


def _survey(dataset: Dataset, syntax: str, file_class: str) -> Survey:
    _refuse_cut_off(dataset)
    header = {}
    for tag, column in BY_TAG.items():
        if tag in dataset:
            header[column.name] = parsed(tag, _text(dataset[tag]))
    return Survey(
        patient=str(dataset.get("PatientID", "") or "").strip(),
        study=str(dataset.get("StudyInstanceUID", "") or ""),
        series=str(dataset.get("SeriesInstanceUID", "") or ""),
        sop=str(dataset.get("SOPInstanceUID", "") or ""),
        sop_class=str(dataset.get("SOPClassUID", "") or ""),
        syntax=syntax,
        file_class=file_class,
        header=header,
        identifiers=frozenset(_identifiers(dataset)),
    )


def _refuse_cut_off(dataset: Dataset) -> None:
    """pydicom reads a value that ends early as a shorter one."""
    for tag in list(dataset._dict):
        raw = dataset._dict[tag]
        length, value = getattr(raw, "length", None), getattr(raw, "value", None)
        if isinstance(length, int) and length != 0xFFFFFFFF and isinstance(value, bytes) and len(value) != length:
            raise NotUnderstood("a value is cut off")


def _identifiers(dataset: Dataset) -> Iterator[Identifier]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _identifiers(item)
            continue
        kind = IDENTIFYING.get(int(element.tag)) or ("name" if element.VR == "PN" else None)
        if kind:
            texts = (part.strip() for part in _text(element).split("\\"))
            yield from (Identifier(kind=kind, text=text) for text in texts if text)


def _text(element: DataElement) -> str:
    value = element.value
    if value is None:
        return ""
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__") or (element.VR == "PN" and element.VM <= 1):
        return str(value)
    return "\\".join(str(part) for part in value)
