"""Dates as days after a participant's first day, in columns declared so: intervals stay, calendars go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from guideit.deid.risk.joined import Released, days, released
from guideit.deid.table_dates import MISSING, parse_day
from guideit.deid.tables import CleanTable
from guideit.trial.model import Role, Table, Trial
from guideit.trial.risk import Coarser

WORDS = "days after the participant's first day in any table"


def with_offsets(trial: Trial, tables: Sequence[CleanTable], people: Collection[str]) -> tuple[CleanTable, ...]:
    """Tables with each date column declared `coarser = "offsets"` as whole numbers of days.

    Day 0 is the first day of the participant in any date column of any table, birth dates aside. What names no whole
    day is blanked; words for "missing" stay.

    Args:
        trial: The declaration.
        tables: Cleaned: dates shifted or kept.
        people: Pseudonyms of all participants.
    """
    declared = {table.id: table for table in trial.tables}
    seen = [released(declared[table.id], table.columns, table.rows, people) for table in tables]
    first = {owner: span[0] for owner, span in days(trial, seen).items()}
    return tuple(_with_offsets(table, declared[table.id], had, first) for table, had in zip(tables, seen, strict=True))


def _with_offsets(table: CleanTable, spec: Table, had: Released, first: Mapping[str, date]) -> CleanTable:
    wanted = {
        table.columns.index(c.name): c.date_format
        for c in spec.columns
        if c.role is Role.DATE and c.coarser is Coarser.OFFSETS and c.name in table.columns
    }
    if not wanted:
        return table
    rows = tuple(
        tuple(_offset(cell, wanted[at], first.get(owner)) if at in wanted else cell for at, cell in enumerate(row))
        for row, owner in zip(table.rows, had.owners, strict=True)
    )
    names = {table.columns[at] for at in wanted}
    changes = Counter(table.changes) + Counter({(name, "table.date-offset"): len(rows) for name in names})
    described = tuple({**c, "coarsened": WORDS} if c["name"] in names else c for c in table.dictionary)
    return replace(table, rows=rows, changes=dict(changes), dictionary=described)


def _offset(cell: str, form: str, first: date | None) -> str:
    if cell.strip().upper() in MISSING:
        return cell
    day = parse_day(cell.strip(), form)
    return str((day - first).days) if day and first else ""
