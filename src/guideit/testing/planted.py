"""The planted-identifier corpus: one made-up person's identifiers wherever text can stand in a DICOM file.

Each planted text holds one of a few stems that occur nowhere else, so whatever survives is found by searching
bytes; the number behind a name says where it was planted. Beside them stand the values that interpretation
needs, planted to measure what is retained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.datadict import keyword_dict
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from guideit.quality.planting.values import raw
from guideit.testing.encodings import to_bytes
from guideit.testing.objects import file_meta, set_pixels, uid

FAMILY, GIVEN, PATIENT_ID, BIRTH = "Weberknecht", "Adalbert", "QX4821775", "19510223"
STREET, PHONE, MAIL, ACCESSION = (
    "Zwirnerstieg 7",
    "+49 40 77665544",
    "adalbert@weberknecht.example",
    "ACX55091827",
)
JAPANESE, CYRILLIC = "蜘蛛田", "Паукович"

STEMS: tuple[str, ...] = (
    FAMILY,
    PATIENT_ID,
    BIRTH,
    "77665544",
    "Zwirnerstieg",
    ACCESSION,
    JAPANESE,
    CYRILLIC,
)
"""What must not stand anywhere in a release, in any case or encoding."""
FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (f"{FAMILY}^{GIVEN}", (FAMILY,)),
    (f"{GIVEN} {FAMILY}", (FAMILY,)),
    (f"{FAMILY.upper()}_{GIVEN[0]}", (FAMILY,)),
    (f"Herr {FAMILY}", (FAMILY,)),
    (f"ID{PATIENT_ID}", (PATIENT_ID,)),
    ("QX-482-1775", ("QX-482-1775", "482-1775")),
    ("geb. 23.02.1951", ("23.02.1951",)),
    ("DOB 1951-02-23", ("1951-02-23",)),
    ("02/23/1951", ("02/23/1951",)),
    ("23 Feb 1951", ("23 Feb 1951",)),
    (f"Tel {PHONE}", ("77665544",)),
    (MAIL, ("weberknecht.example", FAMILY)),
    (f"{STREET}, Hamburg", ("Zwirnerstieg",)),
    (ACCESSION, (ACCESSION,)),
)
"""Ways people write them into descriptions, and what of each must be gone."""

USEFUL: Mapping[str, Any] = {
    "Modality": "CT",
    "KVP": "120",
    "PixelSpacing": ["0.7", "0.7"],
    "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
    "ImagePositionPatient": ["-10", "-20", "30"],
    "SliceThickness": "2.5",
    "RescaleSlope": "1",
    "RescaleIntercept": "-1024",
    "RepetitionTime": "4000",
    "EchoTime": "93",
    "InversionTime": "120",
    "FlipAngle": "12",
    "MagneticFieldStrength": "3",
    "ConvolutionKernel": "B30f",
    "CTDIvol": 7.25,
    "XRayTubeCurrent": "170",
    "ExposureTime": "1601",
    "DiffusionBValue": 800.0,
    "PatientSex": "F",
    "PatientAge": "063Y",
    "PatientWeight": "71",
    "BodyPartExamined": "ABDOMEN",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "PatientPosition": "HFS",
}
"""What interpretation needs, with the values planted."""
WORDS = ("CT", "Abdomen", "venous")
"""Words of descriptions that must stay while the identifier among them goes."""

TEXT_VRS = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
STRUCTURE = frozenset(
    {
        "BurnedInAnnotation",
        "ConversionType",
        "InstanceNumber",
        "LengthToEnd",
        "MIMETypeOfEncapsulatedDocument",
        "Modality",
        "NumberOfFrames",
        "PatientBirthDate",
        "PatientID",
        "PatientName",
        "PhotometricInterpretation",
        "RecognizableVisualFeatures",
        "RescaleType",
        "SOPClassUID",
        "SOPInstanceUID",
        "SeriesDescription",
        "SeriesInstanceUID",
        "SpecificCharacterSet",
        "StudyInstanceUID",
    }
)
"""Not planted: without them a reader does not know what the file is, or holds it back for good reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plant:
    """One planted identifier.

    Attributes:
        number: Unique; it stands behind the name where the place holds a name.
        file: Instance Number of the file it is in.
        place: Where, for people: `(0010,4000) top`.
        needles: Texts that must not be found in the release.
    """

    number: int
    file: int
    place: str
    needles: tuple[str, ...]

    def __str__(self) -> str:
        return f"file {self.file}: {self.place}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plants:
    """A planted corpus on disk.

    Attributes:
        folder: The files.
        identifiers: Everything that must be gone.
        dates: (file, tag path, original value) of dates that must have moved or gone.
        useful: (file, keyword, value) that should stay.
        described: (file, keyword) whose `WORDS` should stay.
    """

    folder: Path
    identifiers: tuple[Plant, ...]
    dates: tuple[tuple[int, tuple[int, ...], str], ...]
    useful: tuple[tuple[int, str, Any], ...]
    described: tuple[tuple[int, str], ...]


class _Planter:
    """Numbers plants and keeps what was planted where."""

    def __init__(self) -> None:
        self.file = 0
        self.identifiers: list[Plant] = []
        self.dates: list[tuple[int, tuple[int, ...], str]] = []

    def mark(self, place: str, make: Callable[[int], str], needles: tuple[str, ...] = ()) -> str:
        number = len(self.identifiers) + 1
        text = make(number)
        found = needles or (text,)
        self.identifiers.append(Plant(number=number, file=self.file, place=place, needles=found))
        return text

    def name(self, place: str) -> str:
        return self.mark(place, lambda n: f"{FAMILY}{n:05d}")


def _named(planter: _Planter, vr: str, place: str) -> str:
    """A name as this VR would hold it; UIDs hold the birth date instead."""
    makes: Mapping[str, Callable[[int], str]] = {
        "UI": lambda n: f"1.2.840.99999.{BIRTH}{n:05d}",
        "PN": lambda n: f"{FAMILY}{n:05d}^{GIVEN}",
        "CS": lambda n: f"{FAMILY.upper()}{n:05d}",
        "UR": lambda n: f"https://pacs.example/{FAMILY}{n:05d}",
    }
    return planter.mark(place, makes.get(vr, lambda n: f"{FAMILY}{n:05d}"))


def text_attributes() -> Iterator[tuple[int, str]]:
    """Every public attribute with a text VR (of repeating groups the first) but `STRUCTURE` and `USEFUL`."""
    for tag, (vr, _, _, _, keyword) in sorted(DicomDictionary.items()):
        if tag >> 16 in {0x0000, 0x0002, 0x0004, 0xFFFA, 0xFFFE} or keyword in STRUCTURE or keyword in USEFUL:
            continue
        if vr.split(" or ")[0] in TEXT_VRS:
            yield tag, vr.split(" or ")[0]
    for mask, (vr, *_) in sorted(RepeatersDictionary.items()):
        if vr in TEXT_VRS and mask[:4] in {"50xx", "60xx"}:
            yield int(mask.replace("x", "0"), 16), vr


def base(planter: _Planter, number: int, *, charset: str = "ISO_IR 192") -> Dataset:
    """A small CT with the person's identity and every useful value; file number `number`."""
    planter.file = number
    ds = Dataset()
    ds.SpecificCharacterSet = charset
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, uid("planted", str(number))
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid("planted study"), uid("planted series", str(number))
    ds.FrameOfReferenceUID, ds.InstanceNumber = uid("planted frame"), number
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = f"{FAMILY}^{GIVEN}", PATIENT_ID, BIRTH
    ds.AccessionNumber, ds.PatientTelephoneNumbers, ds.PatientAddress = ACCESSION, PHONE, STREET
    ds.StudyDate, ds.StudyTime, ds.BurnedInAnnotation = "20210504", "101500", "NO"
    ds.SeriesDescription = " ".join(WORDS)
    for keyword, value in USEFUL.items():
        setattr(ds, keyword, value)
    set_pixels(ds, np.arange(64, dtype=np.int16).reshape(8, 8))
    file_meta(ds)
    return ds


def everywhere(planter: _Planter, number: int) -> Dataset:
    """A name in every text attribute at top level."""
    ds = base(planter, number)
    _fill(planter, ds, "top")
    return ds


def nested(planter: _Planter, number: int) -> Dataset:
    """The same within a sequence that stays, and again three items deep."""
    ds = base(planter, number)
    inner, middle, outer = Dataset(), Dataset(), Dataset()
    _fill(planter, inner, "three deep")
    _fill(planter, outer, "nested")
    middle.FrameAnatomySequence = Sequence([inner])
    outer.PixelMeasuresSequence = Sequence([middle])
    ds.SharedFunctionalGroupsSequence = Sequence([outer])
    return ds


def _fill(planter: _Planter, ds: Dataset, where: str) -> None:
    for tag, vr in text_attributes():
        if Tag(tag) not in ds:
            ds[tag] = raw(tag, vr, _named(planter, vr, f"{Tag(tag)} {where}"))


def dated(planter: _Planter, number: int) -> Dataset:
    """A true date in every DA and DT, at top level and nested."""
    ds, item = base(planter, number), Dataset()
    tags = [(tag, vr) for tag, vr in text_attributes() if vr in {"DA", "DT"}]
    for turn, (tag, vr) in enumerate(tags):
        value = f"2021{turn % 12 + 1:02d}{turn % 27 + 1:02d}" + ("101112" if vr == "DT" else "")
        for holder, path in ((ds, (tag,)), (item, (keyword_dict["SharedFunctionalGroupsSequence"], tag))):
            if Tag(tag) not in holder:
                holder[tag] = raw(tag, vr, value)
                planter.dates.append((number, path, value))
    ds.SharedFunctionalGroupsSequence = Sequence([item])
    return ds


def described(planter: _Planter, number: int, form: str, needles: tuple[str, ...]) -> Dataset:
    """One way of writing an identifier among the useful words of the descriptions."""
    ds = base(planter, number)
    for keyword in ("SeriesDescription", "ProtocolName"):
        text = f"{WORDS[0]} {WORDS[1]} {form} {WORDS[2]}"
        planter.mark(f"{keyword}: form {number}", lambda _, text=text: text, needles)  # type: ignore[misc]
        setattr(ds, keyword, text)
    return ds


def plant(folder: Path) -> Plants:
    """Write the corpus into `folder`: the same bytes every time."""
    from guideit.testing.planted_bytes import BYTE_PLANTS, foreign

    folder.mkdir(parents=True, exist_ok=True)
    planter = _Planter()
    made: list[tuple[Dataset, UID, Callable[[bytes], bytes]]] = []

    def add(ds: Dataset, syntax: UID | None = None, after: Callable[[bytes], bytes] = bytes) -> None:
        ds.file_meta.TransferSyntaxUID = syntax or ds.file_meta.get("TransferSyntaxUID") or ExplicitVRLittleEndian
        made.append((ds, ds.file_meta.TransferSyntaxUID, after))

    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian):
        add(everywhere(planter, len(made) + 1), syntax)
        add(nested(planter, len(made) + 1), syntax)
    add(everywhere(planter, len(made) + 1), ExplicitVRBigEndian)
    add(dated(planter, len(made) + 1))
    forms = range(len(made) + 1, len(made) + 1 + len(FORMS))
    for number, (form, needles) in zip(forms, FORMS, strict=True):
        add(described(planter, number, form, needles))
    for make in foreign():
        add(make(planter, len(made) + 1))
    for change in BYTE_PLANTS:
        ds = base(planter, len(made) + 1)
        after = change(planter, ds) or bytes
        add(ds, ds.file_meta.get("TransferSyntaxUID"), after)
    for number, (ds, _, after) in enumerate(made, start=1):
        (folder / f"{number:04d}.dcm").write_bytes(after(to_bytes(ds)))
    return Plants(
        folder=folder,
        identifiers=tuple(planter.identifiers),
        dates=tuple(planter.dates),
        useful=tuple((n, k, v) for n in range(1, len(made) + 1) for k, v in USEFUL.items()),
        described=tuple((n, k) for n in forms for k in ("SeriesDescription", "ProtocolName")),
    )
