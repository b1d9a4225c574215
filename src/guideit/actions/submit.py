"""`submit`: take files in, index them, set aside what cannot be used. Ends where it was stopped, goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.progress import SILENT, Progress
from guideit.compute.executors import open_executor, run
from guideit.deid.survey import Survey
from guideit.intake.receive import Batch, Received, receive_batch
from guideit.intake.sources import Entry, Walk, printable
from guideit.ledger import audit, submissions
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import decisions, drop_findings_at, put_findings
from guideit.ledger.regions import KEEP, open_again, undecide_regions
from guideit.ledger.trials import get_trial, participants, put_identifiers
from guideit.storage.durable import flush_tree
from guideit.trial.finding import Finding, Severity

BATCH = 64
"""Files one worker receives at a time."""
FLUSH = 1024
"""Files made durable and recorded at once."""

_REASONS: dict[str, tuple[Severity, str, str]] = {
    "intake.damaged": (Severity.WARN, "a DICOM file that cannot be read to its end", "send it again from the source"),
    "intake.no-patient-id": (Severity.WARN, "an instance without Patient ID", "say whose it is at the source"),
    "intake.no-uid": (Severity.WARN, "an instance without its own, its series' or its study's UID", "send it again"),
    "intake.conflicting-instance": (
        Severity.WARN,
        "an instance received before with other bytes",
        "find out which one is right, and submit that one alone",
    ),
    "intake.unreadable": (Severity.WARN, "a file that could not be read", "check its permissions and the disk"),
    "intake.unreadable-folder": (Severity.WARN, "a folder that could not be read", "check its permissions"),
    "intake.empty": (Severity.NOTE, "a file without content", ""),
    "intake.unsafe-archive": (Severity.WARN, "an unsafe archive", "unpack it by hand, look, and submit the folder"),
    "intake.link-out-of-source": (Severity.WARN, "a link that leads out of the source", "submit what it points to"),
    "intake.no-file": (Severity.NOTE, "neither file nor folder", ""),
}
"""What is said of files set aside; what is not here (no DICOM, DICOMDIR) is only counted."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What a submission brought."""

    submission: int
    instances: int = 0
    tables: int = 0
    duplicates: int = 0
    conflicts: int = 0
    set_aside: int = 0
    seen_before: int = 0


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What is submitted: folders and archives, and whether bytes stay where they are.

    Members of archives are copied all the same.
    """

    paths: Sequence[Path]
    reference: bool = False


def submit(
    archive: Archive,
    trial_id: str,
    sources: Sources,
    *,
    by: str,
    now: Callable[[], datetime],
    progress: Progress = SILENT,
) -> Submitted:
    """Receive everything in `sources` that is not recorded yet.

    Raises:
        UsageError: No such trial or source.
        SourceRefused: An archive named as a source is unsafe.
    """
    with begin(archive.private) as conn:
        get_trial(conn, trial_id)
        names = [printable(str(source)) for source in sources.paths]
        mode = "reference" if sources.reference else "copy"
        id = submissions.open_submission(conn, trial_id, mode, names, now())
    intake = _Intake(archive=archive, trial=trial_id, submission=id, reference=sources.reference)
    progress.step("Receiving files", None)
    with open_executor(archive.plan.workers) as executor:
        batches = intake.batches(sources.paths)
        for received in run(executor, receive_batch, batches, in_flight=2 * archive.plan.workers, ordered=True):
            intake.record(received)
            progress.advance(len(received))
    intake.finish()
    done = Submitted(submission=id, **intake.counts)
    with begin(archive.private) as conn:
        submissions.close_submission(conn, id)
        if done.instances or done.tables or done.set_aside or done.conflicts or done.duplicates:
            act = audit.Act(at=now(), by=by, act="submission.complete", about=trial_id, facts=asdict(done))
            audit.append(conn, private_audit, act)
    return done


@dataclass(kw_only=True)
class _Intake:
    """One submission being received: what comes back from workers is made durable, then recorded."""

    archive: Archive
    trial: str
    submission: int
    reference: bool
    counts: dict[str, int] = field(default_factory=dict)
    waiting: list[Received] = field(default_factory=list)

    def batches(self, sources: Sequence[Path]) -> Iterator[Batch]:
        """Entries not seen before, by the batch."""
        walk = Walk(scratch=self.archive.work / "unpacked", seen=self._member_seen)
        entries = (entry for source in sources for entry in walk.entries(source.absolute()))
        for some in _batched(entries, BATCH):
            fresh = self._fresh(some)
            if fresh:
                yield Batch(entries=fresh, quarantine=self.archive.quarantine, reference=self.reference)

    def _fresh(self, entries: Sequence[Entry]) -> list[Entry]:
        with reading(self.archive.private) as conn:
            seen = submissions.recorded(conn, self.trial, [entry.key for entry in entries])
        self._count("seen_before", len(seen))
        return [entry for entry in entries if entry.key not in seen]

    def _member_seen(self, key: submissions.Key) -> bool:
        """Whether an archive's member is recorded, so that it need not be unpacked."""
        with reading(self.archive.private) as conn:
            seen = bool(submissions.recorded(conn, self.trial, [key]))
        self._count("seen_before", int(seen))
        return seen

    def record(self, received: list[Received]) -> None:
        """Keep until there is enough to make one flush to disk worth it."""
        self.waiting.extend(received)
        if len(self.waiting) >= FLUSH:
            self.finish()

    def finish(self) -> None:
        """Make what waits durable, then record it in one transaction."""
        if not self.waiting:
            return
        flush_tree(self.archive.quarantine)
        with begin(self.archive.private) as conn:
            self._record(conn, self.waiting)
        self.waiting.clear()

    def _record(self, conn: Connection, received: Sequence[Received]) -> None:
        judged = list(self._judged(conn, received))
        rows = [self._file_row(item, state, reason) for item, state, reason in judged]
        drop_findings_at(conn, self.trial, "intake.", submissions.earlier_places(conn, self.trial, rows))
        numbers = submissions.put_files(conn, self.trial, rows)
        findings, instances, named = [], [], set()
        for (item, state, reason), number in zip(judged, numbers, strict=True):
            self._count(_COUNTED.get(state, "set_aside"))
            if reason in _REASONS:
                findings.append(_finding(reason, submissions.place(self.submission, number)))
            if state == "instance" and item.survey is not None:
                instances.append(self._instance_row(item.survey, number))
                named |= {(item.survey.patient, i.kind, i.text) for i in item.survey.identifiers}
        put_findings(conn, self.trial, findings)
        submissions.put_instances(conn, instances)
        self._open_again(conn, {(row["patient"], row["series"]) for row in instances})
        put_identifiers(conn, self.trial, named)

    def _open_again(self, conn: Connection, grown: set[tuple[str, str]]) -> None:
        """What persons decided on a series holds for what they saw of it: more of it, and somebody looks again."""
        decided = {place for _, place in decisions(conn, self.trial)}
        if not decided:
            return
        keys = self.archive.keys(self.trial)
        pseudonyms = {row["source_id"]: row["pseudonym"] for row in participants(conn, self.trial)}
        for patient, series in sorted(grown):
            place = f"{pseudonyms.get(patient)}/series/{keys.uid(series)}"
            if place in decided and open_again(conn, self.trial, place, why="more of the series was received since"):
                undecide_regions(conn, self.trial, place, KEEP)

    def _judged(self, conn: Connection, received: Sequence[Received]) -> Iterator[tuple[Received, str, str]]:
        """State and reason, knowing what was received before: the same bytes once, one UID one instance."""
        digests = submissions.earlier_files(conn, self.trial, [r.blake3 for r in received if r.blake3])
        surveys = [r.survey for r in received if r.survey]
        sops = submissions.earlier_instances(conn, self.trial, [found.sop for found in surveys])
        for item in received:
            state, reason = item.state, item.reason
            if state != "set-aside" and item.blake3 in digests:
                state, reason = "duplicate", "intake.duplicate"
            elif state == "instance" and item.survey and item.survey.sop in sops:
                state, reason = "conflict", "intake.conflicting-instance"
            if state in {"instance", "table"}:
                digests.add(item.blake3)
                sops |= {item.survey.sop} if item.survey else set()
            yield item, state, reason

    def _file_row(self, item: Received, state: str, reason: str) -> dict[str, Any]:
        entry = item.entry
        return {
            "submission": self.submission,
            "source": entry.source,
            "name": entry.name,
            "size": entry.size,
            "mtime_ns": entry.mtime_ns,
            "blake3": item.blake3,
            "state": state,
            "reason": reason,
            "location": item.location,
        }

    def _instance_row(self, found: Survey, number: int) -> dict[str, Any]:
        return {
            "trial": self.trial,
            "file": number,
            "patient": found.patient,
            "study": found.study,
            "series": found.series,
            "sop": found.sop,
            "sop_class": found.sop_class,
            "modality": found.modality,
            "header": found.header,
        }

    def _count(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number


_COUNTED = {"instance": "instances", "table": "tables", "duplicate": "duplicates", "conflict": "conflicts"}


def _finding(rule: str, place: str) -> Finding:
    severity, says, do = _REASONS[rule]
    return Finding(rule=rule, severity=severity, place=place, says=says, do=do)


def _batched(entries: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
