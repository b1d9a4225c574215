"""What must have become of a file's own values, read from the planted file itself: dates, UIDs, what is useful."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.dataset import Dataset

from guideit.dicom.dictionary import TAGS, UIDS
from guideit.quality.planting.answers import Check, Kind, Path_
from guideit.quality.planting.useful import BY_TAG, NEEDED, VALUED
from guideit.quality.planting.values import leaves, place_of, text_at

_DAY = re.compile(r"(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{0,6}(\.\d{1,6})?([+-]\d{4})?)?")
_ICON = TAGS["IconImageSequence"]
_BIRTH = TAGS["PatientBirthDate"]
_AGE = re.compile(r"\d{3}[DWMY]")
_OLDEST = 89
_NO_IDENTITY = frozenset({TAGS["TransferSyntaxUID"], TAGS["SOPClassUID"]})


def expectations(ds: Dataset) -> Iterator[Check]:
    """Checks of everything in a planted file that has a known fate."""
    for keyword in sorted(NEEDED):
        path: Path_ = (TAGS[keyword],)
        if path[0] in ds:
            yield Check(kind=Kind.TAG_RETAINED, place=place_of(path), path=path)
            if keyword in VALUED and text_at(ds, path):
                yield Check(kind=Kind.TEXT_NOT_NULL, place=place_of(path), path=path)
    for path, vr in leaves(ds):
        if not any(tag >> 16 & 1 for tag in path):
            yield from _of_value(path, vr, text_at(ds, path) or "")


def _of_value(path: Path_, vr: str, text: str) -> Iterator[Check]:
    if vr in {"DA", "DT"} and path[-1] != _BIRTH and _DAY.fullmatch(text):
        for kind in (Kind.DATE_SHIFTED, Kind.DATE_INTERVAL, Kind.DATE_VALID):
            yield Check(kind=kind, place=place_of(path), path=path, value=text)
    elif vr == "UI" and path[-1] not in _NO_IDENTITY and text and not set(text.split("\\")) & UIDS:
        for kind in (Kind.UID_CHANGED, Kind.UID_CONSISTENT):
            yield Check(kind=kind, place=place_of(path), path=path, value=text)
    elif path[-1] in BY_TAG and path[0] != _ICON and text and (vr != "AS" or _age_stays(text)):
        yield Check(kind=Kind.TEXT_RETAINED, place=place_of(path), path=path, value=text)


def _age_stays(text: str) -> bool:
    """Ages above 89 are written as 89 by default, and what is no age is emptied: no loss that counts."""
    return bool(_AGE.fullmatch(text)) and not (text.endswith("Y") and int(text[:3]) > _OLDEST)
