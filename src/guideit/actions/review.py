"""Verbs on findings: see them, accept or exclude what they concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from guideit.actions.archive import Archive
from guideit.errors import Refused, UsageError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import decide_finding, list_findings
from guideit.ledger.trials import get_trial

REVIEWABLE = ("hold.", "check.")
"""Rules a person may overrule. A verifier's or intake's stands until input or policy changes."""


def findings(archive: Archive, trial_id: str, *, undecided: bool = False) -> list[dict[str, Any]]:
    """The trial's findings, blocking ones first.

    Raises:
        UsageError: There is no such trial.
    """
    with reading(archive.private) as conn:
        get_trial(conn, trial_id)
        return list_findings(conn, trial_id, undecided=undecided)


def decide(
    archive: Archive, finding_id: int, decision: str, *, by: str, reason: str, now: Callable[[], datetime]
) -> dict[str, Any]:
    """Accept (what it concerns may pass) or exclude (it stays back for good); returns the finding.

    Raises:
        UsageError: No such finding, no such decision, or no reason given.
        Refused: A person cannot overrule this rule.
    """
    if decision not in {"accept", "exclude"}:
        raise UsageError(f"no such decision: {decision}", do="use --accept or --exclude")
    if not reason.strip():
        raise UsageError("a decision needs its reason", do='add --reason "why"')
    with begin(archive.private) as conn:
        row = decide_finding(conn, finding_id, decision=decision, by=by, at=now(), reason=reason)
        if decision == "accept" and not row["rule"].startswith(REVIEWABLE):
            raise Refused(f"{row['rule']} cannot be accepted by a person", do=row["do"] or "change policy or input")
        facts = {"finding": finding_id, "rule": row["rule"], "decision": decision}
        audit.append(
            conn,
            private_audit,
            audit.Act(at=now(), by=by, act="finding.decide", about=row["trial"], facts=facts),
        )
    return row
