"""How many who are alone in the data are alone in the population too: estimated, with what is assumed.

No estimator sees the population. Two are given, since they err differently:

- *Zayatz* (1991) takes the classes of the population to be sized as those of the data, and asks how probable it is
  that a class of each size leaves one in a sample of this size. Holds up for large sampling fractions.
- *Pitman* (Pitman 1996, Hoshino 2001) takes the data for a sample of the two-parameter Pitman distribution, which
  fits populations with many rare classes. Its parameters are found by greatest likelihood; for small fractions.

The one taken is Pitman up to a tenth of the population where it can be fitted, else Zayatz, after Dankar et al. (2012).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np

from guideit.deid.risk.classes import Classes, Codes
from guideit.errors import UsageError

SMALL_FRACTION = 0.1
_EDGE = 1e-4
_GOLDEN = (5**0.5 - 1) / 2
_SECTIONS = 40


@dataclass(frozen=True, kw_only=True)
class PopulationUniqueness:
    """Records that are alone in the population.

    Attributes:
        share: Of the records; the estimate that is taken.
        method: `pitman` or `zayatz`; `none` where no record is alone in the data.
        zayatz, pitman: Both estimates; None where one cannot be had.
        fraction: Records by size of the population.
    """

    share: float
    method: str
    zayatz: float
    pitman: float | None
    fraction: float


def population_uniqueness(found: Classes, population: int) -> PopulationUniqueness:
    """Estimate for data that are a simple random sample.

    Args:
        found: Classes of the records.
        population: How many people the sample was taken from.

    Raises:
        UsageError: The population is smaller than the data.
    """
    if population < max(1, found.records):
        raise UsageError("the population is smaller than the data", do="say how many people the participants are from")
    fraction = found.records / population
    ones = int((found.sizes == 1).sum())
    if not ones:
        return PopulationUniqueness(share=0.0, method="none", zayatz=0.0, pitman=0.0, fraction=fraction)
    zayatz = _zayatz(found.sizes, population) * ones / found.records
    pitman = _pitman(found.sizes, population)
    estimate = None if pitman is None else min(pitman * fraction, ones) / found.records
    small = fraction <= SMALL_FRACTION and estimate is not None
    share = estimate if small and estimate is not None else zayatz
    method = "pitman" if small else "zayatz"
    return PopulationUniqueness(share=share, method=method, zayatz=zayatz, pitman=estimate, fraction=fraction)


def _zayatz(sizes: Codes, population: int) -> float:
    """The probability that one alone in the sample is alone in the population."""
    records = int(sizes.sum())
    size, count = np.unique(sizes, return_counts=True)
    weights = count / count.sum()
    alone = np.array([_leaves_one(int(s), records, population) for s in size])
    return float((weights * alone)[size == 1].sum() / (weights * alone).sum())


def _leaves_one(size: int, records: int, population: int) -> float:
    """The hypergeometric probability that one of a class of `size` is among `records` of `population`."""
    if size - 1 > population - records:
        return 0.0
    logs = log(size) + _choose(population - size, records - 1) - _choose(population, records)
    return exp(logs)


def _choose(total: int, some: int) -> float:
    return lgamma(total + 1) - lgamma(some + 1) - lgamma(total - some + 1)


def _pitman(sizes: Codes, population: int) -> float | None:
    """How many of the population are alone; None where the distribution cannot be fitted.

    By exchangeability each of N is alone with the probability that none of the N - 1 who come after joins them.
    """
    fitted = _fitted(sizes)
    if fitted is None:
        return None
    theta, alpha = fitted
    logs = (
        lgamma(theta + 1) - lgamma(theta + alpha) + lgamma(theta + alpha + population - 1) - lgamma(theta + population)
    )
    return population * exp(logs)


def _fitted(sizes: Codes) -> tuple[float, float] | None:
    """Theta and alpha of greatest likelihood; None where it is at the edge, where the distribution is another one."""
    if len(sizes) < 3 or int(sizes.max()) == 1:
        return None  # nobody is like anybody: any population fits
    size, count = np.unique(sizes, return_counts=True)
    pairs = [(int(s), int(c)) for s, c in zip(size, count, strict=True)]

    def best(alpha: float) -> tuple[float, float]:
        return _highest(lambda logs: _likelihood(pairs, exp(logs), alpha), -7.0, 25.0)

    alpha, _ = _highest(lambda a: best(a)[1], _EDGE, 1 - _EDGE)
    theta = exp(best(alpha)[0])
    return (theta, alpha) if 10 * _EDGE < alpha < 1 - 10 * _EDGE else None


def _likelihood(pairs: list[tuple[int, int]], theta: float, alpha: float) -> float:
    """Log of the probability of these class sizes (Hoshino 2001), without what does not depend on the parameters."""
    classes = sum(count for _, count in pairs)
    records = sum(size * count for size, count in pairs)
    started = (classes - 1) * log(alpha) + lgamma(theta / alpha + classes) - lgamma(theta / alpha + 1)
    came = lgamma(theta + records) - lgamma(theta + 1)
    joined = sum(count * (lgamma(size - alpha) - lgamma(1 - alpha)) for size, count in pairs)
    return started - came + joined


def _highest(value: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where a function with one hill is highest, and how high, by golden sections."""
    for _ in range(_SECTIONS):
        left, right = high - (high - low) * _GOLDEN, low + (high - low) * _GOLDEN
        if value(left) < value(right):
            low = left
        else:
            high = right
    at = (low + high) / 2
    return at, value(at)
