"""Unit tests of the lines of keys: every way TOML has to write one."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guideit.trial.locate import Path, line_of, lines_of

_TEXT = '''# a comment = 1
[trial]
id = "a"  # not = this
"quoted key" = 1
'literal' = 2
a.b = 3
text = """
[visits]
id = "no key"
"""
raw = \'\'\'
x = 1
\'\'\'

[[visits]]
id = "first"
days = [
  1,  # one
  2, [ 3,
    4 ],
]
[[visits]]
id = "second"
[visits.window]
before = 7
[[visits.notes]]
n = 1
[[visits.notes]]
n = 2
[last]
inline = { x = 1, y = { z = "}" } }
many = [
  { name = "A" },
  { name = "B", role = "wrong" },
]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("trial",), 2),
        (("trial", "id"), 3),
        (("trial", "quoted key"), 4),
        (("trial", "literal"), 5),
        (("trial", "a", "b"), 6),
        (("visits", 0), 15),
        (("visits", 0, "id"), 16),
        (("visits", 0, "days", 1), 19),
        (("visits", 0, "days", 2, 1), 20),
        (("visits", 1, "id"), 23),
        (("visits", 1, "window", "before"), 25),
        (("visits", 1, "notes", 1, "n"), 29),
        (("last", "inline", "y", "z"), 31),
        (("last", "many", 1, "role"), 34),
    ],
)
def test_the_line_of_a_key(path: Path, line: int) -> None:
    assert line_of(_TEXT, path) == line


def test_what_is_missing_has_the_line_of_the_table_around_it() -> None:
    assert line_of(_TEXT, ("visits", 1, "day")) == 22
    assert line_of(_TEXT, ("last", "many", 0, "role")) == 33
    assert line_of(_TEXT, ("nowhere",)) is None


def test_line_ends_of_windows_count_once() -> None:
    assert line_of("a = 1\r\n\r\nb = 2\r\n", ("b",)) == 3


def test_a_text_nested_too_deeply_has_no_lines_and_no_exception() -> None:
    assert line_of("a = " + "[" * 5000, ("a",)) is None


def _paths(value: Any, path: Path = ()) -> set[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} | {p for key, item in items for p in _paths(item, (*path, key))}


def test_every_path_of_a_text_has_a_line() -> None:
    assert _paths(tomllib.loads(_TEXT)) - {()} == set(lines_of(_TEXT))


_VALUES = st.recursive(
    st.sampled_from(["1", '"]"', "'}#'", '"""\n[x]\n"""', "2027-01-31", "1979-05-27 07:32:00", "true", '"\\""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[ # note\n" + " ,\n".join(items) + "\n]")
        | st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{n} = {v}" for n, v in enumerate(items)) + "}"
        )
    ),
    max_leaves=8,
)
_KEYS = st.sampled_from(["key", '"quoted ]"', "'lit.eral'", "do.tted", ' sp . "aced" '])


@given(st.lists(st.tuples(st.sampled_from(["[[many]]", "[[ many . inner ]]", "# x = [1"]), _KEYS, _VALUES), max_size=5))
def test_whatever_tomllib_reads_has_a_line_for_every_path(parts: list[tuple[str, str, str]]) -> None:
    text = "[[many]]\n" + "".join(f"{head}\n{key} = {value} # end\n" for head, key, value in parts)
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # a key that a comment's line leaves in the table above may stand there already
        text, value = "a = 1", {"a": 1}
    assert _paths(value) - {()} == set(lines_of(text))
