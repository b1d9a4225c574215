"""One file as received: recognised by its content, hashed, surveyed, placed in the quarantine."""

from __future__ import annotations

import mmap
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blake3 import blake3

from guideit.deid.survey import Survey, survey
from guideit.dicom.part10 import DICOMDIR, frame, is_dicom
from guideit.errors import NotUnderstood, is_disk_full
from guideit.intake.sources import Entry, printable

LARGE = 64 << 20
"""Files above this many bytes are mapped, not read."""
TABLES = frozenset({".csv", ".tsv", ".parquet", ".json", ".ndjson"})
_HEAD = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """What became of one entry.

    Attributes:
        state: `instance`, `table` or `set-aside`.
        reason: Rule id of why it was set aside.
        location: Key below the quarantine, or the absolute path where it is referenced; empty where not kept.
        survey: What an instance says of itself.
    """

    entry: Entry
    state: str
    reason: str = ""
    blake3: str = ""
    location: str = ""
    survey: Survey | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Entries for one worker, where to put them, and whether to leave their bytes where they are."""

    entries: Sequence[Entry]
    quarantine: Path
    reference: bool


def receive_batch(batch: Batch) -> list[Received]:
    """Receive entries in order; one that cannot be read is set aside and the rest goes on."""
    return [_receive(entry, batch) for entry in batch.entries]


def _receive(entry: Entry, batch: Batch) -> Received:
    if entry.path is None:
        return Received(entry=entry, state="set-aside", reason=entry.refused)
    try:
        return _read(entry, entry.path, batch)
    except OSError as failed:
        if is_disk_full(failed):
            raise  # the file is well: it is our side that has no room
        return Received(entry=entry, state="set-aside", reason="intake.unreadable")


def _read(entry: Entry, path: Path, batch: Batch) -> Received:
    if entry.size == 0:
        return Received(entry=entry, state="set-aside", reason="intake.empty")
    data = _bytes(path, entry.size)
    digest = blake3(data).hexdigest()
    state, reason, found = _recognised(data, entry)
    location = ""
    if reason not in {"intake.not-dicom", "intake.dicomdir"}:
        location = _place(entry, path, data, digest, batch)
    elif entry.unpacked:
        path.unlink()
    return Received(entry=entry, state=state, reason=reason, blake3=digest, location=location, survey=found)


def _bytes(path: Path, size: int) -> bytes:
    """The file's bytes; a large one is mapped, which serves as bytes do."""
    if size <= LARGE:
        return path.read_bytes()
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # type: ignore[return-value]


def _recognised(data: bytes, entry: Entry) -> tuple[str, str, Survey | None]:
    """State, reason and survey of a file by its content; tables by their name, when it is no DICOM."""
    if not is_dicom(data[:_HEAD]):
        table = Path(entry.name).suffix.lower() in TABLES
        return ("table", "", None) if table else ("set-aside", "intake.not-dicom", None)
    try:
        if frame(data[:_HEAD]).sop_class == DICOMDIR:
            return "set-aside", "intake.dicomdir", None
        found = _surveyed(data)
    except NotUnderstood:
        return "set-aside", "intake.damaged", None
    if not (found.sop and found.study and found.series):
        return "set-aside", "intake.no-uid", None
    if not found.patient:
        return "set-aside", "intake.no-patient-id", None
    return "instance", "", found


def _surveyed(data: bytes) -> Survey:
    try:
        return survey(data)
    except NotUnderstood:
        from guideit.deid.survey_slow import survey_slowly  # imports pydicom, which plain files do not need

        return survey_slowly(data)  # raises too where pydicom does not understand it either


def _place(entry: Entry, path: Path, data: bytes, digest: str, batch: Batch) -> str:
    """Put the bytes into the quarantine under their own hash; the same bytes lie there once."""
    if batch.reference and not entry.unpacked and printable(str(path)) == str(path):
        return str(path.resolve())
    key = f"{digest[:2]}/{digest}"
    target = batch.quarantine / key
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(target, path, data, move=entry.unpacked)
    elif entry.unpacked:
        path.unlink()
    return key


def _put(target: Path, path: Path, data: bytes, *, move: bool) -> None:
    """Write beside the target and rename; nothing half-done stays."""
    half = target.with_name(f".half-{uuid.uuid4().hex}")
    try:
        if move:
            path.replace(half)
        elif isinstance(data, bytes):
            half.write_bytes(data)
        else:
            shutil.copyfile(path, half)
        half.replace(target)
    except OSError:
        half.unlink(missing_ok=True)
        raise
