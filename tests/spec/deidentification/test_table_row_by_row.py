"""PS3.15 Table E.1-1, every row under every option: what the engine did is what the row's code allows.

The table is read here anew from the copy of the standard, not through the product's own facts. For each row a
small instance carries that one attribute; it goes through the engine, and the result is compared with the code in
force: the option's where the row has one, else the basic profile's. Where the product takes away more than the
table asks, the row stands in `STRICTER` with the reason; where it takes away less, the test fails.
"""

from __future__ import annotations

import io
import json
import struct
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import Held, Subject
from guideit.trial.deidentification import DeidSettings, Option

pytestmark = pytest.mark.filterwarnings("ignore")

STANDARD = Path(__file__).parents[4] / "shared" / "standards" / "dicom" / "ps3.15-2026d.json"
ODD = "Zzyxquv"
"""A word of no vocabulary, as a surname would be."""
SUBJECT = Subject(source_id="S-1", pseudonym="P-1", shift_days=-1000)
VALUES: dict[str, Any] = {
    "AE": f"CHEST {ODD.upper()}", "AS": "045Y", "CS": ODD.upper(),
    "DA": "20210304", "DS": "1.5", "DT": "20210304101112",
    "FD": 2.5, "FL": 2.5, "IS": "7", "LO": f"CHEST {ODD}", "LT": f"CHEST {ODD}", "OB": b"\1\2\3\4", "OW": b"\1\2\3\4",
    "PN": f"{ODD}^Jane", "SH": f"CHEST {ODD}", "SL": 7, "SS": 7, "ST": f"CHEST {ODD}", "TM": "101112",
    "UC": f"CHEST {ODD}", "UI": "1.2.3.4.5", "UL": 7, "UN": b"Zzyxquv ", "UR": f"http://{ODD}.example/x",
    "US": 7, "UT": f"CHEST {ODD}", "OF": b"\1\2\3\4", "OD": bytes(range(8)), "OL": b"\1\2\3\4", "OV": bytes(range(8)),
    "SV": 7, "UV": 7, "AT": 0x00100010,
}  # fmt: skip
BY_NAME = (("DateTime", "DT"), ("Date", "DA"), ("Time", "TM"), ("UID", "UI"), ("Sequence", "SQ"))
"""VR by the keyword's end, for the few rows newer than pydicom's dictionary."""

ALLOWED = {
    "X": {"removed"},
    "Z": {"emptied", "dummy"},
    "D": {"dummy", "cleaned items"},
    "U": {"new UID"},
    "K": {"kept", "cleaned items"},
    "C": {"dummy", "cleaned items"},
    "X/Z": {"removed", "emptied", "dummy", "cleaned items"},
    "X/D": {"removed", "dummy", "cleaned items"},
    "Z/D": {"emptied", "dummy", "cleaned items"},
    "X/Z/D": {"removed", "emptied", "dummy", "cleaned items"},
    "X/Z/U*": {"removed", "emptied", "cleaned items"},
}
"""What each code allows (Table E.1-1a); K keeps what is no sequence, and of a sequence the cleaned items."""

Row = dict[str, Any]


def rows() -> list[Row]:
    """The table's rows that name one tag."""
    if not STANDARD.is_file():
        pytest.skip("needs ../shared/standards/dicom/ps3.15-2026d.json")
    return [row for row in json.loads(STANDARD.read_text("utf-8")) if number(row) is not None]


def number(row: Row) -> int | None:
    digits = row["tag"].strip("()").replace(",", "")
    return int(digits, 16) if len(digits) == 8 and "x" not in digits else None


def code_of(row: Row, option: Option | None) -> str:
    """The code in force."""
    name = option.value.replace("-", "_") if option else ""
    return str(row["options"].get(name, row["basic"]))


def vr_of(row: Row) -> str:
    try:
        return str(dictionary_VR(number(row) or 0)).split(" or ")[0]
    except KeyError:
        return next((vr for end, vr in BY_NAME if row["keyword"].endswith(end)), "LO")


def value_of(vr: str, code: str) -> Any:
    """A value that identifies; under K a code string that is one, since what is none is not kept as one."""
    if vr == "CS" and code == "K":
        return "YES"
    if vr != "SQ":
        return VALUES[vr]
    item = Dataset()
    item.PatientComments, item.PatientName, item.CodeMeaning, item.Rows = ODD, ODD, f"CHEST {ODD}", 2
    return [item]


def instance(tag: int, vr: str, value: Any) -> bytes:
    """A file with one attribute besides the UIDs that every instance has."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = UID("1.2.840.10008.5.1.4.1.1.7"), UID("1.2.3.1")
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3.2", "1.2.3.3"
    if tag >> 16 > 4:
        data.add_new(tag, vr, value)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue() if tag >> 16 > 4 else foreign(buffer.getvalue(), tag, value)


def foreign(plain: bytes, tag: int, uid: str) -> bytes:
    """A file that a careless writer put a UID of a command or a directory into (groups 0000, 0004; PS3.5 7.1)."""
    at = plain.index(b"\x08\x00\x16\x00UI")
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return plain[:at] + struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, b"UI", len(value)) + value + plain[at:]


@lru_cache(maxsize=16)
def engine(option: Option | None) -> Engine:
    settings = DeidSettings(options=frozenset({option}) if option else frozenset())
    return Engine(load_policy(settings), Keys(b"k" * 32, "t"), SUBJECT)


def became(tag: int, vr: str, code: str, option: Option | None) -> str:
    """What the engine made of the attribute: one of the words of `ALLOWED`, or `held`: nothing is passed on."""
    source = instance(tag, vr, value_of(vr, code))
    result = engine(option).clean(source)
    if isinstance(result, Held):
        return "held"
    new = dcmread(io.BytesIO(b"".join(bytes(piece) for piece in result.pieces)))  # type: ignore[arg-type]
    if tag not in new:
        return "removed"
    if new[tag].is_empty:
        return "emptied"
    if ODD.lower() in str(new[tag].value).lower() or new[tag].value == dcmread(io.BytesIO(source))[tag].value:
        return "kept"
    return {"UI": "new UID", "SQ": "cleaned items"}.get(vr, "dummy")


OTHER = {
    ("C", "TM", "kept"): "dates move by whole days, so times of day stay: intervals within a day hold (E.3.6)",
    ("C", "OB", "removed"): "bits that nobody here can read cannot be cleaned",
    ("C", "CS", "emptied"): "a code string is a known code or none: there is no part of it that could stay",
    ("D", "UI", "new UID"): "a dummy UID is a new one, the same wherever the old one stood",
}
"""What differs from the code by its VR, and why. All but the first are stricter, or the same in other words."""

_DEVICE_DATES = "a date of a device is a date: it is kept or moved under the two options for dates only"
STRICTER = {
    **dict.fromkeys(
        (
            "CalibrationDate", "CalibrationTime", "CalibrationDateTime", "DateOfLastCalibration",
            "TimeOfLastCalibration", "DateTimeOfLastCalibration", "DateOfManufacture", "DateOfInstallation",
            "DateOfLastDetectorCalibration", "TimeOfLastDetectorCalibration", "BeamHoldTransitionDateTime",
        ),
        (Option.RETAIN_DEVICE_IDENTITY, "K", "emptied", _DEVICE_DATES),
    ),
    "EthnicGroup": (
        Option.RETAIN_PATIENT_CHARACTERISTICS, "K", "dummy",
        "somebody types it in: words of the vocabulary stay, a surname does not",
    ),
}  # fmt: skip
"""Rows where an option keeps what the product does not, by keyword: option, code, what it does, and why."""

FILE_META = 0x00020003
"""Media Storage SOP Instance UID stands before the data set, and has its own test below."""


def excepted(row: Row, option: Option | None, code: str, did: str) -> bool:
    """Whether the row is one of the listed exceptions."""
    listed = STRICTER.get(row["keyword"])
    return (code, vr_of(row), did) in OTHER or (listed is not None and listed[:3] == (option, code, did))


@pytest.mark.parametrize("option", [None, *Option], ids=lambda o: o.value if o else "basic")
def test_every_row_of_the_table(option: Option | None) -> None:
    """Basic profile alone, and each option on top of it."""
    wrong = []
    tested = [row for row in rows() if number(row) != FILE_META]
    for row in tested:
        vr, code = vr_of(row), code_of(row, option)
        did = became(number(row) or 0, vr, code, option)
        if did not in ALLOWED[code] and not excepted(row, option, code, did):
            wrong.append(f"{row['tag']} {row['keyword']} {vr}: {code}, but {did}")
    assert len(tested) > 640
    assert not wrong, "\n".join(wrong)


def test_no_listed_exception_is_idle() -> None:
    """Each exception above is one still: what no longer differs leaves the list."""
    seen: set[tuple[str, str, str]] = set()
    stricter: set[str] = set()
    for row in [row for row in rows() if number(row) != FILE_META]:
        for option in {None, Option.RETAIN_LONGITUDINAL_MODIFIED_DATES, Option.CLEAN_DESCRIPTORS}:
            code, vr = code_of(row, option), vr_of(row)
            if any((code, vr) == key[:2] for key in OTHER):
                seen.add((code, vr, became(number(row) or 0, vr, code, option)))
        if row["keyword"] in STRICTER:
            option, code, did, _ = STRICTER[row["keyword"]]
            if became(number(row) or 0, vr_of(row), code, option) == did != "kept":
                stricter.add(row["keyword"])
    assert set(OTHER) <= seen
    assert set(STRICTER) == stricter


PATTERNS = {0x50003000: ("OW", b"\1\2\3\4"), 0x501E0040: ("LO", ODD), 0x60003000: ("OW", b"\1\2\3\4")}
PATTERNS |= {0x60024000: ("LT", ODD), 0x601E3000: ("OW", b"\1\2\3\4"), 0x00291010: ("LO", ODD)}


@pytest.mark.parametrize("option", [None, *Option], ids=lambda o: o.value if o else "basic")
def test_rows_that_name_a_pattern(option: Option | None) -> None:
    """Curves, overlays and private attributes of no known creator go, or lose what identifies, in every group."""
    for tag, (vr, value) in PATTERNS.items():
        result = engine(option).clean(instance(tag, vr, value))
        assert not isinstance(result, Held)
        new = dcmread(io.BytesIO(b"".join(bytes(piece) for piece in result.pieces)))  # type: ignore[arg-type]
        assert tag not in new or new[tag].is_empty, f"{tag:08X}"


@pytest.mark.parametrize("option", [None, Option.RETAIN_UIDS], ids=lambda o: o.value if o else "basic")
def test_the_uid_in_the_file_meta_information_is_the_instances(option: Option | None) -> None:
    """Media Storage SOP Instance UID (0002,0003): U, and K under retain-uids; one with SOP Instance UID always."""
    result = engine(option).clean(instance(0x00080060, "CS", "OT"))
    assert not isinstance(result, Held)
    new = dcmread(io.BytesIO(b"".join(bytes(piece) for piece in result.pieces)))  # type: ignore[arg-type]
    assert new.file_meta.MediaStorageSOPInstanceUID == new.SOPInstanceUID
    assert (new.SOPInstanceUID == "1.2.3.1") is (option is Option.RETAIN_UIDS)
