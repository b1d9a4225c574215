"""Text that stands beside the pixels: overlays, annotations of presentation states, documents, icons, reports.

Each kind has a rule of its own. `Zzyxquv` stands for a surname nobody has told the product of; `Doe` is known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Held, Identifier, Subject
from guideit.trial.deidentification import POLICIES, DeidSettings, Option, PolicyName

pytestmark = pytest.mark.filterwarnings("ignore")

CT, PRESENTATION = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.11.1"
REPORT, PDF, CDA, STL = "1.2.840.10008.5.1.4.1.1.88.33", *(f"1.2.840.10008.5.1.4.1.1.104.{n}" for n in (1, 2, 3))
ODD = "Zzyxquv"
EVERY = [frozenset[Option](), *POLICIES.values(), frozenset(Option) - {Option.RETAIN_LONGITUDINAL_FULL_DATES}]
"""No option, those of every named policy, and all that go together."""


@lru_cache(maxsize=8)
def engine(options: frozenset[Option]) -> Engine:
    known = frozenset({Identifier(kind="name", text="Doe^Jane")})
    subject = Subject(source_id="S-1", pseudonym="P-1", shift_days=-10, identifiers=known)
    return Engine(load_policy(DeidSettings(options=options)), Keys(b"k" * 32, "t"), subject)


def data_set(values: Mapping[str, Any]) -> Dataset:
    data = Dataset()
    for keyword, value in values.items():
        nested = isinstance(value, list) and value and isinstance(value[0], dict)
        setattr(data, keyword, [data_set(one) for one in value] if nested else value)
    return data


def cleaned(data: Dataset, sop_class: str, options: frozenset[Option]) -> CleanInstance | Held:
    data.SOPClassUID, data.SOPInstanceUID = UID(sop_class), UID("1.2.3.1")
    data.StudyInstanceUID, data.SeriesInstanceUID = UID("1.2.3.2"), UID("1.2.3.3")
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return engine(options).clean(buffer.getvalue())


def released(data: Dataset, sop_class: str, options: frozenset[Option]) -> tuple[Dataset, bytes, CleanInstance]:
    result = cleaned(data, sop_class, options)
    assert isinstance(result, CleanInstance), result
    raw = b"".join(bytes(piece) for piece in result.pieces)  # type: ignore[arg-type]
    return dcmread(io.BytesIO(raw)), raw, result


@pytest.mark.parametrize("options", EVERY, ids=len)
@pytest.mark.parametrize("group", [0x6000, 0x6002, 0x601E])
def test_an_overlay_goes_whole_under_every_option(options: frozenset[Option], group: int) -> None:
    """Nobody can clean a bitmap; its rows, columns, origin, label and comments mean nothing without it."""
    data = Dataset()
    for element, vr, value in (
        (0x0010, "US", 8),
        (0x0011, "US", 16),
        (0x0022, "LO", f"LUNG {ODD}"),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x1500, "LO", "LUNG"),
        (0x3000, "OW", b"DoeDoeDoeDoeDoe\0"),
        (0x4000, "LT", "LUNG"),
    ):
        data.add_new(group << 16 | element, vr, value)
    new, raw, result = released(data, CT, options)
    assert [element.tag for element in new if element.tag.group >> 8 == 0x60] == []
    assert b"Doe" not in raw
    assert {what for path, what in result.changes if path.startswith("(60")} == {"X graphics.overlay"}


ANNOTATION = {
    "GraphicAnnotationSequence": [
        {
            "GraphicLayer": "LAYER",
            "TextObjectSequence": [{"UnformattedTextValue": f"LUNG Doe {ODD}", "AnchorPoint": [1.0, 2.0]}],
            "GraphicObjectSequence": [
                {
                    "GraphicAnnotationUnits": "PIXEL",
                    "GraphicDimensions": 2,
                    "NumberOfGraphicPoints": 2,
                    "GraphicData": [1.0, 2.0, 3.0, 4.0],
                    "GraphicType": "POLYLINE",
                }
            ],
            "CompoundGraphicSequence": [{"GraphicGroupID": 1, "MajorTicksSequence": [{"TickLabel": f"LUNG {ODD}"}]}],
        }
    ],
    "GraphicLayerSequence": [{"GraphicLayer": "LAYER", "GraphicLayerDescription": f"LUNG {ODD}"}],
    "GraphicGroupSequence": [{"GraphicGroupLabel": f"LUNG {ODD}", "GraphicGroupDescription": ODD}],
    "ContentLabel": "LABEL",
    "ContentDescription": f"LUNG {ODD}",
    "ContentCreatorName": "Doe^Jane",
}
"""A presentation state that marks something and says who, what and why."""


@pytest.mark.parametrize("options", EVERY, ids=len)
def test_no_word_of_a_presentation_state_survives_but_those_of_the_vocabulary(options: frozenset[Option]) -> None:
    """Text objects, tick labels, layers, groups and the state's own description."""
    new, raw, _ = released(data_set(ANNOTATION), PRESENTATION, options)
    assert ODD.encode() not in raw
    assert b"Doe" not in raw
    text = new.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue
    assert text == ("LUNG" if Option.CLEAN_DESCRIPTORS in options else "REMOVED")


@pytest.mark.parametrize("options", EVERY, ids=len)
def test_lines_and_outlines_of_a_presentation_state_stay(options: frozenset[Option]) -> None:
    """They are numbers: where an arrow points is what the state is for. Handwriting as lines is not seen."""
    new, _, _ = released(data_set(ANNOTATION), PRESENTATION, options)
    (drawn,) = new.GraphicAnnotationSequence[0].GraphicObjectSequence
    assert drawn.GraphicData == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("options", EVERY, ids=len)
@pytest.mark.parametrize("sop_class", [PDF, CDA, STL])
def test_an_encapsulated_document_is_always_held_back(options: frozenset[Option], sop_class: str) -> None:
    """A PDF, a clinical document, a surface for a printer: nobody here reads what is in it."""
    data = data_set(
        {"EncapsulatedDocument": b"%PDF-1.4 Doe Jane ", "MIMETypeOfEncapsulatedDocument": "application/pdf"}
    )
    result = cleaned(data, sop_class, options)
    assert isinstance(result, Held)
    assert [finding.rule for finding in result.findings] == ["deid.encapsulated-document"]


@pytest.mark.parametrize("options", EVERY, ids=len)
def test_a_document_inside_another_object_does_not_pass(options: frozenset[Option]) -> None:
    _, raw, _ = released(data_set({"EncapsulatedDocument": b"%PDF-1.4 Zzyxquv"}), CT, options)
    assert b"%PDF" not in raw
    assert ODD.encode() not in raw


@pytest.mark.parametrize("options", EVERY, ids=len)
def test_an_icon_goes_under_every_option(options: frozenset[Option]) -> None:
    """It shows what was blanked in the image."""
    icon = {"Rows": 1, "Columns": 2, "SamplesPerPixel": 1, "BitsAllocated": 8, "PixelData": b"\1\2"}
    data = data_set({"IconImageSequence": [icon], "AcquisitionContextSequence": [{"IconImageSequence": [icon]}]})
    new, _, _ = released(data, CT, options)
    assert not [element for element in new.iterall() if element.keyword == "IconImageSequence"]


@pytest.mark.parametrize("options", EVERY, ids=len)
def test_the_text_of_a_report_keeps_words_of_the_vocabulary_at_most(options: frozenset[Option]) -> None:
    """Text items of any name, listed by the standard or not, and what hangs below a number."""
    named = {"CodeValue": "121071", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Finding"}
    local = {"CodeValue": "X1", "CodingSchemeDesignator": "99ACME", "CodeMeaning": "LUNG"}
    below = {"ValueType": "TEXT", "ConceptNameCodeSequence": [local], "TextValue": f"LUNG {ODD}"}
    tree = [
        {"ValueType": "TEXT", "ConceptNameCodeSequence": [named], "TextValue": f"LUNG {ODD} Doe"},
        {"ValueType": "TEXT", "ConceptNameCodeSequence": [local], "TextValue": f"LUNG {ODD} Doe"},
        {"ValueType": "NUM", "MeasuredValueSequence": [{"NumericValue": "12"}], "ContentSequence": [below]},
        {"ValueType": "PNAME", "ConceptNameCodeSequence": [local], "PersonName": "Doe^Jane"},
    ]
    new, raw, _ = released(data_set({"ContentSequence": tree}), REPORT, options)
    assert ODD.encode() not in raw
    assert b"Doe" not in raw
    assert "12" in [str(e.value) for e in new.iterall() if e.keyword == "NumericValue"]


def test_the_named_policies_are_all_tried_here() -> None:
    assert all(POLICIES[name] in EVERY for name in PolicyName)
