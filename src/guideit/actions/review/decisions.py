"""Decide on findings: check, read, draw, write, audit, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.review.boxes import check_inside
from guideit.actions.review.places import SeriesThere, series_at
from guideit.actions.review.readers import check_reader, outcome, standing, waiting
from guideit.actions.review.rules import ACCEPT, EXCLUDE, REDACT, choice
from guideit.actions.trials import declared_trial
from guideit.deid.pixels.regions import Region
from guideit.errors import Refused, UsageError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import OPEN, decide_finding, get_finding, list_findings
from guideit.ledger.readings import Reading, put_reading, readings, readings_of
from guideit.ledger.regions import KEEP, decide_regions, draw, regions_at, undecide_regions
from guideit.ledger.regions import REDACT as BLANKED
from guideit.ledger.trials import get_trial
from guideit.trial.deidentification import DeidSettings


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person decides on one finding.

    Attributes:
        finding: Its number.
        decision: `accept`, `redact`, `exclude`, or `OPEN`: what was decided before is taken back.
        boxes: What they drew, to be blanked besides what was proposed.
        like: The finding of the same layout that they looked at, where they did not look at this one alone.
    """

    finding: int
    decision: str
    reason: str = field(repr=False)
    boxes: tuple[Region, ...] = ()
    like: int = 0


def findings(archive: Archive, trial_id: str, *, undecided: bool = False) -> list[dict[str, Any]]:
    """The trial's findings, blocking ones first, each with `waits`: why it is open though somebody read it.

    Raises:
        UsageError: There is no such trial.
    """
    settings = declared_trial(archive, trial_id).trial.deidentification
    with reading(archive.private) as conn:
        get_trial(conn, trial_id)
        rows, read = list_findings(conn, trial_id, undecided=undecided), readings(conn, trial_id)
    return [row | {"waits": waiting(read.get(row["id"], ()), two=settings.needs_second(row["rule"]))} for row in rows]


def decide(
    archive: Archive, finding_id: int, decision: str, *, by: str, reason: str, now: Callable[[], datetime]
) -> dict[str, Any]:
    """Decide on one finding; returns it as it is then. Raises as `decide_all` does."""
    item = Decision(finding=finding_id, decision=decision, reason=reason)
    _check_said(item, by)
    with reading(archive.private) as conn:
        trial = get_finding(conn, finding_id)["trial"]
    return decide_all(archive, trial, [item], by=by, now=now)[0]


def decide_all(
    archive: Archive, trial_id: str, items: Sequence[Decision], *, by: str, now: Callable[[], datetime]
) -> list[dict[str, Any]]:
    """Decide on findings, all or none; returns them as they are then, each with `waits`.

    Raises:
        UsageError: No such finding, decision or box, or no reason given.
        Refused: A person cannot decide so on this rule, or has read the finding already where two must.
    """
    for item in items:
        _check_said(item, by)
    settings = declared_trial(archive, trial_id).trial.deidentification
    with begin(archive.private) as conn:
        rows = {item.finding: get_finding(conn, item.finding) for item in items}
        drawn_on = [rows[item.finding]["place"] for item in items if item.boxes]
        desk = _Desk(
            conn=conn, trial=trial_id, settings=settings, by=by, at=now(),
            series=series_at(archive, conn, trial_id, drawn_on),
        )  # fmt: skip
        return [desk.decide(item, rows[item.finding]) for item in items]


def _check_said(item: Decision, by: str) -> None:
    if item.decision not in {ACCEPT, REDACT, EXCLUDE, OPEN}:
        raise UsageError(f"no such decision: {item.decision}", do="use --accept, --redact, --exclude or --undo")
    if not item.reason.strip():
        raise UsageError("a decision needs its reason", do='add --reason "why"')
    if not by.strip():
        raise UsageError("nobody is named who decides", do="add --by NAME")


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Where one person decides at one time."""

    conn: Connection
    trial: str
    settings: DeidSettings
    by: str
    at: datetime
    series: Mapping[str, SeriesThere] = field(repr=False)

    def decide(self, item: Decision, row: Mapping[str, Any]) -> dict[str, Any]:
        """Read, draw, write, audit."""
        past = readings_of(self.conn, item.finding)
        self._check(item, row, past)
        two = self.settings.needs_second(row["rule"])
        read = Reading(reader=self.by, decision=item.decision, reason=item.reason)
        check_reader(past, read, two=two)
        put_reading(self.conn, item.finding, read, self.at)
        decided = outcome([*past, read], two=two)
        if choice(row["rule"]).draws:
            self._draw(item, row, decided)
        decide_finding(self.conn, item.finding, decision=decided, by=self.by, at=self.at, reason=item.reason)
        self._audit(item, row, decided, readers=len(standing([*past, read])))
        return get_finding(self.conn, item.finding) | {"waits": waiting([*past, read], two=two)}

    def _check(self, item: Decision, row: Mapping[str, Any], past: Sequence[Reading]) -> None:
        if row["trial"] != self.trial:
            raise UsageError(f"finding {item.finding} is of another trial", do=f"guideit review {row['trial']}")
        allowed = choice(row["rule"]).means
        if not allowed:
            raise Refused(f"nobody can decide on {row['rule']}", do=row["do"] or "change policy or input")
        if item.decision == OPEN and not standing(past):
            raise UsageError(f"finding {item.finding} is not decided", do=f"guideit review {self.trial}")
        if item.decision not in {OPEN, *allowed}:
            do = f"use one of: {', '.join(f'--{word}' for word in allowed)}"
            raise Refused(f"finding {item.finding}: {row['rule']} cannot be decided so", do=do)
        if item.boxes and not (choice(row["rule"]).draws and item.decision == REDACT):
            do = "use --box with --redact, on text in pixels"
            raise UsageError(f"finding {item.finding} takes no box", do=do)

    def _draw(self, item: Decision, row: Mapping[str, Any], decided: str) -> None:
        """Keep what was drawn; once it is decided, every region in doubt there takes its state."""
        place = row["place"]
        if row["decision"] not in {OPEN, decided} or item.decision == OPEN:
            self._undraw(row)
        if item.boxes:
            there = self.series.get(place)
            for box in item.boxes:
                check_inside(box, there.headers if there else [])
            draw(self.conn, self.trial, place, item.boxes, by=self.by, at=self.at)
        if item.decision == REDACT and not any(s != KEEP for _, s in regions_at(self.conn, self.trial, place)):
            raise UsageError(f"nothing is drawn on finding {item.finding}", do="add --box left,top,right,bottom")
        state = {REDACT: BLANKED, ACCEPT: KEEP}.get(decided)
        if state:
            decide_regions(self.conn, self.trial, place, state, by=self.by, at=self.at)

    def _undraw(self, row: Mapping[str, Any]) -> None:
        """Take back what a decision did to the regions, unless another finding there asks for the same."""
        others = [
            other
            for other in list_findings(self.conn, self.trial)
            if other["place"] == row["place"] and other["id"] != row["id"] and other["decision"] == REDACT
        ]
        if not others:
            state = KEEP if row["decision"] == ACCEPT else BLANKED
            undecide_regions(self.conn, self.trial, row["place"], state)

    def _audit(self, item: Decision, row: Mapping[str, Any], decided: str, *, readers: int) -> None:
        """Numbers, ids and the reason's digest: the reason itself, which may name somebody, is in the reading."""
        facts = {
            "finding": item.finding,
            "rule": row["rule"],
            "decision": item.decision or "undo",
            "outcome": decided or "open",
            "readers": readers,
            "boxes": len(item.boxes),
            "like": item.like,
            "reason_sha256": hashlib.sha256(item.reason.encode()).hexdigest(),
        }
        act = audit.Act(at=self.at, by=self.by, act="finding.decide", about=self.trial, facts=facts)
        audit.append(self.conn, private_audit, act)
