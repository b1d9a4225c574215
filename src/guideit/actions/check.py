"""`check`: every cleaned series is read again by the independent verifier before it may be sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.assess_risk import assess_risk
from guideit.actions.check_tables import check_tables
from guideit.actions.evidence import policy_evidence
from guideit.actions.pixel_facts import image_facts
from guideit.actions.private_facts import PrivateFacts, place_of, private_facts, series_task
from guideit.actions.progress import SILENT, Progress
from guideit.actions.proofs import Proofs
from guideit.actions.protocol import check_protocol
from guideit.actions.trials import declared_trial
from guideit.compute.executors import open_executor, run
from guideit.deid.policy import load_policy
from guideit.deid.sight import TEXT
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import put_findings, replace_findings
from guideit.ledger.series import mark_verified
from guideit.quality.inputs import PolicyClaim, SeriesTask
from guideit.quality.second_reader import need_reader
from guideit.quality.series import check_series
from guideit.trial.finding import Finding


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a run did."""

    series: int
    passed: int
    unchanged: int
    failed: int
    tables_failed: int


def check(
    archive: Archive, trial_id: str, *, by: str, now: Callable[[], datetime], progress: Progress = SILENT
) -> Checked:
    """Prove every cleaned series that is not proved yet.

    A series that fails cannot be released; what failed is a finding that no person can accept.

    Raises:
        UsageError: There is no such trial.
        DetectorMissing: The policy has text in pixels cleaned, and there is no second reader to look again.
    """
    trial = declared_trial(archive, trial_id).trial
    policy = load_policy(trial.deidentification)
    if TEXT in policy.settings.options:
        need_reader()
    claim = PolicyClaim.read(policy_evidence(policy))
    with begin(archive.private) as conn:
        facts = private_facts(conn, trial_id)
        proofs = Proofs(archive, facts, claim)
        rows = {row["id"]: row for row in facts.series.values()}
        open_rows = [row for row in rows.values() if not proofs.is_kept(row)]
        replace_findings(conn, trial_id, "verify.", _kept_warnings(proofs, rows.values(), open_rows))
        check_protocol(archive, conn, trial)
    progress.step("Checking series", len(open_rows))
    failed = 0
    with open_executor(archive.plan.workers) as executor:
        tasks = _tasks(archive, facts, [row["id"] for row in open_rows], claim)
        for verdict in run(executor, check_series, tasks, in_flight=2 * archive.plan.workers):
            progress.advance()
            row = rows[verdict.number]
            if verdict.pack != (row["size"], row["sha256"]):
                verdict.fail("pack", place_of(row), "the pack is not the one that was written")
            failed += verdict.failed
            if not verdict.failed:
                proofs.keep(row, verdict)
            with begin(archive.private) as conn:
                put_findings(conn, trial_id, verdict.findings)
                mark_verified(conn, {verdict.number: "" if verdict.failed else proofs.mark(row)})
    done = Checked(
        tables_failed=check_tables(archive, trial_id, facts, claim),
        series=len(rows),
        passed=len(open_rows) - failed,
        unchanged=len(rows) - len(open_rows),
        failed=failed,
    )
    assess_risk(archive, trial_id, by=by, now=now, images=image_facts(archive, facts.series.values()))
    with begin(archive.private) as conn:
        act = audit.Act(at=now(), by=by, act="trial.check", about=trial_id, facts=asdict(done))
        audit.append(conn, private_audit, act)
    return done


def _kept_warnings(proofs: Proofs, rows: Iterable[Mapping[str, Any]], again: Sequence[Any]) -> list[Finding]:
    """What was said of series that are not read again."""
    waiting = {row["id"] for row in again}
    verdicts = [proofs.kept(row) for row in rows if row["id"] not in waiting]
    return [finding for verdict in verdicts if verdict for finding in verdict.findings]


def _tasks(archive: Archive, facts: PrivateFacts, ids: list[int], claim: PolicyClaim) -> Iterator[SeriesTask]:
    wanted = set(ids)
    for row in facts.series.values():
        if row["id"] in wanted:
            with reading(archive.private) as conn:
                task = series_task(archive, conn, facts, row, claim, archive.clean / row["object"])
            yield task
