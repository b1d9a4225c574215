"""Risk measures against a plain computation, written differently, on thousands of small tables."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guideit.deid.risk.classes import classes, one_row_each
from guideit.deid.risk.diversity import diversity, recursive_diversity
from guideit.deid.risk.reidentification import (
    journalist,
    marketer,
    population_sizes,
    presence,
    prosecutor,
    uniqueness,
)
from guideit.errors import UsageError
from guideit.trial.risk import EMA_THRESHOLD

MANY = settings(max_examples=700, derandomize=True, deadline=None, database=None)
Value = str | None
Row = tuple[Value, ...]
QUASI = ["sex", "age", "site"]


def rows(most: int = 14) -> st.SearchStrategy[list[Row]]:
    value = st.sampled_from(["a", "b", "c", None, ""])
    return st.lists(st.tuples(value, value, st.sampled_from(["x", "y", None])), min_size=1, max_size=most)


def table(given_rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(given_rows), schema=dict.fromkeys(QUASI, pl.String), orient="row")


def plain(row: Row) -> Row:
    return tuple(value or None for value in row)


def agree(one: Row, other: Row) -> bool:
    return all(a == b or a is None or b is None for a, b in zip(plain(one), plain(other), strict=True))


@MANY
@given(rows())
def test_classes_and_candidates(given_rows: list[Row]) -> None:
    found = classes(table(given_rows), QUASI)
    sizes = Counter(map(plain, given_rows))
    assert found.size_of_each.tolist() == [sizes[plain(row)] for row in given_rows]
    assert found.k == min(sizes.values())
    assert found.candidates().tolist() == [sum(agree(row, other) for other in given_rows) for row in given_rows]


@MANY
@given(rows())
def test_an_attacker_who_does_not_know_what_is_missing_sees_larger_classes(given_rows: list[Row]) -> None:
    """So `k` is the safe one of the two."""
    found = classes(table(given_rows), QUASI)
    assert (found.candidates() >= found.size_of_each).all()


@MANY
@given(rows(), st.floats(0.05, 1.0))
def test_the_three_attackers(given_rows: list[Row], threshold: float) -> None:
    found = classes(table(given_rows), QUASI)
    sizes = Counter(map(plain, given_rows))
    each = [1 / sizes[plain(row)] for row in given_rows]
    risk = prosecutor(found, threshold)
    assert risk.highest == max(each)
    assert math.isclose(risk.mean, len(sizes) / len(given_rows))
    assert risk.above == sum(e > threshold for e in each) / len(each)
    assert risk.holds == (max(each) <= threshold)
    assert math.isclose(marketer(found).mean, len(sizes) / len(given_rows))
    assert uniqueness(found).share == sum(e == 1 for e in each) / len(each)


@MANY
@given(rows(8), rows(8))
def test_a_named_population(given_rows: list[Row], others: list[Row]) -> None:
    """Who is in the data is in the population too; others are like some of them."""
    people = [*given_rows, *others]
    here, there = Counter(map(plain, given_rows)), Counter(map(plain, people))
    found = classes(table(given_rows), QUASI)
    sizes = population_sizes(table(given_rows), table(people), QUASI)
    assert sizes.tolist() == [there[plain(row)] for row in given_rows]
    assert journalist(found, sizes).highest == max(1 / there[plain(row)] for row in given_rows)
    assert journalist(found, sizes).highest <= prosecutor(found).highest
    shares = [here[key] / there[key] for key in here]
    assert presence(found, sizes) == (min(shares), max(shares))


def test_a_population_without_the_participants_is_refused() -> None:
    """It would make risks look smaller or larger than they are, nobody knows which."""
    with pytest.raises(UsageError, match="does not hold everybody"):
        population_sizes(table([("a", "b", "x")]), table([("a", "c", "x")]), QUASI)


def _of_each_class(given_rows: Sequence[Row], sensitive: Sequence[Value]) -> list[Counter[str]]:
    groups: dict[Row, Counter[str]] = defaultdict(Counter)
    for row, value in zip(given_rows, sensitive, strict=True):
        if value:
            groups[plain(row)][value] += 1
    return list(groups.values())


def _moved(one: Counter[str], whole: Counter[str], ordered: bool) -> float:
    values = sorted(whole)
    off = [one[v] / one.total() - whole[v] / whole.total() for v in values]
    if not ordered:
        return sum(map(abs, off)) / 2
    return sum(abs(sum(off[: n + 1])) for n in range(len(off))) / max(1, len(off) - 1)


@MANY
@given(rows(), st.data(), st.booleans())
def test_what_a_class_gives_away(given_rows: list[Row], data: st.DataObject, ordered: bool) -> None:
    value = st.sampled_from(["1", "2", "3", "4", None, ""])
    sensitive = data.draw(st.lists(value, min_size=len(given_rows), max_size=len(given_rows)))
    found = classes(table(given_rows), QUASI)
    told = diversity(found, pl.Series(sensitive, dtype=pl.String), ordered=ordered)
    groups = _of_each_class(given_rows, sensitive)
    whole = sum(groups, Counter[str]())
    if not groups:
        assert (told.distinct, told.entropy, told.closeness) == (0, 0.0, 0.0)
        return
    entropies = [-sum(n / g.total() * math.log(n / g.total()) for n in g.values()) for g in groups]
    assert told.distinct == min(len(g) for g in groups)
    assert math.isclose(told.entropy, math.exp(min(entropies)), rel_tol=1e-9)
    assert math.isclose(told.closeness, max(_moved(g, whole, ordered) for g in groups), abs_tol=1e-9)
    for c, values in ((0.5, 2), (1.0, 2), (2.0, 3), (3.0, 1)):
        ranked = [sorted(g.values(), reverse=True) for g in groups]
        expected = all(r[0] < c * sum(r[values - 1 :]) for r in ranked)
        assert recursive_diversity(found, pl.Series(sensitive, dtype=pl.String), c, values) == expected


def test_a_row_with_a_missing_value_is_not_left_out() -> None:
    """Left out, the table would look 2-anonymous; who misses the value is alone."""
    given_rows: list[Row] = [("f", "60", "x"), ("f", "60", "x"), ("f", None, "x")]
    found = classes(table(given_rows), QUASI)
    assert found.k == 1
    assert found.candidates().tolist() == [3, 3, 3]
    assert prosecutor(found).highest == 1.0


def test_a_participant_with_many_rows_is_one_record() -> None:
    """Who knows all visits of a person knows more than who knows one."""
    visits = pl.DataFrame(
        {
            "id": ["p", "p", "q", "q", "r"],
            "site": ["A", "A", "A", "A", "A"],
            "ecog": ["0", "1", "1", "0", "0"],
        }
    )
    each = one_row_each(visits, "id", ["site", "ecog"])
    assert each.height == 3
    assert classes(visits, ["site", "ecog"]).k == 2
    found = classes(each, ["site", "ecog"])
    assert found.k == 1
    assert sorted(found.size_of_each.tolist()) == [1, 2, 2]


def test_nobody_is_at_no_risk() -> None:
    found = classes(table([]), QUASI)
    assert (found.k, prosecutor(found).highest, uniqueness(found).share) == (0, 0.0, 0.0)
    assert prosecutor(found).threshold == EMA_THRESHOLD


def test_no_quasi_identifier_makes_all_alike() -> None:
    assert classes(table([("a", "b", "x")] * 7), []).k == 7


def test_many_columns_of_many_values_do_not_run_over() -> None:
    """Twelve columns of ten thousand values have more combinations than a number of 64 bits."""
    wide = pl.DataFrame({f"c{n}": [f"{(i * (n + 7)) % 9973}" for i in range(10_000)] for n in range(12)})
    found = classes(wide, wide.columns)
    assert found.size_of_each.sum() == sum(n * n for n in Counter(wide.rows()).values())
