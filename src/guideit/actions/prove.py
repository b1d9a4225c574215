"""`prove`: made-up identifiers planted into a copy of a trial's data, its policy run on it, what came out scored."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.kept_proof import keep_proof
from guideit.actions.plant_copy import Copy, plant_copy
from guideit.actions.progress import SILENT, Progress
from guideit.actions.proof_run import Run, run_policy
from guideit.actions.trials import DeclaredTrial, declared_trial
from guideit.errors import DetectorMissing, Refused, UsageError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin
from guideit.quality.planting.score import ProofScore, proof_evidence
from guideit.trial.deidentification import PolicyName

OWN = "own"
"""What the trial's own policy is called beside the named ones."""


@dataclass(frozen=True, kw_only=True)
class ProofRequest:
    """What is asked for.

    Attributes:
        policies: Named policies to compare with the trial's own; the trial's own always runs.
        series: How many series of each modality and device; None: all.
    """

    policies: Sequence[PolicyName] = tuple(PolicyName)
    series: int | None = 1


@dataclass(frozen=True, kw_only=True)
class Proved:
    """The scores, the trial's own policy first; how many of the trial's series the sample has.

    `not_run`: named policies that ask for a detector which is not installed, and the line to type.
    """

    scores: tuple[ProofScore, ...]
    series: int
    of_series: int
    not_run: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> ProofScore:
        """Of the trial's own policy."""
        return self.scores[0]


def named_policies(names: Sequence[str]) -> tuple[PolicyName, ...]:
    """Policies by name; `own` names the trial's, which runs anyway.

    Raises:
        UsageError: There is no policy of that name.
    """
    wrong = [name for name in names if name not in {*PolicyName, OWN}]
    if wrong:
        raise UsageError("no such policy", where=wrong[0], do=f"use one of {', '.join([*PolicyName, OWN])}")
    return tuple(PolicyName(name) for name in names if name != OWN)


def prove(
    archive: Archive,
    trial_id: str,
    request: ProofRequest,
    *,
    by: str,
    now: Callable[[], datetime],
    progress: Progress = SILENT,
) -> Proved:
    """Plant, run, score; the trial's data are only read, and the copy is removed whatever happens.

    Raises:
        UsageError: There is no such trial.
        Refused: Nothing was received, or the trial's key is missing.
        DetectorMissing: What draws text is not installed.
    """
    declared = declared_trial(archive, trial_id)
    folder = archive.work / "proof"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's quote the value they are about
            proved = _proved(archive, declared, request, folder, (now, progress))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    keep_proof(archive, proved.own.trial, _body(proved))
    facts = {"policy": proved.own.digest, "passed": proved.own.passed, "files": proved.own.files.planted}
    with begin(archive.private) as conn:
        audit.append(conn, private_audit, audit.Act(at=now(), by=by, act="trial.prove", about=trial_id, facts=facts))
    return proved


def _proved(
    archive: Archive,
    declared: DeclaredTrial,
    request: ProofRequest,
    folder: Path,
    seen: tuple[Callable[[], datetime], Progress],
) -> Proved:
    now, progress = seen
    copy = _planted(archive, declared, request, folder / "planted", progress)
    run = Run(
        copy=copy,
        folder=folder,
        secret=archive.secret(declared.trial.id),
        workers=archive.plan.workers,
        now=now,
        progress=progress,
    )
    scores = [run_policy(run, OWN)]
    not_run = {}
    for name in request.policies:
        try:
            scores.append(run_policy(run, name.value, name.value))
        except DetectorMissing as missing:  # of a policy that is only compared with; the trial's own must run
            not_run[name.value] = missing.do
        shutil.rmtree(folder / name.value, ignore_errors=True)
    return Proved(scores=tuple(scores), series=copy.series[0], of_series=copy.series[1], not_run=not_run)


def _planted(
    archive: Archive, declared: DeclaredTrial, request: ProofRequest, folder: Path, progress: Progress
) -> Copy:
    progress.step("Planting", None)
    copy: Copy | None = None
    for so_far in plant_copy(archive, declared, folder, request.series):
        copy = so_far
        progress.advance()
    if copy is None or not copy.key.files:
        raise Refused("nothing was received to plant in", do=f"guideit submit {declared.trial.id} SOURCE...")
    return copy


def _body(proved: Proved) -> dict[str, Any]:
    """What is kept of it."""
    return {
        "policy_digest": proved.own.digest,
        "tool": proved.own.tool,
        "sample": {"series": proved.series, "of": proved.of_series},
        "not_run": dict(proved.not_run),
        "own": proof_evidence(proved.own),
        "policies": {score.policy: proof_evidence(score) for score in proved.scores[1:]},
    }
