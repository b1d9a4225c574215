"""What has to be done to each received series: held back, unchanged, or to be cleaned. Only reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.clean_series import SeriesTask
from guideit.actions.review.places import in_series_order
from guideit.deid.attest import ClinicalTrial
from guideit.deid.hold import CONTOURS, hold_findings
from guideit.deid.keys import Keys
from guideit.deid.pixels.regions import Region
from guideit.deid.policy import Policy
from guideit.deid.sight import DOUBTFUL_FACE, FACE, TEXT, Sight
from guideit.deid.subject import Subject
from guideit.ledger.findings import decisions
from guideit.ledger.regions import KEEP, decided_regions
from guideit.ledger.series import clean_rows, first_instances, instances_of, received_series
from guideit.ledger.submissions import studies_of_two
from guideit.trial.finding import Finding, Severity
from guideit.version import __version__

if TYPE_CHECKING:
    from guideit.actions.heads import Seen


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
_SHOWS_A_FACE = frozenset({"face", "doubtful"})
"""Verdicts on a head beside which contours may outline a face."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What persons decided: by rule and place, and which regions they want blanked, or kept, by place."""

    findings: Mapping[tuple[str, str], str]
    regions: Mapping[str, tuple[Region, ...]]
    kept: Mapping[str, tuple[Region, ...]]

    def at(self, place: str) -> dict[str, str]:
        """Decisions on the findings at a place, by rule."""
        return {rule: decision for (rule, where), decision in self.findings.items() if where == place}


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
    heads: Mapping[tuple[str, str], Seen] = field(default_factory=dict, repr=False)

    def plan(self, conn: Connection) -> SeriesPlan:
        """Decide for every received series, in a fixed order."""
        plan = SeriesPlan()
        existing = {(row["patient"], row["series"]): row for row in clean_rows(conn, self.trial)}
        decided = Decided(
            findings=decisions(conn, self.trial),
            regions=decided_regions(conn, self.trial),
            kept=decided_regions(conn, self.trial, KEEP),
        )
        mixed = studies_of_two(conn, self.trial)
        heads = self._studies_of_heads(conn, decided)
        for found in received_series(conn, self.trial):
            instances = instances_of(conn, self.trial, found["patient"], found["series"])
            source = Source(patient=found["patient"], series=found["series"], instances=instances)
            findings = [*self._findings(source, mixed), *self._contours(source, heads)]
            plan.findings.extend(findings)
            held = any(not self._passed(decided, f) for f in findings if f.severity is Severity.BLOCK)
            row = existing.pop((source.patient, source.series), None)
            self._decide(plan, source, row, sight=None if held else self._sight(source, decided), held=held)
        plan.stale.extend(row["id"] for row in existing.values())
        return plan

    def _decide(
        self, plan: SeriesPlan, source: Source, row: Mapping[str, Any] | None, *, sight: Sight | None, held: bool
    ) -> None:
        plan.series += 1
        if held or source.modality in self.policy.settings.drop_modalities:
            plan.held += 1
            plan.stale.extend([row["id"]] if row else [])
            return
        task = self._task(len(plan.tasks), source, sight)
        if row and row["inputs"] == task.inputs and self._present(task):
            plan.unchanged += 1
            return
        plan.tasks.append(task)
        plan.sources.append((source.patient, source.series))

    def _passed(self, decided: Decided, finding: Finding) -> bool:
        """Whether a person let it pass as it is, or with regions blanked that somebody or something names."""
        decision = decided.findings.get((finding.rule, finding.place))
        named = TEXT in self.policy.settings.options or bool(decided.regions.get(finding.place))
        return decision == "accept" or (decision == "redact" and named)

    def _sight(self, source: Source, decided: Decided) -> Sight | None:
        """What is known of a series' pixels; None where neither the policy nor a person has them looked at."""
        place = series_place(self.keys, self.subjects[source.patient], source.series)
        if not ({TEXT, FACE} & self.policy.settings.options or decided.regions.get(place)):
            return None
        seen = self.heads.get((source.patient, source.series))
        return Sight(
            place=place,
            decided=decided.at(place),
            drawn=decided.regions.get(place, ()),
            kept=decided.kept.get(place, ()),
            head=seen.head if seen else None,
            head_rule=seen.rule if seen else "",
        )

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

    def _studies_of_heads(self, conn: Connection, decided: Decided) -> set[tuple[str, str]]:
        """Patient and study of every head volume that is held back, or whose face is removed."""
        found = set()
        for row in first_instances(conn, self.trial):
            place = series_place(self.keys, self.subjects[row["patient"]], row["series"])
            rules = {finding.rule for finding in hold_findings(row["header"], self.policy, place)}
            seen = self.heads.get((row["patient"], row["series"]))
            if seen and (seen.head is None or seen.head.verdict in _SHOWS_A_FACE):
                rules.add(DOUBTFUL_FACE)
            if any(decided.findings.get((rule, place)) != "accept" for rule in rules & {_HEAD, DOUBTFUL_FACE}):
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
                says="it may outline the face of a head volume that is held back or whose face is removed",
                do=f"review both, or accept `{_CONTOURS}`",
            )

    def _task(self, number: int, source: Source, sight: Sight | None) -> SeriesTask:
        subject = self.subjects[source.patient]
        ordered = sorted(source.instances, key=in_series_order)
        return SeriesTask(
            number=number,
            files=tuple((self._path(i["location"]), file_place(i)) for i in ordered),
            subject=subject,
            settings=self.policy.settings,
            secret=self.secret,
            scope=self.trial,
            inputs=self._digest(subject, ordered, sight),
            target=self.archive.clean,
            work=self.archive.work,
            trial=self.clinical,
            sight=sight,
            headers=tuple(i["header"] for i in ordered) if sight else (),
        )

    def _digest(self, subject: Subject, instances: Sequence[Mapping[str, Any]], sight: Sight | None) -> str:
        """SHA-256 of all that decides a cleaned series: tool, policy, key, subject, trial, bytes, order, sight."""
        facts = [
            __version__,
            self.policy.digest,
            self.keys.id,
            [subject.pseudonym, subject.shift_days, subject.site, subject.arm],
            sorted([i.kind, i.text] for i in subject.identifiers),
            asdict(self.clinical) if self.clinical else {},
            [i["blake3"] for i in instances],
            _facts_of(sight),
        ]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()

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


def _facts_of(sight: Sight | None) -> list[Any]:
    """What is known of a series' pixels, as JSON values."""
    if sight is None:
        return []
    regions = [[asdict(region) for region in some] for some in (sight.drawn, sight.kept)]
    return [dict(sorted(sight.decided.items())), regions, sight.head.as_json() if sight.head else None, sight.head_rule]
