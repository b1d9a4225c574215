"""Why records are rare is said in columns and counts."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from guideit.deid.risk.classes import classes
from guideit.deid.risk.explain import why_rare

COLUMNS = ["age", "site", "device"]
ROWS = st.lists(st.tuples(*[st.sampled_from("abc")] * 3), min_size=1, max_size=20)


def test_a_rare_device_is_named_and_its_name_is_not() -> None:
    table = pl.DataFrame({"age": ["60"] * 9, "site": ["A"] * 9, "device": ["common"] * 8 + ["SECRET-1"]})
    (rare,) = why_rare(classes(table, COLUMNS), k=3)
    assert (rare.columns, rare.records, rare.classes, rare.smallest) == (("device",), 1, 1, 1)
    assert rare.says == "1 record is rare by device"
    assert "SECRET" not in repr(rare)


def test_what_only_several_columns_make_rare_is_said_so() -> None:
    table = pl.DataFrame({"age": list("aabb"), "site": list("xxyy"), "device": ["d"] * 4})
    (rare,) = why_rare(classes(table, COLUMNS), k=3)
    assert (rare.columns, rare.records, rare.classes) == ((), 4, 2)
    assert "several columns together" in rare.says


def test_nobody_rare_is_nothing_to_explain() -> None:
    assert why_rare(classes(pl.DataFrame({"age": ["60"] * 5}), ["age"]), k=5) == ()


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(ROWS, st.integers(2, 5))
def test_every_rare_record_is_in_one_group(rows: list[tuple[str, str, str]], k: int) -> None:
    """And each named column, left out, makes all of its group common enough."""
    table = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    found = classes(table, COLUMNS)
    groups = why_rare(found, k)
    assert sum(group.records for group in groups) == int((found.size_of_each < k).sum())
    assert len({group.columns for group in groups}) == len(groups)
    small = found.size_of_each < k
    for column in COLUMNS:
        common = classes(table, [c for c in COLUMNS if c != column]).size_of_each >= k
        named = sum(group.records for group in groups if column in group.columns)
        assert named == int((small & common).sum())
