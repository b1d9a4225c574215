"""Numbers about people: what is small is not told, and cannot be reckoned from what is."""

from __future__ import annotations

from guideit.disclosure import count, counts, share


def test_small_counts_are_not_told_and_none_is() -> None:
    assert [count(n) for n in (0, 1, 4, 5, 600)] == [0, "fewer than 5", "fewer than 5", 5, 600]
    assert count(9, minimum=10) == "fewer than 10"


def test_a_single_small_group_is_not_the_difference() -> None:
    """Whoever knows the total of 51 would know the third."""
    assert counts({"a": 30, "b": 20, "c": 1}) == {"a": 30, "b": "not told", "c": "fewer than 5"}
    assert counts({"a": 30, "b": 20}) == {"a": 30, "b": 20}
    assert counts({"a": 30, "b": 3, "c": 4}) == {"a": 30, "b": "fewer than 5", "c": "fewer than 5"}
    assert counts({"a": 3}) == {"a": "fewer than 5"}
    assert counts({}) == {}


def test_shares_of_few_or_of_all_but_few() -> None:
    assert share(50, 200) == 0.25
    assert share(0, 200) == 0.0
    assert share(200, 200) == 1.0
    assert share(2, 200) == "fewer than 5 of 200"
    assert share(198, 200) == "all but fewer than 5 of 200"
    assert share(0, 0) == 0.0
