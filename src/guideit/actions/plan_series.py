"""What has to be done to each received series: held back, unchanged, or to be cleaned. Only reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.clean_series import SeriesTask
from guideit.deid.attest import ClinicalTrial
from guideit.deid.hold import CONTOURS, hold_findings
from guideit.deid.keys import Keys
from guideit.deid.policy import Policy
from guideit.deid.subject import Subject
from guideit.ledger.findings import decisions
from guideit.ledger.series import clean_rows, first_instances, instances_of, received_series
from guideit.ledger.submissions import studies_of_two
from guideit.trial.finding import Finding, Severity
from guideit.version import __version__


@dataclass(kw_only=True)
class SeriesPlan:
    """What this run has to do.

    Attributes:
        tasks: Series to clean; `sources[i]` is the received series of `tasks[i]`.
        findings: Why series are held back, by the header alone.
        stale: Rows of cleaned series that no longer hold.
    """

    tasks: list[SeriesTask] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    series: int = 0
    unchanged: int = 0
    held: int = 0


@dataclass(frozen=True, kw_only=True)
class Source:
    """A received series and its instances with the files they lie in."""

    patient: str = field(repr=False)
    series: str
    instances: Sequence[Mapping[str, Any]] = field(repr=False)

    @property
    def modality(self) -> str:
        """Modality of its first instance."""
        return str(self.instances[0]["modality"]) if self.instances else ""


_HEAD, _CONTOURS = "hold.head-volume", "hold.head-contours"


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Everything a decision about a series depends on."""

    archive: Archive
    trial: str
    policy: Policy
    keys: Keys
    secret: bytes = field(repr=False)
    subjects: Mapping[str, Subject] = field(repr=False)
    clinical: ClinicalTrial | None = None

    def plan(self, conn: Connection) -> SeriesPlan:
        """Decide for every received series, in a fixed order."""
        plan = SeriesPlan()
        existing = {(row["patient"], row["series"]): row for row in clean_rows(conn, self.trial)}
        decided = decisions(conn, self.trial)
        mixed = studies_of_two(conn, self.trial)
        heads = self._studies_of_heads(conn, decided)
        for found in received_series(conn, self.trial):
            instances = instances_of(conn, self.trial, found["patient"], found["series"])
            source = Source(patient=found["patient"], series=found["series"], instances=instances)
            findings = [*self._findings(source, mixed), *self._contours(source, heads)]
            plan.findings.extend(findings)
            held = any(decided.get((f.rule, f.place)) != "accept" for f in findings if f.severity is Severity.BLOCK)
            self._decide(plan, source, existing.pop((source.patient, source.series), None), held=held)
        plan.stale.extend(row["id"] for row in existing.values())
        return plan

    def _decide(self, plan: SeriesPlan, source: Source, row: Mapping[str, Any] | None, *, held: bool) -> None:
        plan.series += 1
        if held or source.modality in self.policy.settings.drop_modalities:
            plan.held += 1
            plan.stale.extend([row["id"]] if row else [])
            return
        task = self._task(len(plan.tasks), source)
        if row and row["inputs"] == task.inputs and self._present(task):
            plan.unchanged += 1
            return
        plan.tasks.append(task)
        plan.sources.append((source.patient, source.series))

    def _findings(self, source: Source, mixed: set[str]) -> list[Finding]:
        """What holds this series back; each rule once, however many instances it concerns."""
        place = series_place(self.keys, self.subjects[source.patient], source.series)
        found: dict[str, Finding] = {}
        for instance in source.instances:
            for finding in hold_findings(instance["header"], self.policy, place):
                found.setdefault(finding.rule, finding)
        if source.modality in self.policy.settings.drop_modalities:
            found["hold.modality"] = Finding(
                rule="hold.modality",
                severity=Severity.NOTE,
                place=place,
                says=f"the trial leaves out images of modality {source.modality}",
            )
        if any(instance["study"] in mixed for instance in source.instances):
            found["check.study-of-two-patients"] = Finding(
                rule="check.study-of-two-patients",
                severity=Severity.BLOCK,
                place=place,
                says="instances of two patients stand under one Study Instance UID",
                do="find out whose they are, at the source",
            )
        return list(found.values())

    def _studies_of_heads(self, conn: Connection, decided: Mapping[tuple[str, str], str]) -> set[tuple[str, str]]:
        """Patient and study of every head volume that is held back."""
        found = set()
        for row in first_instances(conn, self.trial):
            place = series_place(self.keys, self.subjects[row["patient"]], row["series"])
            rules = {finding.rule for finding in hold_findings(row["header"], self.policy, place)}
            if _HEAD in rules and decided.get((_HEAD, place)) != "accept":
                found.add((row["patient"], row["study"]))
        return found

    def _contours(self, source: Source, heads: set[tuple[str, str]]) -> Iterator[Finding]:
        """Contours and segmentations beside a head that is held back may outline the face."""
        studies = {(source.patient, instance["study"]) for instance in source.instances}
        if source.modality in CONTOURS and _CONTOURS not in self.policy.settings.accept and studies & heads:
            yield Finding(
                rule=_CONTOURS,
                severity=Severity.BLOCK,
                place=series_place(self.keys, self.subjects[source.patient], source.series),
                says="it may outline the face of a head volume that is held back",
                do=f"review both, or accept `{_CONTOURS}`",
            )

    def _task(self, number: int, source: Source) -> SeriesTask:
        subject = self.subjects[source.patient]
        ordered = sorted(source.instances, key=_in_series_order)
        return SeriesTask(
            number=number,
            files=tuple((self._path(i["location"]), file_place(i)) for i in ordered),
            subject=subject,
            settings=self.policy.settings,
            secret=self.secret,
            scope=self.trial,
            inputs=_digest(self.policy, self.keys, subject, self.clinical, ordered),
            target=self.archive.clean,
            work=self.archive.work,
            trial=self.clinical,
        )

    def _path(self, location: str) -> Path:
        """Where a received file lies: below the quarantine, or at the absolute path it is referenced by."""
        return self.archive.quarantine / location

    def _present(self, task: SeriesTask) -> bool:
        return all((task.target / f"{task.inputs}{suffix}").is_file() for suffix in (".zip", ".jsonl"))


def series_place(keys: Keys, subject: Subject, series: str) -> str:
    """How a finding names a series: by its pseudonym and released UID."""
    return f"{subject.pseudonym}/series/{keys.uid(series)}"


def file_place(instance: Mapping[str, Any]) -> str:
    """How a finding names a received file: by its numbers."""
    return f"submission/{instance['submission']:04d}#{instance['file']:06d}"


def _in_series_order(instance: Mapping[str, Any]) -> tuple[int, str]:
    number = str(instance["header"].get("InstanceNumber", "")).strip()
    return (int(number) if number.lstrip("+-").isdigit() else 0, instance["sop"])


def _digest(
    policy: Policy,
    keys: Keys,
    subject: Subject,
    clinical: ClinicalTrial | None,
    instances: Sequence[Mapping[str, Any]],
) -> str:
    """SHA-256 of everything that decides a cleaned series: tool, policy, key, subject, trial, bytes, order."""
    facts = [
        __version__,
        policy.digest,
        keys.id,
        [subject.pseudonym, subject.shift_days, subject.site, subject.arm],
        sorted([i.kind, i.text] for i in subject.identifiers),
        asdict(clinical) if clinical else {},
        [i["blake3"] for i in instances],
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()
