"""The probability that a record is given its name, under three attackers (El Emam and Dankar 2008; EMA/90915/2016).

- *prosecutor*: knows that a person is in the data. Their record is one of its class: 1 / class size.
- *journalist*: wants anybody; knows a population that the data are from. 1 / size of the class in the population.
- *marketer*: wants as many as possible; the share of records that such an attacker names rightly on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guideit.deid.risk.classes import Classes, Codes, classes
from guideit.errors import UsageError
from guideit.trial.risk import EMA_THRESHOLD


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What an attacker succeeds with.

    Attributes:
        attacker: `prosecutor`, `journalist` or `marketer`.
        highest: The largest probability of any record; of a marketer the same as `mean`.
        mean: Over all records.
        above: The share of records above the threshold.
        threshold: The bound that was asked for.
    """

    attacker: str
    highest: float
    mean: float
    above: float
    threshold: float

    @property
    def holds(self) -> bool:
        """Whether no record is above the threshold."""
        return self.highest <= self.threshold


@dataclass(frozen=True, kw_only=True)
class Uniqueness:
    """Records that are like no other.

    Attributes:
        share: Of records alone in their class, missing as a value.
        share_unknown: Of records that are told from every other even where missing values are unknown.
    """

    share: float
    share_unknown: float


def prosecutor(found: Classes, threshold: float = EMA_THRESHOLD) -> Risk:
    """Against one who knows that their target is in the data; missing as a value."""
    return _risk("prosecutor", found.size_of_each, threshold)


def journalist(found: Classes, population: Codes, threshold: float = EMA_THRESHOLD) -> Risk:
    """Against one who knows the population.

    Args:
        found: Classes of the data.
        population: Size of each record's class in the population, as `population_sizes` has it.
        threshold: Largest probability that is allowed.
    """
    return _risk("journalist", np.maximum(population, found.size_of_each), threshold)


def marketer(found: Classes, population: Codes | None = None, threshold: float = EMA_THRESHOLD) -> Risk:
    """Against one who names everybody; without a population, the data are all there is."""
    sizes = found.size_of_each if population is None else np.maximum(population, found.size_of_each)
    mean = float((1 / sizes).mean()) if len(sizes) else 0.0
    above = float(mean > threshold)
    return Risk(attacker="marketer", highest=mean, mean=mean, above=above, threshold=threshold)


def uniqueness(found: Classes) -> Uniqueness:
    """Records that are like no other."""
    if not found.records:
        return Uniqueness(share=0.0, share_unknown=0.0)
    return Uniqueness(
        share=float((found.size_of_each == 1).mean()),
        share_unknown=float((found.candidates() == 1).mean()),
    )


def population_sizes(table: pl.DataFrame, population: pl.DataFrame, columns: list[str]) -> Codes:
    """How many of a named population share each record's values.

    Args:
        table: One row for each participant.
        population: One row for each person, the participants among them.
        columns: The quasi-identifiers, in both.

    Raises:
        UsageError: A record's class is smaller in the population than in the data: it is another population.
    """
    both = pl.concat([table.select(columns), population.select(columns)], how="vertical_relaxed")
    found = classes(both, columns)
    here = np.bincount(found.of[: table.height], minlength=len(found.sizes))
    there = np.bincount(found.of[table.height :], minlength=len(found.sizes))
    if bool((there < here).any()):
        raise UsageError(
            "the population does not hold everybody in the data",
            why="some combination of values is rarer in it",
            do="give the population that the participants are from, with the same coding",
        )
    return there[found.of[: table.height]].astype(np.int64)


def drawn_from(sizes: Codes, fraction: float) -> NDArray[np.float64]:
    """The probability of naming a record right among those of a population that is only counted, by class size.

    The expectation of 1 / size of the class in the population, given its size here, where the data are a random sample:
    the class's rest is then negative binomial (Benedetti and Franconi 1998; the "individual risk" of mu-Argus).

    Args:
        sizes: Class sizes in the data, from 1.
        fraction: Records by people in the population, above 0.
    """
    distinct, of = np.unique(sizes, return_inverse=True)
    known = np.array([_inverse(int(size), min(fraction, 1.0)) for size in distinct])
    return np.asarray(np.minimum(known, 1 / distinct)[of] if len(distinct) else known)


def _inverse(size: int, fraction: float) -> float:
    """The integral over y from 0 to 1 of p y^(f-1) / (p + (1-p) y), by Gauss and Legendre where y = z^4 is smooth."""
    z, weight = np.polynomial.legendre.leggauss(200)
    z = (z + 1) / 2
    y = z**4
    return float((weight / 2 * 4 * z**3 * fraction * y ** (size - 1) / (fraction + (1 - fraction) * y)).sum())


def least_alike(allowed: float, fraction: float | None = None) -> int:
    """How many must be alike so that the probability of naming one is at most `allowed`; in a population, if given."""
    if fraction is None:
        return ceil(1 / allowed - 1e-9)
    at = 1
    while float(drawn_from(np.array([at]), fraction)[0]) > allowed:
        at += 1
    return at


def presence(found: Classes, population: Codes) -> tuple[float, float]:
    """Delta-presence (Nergiz 2007): the smallest and largest probability that a person of a class is in the data."""
    if not found.records:
        return 0.0, 0.0
    shares = found.size_of_each / population
    return float(shares.min()), float(shares.max())


def _risk(attacker: str, sizes: Codes, threshold: float) -> Risk:
    if not len(sizes):
        return Risk(attacker=attacker, highest=0.0, mean=0.0, above=0.0, threshold=threshold)
    each = 1 / sizes
    return Risk(
        attacker=attacker,
        highest=float(each.max()),
        mean=float(each.mean()),
        above=float((each > threshold).mean()),
        threshold=threshold,
    )
