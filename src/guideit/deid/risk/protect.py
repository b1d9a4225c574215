"""Tables made coarser together, since an attacker has all of them, until nobody in them stands out too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from guideit.deid.risk.classes import Classes, classes
from guideit.deid.risk.explain import why_rare
from guideit.deid.risk.hierarchies import of_several
from guideit.deid.risk.joined import PARTICIPANT, KnownColumn, joined, known_columns, released
from guideit.deid.risk.optimiser import Aim, Coarsened, coarsen
from guideit.deid.risk.recipients import RECIPIENTS, comes_to_look
from guideit.deid.risk.reidentification import least_alike
from guideit.deid.table_dates import MISSING
from guideit.deid.tables import CleanTable
from guideit.errors import Refused
from guideit.trial.finding import Finding, Severity
from guideit.trial.model import Trial

PLACE = "tables"
_REASONS = 3


@dataclass(frozen=True, kw_only=True)
class Protected:
    """Tables as they may be released, and what was done to them.

    Attributes:
        tables: In the order they came.
        alike: How many must be alike, so that the trial's threshold holds.
        chosen: Levels, losses and blanked participants; None where nothing was to be done or could be.
        findings: `risk.table*`; no cell's value is in them.
    """

    tables: tuple[CleanTable, ...]
    alike: int
    chosen: Coarsened | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()


def protect(
    trial: Trial, tables: Sequence[CleanTable], people: Collection[str], *, real_dates: bool, population: int = 0
) -> Protected:
    """Coarsen what people may know of participants, over all tables at once, as little as will do.

    Outcomes, and whatever has no role that people may know, stay as they are. Where the threshold cannot be reached,
    all stays and a finding says why: the release's own risk then blocks it.

    Args:
        trial: Its `[risk]` says how much is allowed, its columns how they are coarsened.
        tables: Cleaned.
        people: Pseudonyms of all participants.
        real_dates: Whether dates are kept as they are.
        population: Size of the named population; 0 where none is.
    """
    declared = {table.id: table for table in trial.tables}
    known = known_columns(trial, real_dates=real_dates)
    tables = [_at_declared_levels(table, known) for table in tables]
    known = tuple(replace(column, hierarchy=column.hierarchy.above(column.level)) for column in known)
    seen = {t.id: released(declared[t.id], t.columns, t.rows, people) for t in tables}
    everyone = joined(trial, list(seen.values()), [(c.table, c.name) for c in known])
    known = tuple(column for column in known if column.key in everyone.columns)
    alike = alike_wanted(trial, everyone.height, population)
    found = classes(everyone, [column.key for column in known])
    if not known or not everyone.height or found.k >= alike:
        return Protected(tables=tuple(tables), alike=alike)
    if not trial.risk.coarsen:
        return Protected(tables=tuple(tables), alike=alike, findings=(_rare(found, alike, "they were not coarsened"),))
    levels = {column.key: of_several(column.hierarchy) for column in known}
    try:
        chosen = coarsen(everyone, levels, Aim(k=alike, blanked=trial.risk.blanked))
    except Refused:
        why = "no coarsening is enough for so few participants"
        return Protected(tables=tuple(tables), alike=alike, findings=(_rare(found, alike, why),))
    gone = frozenset(everyone[PARTICIPANT].gather(list(chosen.blanked)))
    blank = {id: [owner in gone for owner in table.owners] for id, table in seen.items()}
    coarse = tuple(_coarsened(table, known, chosen, blank[table.id]) for table in tables)
    return Protected(tables=coarse, alike=alike, chosen=chosen, findings=tuple(_findings(known, chosen)))


def alike_wanted(trial: Trial, participants: int, population: int) -> int:
    """How many must be alike: by the threshold, who comes to look, and whom they choose among."""
    risk = trial.risk
    look = comes_to_look(risk.access, participants, risk.catchment)
    allowed = min(1.0, risk.threshold / look.high)
    drawn = RECIPIENTS[risk.access].bound and population >= participants > 0
    return least_alike(allowed, participants / population if drawn else None)


def _at_declared_levels(table: CleanTable, known: Sequence[KnownColumn]) -> CleanTable:
    """The trial may declare columns coarser than they came."""
    mine = [column for column in known if column.level]
    return _at_levels(table, mine, {column.key: column.level for column in mine}, [False] * len(table.rows))


def _coarsened(table: CleanTable, known: Sequence[KnownColumn], chosen: Coarsened, blank: Sequence[bool]) -> CleanTable:
    """One table as chosen; rows of participants who are blanked lose all that people may know."""
    return _at_levels(table, known, chosen.levels, blank)


def _at_levels(
    table: CleanTable, known: Sequence[KnownColumn], at_level: Mapping[str, int], blank: Sequence[bool]
) -> CleanTable:
    mine = {column.name: column for column in known if column.table == table.id and column.name in table.columns}
    columns = [[row[at] for row in table.rows] for at in range(len(table.columns))]
    changes = Counter(table.changes)
    for name, column in mine.items():
        at = table.columns.index(name)
        before = columns[at]
        columns[at] = _written(before, blank, column, at_level[column.key])
        changed = sum(old != new for old, new in zip(before, columns[at], strict=True))
        changes.update({(name, "table.coarsened"): changed} if changed else {})
    levels = {name: column.hierarchy.names[at_level[column.key]] for name, column in mine.items()}
    return replace(
        table,
        rows=tuple(zip(*columns, strict=True)),
        dictionary=tuple(_described(column, levels) for column in table.dictionary),
        changes=dict(changes),
    )


def _written(cells: Sequence[str], blank: Sequence[bool], column: KnownColumn, level: int) -> list[str]:
    """Cells at a level; words for "missing" stay, as long as the column says anything."""
    coarse = column.hierarchy.at(pl.Series(cells, dtype=pl.String), level).to_list()
    last = level and level == column.hierarchy.height
    stays = [not last and cell.strip().upper() in MISSING for cell in cells]
    return [
        "" if gone else cell if stay else text or ""
        for cell, text, gone, stay in zip(cells, coarse, blank, stays, strict=True)
    ]


def _described(column: Mapping[str, object], levels: Mapping[str, str]) -> Mapping[str, object]:
    level = levels.get(str(column["name"]), "as it is")
    return column if level == "as it is" else {**column, "coarsened": level}


def _findings(known: Sequence[KnownColumn], chosen: Coarsened) -> Iterator[Finding]:
    for column in known:
        level = chosen.levels[column.key]
        if level:
            written = column.hierarchy.names[level]
            says = f"is released as: {written}; {chosen.lost[column.key]:.0%} of what tells its values apart is lost"
            do = "`coarser`, `widths` and `groups` of the column say how; a stricter access keeps more"
            yield _finding("risk.table-coarsened", f"table/{column.key}", says, do)
    if chosen.blanked:
        says = f"{len(chosen.blanked)} participants are so rare that nothing that people may know of them is released"
        yield _finding("risk.table-blanked", PLACE, says, "`blanked` of [risk] says how many may be")


def _rare(found: Classes, alike: int, why: str) -> Finding:
    """Why tables single somebody out, group by group of rows, without a value."""
    reasons = "; ".join(group.says for group in why_rare(found, alike)[:_REASONS])
    other = "nobody" if found.k == 1 else f"{found.k - 1} others"
    says = f"some participant is like {other} in all tables joined, where {alike} must be alike; {why}; {reasons}"
    return _finding("risk.table", PLACE, says, "declare coarser columns, leave some out, or choose a stricter access")


def _finding(rule: str, place: str, says: str, do: str) -> Finding:
    return Finding(rule=rule, severity=Severity.WARN, place=place, says=says, do=do)
