"""Beside pycanon, the best-known library: the same where nothing is missing, and why not where something is."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guideit.deid.risk.classes import classes
from guideit.deid.risk.diversity import diversity

anonymity: Any = pytest.importorskip(
    "pycanon.anonymity", reason="pip install --no-deps pycanon (it pins a package that others need newer)"
)
pandas: Any = pytest.importorskip("pandas", reason="pip install pandas")
QUASI = ["age", "site"]
VALUE = st.sampled_from(["a", "b", "c"])
ROWS = st.lists(st.tuples(VALUE, VALUE, VALUE), min_size=2, max_size=20)


def both(rows: list[tuple[str | None, ...]]) -> tuple[Any, pl.DataFrame]:
    columns = [*QUASI, "response"]
    theirs = pandas.DataFrame(rows, columns=columns)
    return theirs, pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(ROWS)
def test_nothing_missing_is_the_same(rows: list[tuple[str | None, ...]]) -> None:
    """Its entropy is cut to a whole number, and so may be one less: exp(log(2)) is a hair below 2."""
    theirs, ours = both(rows)
    found = classes(ours, QUASI)
    told = diversity(found, ours["response"])
    assert found.k == anonymity.k_anonymity(theirs, QUASI)
    assert told.distinct == anonymity.l_diversity(theirs, QUASI, ["response"])
    entropy = anonymity.entropy_l_diversity(theirs, QUASI, ["response"])
    assert entropy in {math.floor(told.entropy - 1e-9), math.floor(told.entropy + 1e-9)}
    assert told.closeness == pytest.approx(anonymity.t_closeness(theirs, QUASI, ["response"]), abs=1e-9)


def test_who_misses_the_only_quasi_identifier_is_left_out_there_and_counted_here() -> None:
    """pandas' groups have no missing keys: its k is of those who miss nothing, twice as safe as it is."""
    theirs, ours = both([("a", "x", "1"), ("a", "x", "2"), (None, "x", "1")])
    assert anonymity.k_anonymity(theirs, ["age"]) == 2
    assert classes(ours, ["age"]).k == 1


def test_a_missing_outcome_gives_nothing_away_here() -> None:
    """There it cannot be compared with a text, and the measure ends in an error."""
    theirs, ours = both([("a", "x", "1"), ("a", "x", None)])
    assert diversity(classes(ours, QUASI), ours["response"]).distinct == 1
    with pytest.raises(TypeError):
        anonymity.l_diversity(theirs, QUASI, ["response"])
