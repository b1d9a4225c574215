"""Reads trial.toml into frozen values, and says everything that is wrong with it at once."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from guideit.errors import TrialInvalid
from guideit.trial.deidentification import DeidSettings
from guideit.trial.locate import Path, line_of
from guideit.trial.model import Trial
from guideit.trial.rules import RULES, settings_hold

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong: where, what was expected, what to type."""

    path: Path
    says: str
    do: str

    def text(self, source: str) -> str:
        """As a person reads it: line, field, what was expected, what to type."""
        line = line_of(source, self.path)
        place = f"line {line}: " if line else ""
        return f"{place}{dotted(self.path)}: {self.says}\n      → {self.do}"


def parse_trial(text: str, *, name: str = "trial.toml") -> Trial:
    """Read a declaration.

    Raises:
        TrialInvalid: Every problem, with its line, its field, what was expected and what to type.
    """
    problems: list[Problem] = []
    trial = _table(Trial, _toml(text, name), (), problems)
    if trial is not None and not problems:
        problems += [Problem(path=p, says=s, do=d) for rule in RULES for p, s, d in rule(trial)]
    if trial is None or problems:
        raise _invalid(problems, text, name)
    return trial


def parse_deidentification(text: str, *, name: str = "policy.toml") -> DeidSettings:
    """Read the settings of `guideit deid --policy`: table `[deidentification]`, or its keys at the top.

    A trial.toml without that table has guideit's own policy.

    Raises:
        TrialInvalid: As `parse_trial`.
    """
    body = _toml(text, name)
    nested = "deidentification" in body
    if "trial" in body and not nested:
        return DeidSettings()
    problems: list[Problem] = []
    path: Path = ("deidentification",) if nested else ()
    settings = _table(DeidSettings, body["deidentification"] if nested else body, path, problems)
    if settings is not None and not problems:
        problems += [Problem(path=(*path, *p), says=s, do=d) for p, s, d in settings_hold(settings)]
    if settings is None or problems:
        raise _invalid(problems, text, name)
    return settings


def dotted(path: Path) -> str:
    """`visits[2].day`, counting from one as people do."""
    text = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path)
    return text.lstrip(".") or "the file"


def _toml(text: str, name: str) -> dict[str, Any]:
    """The text as TOML; a byte order mark, as Windows' editors write it, is no part of it."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as wrong:
        place, why = _syntax(str(wrong))
        raise TrialInvalid("is no valid TOML", where=name + place, why=why, do="mend that line") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        why = "a number is too long, or lists are nested too deeply"
        raise TrialInvalid("is no valid TOML", where=name, why=why, do="shorten it") from None


def _syntax(message: str) -> tuple[str, str]:
    """Where tomllib stopped, and why; what it repeats of the text (in quotes, brackets) is left out."""
    why, _, at = message.rpartition(" (at ")
    found = re.fullmatch(r"line (\d+), column (\d+)\)", at)
    place = f", line {found[1]}, column {found[2]}" if found else ", at its end"
    return place, re.sub(r"\s*(\(.*\)|'.*'|\".*\")", "", why, flags=re.S)


def _invalid(problems: list[Problem], source: str, name: str) -> TrialInvalid:
    lines = [f"  {number}. {problem.text(source)}" for number, problem in enumerate(problems, start=1)]
    count = "one thing is" if len(problems) == 1 else f"{len(problems)} things are"
    return TrialInvalid(f"{count} not as it must be:\n" + "\n".join(lines), where=name)


@cache
def types_of(cls: Any) -> dict[str, Any]:
    """A class's fields with their resolved types."""
    return typing.get_type_hints(cls)


def _table(cls: type[T], value: Any, path: Path, problems: list[Problem]) -> T | None:
    """A table as an instance of `cls`; None where it is none."""
    if not isinstance(value, Mapping):
        problems.append(Problem(path=path, says="expected a table", do=f"write [{dotted(path)}] and its keys below"))
        return None
    known: dict[str, Field[Any]] = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    kinds = types_of(typing.cast("Any", cls))
    _unknown_keys(value, known, path, problems)
    found = {}
    for name, declared in known.items():
        if name in value:
            found[name] = _value(kinds[name], value[name], (*path, name), problems)
        elif declared.default is MISSING and declared.default_factory is MISSING:
            problems.append(Problem(path=(*path, name), says="is missing", do=_example(kinds[name], name)))
            found[name] = None
    return cls(**found)


def _unknown_keys(value: Mapping[str, Any], known: Mapping[str, Any], path: Path, problems: list[Problem]) -> None:
    for name in value:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            do = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(known)}"
            problems.append(Problem(path=(*path, name), says="no such key", do=do))


def _value(kind: Any, value: Any, path: Path, problems: list[Problem]) -> Any:
    """A value of a field of type `kind`."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _value(_one_of(typing.get_args(kind), value), value, path, problems)
    if is_dataclass(kind) and isinstance(kind, type):
        return _table(kind, value, path, problems)
    if origin in (tuple, frozenset):
        return _many(kind, value, path, problems)
    if origin is not None:
        return _mapping(value, path, problems)
    return _plain(kind, value, path, problems)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """Which of a field's types a value is meant as: the first, unless it is a true or false that may stand there."""
    return bool if isinstance(value, bool) and bool in kinds else kinds[0]


def _many(kind: Any, value: Any, path: Path, problems: list[Problem]) -> Any:
    """An array, as a tuple or a set."""
    inner, *rest = typing.get_args(kind)
    pair = bool(rest) and rest[0] is not Ellipsis
    if not isinstance(value, list) or (pair and len(value) != 2):
        problems.append(Problem(path=path, says=f"expected {_name(kind)}", do=_example(kind, str(path[-1]))))
        return ()
    items = [_value(inner, item, (*path, number), problems) for number, item in enumerate(value)]
    return frozenset(items) if typing.get_origin(kind) is frozenset else tuple(items)


def _mapping(value: Any, path: Path, problems: list[Problem]) -> dict[str, str]:
    if not isinstance(value, Mapping):
        problems.append(Problem(path=path, says="expected a table of texts", do=f'{path[-1]} = {{ key = "text" }}'))
        return {}
    return {key: str(item) for key, item in value.items()}


def _plain(kind: Any, value: Any, path: Path, problems: list[Problem]) -> Any:
    """A text, number, yes or no, or one of a list of words."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word(kind, value, path, problems)
    if kind is float and isinstance(value, int):
        value = value if isinstance(value, bool) else float(value)
    right = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if not right:
        do = _example(kind, str(path[-1]))
        problems.append(Problem(path=path, says=f"expected {_name(kind)}", do=do))
        return kind()
    return value


def _word(kind: type[Enum], value: Any, path: Path, problems: list[Problem]) -> Any:
    words = [str(member.value) for member in kind]
    if value in words:
        return kind(value)
    near = difflib.get_close_matches(str(value), words, n=1, cutoff=0.4)
    do = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(words)}"
    problems.append(Problem(path=path, says=f"expected one of: {', '.join(words)}", do=do))
    return next(iter(kind))


_NAMES: dict[Any, str] = {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}


def _name(kind: Any) -> str:
    if kind in _NAMES:
        return _NAMES[kind]
    return "two whole numbers" if typing.get_args(kind) == (int, int) else "a list"


_EXAMPLES: dict[Any, Callable[[str], str]] = {
    str: lambda name: f'{name} = "..."',
    int: lambda name: f"{name} = 0",
    float: lambda name: f"{name} = 0.1",
    bool: lambda name: f"{name} = true",
}


def _example(kind: Any, name: str) -> str:
    """What to type for a field."""
    if kind in _EXAMPLES:
        return _EXAMPLES[kind](name)
    if is_dataclass(kind):
        return f"write [{name}] and its keys below"
    arguments = typing.get_args(kind)
    if arguments and is_dataclass(arguments[0]):
        return f"write [[{name}]] for each and its keys below"
    if arguments == (int, int):
        return f"{name} = [365, 3650]"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f'{name} = "{next(iter(kind)).value}"'
    return f'{name} = ["..."]'
