"""The survey by pydicom, for files the walk does not read: Big Endian, values without VR, odd order."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom import Dataset
from pydicom.dataelem import DataElement

from guideit.deid.identifying import IDENTIFYING
from guideit.deid.read_slow import read_to_the_end, understood
from guideit.deid.subject import Identifier
from guideit.deid.survey import Survey
from guideit.dicom.index import BY_TAG, parsed
from guideit.dicom.part10 import frame

_HEAD = 1 << 16


def survey_slowly(data: bytes) -> Survey:
    """Survey one file through pydicom.

    Raises:
        NotUnderstood: pydicom cannot read it, or it is cut off.
    """
    framing = frame(data[:_HEAD])
    return understood(lambda: _survey(read_to_the_end(data, framing), framing.syntax, framing.sop_class))


def _survey(dataset: Dataset, syntax: str, file_class: str) -> Survey:
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
