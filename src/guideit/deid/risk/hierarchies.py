"""Coarser and coarser ways to write a value: age bands, levels of ICD-10, groups of sites, parts of a date.

A hierarchy has levels: 0 is the value itself, the last says nothing (missing). A value that a level cannot read says
nothing from that level on: it is never passed on finer than asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import floor

import polars as pl

from guideit.deid.risk.classes import AT, SEVERAL

Coarser = Callable[[str], str | None]
"""A value, coarser; None where it says nothing."""
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-\d{2})?(?:[T ].*)?")
_BAND = re.compile(r"-?\d+(?:\.\d+)?")
_ICD = re.compile(r"([A-Z])(\d\d)(?:\.?(\w{1,4}))?", re.I)


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """Levels of one column.

    Attributes:
        names: Of each level in words, from the value itself to nothing.
        steps: How each level but the first and the last is made, from the value itself.
        within: For each of those, a value that a text of that level may stand for: levels nest, so any will do.
    """

    names: tuple[str, ...]
    steps: tuple[Coarser, ...] = field(repr=False)
    within: tuple[Coarser, ...] = field(default=(), repr=False)

    @property
    def height(self) -> int:
        """The last level."""
        return len(self.names) - 1

    def above(self, level: int) -> Hierarchy:
        """The levels of a column that is written at a level already, from that one on."""
        if not 0 < level < self.height:
            return self if level <= 0 else Hierarchy(names=self.names[-1:], steps=())
        stands_for = self.within[level - 1]
        steps = tuple(_after(stands_for, step) for step in self.steps[level:])
        within = self.within[level:]
        return Hierarchy(names=self.names[level:], steps=steps, within=within)

    def at(self, values: pl.Series, level: int) -> pl.Series:
        """A column of texts at a level; null and the empty text stay missing.

        Raises:
            IndexError: There is no such level.
        """
        texts = values.cast(pl.String).replace("", None)
        if level == 0:
            return texts
        if level == self.height:
            return pl.Series(values.name, [None] * len(values), dtype=pl.String)
        step = self.steps[level - 1]
        distinct = [text for text in texts.unique().to_list() if text is not None]
        return texts.replace_strict({text: step(text) for text in distinct}, default=None, return_dtype=pl.String)


def bands(widths: Sequence[float], *, unit: str = "", last: float | None = None) -> Hierarchy:
    """Numbers in bands: `40-44`, `40-49`, `40-59`.

    Args:
        widths: Of the bands, from fine to coarse; each a multiple of the one before, so that bands lie in bands.
        unit: For the names.
        last: From here on all are one band (`85+`).

    Raises:
        ValueError: A width is no multiple of the one before.
    """
    if any(coarse % fine for fine, coarse in pairwise(widths)):
        raise ValueError("each width must be a multiple of the one before")
    names = tuple(f"bands of {width:g} {unit}".strip() for width in widths)
    steps = tuple(_band(width, last) for width in widths)
    return Hierarchy(names=("as it is", *names, "nothing"), steps=steps, within=(_low,) * len(steps))


def ages() -> Hierarchy:
    """Years in bands of 5, 10, 20 and 40; from 80 on one band."""
    return bands((5, 10, 20, 40), unit="years", last=80)


def icd10() -> Hierarchy:
    """ICD-10 codes: `C34.1`, its category `C34`, its tens `C3`, its letter `C`."""
    names = ("as it is", "category", "tens of categories", "letter", "nothing")
    steps: tuple[Coarser, ...] = (_category, lambda v: _start(v, 2), lambda v: _start(v, 1))
    return Hierarchy(names=names, steps=steps, within=(lambda text: f"{text}00"[:3],) * 3)


def dates() -> Hierarchy:
    """ISO dates: month, quarter, year."""
    return Hierarchy(
        names=("as it is", "month", "quarter", "year", "nothing"),
        steps=(lambda v: _part(v, "month"), lambda v: _part(v, "quarter"), lambda v: _part(v, "year")),
        within=(str, _month, _month),
    )


def groups(*levels: tuple[str, Mapping[str, str]]) -> Hierarchy:
    """Codes in named groups, from fine to coarse: a level's name, and the group of each code.

    Raises:
        ValueError: Two codes of one group of a level lie in different groups of the next.
    """
    for (_, fine), (name, coarse) in pairwise(levels):
        seen: dict[str, str | None] = {}
        if any(seen.setdefault(group, coarse.get(code)) != coarse.get(code) for code, group in fine.items()):
            raise ValueError(f"level {name!r} divides a group of the level before")
    steps = tuple(mapping.get for _, mapping in levels)
    codes = tuple({group: code for code, group in mapping.items()}.get for _, mapping in levels)
    return Hierarchy(names=("as it is", *(name for name, _ in levels), "nothing"), steps=steps, within=codes)


def all_or_nothing() -> Hierarchy:
    """The value, or nothing."""
    return Hierarchy(names=("as it is", "nothing"), steps=())


def fixed() -> Hierarchy:
    """The value as it is, and nothing coarser."""
    return Hierarchy(names=("as it is",), steps=())


def of_several(hierarchy: Hierarchy) -> Hierarchy:
    """The levels of a column where a participant has several values, as `one_row_each` writes them."""
    steps = tuple(_each(step) for step in hierarchy.steps)
    return Hierarchy(names=hierarchy.names, steps=steps)  # `above` is asked of the columns, before values are joined


def _after(first: Coarser, then: Coarser) -> Coarser:
    return lambda text: None if (value := first(text)) is None else then(value)


def _low(text: str) -> str | None:
    """The lower end of a band: `40-44`, `-0.5 to 0`, `80+`."""
    found = _BAND.match(text)
    return found[0] if found else None


def _month(text: str) -> str | None:
    """The first month of `2020-Q2` and of `2020`."""
    year, _, quarter = text.partition("-Q")
    return f"{year}-{3 * int(quarter or 1) - 2:02}" if year.isdigit() and (quarter or "1").isdigit() else None


def _each(step: Coarser) -> Coarser:
    def coarser(text: str) -> str | None:
        if SEVERAL not in text:
            return step(text)
        placed = [part.rpartition(AT) for part in text.split(SEVERAL)]
        found = [(visit, sign, value) for visit, sign, old in placed if (value := step(old)) is not None]
        if len({value for _, _, value in found}) <= 1:
            return found[0][2] if found else None
        return SEVERAL.join(sorted({"".join(part) for part in found}))

    return coarser


def _band(width: float, last: float | None) -> Coarser:
    def band(text: str) -> str | None:
        try:
            number = float(text)
        except ValueError:
            return None
        if last is not None and number >= last:
            return f"{last:g}+"
        low = floor(number / width) * width
        return f"{low:g}-{low + width - 1:g}" if width > 1 and width % 1 == 0 else f"{low:g} to {low + width:g}"

    return band


def _category(text: str) -> str | None:
    found = _ICD.fullmatch(text.strip())
    return f"{found[1].upper()}{found[2]}" if found else None


def _start(text: str, length: int) -> str | None:
    category = _category(text)
    return category[:length] if category else None


def _part(text: str, part: str) -> str | None:
    found = _DATE.fullmatch(text.strip())
    if not found or not 1 <= int(found[2]) <= 12:
        return None
    written = {
        "month": f"{found[1]}-{found[2]}",
        "quarter": f"{found[1]}-Q{(int(found[2]) + 2) // 3}",
        "year": found[1],
    }
    return written[part]
