"""`assess_risk`: how probable it is that somebody in a release is recognised, and what would lower that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.risk_evidence import risk_evidence
from guideit.actions.risk_facts import RiskFacts, level_of, risk_facts
from guideit.actions.trials import declared_trial
from guideit.deid.risk.images import ImageFacts
from guideit.deid.risk.joint import ParticipantRisk, ReleaseRisk, Surroundings, assess
from guideit.deid.risk.measures import Around, measure
from guideit.deid.risk.protect import alike_wanted
from guideit.deid.risk.remedies import Remedy, remedies, together
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin
from guideit.ledger.findings import list_findings, replace_findings
from guideit.trial.finding import Finding, Severity
from guideit.trial.model import Trial

RULE = "risk.release"
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class AssessedRisk:
    """A release's risk.

    Attributes:
        document: For the release's `evidence/risk.json`: no value, no small count.
        holds: Whether the threshold holds.
        accepted: Whether a person accepted it as it is.
        participants: Each one's risk; private.
        remedies: Each by itself, cheapest first. together: Enough together, where none is by itself.
    """

    document: Mapping[str, Any]
    holds: bool
    accepted: bool
    participants: tuple[ParticipantRisk, ...] = field(repr=False)
    remedies: tuple[Remedy, ...]
    together: tuple[Remedy, ...]

    def private_document(self) -> dict[str, Any]:
        """Everything, with each participant's risk: for the steward alone."""
        return {
            **self.document,
            "accepted": self.accepted,
            "by_participant": [asdict(each) for each in self.participants],
            "remedies": [asdict(each) for each in self.remedies],
            "together": [asdict(each) for each in self.together],
        }


def assess_risk(
    archive: Archive,
    trial_id: str,
    *,
    by: str,
    now: Callable[[], datetime],
    images: Mapping[str, ImageFacts] | None = None,
) -> AssessedRisk:
    """Assess what is clean now; over the threshold is the blocking finding `risk.release` with remedies in order.

    Args:
        archive: Opened for writing.
        trial_id: The trial.
        by, now: Who asks, and the clock.
        images: What was found in each series' pixels, by released place `participant/study/series`; of a series that is
            not in it, what its header alone tells.

    Raises:
        UsageError: There is no such trial, or the population's file cannot be used.
    """
    declared = declared_trial(archive, trial_id)
    trial = declared.trial
    with begin(archive.private) as conn:
        facts = risk_facts(archive, conn, declared, images or {})
        around = surroundings(trial, facts)
        risk = assess(facts.people, around)
        tried = remedies(facts.people, around)
        several = () if any(remedy.enough for remedy in tried) else together(facts.people, around)
        place = _place(conn, trial, risk)
        found = [] if risk.holds else [_finding(trial, risk, place, tried, several)]
        replace_findings(conn, trial_id, RULE, found)
        act = audit.Act(at=now(), by=by, act="trial.assess-risk", about=trial_id, facts=_said(trial, risk))
        audit.append(conn, private_audit, act)
    seen = Around(
        alike=alike_wanted(trial, len(facts.people), facts.population), people=facts.population, register=facts.register
    )
    tables = measure(trial, facts.tables, facts.known, around=seen)
    return AssessedRisk(
        document=risk_evidence(trial, risk, tables, facts.levels),
        holds=risk.holds,
        accepted=not risk.holds and place in _accepted(archive, trial_id),
        participants=risk.participants,
        remedies=tried,
        together=several,
    )


def surroundings(trial: Trial, facts: RiskFacts) -> Surroundings:
    """What a trial's release is judged by."""
    return Surroundings(
        risk=trial.risk,
        real_dates=facts.real_dates,
        hierarchies={c.key: c.hierarchy.above(level_of(c, facts.levels)) for c in facts.known},
        levels={column.key: level_of(column, facts.levels) for column in facts.known},
        people=facts.population,
        same={column.key: column.same for column in facts.known if column.same},
    )


def _said(trial: Trial, risk: ReleaseRisk) -> dict[str, Any]:
    return {"access": trial.risk.access.value, "highest": round(risk.highest.high, 4), "holds": risk.holds}


def _place(conn: Connection, trial: Trial, risk: ReleaseRisk) -> str:
    """Names what a person decides on: who may have the release, and up to which risk.

    Somebody who accepted as much risk or more for these recipients has accepted this.
    """
    percent = ceil(100 * risk.highest.high - 1e-6)
    accepted = [_percent(row["place"]) for row in list_findings(conn, trial.id) if _is_accepted(row, trial)]
    enough = [number for number in accepted if number >= percent]
    return f"release/{trial.risk.access.value}/{min(enough, default=percent)}%"


def _is_accepted(row: Mapping[str, Any], trial: Trial) -> bool:
    here = str(row["place"]).startswith(f"release/{trial.risk.access.value}/")
    return bool(row["rule"] == RULE and row["decision"] == "accept" and here)


def _percent(place: str) -> int:
    return int(place.rpartition("/")[2].removesuffix("%"))


def _accepted(archive: Archive, trial_id: str) -> set[str]:
    with begin(archive.private) as conn:
        rows = list_findings(conn, trial_id)
    return {str(row["place"]) for row in rows if row["rule"] == RULE and row["decision"] == "accept"}


def _finding(
    trial: Trial, risk: ReleaseRisk, place: str, tried: Sequence[Remedy], several: Sequence[Remedy]
) -> Finding:
    above = sum(each.high > risk.threshold + 1e-9 for each in risk.participants)
    says = (
        f"for {trial.risk.access.value} access some participant may be recognised with a probability of up to "
        f"{risk.highest.high:.2f} ({risk.highest.low:.3f} at least), where {risk.threshold:g} is allowed; "
        f"{above} of {len(risk.participants)} participants are above it"
    )
    return Finding(rule=RULE, severity=Severity.BLOCK, place=place, says=says, do=_advice(trial, tried, several))


def _advice(trial: Trial, tried: Sequence[Remedy], several: Sequence[Remedy]) -> str:
    """The cheapest remedies in order, each as it was measured."""
    named = [remedy for remedy in tried if remedy.enough][:_NAMED] or tried[:_NAMED]
    lines = [_line(number, remedy) for number, remedy in enumerate(named, start=1)]
    if several:
        lines.append("together enough: " + "; ".join(remedy.says for remedy in several))
    lines.append(f"all of them: guideit risk {trial.id}; or decide: guideit review {trial.id}")
    return "; ".join(lines)


def _line(number: int, remedy: Remedy) -> str:
    enough = "enough" if remedy.enough else "not enough alone"
    return f"{number}. {remedy.says}: {remedy.highest:.2f}, loses {remedy.lost:.0%}, {enough}"
