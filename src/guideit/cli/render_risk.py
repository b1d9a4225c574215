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
    if said["reason"]:
        yield f"Why this threshold: {said['reason']}\n"
    yield "\n".join(["Assumed:", *(f"- {line}" for line in said["assumptions"])]) + "\n"
    if done.remedies:
        yield _remedies("Remedies, each by itself", done.remedies[:_SHOWN])
    if done.together:
        yield _remedies("Enough together, each measured with those before it", done.together)


def _facts(done: AssessedRisk) -> dict[str, Any]:
    said = done.document
    verdict = "no" if done.holds else "yes; accepted by a person" if done.accepted else "yes: it blocks the release"
    return {
        "who may have it": said["access"],
        "participants": said["participants"],
        "somebody looks": _interval(said["somebody_looks"]),
        "highest of any participant": _interval(said["highest"]),
        "mean": _interval(said["mean"]),
        "threshold": f"{said['threshold']:g}",
        "participants above it": _share(said["above_threshold"]),
        "exceeded": verdict,
        "smallest class in tables joined": said["tables"]["smallest_class"],
    }


def _interval(values: Sequence[float]) -> str:
    low, high = values
    return f"{low:g} to {high:g}"


def _share(told: float | str) -> str:
    return f"{told:.0%}" if isinstance(told, float) else told


def _remedies(title: str, rows: Sequence[Remedy]) -> Table:
    table = Table("remedy", "highest after", "loses", "enough", title=title, title_justify="left")
    for row in rows:
        table.add_row(row.says, f"{row.highest:.3f}", f"{row.lost:.0%}", "yes" if row.enough else "no")
    return table
