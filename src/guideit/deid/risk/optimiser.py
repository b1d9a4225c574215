"""The least coarsening after which nobody is alone: each column at one level of its hierarchy, few records blanked.

Full-domain generalisation with record suppression (Samarati 2001, El Emam et al. 2009). What is lost is measured for
each column as the share of other values that a coarser one no longer tells apart (Iyengar 2002), a blanked record
losing all; coarser is never less, which bounds the search: a choice that loses more than the best known, before
blanking, cannot win, nor can anything coarser.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guideit.deid.risk.classes import Codes, coded, numbered
from guideit.deid.risk.hierarchies import Hierarchy
from guideit.errors import Refused

Levels = tuple[int, ...]
MOST_LOOKS = 1_500
"""Choices looked at before the best so far is taken; a number, not a time, so that results repeat."""
_MOST_STEPS = 6 * MOST_LOOKS
"""Choices passed by before that, those among them that are known to be too fine without a look."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is asked for.

    Attributes:
        k: Least number of records that are alike.
        blanked: Largest share of records all of whose quasi-identifiers may be blanked.
    """

    k: int
    blanked: float = 0.05

    @staticmethod
    def of_risk(threshold: float, blanked: float = 0.05) -> Aim:
        """The aim that keeps every record's probability of being named at or below a threshold."""
        return Aim(k=ceil(1 / threshold), blanked=blanked)


@dataclass(frozen=True, kw_only=True)
class Coarsened:
    """What was chosen.

    Attributes:
        levels: The level of each column.
        lost: What each column loses, 0 (nothing) to 1 (all), over the records that are not blanked.
        blanked: Records all of whose quasi-identifiers are blanked.
        loss: Mean over records and columns, blanked ones losing all.
        looks: Choices looked at. proved: Whether no other choice loses less.
    """

    levels: Mapping[str, int]
    lost: Mapping[str, float]
    blanked: tuple[int, ...] = field(repr=False)
    loss: float
    looks: int
    proved: bool


def coarsen(table: pl.DataFrame, hierarchies: Mapping[str, Hierarchy], aim: Aim) -> Coarsened:
    """Choose levels and records to blank.

    Args:
        table: One row for each participant; columns without a hierarchy are left alone.
        hierarchies: Of the quasi-identifiers, by column.
        aim: What must hold afterwards.

    Raises:
        Refused: There are fewer records than must be alike.
    """
    if 0 < table.height < aim.k:
        raise Refused(f"{table.height} records cannot be {aim.k} alike", do="ask for less, or release no table")
    search = _Search(_Columns(table, hierarchies), aim)
    best = search.best()
    blanked = search.blanked(best)
    lost = search.columns.lost(best)
    return Coarsened(
        levels=dict(zip(hierarchies, best, strict=True)),
        lost=dict(zip(hierarchies, lost, strict=True)),
        blanked=tuple(int(record) for record in np.flatnonzero(blanked)),
        loss=search.loss(best),
        looks=search.looks,
        proved=search.proved,
    )


def apply(table: pl.DataFrame, hierarchies: Mapping[str, Hierarchy], chosen: Coarsened) -> pl.DataFrame:
    """The table as chosen: columns at their levels, blanked records without any quasi-identifier."""
    blank = pl.Series(np.isin(np.arange(table.height), np.array(chosen.blanked, dtype=np.int64)))
    columns = [
        hierarchy.at(table[name], chosen.levels[name]).to_frame().select(pl.when(~blank).then(pl.col(name)).alias(name))
        for name, hierarchy in hierarchies.items()
    ]
    return table.with_columns(column.to_series() for column in columns)


class _Columns:
    """Every column at every level, as codes, and what each level loses for each record."""

    def __init__(self, table: pl.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> None:
        self.records = table.height
        self.heights: Levels = tuple(hierarchy.height for hierarchy in hierarchies.values())
        self._codes: list[list[Codes]] = []
        self._loss: list[list[NDArray[np.float64]]] = []
        for name, hierarchy in hierarchies.items():
            finest = coded(hierarchy.at(table[name], 0))
            codes = [coded(hierarchy.at(table[name], level)) for level in range(hierarchy.height + 1)]
            self._codes.append(codes)
            self._loss.append([lost_by_each(finest, coarse) for coarse in codes])
        self._means = [[float(loss.mean()) if self.records else 0.0 for loss in column] for column in self._loss]

    def keys(self, levels: Levels) -> Codes:
        """Codes of all columns at their levels."""
        chosen = [column[level] for column, level in zip(self._codes, levels, strict=True)]
        return np.column_stack(chosen) if chosen else np.zeros((self.records, 0), dtype=np.int64)

    def lost(self, levels: Levels) -> list[float]:
        """Mean loss of each column."""
        return [column[level] for column, level in zip(self._means, levels, strict=True)]

    def of_each(self, levels: Levels) -> NDArray[np.float64]:
        """Mean loss of each record over the columns."""
        total = np.zeros(self.records)
        for column, level in zip(self._loss, levels, strict=True):
            total += column[level]
        return total / max(1, len(self._loss))


def lost_by_each(finest: Codes, coarse: Codes) -> NDArray[np.float64]:
    """For each record the share of the other values that its coarser one no longer tells apart; a missing value loses
    nothing, one that says nothing any more loses all."""
    values = int(finest.max(initial=-1)) + 1
    if values <= 1:
        return ((coarse < 0) & (finest >= 0)).astype(np.float64)
    group = np.full(values, -1, dtype=np.int64)
    group[finest[finest >= 0]] = coarse[finest >= 0]
    sizes = np.bincount(group[group >= 0], minlength=int(group.max(initial=0)) + 1)
    lost = np.where(group < 0, 1.0, (sizes[np.maximum(group, 0)] - 1) / (values - 1))
    return np.asarray(np.where(finest < 0, 0.0, lost[np.maximum(finest, 0)]))


class _Search:
    """Looks at choices of levels: first straight down from the coarsest, then by what each loses at least."""

    def __init__(self, columns: _Columns, aim: Aim) -> None:
        self.columns = columns
        self.looks = 0
        self.proved = False
        self._aim = aim
        self._seen: dict[Levels, float | None] = {}
        self._fine: list[Levels] = []
        self._most = aim.blanked * columns.records

    def best(self) -> Levels:
        """The levels that lose least of those looked at."""
        best = min(self._ends(), key=self.loss)
        found = self.loss(best)
        bottom = tuple(0 for _ in best)
        waiting, met = [(self._least(bottom), bottom)], {bottom}
        least, steps = 0.0, 0
        while waiting and self.looks < MOST_LOOKS and steps < _MOST_STEPS:
            steps += 1
            least, levels = heapq.heappop(waiting)
            if least >= found:
                break
            loss = None if self._too_fine(levels) else self._look(levels)
            if loss is not None and loss < found:
                best, found = levels, loss
            for coarser in self._steps(levels, 1):
                if coarser not in met and self._least(coarser) < found:
                    met.add(coarser)
                    heapq.heappush(waiting, (self._least(coarser), coarser))
        self.proved = not waiting or least >= found
        return best

    def _ends(self) -> Iterator[Levels]:
        """Where going down from the coarsest ends: by least loss, and with each column kept as fine as can be."""
        top = self.columns.heights
        yield self._downwards(top)
        for column in range(len(top)):
            if self.looks >= MOST_LOOKS:
                return
            levels = top
            while levels[column] and self._look(finer := _lower(levels, column)) is not None:
                levels = finer
            yield self._downwards(levels)

    def loss(self, levels: Levels) -> float:
        """What levels lose; they must be allowed."""
        found = self._look(levels)
        if found is None:
            raise Refused("the coarsest table is not coarse enough", do="ask for less, or let more records be blanked")
        return found

    def blanked(self, levels: Levels) -> NDArray[np.bool_]:
        """Which records are blanked: those in small classes, and more where these few would be few themselves."""
        of, sizes = numbered(self.columns.keys(levels))
        small = sizes < self._aim.k
        if sizes[small].sum() > self._most and not self._too_fine(levels):
            self._fine = [other for other in self._fine if not _finer(other, levels)] + [levels]
        while 0 < sizes[small].sum() < self._aim.k and not small.all():
            rest = np.flatnonzero(~small)
            small[rest[np.argmin(sizes[rest])]] = True
        return np.asarray(small[of])

    def _look(self, levels: Levels) -> float | None:
        """What a choice loses; None where it blanks too many."""
        if levels not in self._seen:
            self.looks += 1
            blanked = self.blanked(levels)
            each = np.where(blanked, 1.0, self.columns.of_each(levels))
            loss = float(each.mean()) if len(each) else 0.0
            self._seen[levels] = loss if blanked.sum() <= self._most else None
        return self._seen[levels]

    def _too_fine(self, levels: Levels) -> bool:
        """Whether a coarser choice has too many records in small classes already: then this one has."""
        return any(_finer(levels, other) for other in self._fine)

    def _least(self, levels: Levels) -> float:
        """What a choice loses at least: as much as it does before anything is blanked."""
        lost = self.columns.lost(levels)
        return sum(lost) / max(1, len(lost))

    def _downwards(self, levels: Levels) -> Levels:
        """From an allowed choice to the one below it that loses least, as long as there is one."""
        while True:
            allowed = [(loss, finer) for finer in self._steps(levels, -1) if (loss := self._look(finer)) is not None]
            if not allowed:
                return levels
            levels = min(allowed)[1]

    def _steps(self, levels: Sequence[int], by: int) -> Iterator[Levels]:
        for column, (level, height) in enumerate(zip(levels, self.columns.heights, strict=True)):
            if 0 <= level + by <= height:
                yield (*levels[:column], level + by, *levels[column + 1 :])


def _lower(levels: Levels, column: int) -> Levels:
    return (*levels[:column], levels[column] - 1, *levels[column + 1 :])


def _finer(levels: Levels, other: Levels) -> bool:
    """Whether no column is coarser in `levels`."""
    return all(one <= two for one, two in zip(levels, other, strict=True))
