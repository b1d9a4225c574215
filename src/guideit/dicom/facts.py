"""The standard's de-identification tables as facts (PS3.15 edition 2026d). Nothing here decides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

Options = MappingProxyType[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeRow:
    """One row of PS3.15 Table E.1-1.

    Attributes:
        tag: `(gggg,eeee)` in upper case, with `xx` in repeating groups, or `PRIVATE`.
        keyword: PS3.6 keyword; empty where the row has none.
        name: Attribute name.
        basic: Code of the basic profile (`X`, `Z`, `D`, `U`, `X/Z`, `X/D`, `Z/D`, `X/Z/D`, `X/Z/U*`).
        options: Code by option name (`clean-descriptors` -> `C`).
    """

    tag: str
    keyword: str
    name: str
    basic: str
    options: Options

    @property
    def number(self) -> int | None:
        """The tag as a number; None for patterns."""
        digits = self.tag.strip("()").replace(",", "")
        return int(digits, 16) if len(digits) == 8 and "x" not in digits else None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentRow:
    """One SR content item of PS3.15: its concept name, value type (PS3.3 C.17.3.2.1) and codes."""

    scheme: str
    code: str
    value_type: str
    meaning: str
    basic: str
    options: Options


@dataclass(frozen=True, kw_only=True, slots=True)
class SafePrivateRow:
    """One row of PS3.15 Table E.3.10-1: group, last byte of the element, creator, VR, VM."""

    group: int
    low: int
    creator: str
    vr: str
    vm: str
    meaning: str


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    text = (files("guideit.dicom") / "tables" / "ps3.15-2026d.json").read_text("utf-8")
    body: dict[str, Any] = json.loads(text)
    return body


@lru_cache(maxsize=1)
def attribute_rows() -> tuple[AttributeRow, ...]:
    """All 657 rows of Table E.1-1."""
    return tuple(
        AttributeRow(tag=tag, keyword=keyword, name=name, basic=basic, options=MappingProxyType(options))
        for tag, keyword, name, basic, options in _tables()["attributes"]
    )


@lru_cache(maxsize=1)
def content_rows() -> tuple[ContentRow, ...]:
    """All 214 SR content items."""
    return tuple(
        ContentRow(
            scheme=scheme,
            code=code,
            value_type=value_type,
            meaning=meaning,
            basic=basic,
            options=MappingProxyType(options),
        )
        for scheme, code, value_type, meaning, basic, options in _tables()["content"]
    )


@lru_cache(maxsize=1)
def safe_private_rows() -> tuple[SafePrivateRow, ...]:
    """All 87 safe private attributes."""
    return tuple(
        SafePrivateRow(group=int(tag[1:5], 16), low=int(tag[8:10], 16), creator=creator, vr=vr, vm=vm, meaning=meaning)
        for tag, creator, vr, vm, meaning in _tables()["private"]
    )
