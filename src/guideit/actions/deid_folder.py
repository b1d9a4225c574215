"""`guideit deid`: a folder in, a clean folder out. No archive, no database.

Two passes: the first learns who is who and what names them, the second writes. A known identifier found in one
file is searched for in every file of the same patient.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from filecmp import cmp
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from guideit.actions.progress import SILENT, Progress
from guideit.compute.executors import open_executor, run
from guideit.deid.engine import Engine, read_head
from guideit.deid.hold import hold_findings
from guideit.deid.keys import Keys
from guideit.deid.pixel_bytes import SIZE_KEYWORDS
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Held, Identifier, Subject
from guideit.deid.survey import Survey, survey
from guideit.dicom.index import COLUMNS
from guideit.dicom.part10 import DICOMDIR, frame, is_dicom
from guideit.errors import NotUnderstood, UsageError, disk_full_said
from guideit.intake.sources import Entry, Walk
from guideit.storage.folder_writer import FolderWriter
from guideit.trial.deidentification import DeidSettings
from guideit.trial.finding import Finding, Severity

CHUNK = 256
"""Files one task of a worker holds."""
BATCH = 32
BATCH_BYTES = 16 << 20
"""Headers cleaned, and bytes held, before files are written: copying pixels empties the processor's caches."""
_HEAD = 1 << 16
_NOT_DICOM = "deid.not-dicom"
_HOLD_KEYS = (
    "Modality", "SOPClassUID", "ImageType", "BurnedInAnnotation", "BodyPartExamined", "StudyDescription",
    "SeriesDescription", "ProtocolName", "RequestedProcedureDescription", "SequenceName", "OverlayBitPosition",
    "RecognizableVisualFeatures", "ConversionType",
)  # fmt: skip


_WANTED = frozenset(column.tag for column in COLUMNS if column.name in {*_HOLD_KEYS, *SIZE_KEYWORDS})


@dataclass(frozen=True, kw_only=True)
class FolderJob:
    """What a stand-alone run works with.

    Attributes:
        source: Folder, archive or file.
        target: Folder to write into; made if it is not there.
        settings: The policy's settings.
        secret: The key; the same key gives the same pseudonyms, UIDs and shifts.
        prefix: Beginning of pseudonyms.
        workers: Processes.
    """

    source: Path
    target: Path
    settings: DeidSettings
    secret: bytes = field(repr=False)
    prefix: str = "P"
    workers: int = 1


@dataclass(frozen=True, kw_only=True)
class FolderDone:
    """What became of the files; `held` names source files and so stays with the steward.

    `skipped` counts what is no DICOM instance, `duplicates` second copies of the same bytes.
    """

    written: int
    skipped: int
    duplicates: int
    held: tuple[tuple[str, str], ...] = field(repr=False)
    changes: Mapping[tuple[str, str], int] = field(repr=False)


def deid_folder(job: FolderJob, *, progress: Progress = SILENT) -> FolderDone:
    """De-identify everything in `job.source`.

    Files are written as `<pseudonym>/<study>/<series>/<instance>.dcm` under released UIDs. What cannot be
    understood, has no Patient ID or could show a person is held back: named in the result, not written.

    Raises:
        UsageError: No such source, or the target lies in it.
        SourceRefused: The source is an unsafe archive.
        DiskFull: There is no room for the target; each file that is there is whole.
    """
    if job.target.resolve().is_relative_to(job.source.resolve()):
        raise UsageError("the target lies in the source", where=str(job.target), do="name a folder beside it")
    scratch = job.target / ".unpacked"
    with disk_full_said(str(job.target)):
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            return _deid_folder(job, scratch, progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _deid_folder(job: FolderJob, scratch: Path, progress: Progress) -> FolderDone:
    entries = Walk(scratch=scratch, seen=lambda _: False).entries(job.source)
    with open_executor(job.workers, fork=True) as executor:
        progress.step("Reading headers", None)
        looks = _advance(run(executor, look, _chunks(entries), in_flight=2 * job.workers), progress)
        surveyed = _Surveyed.gather(looks)
        progress.step("De-identifying", len(surveyed.files))
        tasks = surveyed.tasks(job)
        done = [part for part in _advance(run(executor, clean_chunk, tasks, in_flight=2 * job.workers), progress)]
    changes: Counter[tuple[str, str]] = Counter()
    for part in done:
        changes.update(part.changes)
    held = [*surveyed.held, *(item for part in done for item in part.held)]
    written = sum(part.written for part in done)
    return FolderDone(
        written=written,
        skipped=surveyed.skipped,
        duplicates=surveyed.duplicates,
        held=tuple(sorted(held)),
        changes=changes,
    )


# The first pass: who is who, and what names them


class Seen(NamedTuple):
    """A file that goes on: where it is, how the source names it, whose it is, its study and its instance."""

    path: str
    name: str
    patient: str
    study: str
    sop: str


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
        seen.files.append(Seen(str(entry.path), entry.name, found.patient, found.study, found.sop))
        seen.named.setdefault(found.patient, set()).update(found.identifiers)
    return seen


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
        found = survey(head, size=size, wanted=_WANTED)
    except NotUnderstood:
        return _survey_whole(path.read_bytes())
    return None if found.file_class == DICOMDIR else found


def _survey_whole(data: bytes) -> Survey | None:
    """A file that is not plain, or whose header is long; None for a DICOMDIR, whatever else is wrong with it."""
    if frame(data[:_HEAD]).sop_class == DICOMDIR:
        return None
    try:
        return survey(data, wanted=_WANTED)
    except NotUnderstood:
        from guideit.deid.survey_slow import survey_slowly  # imports pydicom, which plain files do not need

        return survey_slowly(data)


@dataclass(frozen=True, kw_only=True)
class _Surveyed:
    """The first pass, whole."""

    files: list[Seen]
    held: list[tuple[str, str]]
    named: dict[str, set[Identifier]]
    skipped: int
    duplicates: int

    @classmethod
    def gather(cls, looks: Iterable[Look]) -> _Surveyed:
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

    def tasks(self, job: FolderJob) -> Iterator[Chunk]:
        """Files of one patient at a time, in chunks, with all that names that patient."""
        keys = Keys(job.secret, "folder")
        for patient, group in groupby(self.files, key=lambda f: f.patient):
            subject = Subject(
                source_id=patient,
                pseudonym=keys.pseudonym(patient, job.prefix),
                shift_days=keys.shift_days(patient, job.settings.shift_days),
                identifiers=frozenset(self.named[patient] | {Identifier(kind="id", text=patient)}),
            )
            mine = [(file.path, file.name) for file in group]
            for start in range(0, len(mine), CHUNK):
                yield Chunk(job=job, subject=subject, files=tuple(mine[start : start + CHUNK]))


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


# The second pass: cleaned and written


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some files of one patient (a worker's task)."""

    job: FolderJob
    subject: Subject
    files: tuple[tuple[str, str], ...] = field(repr=False)
    """Path, and how the source names it."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of a chunk."""

    written: int
    held: tuple[tuple[str, str], ...] = field(repr=False)
    changes: Counter[tuple[str, str]] = field(repr=False)
    size: int


@lru_cache(maxsize=2)
def _engine(settings: DeidSettings, secret: bytes, subject: Subject) -> Engine:
    return Engine(load_policy(settings), Keys(secret, "folder"), subject, wanted=_WANTED)


def clean_chunk(chunk: Chunk) -> Written:
    """Clean and write some files of one patient."""
    engine = _engine(chunk.job.settings, chunk.job.secret, chunk.subject)
    writer = FolderWriter(chunk.job.target / chunk.subject.pseudonym)
    held: list[tuple[str, str]] = []
    changes: Counter[tuple[str, str]] = Counter()
    for batch in _batches(engine, chunk.files):
        for name, result in batch:
            reason = _held_back(result, chunk.job.settings)
            if reason or isinstance(result, Held):
                held.append((name, reason))
                continue
            writer.write(result)
            changes.update(result.changes)
    return Written(written=len(chunk.files) - len(held), held=tuple(held), changes=changes, size=len(chunk.files))


def _batches(engine: Engine, files: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, CleanInstance | Held]]]:
    """Files cleaned, a few at a time, with their names."""
    batch: list[tuple[str, CleanInstance | Held]] = []
    size = 0
    for path, name in files:
        result = _cleaned(engine, path)
        batch.append((name, result))
        size += 0 if isinstance(result, Held) else result.in_memory
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _cleaned(engine: Engine, path: str) -> CleanInstance | Held:
    try:
        return engine.clean_file(Path(path))
    except OSError:  # it could be read a moment ago: the rest goes on
        return Held(findings=(Finding(rule="deid.unreadable", severity=Severity.BLOCK, place="", says="unreadable"),))


def _held_back(result: CleanInstance | Held, settings: DeidSettings) -> str:
    """The rule that holds a file back; empty where none does."""
    if isinstance(result, Held):
        return result.findings[0].rule
    if result.header.get("Modality") in settings.drop_modalities:
        return "policy.dropped-modality"
    header = result.header
    return _hold_rule(settings, tuple((key, _hashable(header[key])) for key in _HOLD_KEYS if header.get(key)))


@lru_cache(maxsize=4096)
def _hold_rule(settings: DeidSettings, header: tuple[tuple[str, object], ...]) -> str:
    found = hold_findings(dict(header), load_policy(settings), "")
    return next((f.rule for f in found if f.severity is Severity.BLOCK), "")


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _chunks(entries: Iterator[Entry]) -> Iterator[Sequence[Entry]]:
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


Sized = TypeVar("Sized", Look, Written)


def _advance(results: Iterable[Sized], progress: Progress) -> Iterator[Sized]:
    for result in results:
        progress.advance(result.size)
        yield result
