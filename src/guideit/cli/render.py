"""Tables and lines as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table


def findings_table(rows: Iterable[Mapping[str, Any]]) -> Table | str:
    """Findings with their numbers and what was decided."""
    table = Table("N", "rule", "acts", "where", "what", "decision", title="Findings", title_justify="left")
    for row in rows:
        decision = row["decision"] or "open"
        table.add_row(str(row["id"]), row["rule"], row["severity"], row["place"], row["says"], decision)
    return table if table.row_count else "No findings."


def facts_table(title: str, facts: Mapping[str, Any]) -> Table:
    """Two columns: what, how much."""
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in facts.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    return table
