"""Estimates of who is alone in the population, against populations that are known because they are made up."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from guideit.deid.risk.classes import Classes, classes
from guideit.deid.risk.population import population_uniqueness
from guideit.errors import UsageError


def pitman_population(people: int, theta: float, alpha: float, seed: int) -> np.ndarray:
    """People come one after the other; each is like one who is there, or like nobody (the Chinese restaurant)."""
    rng = np.random.default_rng(seed)
    chances, of, sizes = rng.random(people), np.zeros(people, dtype=np.int64), [1]
    for person in range(1, people):
        if chances[person] < (theta + alpha * len(sizes)) / (theta + person):
            of[person] = len(sizes)
            sizes.append(1)
        else:
            while True:  # one who is there, by the size of their class less alpha
                other = of[rng.integers(person)]
                if rng.random() < 1 - alpha / sizes[other]:
                    break
            of[person] = other
            sizes[other] += 1
    return of


def drawn(population: np.ndarray, records: int, seed: int) -> tuple[Classes, float]:
    """A sample's classes, and the share of it that is alone in the population."""
    rng = np.random.default_rng(seed)
    sample = rng.choice(population, records, replace=False)
    sizes = np.bincount(population)
    table = pl.DataFrame({"what": [str(value) for value in sample]})
    return classes(table, ["what"]), float((sizes[sample] == 1).mean())


@pytest.mark.parametrize(("theta", "alpha"), [(30.0, 0.3), (200.0, 0.5), (50.0, 0.7)])
def test_a_small_sample_of_a_population_with_many_rare_people(theta: float, alpha: float) -> None:
    """Within a third of the truth on the mean of six samples of one in twenty."""
    truths, estimates = [], []
    for seed in range(6):
        found, truth = drawn(pitman_population(12_000, theta, alpha, seed), 600, seed)
        estimate = population_uniqueness(found, 12_000)
        assert estimate.method == "pitman"
        truths.append(truth)
        estimates.append(estimate.share)
    assert np.mean(estimates) == pytest.approx(np.mean(truths), rel=0.34)


def test_half_of_a_population() -> None:
    """A large share: the sizes of the data's classes are the population's, about."""
    truths, estimates = [], []
    for seed in range(6):
        found, truth = drawn(pitman_population(6_000, 100.0, 0.4, seed), 3_000, seed)
        estimate = population_uniqueness(found, 6_000)
        assert estimate.method == "zayatz"
        truths.append(truth)
        estimates.append(estimate.share)
    assert np.mean(estimates) == pytest.approx(np.mean(truths), rel=0.34)


def test_everybody_is_the_population() -> None:
    """Who is alone among all is alone."""
    found = classes(pl.DataFrame({"age": ["1", "1", "2", "3"]}), ["age"])
    assert population_uniqueness(found, 4).share == pytest.approx(0.5)


def test_nobody_alone_is_nobody_alone_in_the_population() -> None:
    found = classes(pl.DataFrame({"age": ["1", "1", "2", "2"]}), ["age"])
    assert population_uniqueness(found, 100).share == 0.0


def test_all_alone_leaves_zayatz() -> None:
    """No class has two: nothing tells how rare they are, and the estimate is the worst there is."""
    found = classes(pl.DataFrame({"age": [str(n) for n in range(50)]}), ["age"])
    estimate = population_uniqueness(found, 1_000)
    assert (estimate.method, estimate.pitman, estimate.share) == ("zayatz", None, 1.0)


def test_a_population_smaller_than_the_data_is_refused() -> None:
    with pytest.raises(UsageError, match="smaller than the data"):
        population_uniqueness(classes(pl.DataFrame({"age": ["1", "2"]}), ["age"]), 1)
