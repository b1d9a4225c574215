"""The tables of keys on the page about trial.toml, made from the classes the reader reads into."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import MISSING, Field
from enum import Enum
from inspect import cleandoc
from typing import Any

from guideit.trial.model import Trial
from guideit.trial.schema import declared_fields, is_required, section_of

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def reference_tables() -> str:
    """Markdown: one table of keys per table of trial.toml, in the order people write them."""
    return "\n".join(_tables(Trial, ""))


def _tables(cls: Any, above: str) -> Iterator[str]:
    for field, kind, says in declared_fields(cls):
        inner = section_of(kind)
        path = f"{above}.{field.name}".lstrip(".")
        if inner is not None:
            header = f"[[{path}]]" if typing.get_origin(kind) is tuple else f"[{path}]"
            yield f"### `{header}`\n\n{says}\n\n| key | value | default | meaning |\n|---|---|---|---|"
            yield from (_row(*each) for each in declared_fields(inner) if section_of(each[1]) is None)
            yield ""
            yield from _tables(inner, path)


def _row(field: Field[Any], kind: Any, says: str) -> str:
    cells = (f"`{field.name}`", _value(kind), _default(field), says)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(kind: Any) -> str:
    inner = [part for part in typing.get_args(kind) if part is not Ellipsis]
    if typing.get_origin(kind) in (tuple, frozenset):
        return "two whole numbers" if inner == [int, int] else f"list: {_value(inner[0])}"
    if inner and type(None) in inner:
        return _value(inner[0])
    if bool in inner:
        return " or ".join(_value(part) for part in reversed(inner))
    if inner:
        return "table of texts"
    if issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return _WORDS.get(kind) or cleandoc(kind.__doc__ or "").split("\n")[0]


def _default(field: Field[Any]) -> str:
    if is_required(field):
        return "**must be written**"
    if field.default is MISSING or not field.default:
        return "false" if field.default is False else "0" if field.default == 0 and field.default != "" else ""
    return _written(field.default)


def _written(value: Any) -> str:
    """A default as it would be typed."""
    if isinstance(value, frozenset | tuple):
        parts = sorted(value) if isinstance(value, frozenset) else value
        return "`[" + ", ".join(_written(part).strip("`") for part in parts) + "]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"
