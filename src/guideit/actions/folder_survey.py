"""The first pass of `guideit deid`: who is who, what names them, and what does not go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import NamedTuple

from guideit.deid.engine import read_head
from guideit.deid.hold import head_volume, is_volume
from guideit.deid.pixel_bytes import SIZE_KEYWORDS
from guideit.deid.subject import Identifier
from guideit.deid.survey import Survey, survey
from guideit.dicom.index import COLUMNS
from guideit.dicom.part10 import DICOMDIR, frame, is_dicom
from guideit.errors import NotUnderstood
from guideit.intake.sources import Entry

_HEAD = 1 << 16
_NOT_DICOM = "deid.not-dicom"
HOLD_KEYS = (
    "Modality", "SOPClassUID", "ImageType", "BurnedInAnnotation", "BodyPartExamined", "StudyDescription",
    "SeriesDescription", "ProtocolName", "RequestedProcedureDescription", "SequenceName", "OverlayBitPosition",
    "RecognizableVisualFeatures", "ConversionType",
)  # fmt: skip
_PIXEL_KEYS = ("FrameOfReferenceUID", "InstanceNumber", "Manufacturer", "ManufacturerModelName")
WANTED = frozenset(column.tag for column in COLUMNS if column.name in {*HOLD_KEYS, *SIZE_KEYWORDS, *_PIXEL_KEYS})


class Seen(NamedTuple):
    """A file that goes on: where it is, how the source names it, whose it is, its study, series and instance.

    `frame` is the frame of reference of a volume's instance, empty of anything else; `faceless`, whether its header
    names a part of the body without a face.
    """

    path: str
    name: str
    patient: str
    study: str
    series: str
    sop: str
    frame: str
    faceless: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What the first pass saw in some files.

    Attributes:
        files: Files that go on.
        held: `(name, rule)` of files that do not.
        named: Identifiers by patient.
        size: How many files were looked at.
    """

    files: list[Seen]
    held: list[tuple[str, str]]
    named: dict[str, set[Identifier]]
    size: int


def look(entries: Sequence[Entry]) -> Look:
    """Survey some files (a worker's task). Hold rules are applied by `clean_chunk`, which knows the policy."""
    seen = Look([], [], {}, len(entries))
    for entry in entries:
        reason, found = _surveyed(entry)
        if found is None or reason:
            seen.held.append((entry.name, reason or _NOT_DICOM))
            continue
        seen.files.append(_seen(entry, found))
        seen.named.setdefault(found.patient, set()).update(found.identifiers)
    return seen


def _seen(entry: Entry, found: Survey) -> Seen:
    header = found.header
    return Seen(
        path=str(entry.path),
        name=entry.name,
        patient=found.patient,
        study=found.study,
        series=found.series,
        sop=found.sop,
        frame=str(header.get("FrameOfReferenceUID") or found.series) if is_volume(header) else "",
        faceless=not head_volume(header),
    )


def _surveyed(entry: Entry) -> tuple[str, Survey | None]:
    """Why a file is held back, or its survey."""
    if entry.path is None:
        return entry.refused, None
    try:
        found = survey_file(entry.path)
    except NotUnderstood:
        return "deid.not-understood", None
    except OSError:
        return "deid.unreadable", None
    if found is None:
        return _NOT_DICOM, None
    return ("" if found.patient else "deid.no-patient-id"), found


def survey_file(path: Path) -> Survey | None:
    """Survey a file, reading its pixels only where that is needed; None for what is no DICOM instance.

    Raises:
        NotUnderstood: It is damaged.
        OSError: It cannot be read.
    """
    size, head = read_head(path)
    if not is_dicom(head):
        return None
    try:
        found = survey(head, size=size, wanted=WANTED)
    except NotUnderstood:
        return _survey_whole(path.read_bytes())
    return None if found.file_class == DICOMDIR else found


def _survey_whole(data: bytes) -> Survey | None:
    """A file that is not plain, or whose header is long; None for a DICOMDIR, whatever else is wrong with it."""
    if frame(data[:_HEAD]).sop_class == DICOMDIR:
        return None
    try:
        return survey(data, wanted=WANTED)
    except NotUnderstood:
        from guideit.deid.survey_slow import survey_slowly  # imports pydicom, which plain files do not need

        return survey_slowly(data)


@dataclass(frozen=True, kw_only=True)
class Surveyed:
    """The first pass, whole."""

    files: list[Seen]
    held: list[tuple[str, str]]
    named: dict[str, set[Identifier]]
    skipped: int
    duplicates: int

    @classmethod
    def gather(cls, looks: Iterable[Look]) -> Surveyed:
        """Put what workers saw together."""
        files: list[Seen] = []
        held: list[tuple[str, str]] = []
        named: dict[str, set[Identifier]] = {}
        for seen in looks:
            files.extend(seen.files)
            held.extend(seen.held)
            for patient, found in seen.named.items():
                named.setdefault(patient, set()).update(found)
        kept = [item for item in held if item[1] != _NOT_DICOM]
        once, doubted = _once(_by_patient(files))
        single, mixed = _of_one_patient(once)
        duplicates = len(files) - len(once) - len(doubted)
        skipped = len(held) - len(kept)
        return cls(files=single, held=kept + doubted + mixed, named=named, skipped=skipped, duplicates=duplicates)


def _by_patient(files: list[Seen]) -> list[Seen]:
    return sorted(files, key=lambda f: (f.patient, f.path))


def _once(files: list[Seen]) -> tuple[list[Seen], list[tuple[str, str]]]:
    """Each instance once; another file under its UID is left out where it is the same, else held back."""
    first: dict[str, Seen] = {}
    doubted = []
    for file in files:
        earlier = first.setdefault(file.sop or file.path, file)
        if earlier is not file and not cmp(earlier.path, file.path, shallow=False):
            doubted.append((file.name, "deid.conflicting-instance"))
    return list(first.values()), doubted


def _of_one_patient(files: list[Seen]) -> tuple[list[Seen], list[tuple[str, str]]]:
    """Files of studies that hold one patient's only; the others are held back."""
    patients: dict[str, set[str]] = {}
    for file in files:
        patients.setdefault(file.study, set()).add(file.patient)
    mixed = {study for study, mine in patients.items() if study and len(mine) > 1}
    held = [(file.name, "check.study-of-two-patients") for file in files if file.study in mixed]
    return [file for file in files if file.study not in mixed], held
