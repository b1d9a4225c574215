"""What is learned of somebody whose class is known: l-diversity and t-closeness of a sensitive column.

A missing sensitive value is nothing to learn: it counts neither for nor against, and a class in which all are missing
gives nothing away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guideit.deid.risk.classes import Classes, Codes, coded

Shares = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Diversity:
    """Of the class that tells most.

    Attributes:
        distinct: Least number of different values in a class.
        entropy: exp of the least entropy of a class (Machanavajjhala 2007): that many values, were they even.
        closeness: Largest distance of a class's distribution from the whole table's (Li 2007), 0 to 1.
    """

    distinct: int
    entropy: float
    closeness: float


def diversity(found: Classes, sensitive: pl.Series, *, ordered: bool = False) -> Diversity:
    """How much classes tell of a sensitive column.

    Args:
        found: Classes of the records.
        sensitive: One value for each record; null and the empty text are missing.
        ordered: Whether values have an order: then being off by one rank is less than being off by ten (earth
            mover's distance over ranks), else any two values are equally far.
    """
    counted = _counted(found, sensitive)
    if not len(counted.totals):
        return Diversity(distinct=0, entropy=0.0, closeness=0.0)
    distances = _over_ranks(counted) if ordered else _any_two(counted)
    return Diversity(
        distinct=int(np.bincount(counted.of).min()),
        entropy=math.exp(_entropies(counted).min()),
        closeness=float(distances.max()),
    )


def recursive_diversity(found: Classes, sensitive: pl.Series, c: float, values: int) -> bool:
    """Whether every class is recursively (c, l)-diverse, l being `values` (Machanavajjhala 2007).

    The most frequent value is rarer than c times all but the l - 1 most frequent ones together.
    """
    counted = _counted(found, sensitive)
    if not len(counted.totals):
        return True
    order = np.lexsort((-counted.counts, counted.of))
    of, counts = counted.of[order], counted.counts[order]
    rank = np.arange(len(of)) - np.searchsorted(of, of)
    rest = np.bincount(of, weights=counts * (rank >= values - 1), minlength=len(counted.totals))
    return bool((counts[rank == 0] < c * rest).all())


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """How often each value stands in each class that has any; by class, then by value.

    Attributes:
        of, value, counts: Class from 0, value from 0, how often.
        totals: Of each class. whole: The share of each value in the table.
    """

    of: Codes = field(repr=False)
    value: Codes = field(repr=False)
    counts: Codes = field(repr=False)
    totals: Codes = field(repr=False)
    whole: Shares = field(repr=False)

    @property
    def shares(self) -> Shares:
        return np.asarray(self.counts / self.totals[self.of])


def _counted(found: Classes, sensitive: pl.Series) -> _Counted:
    codes = coded(sensitive)
    known = codes >= 0
    _, codes = np.unique(codes[known], return_inverse=True)
    width = int(codes.max(initial=0)) + 1
    pairs, counts = np.unique(found.of[known] * width + codes, return_counts=True)
    _, of = np.unique(pairs // width, return_inverse=True)
    whole = np.bincount(codes, minlength=width) / max(1, len(codes))
    totals = np.bincount(of, weights=counts).astype(np.int64) if len(of) else np.zeros(0, dtype=np.int64)
    return _Counted(of=of, value=pairs % width, counts=counts, totals=totals, whole=whole)


def _entropies(counted: _Counted) -> Shares:
    shares = counted.shares
    return np.asarray(np.bincount(counted.of, weights=-shares * np.log(shares)), dtype=np.float64)


def _any_two(counted: _Counted) -> Shares:
    """Half of what the distributions differ by, values that a class lacks among it."""
    expected = counted.whole[counted.value]
    present = np.bincount(counted.of, weights=np.abs(counted.shares - expected))
    lacking = 1 - np.bincount(counted.of, weights=expected)
    return np.asarray((present + lacking) / 2)


def _over_ranks(counted: _Counted) -> Shares:
    """Sum over ranks of how far the cumulative distributions are apart, by the number of steps.

    A class's is a stair of few steps; between two of them the table's rises through it once at most.
    """
    ranks = len(counted.whole)
    if ranks == 1:
        return np.zeros(len(counted.totals))
    whole = np.minimum(np.cumsum(counted.whole), 1.0)
    sums = np.concatenate([[0.0], np.cumsum(whole)])
    first = np.searchsorted(counted.of, np.arange(len(counted.totals)))
    reached = np.cumsum(counted.counts)
    before = np.concatenate([[0], reached])[first]
    height = (reached - before[counted.of]) / counted.totals[counted.of]
    stop = np.append(counted.value[1:], ranks)
    stop[np.append(first[1:], len(counted.of)) - 1] = ranks
    between = _between(whole, sums, height, counted.value, stop)
    ahead = sums[counted.value[first]]
    return np.asarray((np.bincount(counted.of, weights=between) + ahead) / (ranks - 1))


def _between(whole: Shares, sums: Shares, height: Shares, start: Codes, stop: Codes) -> Shares:
    """Sum of |height - whole| over the ranks from `start` up to `stop`, for each stair."""
    cross = np.clip(np.searchsorted(whole, height), start, stop)
    below = height * (cross - start) - (sums[cross] - sums[start])
    above = (sums[stop] - sums[cross]) - height * (stop - cross)
    return np.asarray(below + above)
