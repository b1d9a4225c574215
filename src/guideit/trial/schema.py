"""The JSON Schema of trial.toml, made from the classes the reader reads into, so that editors complete it."""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from inspect import cleandoc
from typing import Any

from guideit.trial import model
from guideit.trial.deidentification import DeidSettings, Override
from guideit.trial.parse import types_of
from guideit.trial.risk import Population, RiskSettings
from guideit.trial.terms import HOLDS, MODALITIES, REVIEWED

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID = "^[a-z0-9][a-z0-9-]{0,62}$"
_MODALITY: Mapping[str, object] = {"enum": sorted(MODALITIES)}
_DATE: Mapping[str, object] = {"anyOf": [{"const": ""}, {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}]}
_PREFIX: Mapping[str, object] = {"type": "string", "pattern": f"^({'|'.join(REVIEWED)})".replace(".", "\\.")}
_REFINED: Mapping[tuple[type, str], Mapping[str, object]] = {
    (model.Identity, "id"): {"pattern": _ID},
    (model.Table, "id"): {"pattern": _ID},
    (model.Visit, "before"): {"minimum": 0},
    (model.Visit, "after"): {"minimum": 0},
    (model.ExpectedImaging, "modality"): _MODALITY,
    (model.Condition, "code"): {"pattern": "^(DUO:[0-9]{7}|GIT:[a-z-]+)$"},
    (model.Condition, "until"): _DATE,
    (model.Embargo, "until"): _DATE,
    (DeidSettings, "oldest_age"): {"minimum": 18, "maximum": 120},
    (DeidSettings, "shift_days"): {"items": {"type": "integer", "minimum": 1}},
    (DeidSettings, "accept"): {"items": {"type": "string", "enum": sorted(HOLDS)}},
    (DeidSettings, "drop_modalities"): {"items": {"type": "string", **_MODALITY}},
    (DeidSettings, "second_reader"): {"anyOf": [{"type": "array", "items": _PREFIX}, {"type": "boolean"}]},
    (Override, "why"): {"pattern": "\\S"},
    (RiskSettings, "threshold"): {"exclusiveMinimum": 0, "maximum": 1},
    (RiskSettings, "blanked"): {"minimum": 0, "maximum": 0.5},
    (RiskSettings, "catchment"): {"minimum": 0},
    (Population, "size"): {"minimum": 0},
    (model.Column, "level"): {"minimum": 0},
    (model.Column, "widths"): {"items": {"type": "integer", "minimum": 1}},
}
"""What `rules` asks of a field besides its type; a test holds the two to the same verdicts."""
_SCALARS: Mapping[type, str] = {str: "string", int: "integer", bool: "boolean", float: "number"}


def json_schema() -> dict[str, Any]:
    """The schema of trial.toml (JSON Schema 2020-12); rules between fields are the reader's alone."""
    body = _object(model.Trial)
    return {"$schema": DIALECT, "title": "trial.toml", **body, "$defs": dict(sorted(_definitions(model.Trial)))}


def schema_text() -> str:
    """`docs/trial.schema.json`: the same bytes every time."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def declared_fields(cls: Any) -> Iterator[tuple[Field[Any], Any, str]]:
    """A class's fields in order, each with its type and what its docstring says of it."""
    says = attribute_lines(cls)
    for field in fields(cls):
        yield field, types_of(cls)[field.name], says.get(field.name, "")


def attribute_lines(cls: type) -> dict[str, str]:
    """The lines under "Attributes:" in a class's docstring, by field; a line may go on, further indented."""
    _, _, below = cleandoc(cls.__doc__ or "").partition("Attributes:\n")
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", below, flags=re.M)
    return {name: " ".join(text.split()) for name, text in found}


def is_required(field: Field[Any]) -> bool:
    """Whether a field must be written."""
    return field.default is MISSING and field.default_factory is MISSING


def section_of(kind: Any) -> Any:
    """The class a field's table, or list of tables, is read into; None for any other value."""
    for part in (kind, *typing.get_args(kind)):
        if isinstance(part, type) and is_dataclass(part):
            return part
    return None


def sections(cls: Any) -> Iterator[Any]:
    """Every class below `cls`, in the order they are declared."""
    for _, kind, _ in declared_fields(cls):
        inner = section_of(kind)
        if inner is not None:
            yield inner
            yield from sections(inner)


def _definitions(cls: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for inner in sections(cls):
        yield inner.__name__, _object(inner)


def _object(cls: Any) -> dict[str, Any]:
    declared = list(declared_fields(cls))
    required = [field.name for field, _, _ in declared if is_required(field)]
    properties = {field.name: _property(cls, field, kind, says) for field, kind, says in declared}
    head: dict[str, Any] = {"description": cleandoc(cls.__doc__ or "").split("\n")[0], "type": "object"}
    asked = {"required": required} if required else {}
    return head | asked | {"properties": properties, "additionalProperties": False}


def _property(cls: type, field: Field[Any], kind: Any, says: str) -> dict[str, Any]:
    default = (
        {"default": field.default}
        if isinstance(field.default, bool | int | float | str) and field.default != ""
        else {}
    )
    return {"description": says, **_type(kind), **_REFINED.get((cls, field.name), {}), **default}


def _type(kind: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        kinds = [_type(part) for part in arguments if part is not type(None)]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if origin in (tuple, frozenset):
        pair = origin is tuple and arguments[-1] is not Ellipsis
        size = {"minItems": len(arguments), "maxItems": len(arguments)} if pair else {}
        return {"type": "array", "items": _type(arguments[0])} | size
    if origin is not None:  # a mapping of texts: the reader takes numbers and writes them as text
        return {"type": "object", "additionalProperties": True}
    return _plain(kind)


def _plain(kind: type) -> dict[str, Any]:
    if section_of(kind) is not None:
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    return {"type": _SCALARS[kind]}
