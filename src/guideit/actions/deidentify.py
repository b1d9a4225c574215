"""`deidentify`: received series that may pass become clean packs, declared tables clean tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.clean_series import DOUBTS, SeriesResult, SeriesTask, clean_series
from guideit.actions.clean_tables import clean_tables, load_tables
from guideit.actions.doubtful_texts import Doubt, read_doubts, record_doubtful
from guideit.actions.participants import enrol
from guideit.actions.plan_series import Planner, SeriesPlan
from guideit.actions.progress import SILENT, Progress
from guideit.actions.review.layout import layout_of_series
from guideit.actions.trials import DeclaredTrial, declared_trial
from guideit.compute.executors import open_executor, run
from guideit.deid.attest import ClinicalTrial
from guideit.deid.policy import load_policy
from guideit.deid.sight import CAPTURED, FACE
from guideit.deid.subject import Subject
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin
from guideit.ledger.findings import (
    drop_findings_at,
    list_findings,
    put_findings,
    replace_findings,
    replace_findings_at,
)
from guideit.ledger.regions import put_regions
from guideit.ledger.series import clean_rows, drop_clean_series, put_clean_series
from guideit.ledger.series import clean_tables as clean_table_rows
from guideit.storage.durable import flush_tree
from guideit.trial.finding import Finding, Severity
from guideit.trial.model import Trial

if TYPE_CHECKING:
    from guideit.actions.heads import Seen

_LO = 64
_LOOKED_AT = ("pixels.", "faces.", CAPTURED)
"""Rules of what is seen in pixels."""
BATCH = 64
"""Series committed at once; each batch is durable before its rows are."""


@dataclass(frozen=True, kw_only=True)
class Deidentified:
    """What a run did."""

    series: int
    cleaned: int
    unchanged: int
    held: int
    instances: int
    tables: int


def deidentify(
    archive: Archive, trial_id: str, *, by: str, now: Callable[[], datetime], progress: Progress = SILENT
) -> Deidentified:
    """Clean what changed since the last run; hold back what the rules say, with findings.

    Killed at any point, the next run cleans what is not recorded yet.

    Raises:
        UsageError: There is no such trial.
        Refused: The trial's key is missing.
    """
    declared = declared_trial(archive, trial_id)
    archive.clean.mkdir(parents=True, exist_ok=True)
    loaded = load_tables(archive, declared)
    everyone = enrol(archive, declared, loaded)
    heads = _heads(archive, declared, progress)
    plan = _planned(archive, planner_of(archive, declared, everyone.subjects, heads))
    results = [
        result for batch in _cleaned(archive, plan, progress) for result in _kept(archive, plan, trial_id, batch)
    ]
    tables = clean_tables(archive, declared, loaded, everyone.subjects, everyone.aliases)
    with begin(archive.private) as conn:
        doubts = list(_doubts(archive, conn, trial_id))
        record_doubtful(conn, trial_id, archive.keys(trial_id), doubts)
    done = Deidentified(
        series=plan.series,
        cleaned=sum(1 for r in results if r.instances),
        unchanged=plan.unchanged,
        held=plan.held + sum(1 for r in results if not r.instances),
        instances=sum(r.instances for r in results),
        tables=tables,
    )
    with begin(archive.private) as conn:
        audit.append(
            conn,
            private_audit,
            audit.Act(at=now(), by=by, act="trial.deidentify", about=trial_id, facts=asdict(done)),
        )
    return done


def _doubts(archive: Archive, conn: Connection, trial: str) -> Iterator[Doubt]:
    """What somebody must look at in the texts of all that is clean now."""
    for row in (*clean_rows(conn, trial), *clean_table_rows(conn, trial)):
        yield from read_doubts(archive.clean / f"{row['inputs']}{DOUBTS}")


def _heads(archive: Archive, declared: DeclaredTrial, progress: Progress | None) -> Mapping[tuple[str, str], Seen]:
    """What is known of heads where the policy removes faces; with `progress`, after looking where nobody has."""
    if FACE not in declared.trial.deidentification.options:
        return {}

    from guideit.actions.heads import heads_seen, look_for_heads  # imports what looks, which most policies do not need

    trial = declared.trial.id
    return heads_seen(archive, trial) if progress is None else look_for_heads(archive, trial, progress)


def planner_of(
    archive: Archive,
    declared: DeclaredTrial,
    subjects: Mapping[str, Subject],
    heads: Mapping[tuple[str, str], Seen] | None = None,
) -> Planner:
    """What decides about each received series of a trial; without `heads`, by what is known of them already."""
    if heads is None:
        heads = _heads(archive, declared, None)
    return Planner(
        archive=archive,
        trial=declared.trial.id,
        policy=load_policy(declared.trial.deidentification),
        keys=archive.keys(declared.trial.id),
        secret=archive.secret(declared.trial.id),
        subjects=subjects,
        clinical=clinical_trial(declared.trial),
        heads=heads,
    )


def _planned(archive: Archive, planner: Planner) -> SeriesPlan:
    with begin(archive.private) as conn:
        plan = planner.plan(conn)
        for room in ("hold.", "check.study"):
            found = [finding for finding in plan.findings if finding.rule.startswith(room)]
            replace_findings(conn, planner.trial, room, [*found, *_still(conn, planner.trial, room, plan)])
        drop_clean_series(conn, plan.stale)
    return plan


def _still(conn: Connection, trial: str, room: str, plan: SeriesPlan) -> Iterator[Finding]:
    """What was seen in pixels that are about to be looked at again: it stands until then, with its readings."""
    places = {task.sight.place for task in plan.tasks if task.sight}
    for row in list_findings(conn, trial, undecided=True):
        if row["rule"] == CAPTURED and CAPTURED.startswith(room) and row["place"] in places:
            severity = Severity(row["severity"])
            yield Finding(rule=row["rule"], severity=severity, place=row["place"], says=row["says"], do=row["do"])


def clinical_trial(trial: Trial) -> ClinicalTrial | None:
    """What is written to the Clinical Trial attributes: of a trial with a sponsor, in values of LO (64 characters)."""
    said = trial.trial
    if not said.sponsor.name:
        return None
    return ClinicalTrial(
        sponsor=said.sponsor.name[:_LO],
        protocol_id=(said.protocol or said.id)[:_LO],
        protocol_name=(said.title if len(said.title) <= _LO else said.acronym)[:_LO],
    )


def _cleaned(archive: Archive, plan: SeriesPlan, progress: Progress) -> Iterator[list[SeriesResult]]:
    """Results in batches as they come."""
    progress.step("De-identifying series", len(plan.tasks))
    batch: list[SeriesResult] = []
    with open_executor(archive.plan.workers) as executor:
        for result in run(executor, clean_series, plan.tasks, in_flight=2 * archive.plan.workers):
            batch.append(result)
            progress.advance()
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _kept(archive: Archive, plan: SeriesPlan, trial: str, batch: Sequence[SeriesResult]) -> Sequence[SeriesResult]:
    """Make a batch durable, then record it."""
    flush_tree(archive.clean)
    tasks = {result.number: plan.tasks[result.number] for result in batch}
    files = [place for task in tasks.values() for _, place in task.files]
    series = [task.sight.place for task in tasks.values() if task.sight]
    with begin(archive.private) as conn:
        drop_findings_at(conn, trial, "deid.", files)
        found = [finding for result in batch for finding in result.findings]
        for room in _LOOKED_AT:
            replace_findings_at(conn, trial, room, series, [f for f in found if f.rule.startswith(room)])
        for result in batch:
            _put_regions(conn, trial, tasks[result.number], result)
        put_findings(conn, trial, found)
        put_clean_series(conn, trial, [_row(plan, result) for result in batch if result.instances])
    return batch


def _put_regions(conn: Connection, trial: str, task: SeriesTask, result: SeriesResult) -> None:
    """What a person has to look at in a series that is held back by its pixels."""
    if task.sight:
        regions = {"doubtful": result.doubtful, "proposed": result.proposed}
        layout = layout_of_series(header for header in task.headers if header.get("Rows"))
        put_regions(conn, trial, place=task.sight.place, layout=layout, regions=regions)


def _row(plan: SeriesPlan, result: SeriesResult) -> dict[str, Any]:
    task, (patient, series) = plan.tasks[result.number], plan.sources[result.number]
    return {
        "patient": patient,
        "series": series,
        "inputs": task.inputs,
        "pseudonym": task.subject.pseudonym,
        "study_out": result.study,
        "series_out": result.series,
        "modality": result.modality,
        "object": f"{task.inputs}.zip",
        "size": result.size,
        "sha256": result.sha256,
        "instances": result.instances,
        "changes": result.changes,
    }
