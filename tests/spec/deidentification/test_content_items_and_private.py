"""Content items of reports, and safe private attributes: every row of the standard's lists, tried in the engine.

Both lists are read here anew from the copies of the standard. A content item is tried with the option
clean-structured-content alone and with each other option on top of it.
"""

from __future__ import annotations

import io
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import Held, Subject
from guideit.trial.deidentification import DeidSettings, Option

pytestmark = pytest.mark.filterwarnings("ignore")

FOLDER = Path(__file__).parents[4] / "shared" / "standards" / "dicom"
ODD = "Zzyxquv"
SUBJECT = Subject(source_id="S-1", pseudonym="P-1", shift_days=-1000)
Row = dict[str, Any]
VALUES = {
    "TEXT": ("TextValue", f"CHEST {ODD}"),
    "PNAME": ("PersonName", f"{ODD}^Jane"),
    "DATE": ("Date", "20210304"),
    "TIME": ("Time", "101112"),
    "DATETIME": ("DateTime", "20210304101112"),
    "UIDREF": ("UID", "1.2.3.4.5"),
}
"""Where a value type keeps its value, and one that identifies."""
REFERENCES = {"COMPOSITE", "IMAGE", "WAVEFORM"}
ALLOWED = {"X": {"removed"}, "D": {"changed"}, "X/D": {"removed", "changed"}, "C": {"changed"}, "K": {"kept"}}
"""What each code allows; an item is removed whole."""
OTHER = {
    ("C", "TIME", "kept"): "dates move by whole days, so times of day stay",
}
"""What differs from the code by value type, and why."""


def listed(name: str) -> list[Row]:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"needs ../shared/standards/dicom/{name}")
    rows: list[Row] = json.loads(path.read_text("utf-8"))
    return rows


@lru_cache(maxsize=16)
def engine(*options: Option) -> Engine:
    return Engine(load_policy(DeidSettings(options=frozenset(options))), Keys(b"k" * 32, "t"), SUBJECT)


def released(data: Dataset, *options: Option) -> Dataset:
    data.SOPClassUID, data.SOPInstanceUID = UID("1.2.840.10008.5.1.4.1.1.88.33"), UID("1.2.3.1")
    data.StudyInstanceUID, data.SeriesInstanceUID = UID("1.2.3.2"), UID("1.2.3.3")
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    result = engine(*options).clean(buffer.getvalue())
    assert not isinstance(result, Held), result.findings
    return dcmread(io.BytesIO(b"".join(bytes(piece) for piece in result.pieces)))  # type: ignore[arg-type]


def code_item(scheme: str, code: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, scheme, meaning
    return item


def report(row: Row, nested: bool = False) -> Dataset:
    """A report with one content item of this concept, at the top or in a container."""
    item = Dataset()
    item.ValueType = row["value_type"]
    item.ConceptNameCodeSequence = [code_item(row["scheme"], row["code"], "Finding")]
    if row["value_type"] in VALUES:
        setattr(item, *VALUES[row["value_type"]])
    elif row["value_type"] in REFERENCES:
        reference = Dataset()
        reference.ReferencedSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.2")
        reference.ReferencedSOPInstanceUID = UID("1.2.3.4.5")
        item.ReferencedSOPSequence = [reference]
    elif row["value_type"] == "CODE":
        item.ConceptCodeSequence = [code_item("SCT", "248153007", "Male")]
    elif row["value_type"] == "NUM":
        measured = Dataset()
        measured.NumericValue = "57"
        item.MeasuredValueSequence = [measured]
    data = Dataset()
    if nested:
        container = Dataset()
        container.ValueType, container.ContentSequence = "CONTAINER", [item]
        item = container
    data.ContentSequence = [item]
    return data


def became(row: Row, options: tuple[Option, ...], nested: bool) -> str:
    """`removed`, `emptied`, `changed` or `kept`."""
    top = released(report(row, nested), *options)
    items = top.ContentSequence[0].ContentSequence if nested else top.ContentSequence
    if not items:
        return "removed"
    source = report(row).ContentSequence[0]
    keyword = VALUES.get(row["value_type"], ("",))[0]
    if row["value_type"] in REFERENCES:
        new = items[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        return "kept" if new == "1.2.3.4.5" else "changed"
    if not keyword:
        return "kept" if str(items[0]) == str(source) else "changed"
    value = items[0].get(keyword)
    if value is None or value == "":
        return "emptied"
    return "kept" if ODD in str(value) or value == source[keyword].value else "changed"


@pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
@pytest.mark.parametrize("option", [None, *Option], ids=lambda o: o.value if o else "alone")
def test_every_content_item(option: Option | None, nested: bool) -> None:
    """Each concept of the list, with its value type, at the top of the report and inside a container."""
    options = (Option.CLEAN_STRUCTURED_CONTENT, *([option] if option else []))
    wrong = []
    rows = listed("ps3.15-2026d-sr-content.json")
    for row in rows:
        name = option.value.replace("-", "_") if option else ""
        code = row["options"].get(name, row["basic"])
        did = became(row, options, nested)
        if did not in ALLOWED[code] and (code, row["value_type"], did) not in OTHER:
            wrong.append(f"{row['scheme']} {row['code']} {row['value_type']}: {code}, but {did}")
    assert len(rows) > 200
    assert not wrong, "\n".join(wrong)


PRIVATE = {"CS": "YES", "DS": "1.5", "IS": "7", "LO": "CHEST", "SH": "CHEST", "FL": 2.5, "FD": 2.5, "SS": 7, "UL": 7}


def private(row: Row, vr: str) -> tuple[Dataset, int]:
    """A data set with this private element in block 10, and its tag."""
    group, low = int(row["tag"][1:5], 16), int(row["tag"][8:10], 16)
    least = row["vm"].split("-")[0]
    value: Any = [PRIVATE.get(vr, 7)] * int(least)
    inner = Dataset()
    inner.PatientName = f"{ODD}^Jane"
    data = Dataset()
    block = data.private_block(group, row["private_creator"], create=True)
    block.add_new(low, vr, [inner] if vr == "SQ" else value)
    return data, block.get_tag(low)


def test_every_safe_private_attribute() -> None:
    """Kept with its creator under retain-safe-private, removed without it.

    Sequences of the list go too: their items hold more private elements than the list tells of, so it is stricter.
    """
    rows = listed("safe-private.json")
    for row in rows:
        data, tag = private(row, row["vr"])
        value = str(data[tag].value)
        assert tag not in released(data), row
        new = released(private(row, row["vr"])[0], Option.RETAIN_SAFE_PRIVATE)
        if row["vr"] == "SQ":
            assert tag not in new, row
            continue
        assert str(new[tag].value) == value, row
        assert new[tag >> 16, 0x10].value == row["private_creator"], row
    assert len(rows) > 80
