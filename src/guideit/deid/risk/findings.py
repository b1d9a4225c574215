"""What a cleaned table's risk is, as findings: columns and counts, never values."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from guideit.deid.risk.classes import classes, one_row_each
from guideit.deid.risk.explain import why_rare
from guideit.deid.risk.optimiser import Aim
from guideit.deid.risk.reidentification import EMA_THRESHOLD, prosecutor
from guideit.deid.tables import CleanTable
from guideit.trial.finding import Finding, Severity

KNOWN_TO_OTHERS = frozenset({"quasi-identifier", "age", "site"})
"""Roles of columns that people around a participant may know. An arm is drawn by lot and told to nobody."""
_REASONS = 3


def risk_findings(table: CleanTable, threshold: float = EMA_THRESHOLD) -> tuple[Finding, ...]:
    """Whether somebody who knows a participant's quasi-identifiers could tell their rows.

    Args:
        table: As it would be released.
        threshold: The largest probability that is allowed of any participant.

    Returns:
        One finding where it is not held, with the reasons; none where it is, or where nothing could be known.
    """
    known = [name for name, role in _roles(table).items() if role in KNOWN_TO_OTHERS]
    participant = next((name for name, role in _roles(table).items() if role == "identifier"), None)
    if not known or participant is None or not table.rows:
        return ()
    schema = dict.fromkeys(table.columns, pl.String)
    everyone = one_row_each(pl.DataFrame(list(table.rows), schema=schema, orient="row"), participant, known)
    found = classes(everyone, known)
    risk = prosecutor(found, threshold)
    if risk.holds:
        return ()
    reasons = [group.says for group in why_rare(found, Aim.of_risk(threshold).k)[:_REASONS]]
    alike = "alone" if found.k == 1 else f"like {found.k - 1} others only"
    says = f"by {', '.join(known)} some participant is {alike}: who knows them finds their rows with probability"
    return (
        Finding(
            rule="risk.table",
            severity=Severity.WARN,
            place=f"table/{table.id}",
            says=f"{says} {risk.highest:.2f}, above {threshold:g}; {'; '.join(reasons)}",
            do="leave out or coarsen these columns, or release to people who are bound not to look",
        ),
    )


def _roles(table: CleanTable) -> Mapping[str, str]:
    return {str(column["name"]): str(column["role"]) for column in table.dictionary}
