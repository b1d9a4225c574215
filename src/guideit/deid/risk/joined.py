"""The clinical tables of a release as an attacker has them: joined by participant, one row for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce

import polars as pl

from guideit.deid.risk import hierarchies
from guideit.deid.risk.classes import one_row_each
from guideit.deid.risk.hierarchies import Coarser as Coarse
from guideit.deid.risk.hierarchies import Hierarchy
from guideit.deid.table_dates import MISSING, parse_day
from guideit.deid.table_roles import holds_age
from guideit.deid.tables import column_rule
from guideit.trial.model import Column, Role, Site, Table, Trial
from guideit.trial.risk import Coarser

PARTICIPANT = "participant"
_NAMED: Mapping[str, str] = {
    "sex": r"(patient.?)?(sex|gender|geschlecht|sexe|genre)",
    "size": r".*(height|gr(ö|oe)(ß|ss)e|taille)|size",
    "weight": r".*(weight|gewicht|poids)",
}
"""What a column says, by its name (EN, DE, FR)."""
_OWNER = "\0owner"
KNOWN_TO_OTHERS = frozenset({Role.QUASI_IDENTIFIER, Role.AGE, Role.SITE})
"""Roles of columns that people around a participant may know. An arm is drawn by lot and told to nobody."""
LEARNED = frozenset({Role.SENSITIVE, Role.OUTCOME})
"""Roles of columns that tell something new of somebody who is recognised; never coarsened."""


@dataclass(frozen=True, kw_only=True)
class Released:
    """A table as it would be released.

    Attributes:
        id, columns: As declared.
        rows: Cells as text, in the order of `columns`.
        owners: The participant of each row, by pseudonym; "" for nobody.
    """

    id: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]] = field(repr=False)
    owners: Sequence[str] = field(repr=False)


def released(table: Table, columns: Sequence[str], rows: Sequence[Sequence[str]], people: Collection[str]) -> Released:
    """A cleaned table as an attacker has it; whose a row is says the first of its identifiers that names somebody.

    Args:
        table: The declaration.
        columns, rows: As cleaned.
        people: Pseudonyms of all participants.
    """
    named = [columns.index(c.name) for c in table.columns if c.role is Role.IDENTIFIER and c.name in columns]
    owners = [next((row[at] for at in named if row[at] in people), "") for row in rows]
    return Released(id=table.id, columns=tuple(columns), rows=rows, owners=owners)


@dataclass(frozen=True, kw_only=True)
class KnownColumn:
    """A column that people around a participant may know, and how it is written coarser.

    `same` is what image headers say too: `age`, `sex`, `site`, `size`, `weight`, or ""; `level` is the least level of
    the hierarchy that it is written at, as declared.
    """

    table: str
    name: str
    hierarchy: Hierarchy
    same: str = ""
    level: int = 0

    @property
    def key(self) -> str:
        """`table:column`: its name in the joined table."""
        return f"{self.table}:{self.name}"


def known_columns(trial: Trial, *, real_dates: bool) -> tuple[KnownColumn, ...]:
    """Every declared column that people may know.

    Args:
        trial: The declaration.
        real_dates: Whether dates are kept: then days are known too; a shifted one tells nobody anything.
    """
    return tuple(
        _known(table, column, trial.sites)
        for table in trial.tables
        for column in table.columns
        if _may_be_known(column, real_dates)
    )


def _known(table: Table, column: Column, sites: Sequence[Site]) -> KnownColumn:
    levels = hierarchy_of(column, sites)
    level = min(column.level, levels.height)
    return KnownColumn(table=table.id, name=column.name, hierarchy=levels, same=_same(column), level=level)


def _same(column: Column) -> str:
    if column.role is Role.SITE:
        return "site"
    if column.role is Role.AGE or holds_age(column.name, column.unit):
        return "age"
    name = column.name.casefold()
    return next((what for what, words in _NAMED.items() if re.fullmatch(words, name)), "")


def learned_columns(trial: Trial) -> tuple[tuple[str, str], ...]:
    """`(table, column)` of what would be learned of somebody who is recognised."""
    return tuple(
        (table.id, column.name) for table in trial.tables for column in table.columns if column.role in LEARNED
    )


def _may_be_known(column: Column, real_dates: bool) -> bool:
    if column.role in KNOWN_TO_OTHERS:
        return True
    if column.role is Role.DATE:
        return real_dates and column.coarser is not Coarser.OFFSETS
    return column.role is Role.NUMBER and holds_age(column.name, column.unit)


_MAKERS: Mapping[Coarser, Callable[[Column, Sequence[Site]], Hierarchy]] = {
    Coarser.AGES: lambda column, sites: hierarchies.ages(),
    Coarser.BANDS: lambda column, sites: hierarchies.bands(column.widths, unit=column.unit),
    Coarser.ICD10: lambda column, sites: hierarchies.icd10(),
    Coarser.DATES: lambda column, sites: _dates(column.date_format),
    Coarser.OFFSETS: lambda column, sites: hierarchies.bands((7, 28, 84), unit="days"),
    Coarser.SITES: lambda column, sites: hierarchies.groups(("country", {s.id: s.country for s in sites if s.country})),
    Coarser.GROUPS: lambda column, sites: hierarchies.groups(("group", column.groups)),
    Coarser.ALL_OR_NOTHING: lambda column, sites: hierarchies.all_or_nothing(),
    Coarser.NEVER: lambda column, sites: hierarchies.fixed(),
}


def hierarchy_of(column: Column, sites: Sequence[Site]) -> Hierarchy:
    """How a column is written coarser: as declared, else by what it holds."""
    return _MAKERS[column.coarser or _suggested(column, sites)](column, sites)


def _dates(form: str) -> Hierarchy:
    """Months, quarters and years of days written in a form of their own; ISO 8601 without one."""
    plain = hierarchies.dates()
    if not form:
        return plain

    def of(step: Coarse) -> Coarse:
        return lambda text: step(day.isoformat()) if (day := parse_day(text, form)) else step(text)

    return Hierarchy(names=plain.names, steps=tuple(map(of, plain.steps)), within=plain.within)


def _suggested(column: Column, sites: Sequence[Site]) -> Coarser:
    if column.role is Role.AGE or holds_age(column.name, column.unit):
        return Coarser.AGES
    if column.role is Role.DATE:
        return Coarser.DATES
    named = {site.country for site in sites if site.country}
    return Coarser.SITES if column.role is Role.SITE and len(named) > 1 else Coarser.ALL_OR_NOTHING


def joined(trial: Trial, tables: Sequence[Released], columns: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """One row for each participant of any table: `participant`, and a column `table:column` for each.

    Somebody who is in no row of a table misses its columns. Several values of one are one text, in the order of visits
    where the table says them.

    Args:
        trial: The declaration.
        tables: As they would be released.
        columns: `(table, column)`; those that are not there are left out.
    """
    parts = [part for table in trial.tables for part in _parts(table, tables, columns)]
    if not parts:
        return pl.DataFrame(schema={PARTICIPANT: pl.String})
    everyone = reduce(lambda one, two: one.join(two, on=PARTICIPANT, how="full", coalesce=True), parts)
    return everyone.sort(PARTICIPANT)


def days(trial: Trial, tables: Sequence[Released]) -> dict[str, tuple[date, date]]:
    """The first and last whole day of each participant in any date column, birth dates aside."""
    found: dict[str, tuple[date, date]] = {}
    declared = {table.id: table for table in trial.tables}
    for table in tables:
        dates = [c for c in declared[table.id].columns if column_rule(c).role == "date" and c.name in table.columns]
        at = [(table.columns.index(c.name), c.date_format) for c in dates]
        for owner, row in zip(table.owners, table.rows, strict=True):
            seen = [day for index, form in at if (day := parse_day(row[index].strip(), form))] if owner else []
            if seen:
                first, last = found.get(owner, (seen[0], seen[0]))
                found[owner] = (min(first, *seen), max(last, *seen))
    return found


def spans(trial: Trial, tables: Sequence[Released]) -> dict[str, int]:
    """Days from the first to the last that tables say of each participant, in dates or in days after the first."""
    found = {owner: (last - first).days for owner, (first, last) in days(trial, tables).items()}
    declared = {table.id: table for table in trial.tables}
    for table in tables:
        wanted = {c.name for c in declared[table.id].columns if c.coarser is Coarser.OFFSETS}
        at = [index for index, name in enumerate(table.columns) if name in wanted]
        for owner, row in zip(table.owners, table.rows, strict=True):
            for offset in (int(row[index]) for index in at if owner and row[index].isdigit()):
                found[owner] = max(found.get(owner, 0), offset)
    return found


def _parts(table: Table, tables: Sequence[Released], columns: Sequence[tuple[str, str]]) -> Iterator[pl.DataFrame]:
    """The table's participants with what is asked for of it."""
    for found in tables:
        if found.id != table.id:
            continue
        wanted = [name for id, name in columns if id == table.id and name in found.columns]
        visit = next((c.name for c in table.columns if c.role is Role.VISIT and c.name in found.columns), None)
        frame = pl.DataFrame(list(found.rows), schema=dict.fromkeys(found.columns, pl.String), orient="row")
        present = frame.with_columns(
            *(_without_missing(name) for name in wanted), pl.Series(_OWNER, found.owners, dtype=pl.String)
        )
        known = present.filter(pl.col(_OWNER) != "")
        each = one_row_each(known, _OWNER, wanted, visit=visit if visit not in wanted else None)
        yield each.rename({_OWNER: PARTICIPANT} | {name: f"{table.id}:{name}" for name in wanted})


def _without_missing(name: str) -> pl.Expr:
    column = pl.col(name).str.strip_chars()
    return pl.when(column.str.to_uppercase().is_in(sorted(MISSING))).then(None).otherwise(column).alias(name)
