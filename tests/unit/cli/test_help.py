"""`--help`: each command says what it does, shows a line to type, and takes what every command takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
import pytest
from typer.main import get_command

from guideit.cli.app import COMMANDS, app


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, by the words that call it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if hasattr(command, "commands"):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name), command


ALL = dict(_commands(get_command(app)))
each = pytest.mark.parametrize("words", ALL, ids=" ".join)


def test_no_command_is_left_out() -> None:
    assert {words[0] for words in ALL} == set(COMMANDS)
    assert {("trial", "add"), ("trial", "show"), ("trial", "draft"), ("audit", "verify")} <= set(ALL)


@each
def test_an_example_can_be_typed(words: tuple[str, ...]) -> None:
    """A line of its own that calls this command with options it has."""
    lines = [line.strip() for line in (ALL[words].help or "").splitlines()]
    examples = [line for line in lines if line.startswith(f"guideit {' '.join(words)}")]
    assert examples
    known = {opt for param in ALL[words].params for opt in param.opts}
    for line in examples:
        assert set(re.findall(r"(?<!\S)--[a-z-]+", line)) <= known


@each
def test_the_first_line_says_what_it_does(words: tuple[str, ...]) -> None:
    first = (ALL[words].help or "").splitlines()[0]
    assert first
    assert not first.startswith("guideit")


@each
def test_common_options_are_there_and_no_others_of_the_library(words: tuple[str, ...]) -> None:
    """`--install-completion` of a sub-command would complete the sub-command alone."""
    options = [opt for param in ALL[words].params for opt in param.opts if opt.startswith("--")]
    assert {"--archive", "--json", "--by"} <= set(options)
    assert not [opt for opt in options if "completion" in opt]
    assert len(options) == len(set(options))


@each
def test_every_option_and_argument_says_what_it_is(words: tuple[str, ...]) -> None:
    silent = [param.name for param in ALL[words].params if not getattr(param, "help", None)]
    assert silent == []
