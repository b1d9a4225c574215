"""`guideit deid`: a folder in, a clean folder out. No archive, no database.

Two passes: the first learns who is who and what names them, the second writes. A known identifier found in one
file is searched for in every file of the same patient.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from guideit.actions.folder_survey import HOLD_KEYS, WANTED, Look, Seen, Surveyed, look, survey_file
from guideit.actions.progress import SILENT, Progress
from guideit.compute.executors import open_executor, run
from guideit.deid.engine import Engine
from guideit.deid.hold import hold_findings
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.sight import FACE, TEXT, Sight
from guideit.deid.subject import CleanInstance, Held, Identifier, Subject
from guideit.errors import UsageError, disk_full_said
from guideit.intake.sources import Entry, Walk
from guideit.storage.folder_writer import FolderWriter
from guideit.trial.deidentification import DeidSettings, Option
from guideit.trial.finding import Finding, Severity

if TYPE_CHECKING:
    from guideit.deid.faces.head import Head

CHUNK = 256
"""Files one task of a worker holds."""
BATCH = 32
BATCH_BYTES = 16 << 20
"""Headers cleaned, and bytes held, before files are written: copying pixels empties the processor's caches."""


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
        surveyed = Surveyed.gather(looks)
        heads = _heads(executor, surveyed.files, progress) if FACE in job.settings.options else {}
        progress.step("De-identifying", len(surveyed.files))
        tasks = _tasks(job, surveyed, heads)
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


Frame = tuple[str, str]
"""Patient ID, and Frame of Reference UID or, where there is none, Series Instance UID."""
HeadSeen = tuple["Head", Mapping[str, str]]
"""What was found, and why the face cannot be removed from some series."""


def _heads(executor: Executor, files: Sequence[Seen], progress: Progress) -> Mapping[Frame, HeadSeen]:
    from guideit.actions.folder_pixels import find_heads  # imports what looks, which most policies do not need

    return find_heads(executor, files, progress)


def _tasks(job: FolderJob, surveyed: Surveyed, heads: Mapping[Frame, HeadSeen]) -> Iterator[Chunk]:
    """Files of one patient at a time, in chunks, with all that names that patient."""
    keys = Keys(job.secret, "folder")
    for patient, group in groupby(surveyed.files, key=lambda f: f.patient):
        subject = Subject(
            source_id=patient,
            pseudonym=keys.pseudonym(patient, job.prefix),
            shift_days=keys.shift_days(patient, job.settings.shift_days),
            identifiers=frozenset(surveyed.named[patient] | {Identifier(kind="id", text=patient)}),
        )
        yield from _chunks_of(job, subject, list(group), heads)


def _chunks_of(
    job: FolderJob, subject: Subject, files: Sequence[Seen], heads: Mapping[Frame, HeadSeen]
) -> Iterator[Chunk]:
    """Whole series where pixels are looked at, else as many files as fit."""
    if {TEXT, FACE} & job.settings.options:
        for _, group in groupby(sorted(files, key=lambda f: (f.series, f.path)), key=lambda f: f.series):
            series = list(group)
            frame = next((f.frame for f in series if f.frame), "")
            head, rules = heads.get((subject.source_id, frame), (None, {}))
            sight = Sight(place="", head=head, head_rule=rules.get(series[0].series, ""))
            yield Chunk(job=job, subject=subject, files=tuple((f.path, f.name) for f in series), sight=sight)
        return
    mine = [(file.path, file.name) for file in files]
    for start in range(0, len(mine), CHUNK):
        yield Chunk(job=job, subject=subject, files=tuple(mine[start : start + CHUNK]))


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some files of one patient (a worker's task).

    Attributes:
        files: Path, and how the source names it.
        sight: Where pixels are looked at: what is known of them. The files are then one series.
    """

    job: FolderJob
    subject: Subject
    files: tuple[tuple[str, str], ...] = field(repr=False)
    sight: Sight | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of a chunk."""

    written: int
    held: tuple[tuple[str, str], ...] = field(repr=False)
    changes: Counter[tuple[str, str]] = field(repr=False)
    size: int


@lru_cache(maxsize=4)
def _engine(settings: DeidSettings, secret: bytes, subject: Subject, shown: frozenset[Option] = frozenset()) -> Engine:
    return Engine(load_policy(settings), Keys(secret, "folder"), subject, shown=shown, wanted=WANTED)


def clean_chunk(chunk: Chunk) -> Written:
    """Clean and write some files of one patient.

    Raises:
        DetectorMissing: The policy has pixels looked at, and what would look is not installed.
    """
    writer = FolderWriter(chunk.job.target / chunk.subject.pseudonym)
    held: list[tuple[str, str]] = []
    changes: Counter[tuple[str, str]] = Counter()
    for batch in _batches(_results(chunk)):
        for name, result in batch:
            reason = _held_back(result, chunk.job.settings)
            if reason or isinstance(result, Held):
                held.append((name, reason))
                continue
            writer.write(result)
            changes.update(result.changes)
    return Written(written=len(chunk.files) - len(held), held=tuple(held), changes=changes, size=len(chunk.files))


Result = tuple[str, CleanInstance | Held]
"""How the source names a file, and what became of it."""


def _results(chunk: Chunk) -> Iterator[Result]:
    settings, secret = chunk.job.settings, chunk.job.secret
    if chunk.sight is None:
        engine = _engine(settings, secret, chunk.subject)
        yield from ((name, _cleaned(engine, path)) for path, name in chunk.files)
        return
    from guideit.actions.folder_pixels import SeriesFiles, cleaned_series  # imports what looks

    found = [survey_file(Path(path)) for path, _ in chunk.files]
    series = SeriesFiles(files=chunk.files, headers=[one.header if one else {} for one in found])
    engine_for = partial(_engine, settings, secret, chunk.subject)
    yield from cleaned_series(series, settings, chunk.sight, chunk.subject, engine_for)


def _batches(results: Iterable[Result]) -> Iterator[list[Result]]:
    """Files cleaned, a few at a time, with their names."""
    batch: list[Result] = []
    size = 0
    for name, result in results:
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
    return _hold_rule(settings, tuple((key, _hashable(header[key])) for key in HOLD_KEYS if header.get(key)))


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
