"""A release's risk as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from guideit.actions.assess_risk import AssessedRisk
from guideit.cli.render import facts_table
from guideit.deid.risk.remedies import Remedy

_SHOWN = 12


def risk_page(done: AssessedRisk) -> Iterator[Table | str]:
    """The numbers, what they rest on, and remedies."""
    said = done.document
    yield facts_table("Risk of being recognised", _facts(done))
    yield "\n".join(["Assumed:", *(f"- {line}" for line in said["assumptions"])]) + "\n"
    if done.remedies:
        yield _remedies("Remedies, each by itself", done.remedies[:_SHOWN])
    if done.together:
        yield _remedies("Enough together, each measured with those before it", done.together)


def _facts(done: AssessedRisk) -> dict[str, Any]:
    said = done.document
    verdict = "holds" if done.holds else "does not hold; accepted by a person" if done.accepted else "does not hold"
    return {
        "who may have it": said["access"],
        "participants": said["participants"],
        "somebody looks": _interval(said["somebody_looks"]),
        "highest of any participant": _interval(said["highest"]),
        "mean": _interval(said["mean"]),
        "share above the threshold": said["above_threshold"],
        "allowed": said["threshold"],
        "threshold": verdict,
        "smallest class in tables joined": said["tables"]["smallest_class"],
    }


def _interval(values: Sequence[float]) -> str:
    low, high = values
    return f"{low:g} to {high:g}"


def _remedies(title: str, rows: Sequence[Remedy]) -> Table:
    table = Table("remedy", "highest after", "loses", "enough", title=title, title_justify="left")
    for row in rows:
        table.add_row(row.says, f"{row.highest:.3f}", f"{row.lost:.0%}", "yes" if row.enough else "no")
    return table
