"""The options of PS3.15 Annex E, one after the other: a small data set before, and what is released of it.

Each test is one option on top of the basic profile and nothing else; a trial names several. Values are made up.
`Zzyxquv` stands for a surname nobody has told the product of. What is not in `after` is not in the release.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import Held, Identifier, Subject
from guideit.trial.deidentification import DeidSettings, Option

pytestmark = pytest.mark.filterwarnings("ignore")

UIDS = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3.2",
    "SeriesInstanceUID": "1.2.3.3",
}
"""What every instance has."""
KEYS = Keys(b"k" * 32, "trial")
NAME = frozenset({Identifier(kind="name", text="Doe^Jane")})
SUBJECT = Subject(source_id="S-1", pseudonym="P-1", shift_days=-10, identifiers=NAME)
WRITTEN = {
    "PatientName", "PatientID", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified",
}  # fmt: skip
"""What the product writes about the de-identification itself, into every instance."""
PROFILE = "113100"


def data_set(values: Mapping[str, Any]) -> Dataset:
    """A data set of these attributes; a list of dicts is a sequence."""
    data = Dataset()
    for keyword, value in values.items():
        nested = isinstance(value, list) and value and isinstance(value[0], dict)
        setattr(data, keyword, [data_set(one) for one in value] if nested else value)
    return data


def released(before: Mapping[str, Any] | Dataset, *options: Option) -> Dataset:
    """What the engine makes of an instance with these attributes."""
    data = before if isinstance(before, Dataset) else data_set(before)
    data.update(data_set({k: v for k, v in UIDS.items() if k not in data}))
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    engine = Engine(load_policy(DeidSettings(options=frozenset(options))), KEYS, SUBJECT)
    result = engine.clean(buffer.getvalue())
    assert not isinstance(result, Held), result.findings
    return dcmread(io.BytesIO(b"".join(bytes(piece) for piece in result.pieces)))  # type: ignore[arg-type]


def shown(data: Dataset) -> dict[str, Any]:
    """The attributes as text, without UIDs of the instance and what is written about its cleaning."""
    out: dict[str, Any] = {}
    for element in data:
        name = element.keyword or str(element.tag)
        if name not in WRITTEN and name not in UIDS:
            out[name] = [shown(one) for one in element.value] if element.VR == "SQ" else as_text(element.value)
    return out


def as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return "" if value is None else str(value)


def claimed(data: Dataset) -> set[str]:
    """The codes of CID 7050 that the instance claims."""
    return {item.CodeValue for item in data.DeidentificationMethodCodeSequence}


def test_basic_profile() -> None:
    """Without an option: who, where, when and what was typed goes; what makes the image stays; UIDs are new."""
    before = {
        "PatientName": "Doe^Jane",
        "PatientID": "S-1",
        "PatientBirthDate": "19500312",
        "PatientSex": "F",
        "StudyDate": "20210304",
        "StudyTime": "101112",
        "AccessionNumber": "A1",
        "InstitutionName": "St. Elsewhere",
        "DeviceSerialNumber": "SN-77",
        "StudyDescription": "CHEST Doe",
        "Modality": "CT",
        "SliceThickness": "2.5",
        "Rows": 512,
    }
    after = {
        "PatientBirthDate": "",
        "PatientSex": "",
        "StudyDate": "",
        "StudyTime": "",
        "AccessionNumber": "",
        "InstitutionName": "REMOVED",
        "DeviceSerialNumber": "REMOVED",
        "Modality": "CT",
        "SliceThickness": "2.5",
        "Rows": "512",
    }
    new = released(before)
    assert shown(new) == after
    assert new.PatientName == new.PatientID == "P-1"
    assert new.PatientIdentityRemoved == "YES"
    assert new.LongitudinalTemporalInformationModified == "REMOVED"
    assert new.StudyInstanceUID == KEYS.uid("1.2.3.2")
    assert claimed(new) == {PROFILE}


def test_clean_descriptors() -> None:
    """Descriptions stay, known names and words of no vocabulary go from them; long numbers too."""
    before = {
        "StudyDescription": "CT CHEST Doe",
        "SeriesDescription": "LUNG Zzyxquv 1234567",
        "ProtocolName": "HEAD",
        "PatientComments": "Doe Zzyxquv",
    }
    after = {
        "StudyDescription": "CT CHEST",
        "SeriesDescription": "LUNG",
        "ProtocolName": "HEAD",
        "PatientComments": "",
    }
    assert shown(released(before)) == {"ProtocolName": "REMOVED"}
    new = released(before, Option.CLEAN_DESCRIPTORS)
    assert shown(new) == after
    assert claimed(new) == {PROFILE, "113105"}


def test_retain_longitudinal_full_dates() -> None:
    """Dates and times stay as they were; the birth date is no longitudinal one and goes."""
    before = {"StudyDate": "20210304", "StudyTime": "101112", "PatientBirthDate": "19500312"}
    after = {"StudyDate": "20210304", "StudyTime": "101112", "PatientBirthDate": ""}
    new = released(before, Option.RETAIN_LONGITUDINAL_FULL_DATES)
    assert shown(new) == after
    assert new.LongitudinalTemporalInformationModified == "UNMODIFIED"
    assert claimed(new) == {PROFILE, "113106"}


def test_retain_longitudinal_modified_dates() -> None:
    """All dates of a participant move by the same number of days, here ten; times of day stay."""
    before = {
        "StudyDate": "20210304",
        "SeriesDate": "20210305",
        "StudyTime": "101112",
        "AcquisitionDateTime": "20210304101112.5",
        "PatientBirthDate": "19500312",
    }
    after = {
        "StudyDate": "20210222",
        "SeriesDate": "20210223",
        "StudyTime": "101112",
        "AcquisitionDateTime": "20210222101112.5",
        "PatientBirthDate": "",
    }
    new = released(before, Option.RETAIN_LONGITUDINAL_MODIFIED_DATES)
    assert shown(new) == after
    assert new.LongitudinalTemporalInformationModified == "MODIFIED"
    assert claimed(new) == {PROFILE, "113107"}


def test_retain_patient_characteristics() -> None:
    """Sex, age, size and weight stay; ages above 89 are written as 89; name and birth date go all the same."""
    before = {
        "PatientBirthDate": "19280312",
        "PatientSex": "F",
        "PatientAge": "093Y",
        "PatientSize": "1.7",
        "PatientWeight": "70",
    }
    after = {
        "PatientBirthDate": "",
        "PatientSex": "F",
        "PatientAge": "089Y",
        "PatientSize": "1.7",
        "PatientWeight": "70",
    }
    new = released(before, Option.RETAIN_PATIENT_CHARACTERISTICS)
    assert shown(new) == after
    assert claimed(new) == {PROFILE, "113108"}


def test_retain_device_identity() -> None:
    """Serial number and station stay; the date of calibration is a date, and dates have options of their own."""
    before = {
        "DeviceSerialNumber": "SN-77",
        "StationName": "CT3",
        "DateOfLastCalibration": "20210301",
        "InstitutionName": "St. Elsewhere",
    }
    after = {
        "DeviceSerialNumber": "SN-77",
        "StationName": "CT3",
        "DateOfLastCalibration": "",
        "InstitutionName": "REMOVED",
    }
    new = released(before, Option.RETAIN_DEVICE_IDENTITY)
    assert shown(new) == after
    assert claimed(new) == {PROFILE, "113109"}


def test_retain_institution_identity() -> None:
    """Name and address of the institution stay; the physicians who work there do not."""
    before = {
        "InstitutionName": "St. Elsewhere",
        "InstitutionalDepartmentName": "Radiology",
        "ReferringPhysicianName": "Roe^Richard",
    }
    after = {
        "InstitutionName": "St. Elsewhere",
        "InstitutionalDepartmentName": "Radiology",
        "ReferringPhysicianName": "",
    }
    new = released(before, Option.RETAIN_INSTITUTION_IDENTITY)
    assert shown(new) == after
    assert claimed(new) == {PROFILE, "113112"}


def test_retain_uids() -> None:
    """UIDs stay, of the instance and of what it refers to."""
    before = {"FrameOfReferenceUID": "1.2.3.9"}
    after = {"FrameOfReferenceUID": "1.2.3.9"}
    assert shown(released(before)) == {"FrameOfReferenceUID": KEYS.uid("1.2.3.9")}
    new = released(before, Option.RETAIN_UIDS)
    assert shown(new) == after
    assert {keyword: new[keyword].value for keyword in UIDS} == UIDS
    assert claimed(new) == {PROFILE, "113110"}


def test_retain_safe_private() -> None:
    """Private attributes of the standard's list stay with their creator; all others go."""

    def before() -> Dataset:
        data = Dataset()
        siemens = data.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        siemens.add_new(0x0C, "IS", "1000")  # B value: listed
        siemens.add_new(0x99, "LO", "Doe")  # not listed
        data.private_block(0x0029, "ACME", create=True).add_new(0x10, "LO", "Doe")
        return data

    after = {"(0019,0010)": "SIEMENS MR HEADER", "(0019,100C)": "1000"}
    assert shown(released(before())) == {}
    new = released(before(), Option.RETAIN_SAFE_PRIVATE)
    assert {str(element.tag).upper(): str(element.value) for element in new if element.tag.is_private} == after
    assert claimed(new) == {PROFILE, "113111"}


def test_clean_graphics() -> None:
    """Annotations drawn on an image stay as graphics; overlays go.

    Words in them are descriptors: a dummy stands for them, unless clean-descriptors keeps those known to be harmless.
    """
    before = {
        "GraphicAnnotationSequence": [
            {
                "GraphicLayer": "LAYER",
                "TextObjectSequence": [{"UnformattedTextValue": "LUNG Doe", "AnchorPoint": [1.0, 2.0]}],
            }
        ],
    }

    def after(text: str) -> dict[str, Any]:
        texts = [{"UnformattedTextValue": text, "AnchorPoint": "[1.0, 2.0]"}]
        return {"GraphicAnnotationSequence": [{"GraphicLayer": "LAYER", "TextObjectSequence": texts}]}

    data = data_set(before)
    data.add_new(0x60003000, "OW", b"\1\2")
    new = released(data, Option.CLEAN_GRAPHICS)
    assert shown(new) == after("REMOVED")
    both = released(data_set(before), Option.CLEAN_GRAPHICS, Option.CLEAN_DESCRIPTORS)
    assert shown(both) == after("LUNG")
    assert claimed(new) == {PROFILE, "113103"}


def content_item(value_type: str, code: str, meaning: str, value: Mapping[str, Any]) -> dict[str, Any]:
    name = {"CodeValue": code, "CodingSchemeDesignator": "DCM", "CodeMeaning": meaning}
    return {"ValueType": value_type, "ConceptNameCodeSequence": [name], **value}


def test_clean_structured_content() -> None:
    """A report keeps its tree: persons become dummies, numbers stay, and what must not stay goes item and all.

    Words of a finding or summary are descriptors: with clean-descriptors those known to be harmless stay.
    """
    before = {
        "ContentSequence": [
            content_item("PNAME", "121008", "Person Observer Name", {"PersonName": "Roe^Richard"}),
            content_item("TEXT", "121071", "Finding", {"TextValue": "Doe LUNG"}),
            content_item("TEXT", "121111", "Summary", {"TextValue": "Zzyxquv HEAD"}),
            content_item("NUM", "121207", "Height", {"MeasuredValueSequence": [{"NumericValue": "12"}]}),
        ]
    }
    person = content_item("PNAME", "121008", "Person Observer Name", {"PersonName": "REMOVED"})
    number = content_item("NUM", "121207", "Height", {"MeasuredValueSequence": [{"NumericValue": "12"}]})
    after = {
        "ContentSequence": [
            person,
            content_item("TEXT", "121071", "Finding", {"TextValue": "REMOVED"}),
            number,
        ]
    }
    after_both = {
        "ContentSequence": [
            person,
            content_item("TEXT", "121071", "Finding", {"TextValue": "LUNG"}),
            content_item("TEXT", "121111", "Summary", {"TextValue": "HEAD"}),
            number,
        ]
    }
    new = released(before, Option.CLEAN_STRUCTURED_CONTENT)
    assert shown(new) == after
    assert claimed(new) == {PROFILE, "113104"}
    both = released(before, Option.CLEAN_STRUCTURED_CONTENT, Option.CLEAN_DESCRIPTORS)
    assert shown(both) == after_both


VALUE_TYPES = [
    "CODE",
    "COMPOSITE",
    "CONTAINER",
    "DATE",
    "DATETIME",
    "IMAGE",
    "NUM",
    "PNAME",
    "SCOORD",
    "SCOORD3D",
    "TCOORD",
    "TEXT",
    "TIME",
    "UIDREF",
    "WAVEFORM",
]


@pytest.mark.parametrize("value_type", VALUE_TYPES)
def test_a_report_keeps_its_value_types(value_type: str) -> None:
    """Value types (PS3.3 C.17.3.2.1) are codes of the standard: without them no report can be read."""
    before = {"ContentSequence": [content_item(value_type, "121400", "Derivation", {})]}
    after = before
    assert shown(released(before, Option.CLEAN_STRUCTURED_CONTENT)) == after


@pytest.mark.parametrize("option", [Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES])
def test_the_two_options_on_pixels(option: Option) -> None:
    """They change no attribute: claimed is what was shown on the pixels, never what was only asked for."""
    before = {"StudyDescription": "CHEST", "Modality": "CT"}
    after = {"Modality": "CT"}
    new = released(before, option)
    assert shown(new) == after
    assert claimed(new) == {PROFILE}
