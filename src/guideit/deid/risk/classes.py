"""Who looks alike: equivalence classes over quasi-identifiers, one record for each participant.

What a missing value means is decided once, here, since it decides the result:

- *as a value*: who is missing a value is alike only to others who miss it. An attacker who knows that it is missing
  sees no more than this; the class can only be too small, so `k` errs on the safe side.
- *as unknown*: an attacker who knows true values cannot tell records apart that miss them. A record's candidates are
  all that agree with it wherever both have a value.

Rows with missing values are never left out: leaving them out makes every class look larger than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes = NDArray[np.int64]
_MISSING = -1
_ROOM = 1 << 62


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Records by what an attacker may know of them.

    Attributes:
        columns: The quasi-identifiers, in order.
        codes: Records x columns; equal values have equal codes, a missing one is -1.
        of: Each record's class, from 0.
        sizes: Each class's number of records.
    """

    columns: tuple[str, ...]
    codes: Codes = field(repr=False)
    of: Codes = field(repr=False)
    sizes: Codes = field(repr=False)

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self.of)

    @property
    def k(self) -> int:
        """Size of the smallest class, missing as a value; 0 for no records."""
        return int(self.sizes.min(initial=self.records)) if self.records else 0

    @property
    def size_of_each(self) -> Codes:
        """The size of each record's class."""
        return self.sizes[self.of] if self.records else self.of

    def candidates(self) -> Codes:
        """How many records each one cannot be told from, itself among them, missing as unknown."""
        return _candidates(self.codes)


def classes(table: pl.DataFrame, columns: Sequence[str]) -> Classes:
    """Classes of a table with one row for each participant.

    Args:
        table: Values of any type; null and the empty text are missing.
        columns: The quasi-identifiers.
    """
    codes = np.column_stack([coded(table[name]) for name in columns]) if columns else _none(table.height)
    of, sizes = numbered(codes)
    return Classes(columns=tuple(columns), codes=codes, of=of, sizes=sizes)


SEVERAL = "\x1f"
"""Between the values of a participant with several."""
AT = "\x1e"
"""Between a visit and the value there."""


def one_row_each(
    table: pl.DataFrame, participant: str, columns: Sequence[str], *, visit: str | None = None
) -> pl.DataFrame:
    """One row for each participant of a table with several: in each column all values of theirs, sorted.

    An attacker may know every visit. A column in which a participant has one value keeps it; more become one text, with
    the visit of each where a column says it: who was first well and then ill is unlike who was first ill.
    """
    joined = [_together(name, visit) for name in columns]
    return table.group_by(participant, maintain_order=True).agg(joined)


def _together(name: str, visit: str | None) -> pl.Expr:
    values = pl.col(name).cast(pl.String).replace("", None)
    alone = values.drop_nulls().unique().sort()
    if visit is None:
        return alone.str.join(SEVERAL).replace("", None).alias(name)
    placed = pl.concat_str([pl.col(visit).cast(pl.String).fill_null(""), values], separator=AT)
    several = placed.drop_nulls().unique().sort()
    either = pl.when(alone.len() <= 1).then(alone.str.join(SEVERAL)).otherwise(several.str.join(SEVERAL))
    return either.replace("", None).alias(name)


def _none(records: int) -> Codes:
    return np.zeros((records, 0), dtype=np.int64)


def coded(values: pl.Series) -> Codes:
    """Codes of a column, from 0 in the order of its values; -1 where it is missing: null or the empty text."""
    if values.dtype == pl.String:
        values = values.replace("", None)
    dense = values.rank("dense").cast(pl.Int64) - 1
    return dense.fill_null(_MISSING).to_numpy().astype(np.int64)


def _keys(codes: Codes) -> Codes:
    """One number for each distinct row."""
    keys = np.zeros(len(codes), dtype=np.int64)
    room = 1
    for column in codes.T:
        width = int(column.max(initial=_MISSING)) + 2
        if room > _ROOM // width:
            keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
            room = len(codes)
        keys = keys * width + column + 1
        room *= width
    return keys


def numbered(codes: Codes) -> tuple[Codes, Codes]:
    """Each distinct row has a number: that of every row, and how many rows have each."""
    _, of, sizes = np.unique(_keys(codes), return_inverse=True, return_counts=True)
    return of.astype(np.int64), sizes.astype(np.int64)


def _candidates(codes: Codes) -> Codes:
    """By pattern of what is missing: two patterns are compared on the columns that neither misses."""
    known = (codes != _MISSING).astype(np.int64)
    _, first, of = np.unique(_keys(known), return_index=True, return_inverse=True)
    patterns = known[first] == 1
    members = [np.flatnonzero(of == number) for number in range(len(patterns))]
    blocks = [codes[rows] for rows in members]
    counts = np.zeros(len(codes), dtype=np.int64)
    for mine in range(len(patterns)):
        for theirs in range(mine, len(patterns)):
            few, many = sorted((mine, theirs), key=lambda number: len(members[number]))
            of_few, of_many = _agreeing(blocks[few], blocks[many], patterns[mine] & patterns[theirs])
            counts[members[few]] += of_few
            if few != many:
                counts[members[many]] += of_many
    return counts


def _agreeing(few: Codes, many: Codes, columns: NDArray[np.bool_]) -> tuple[Codes, Codes]:
    """How many of the many agree with each of the few in some columns, and the other way round."""
    keys_few, keys_many = _keys_of_both(few[:, columns], many[:, columns])
    distinct, of, sizes = np.unique(keys_few, return_inverse=True, return_counts=True)
    at = np.minimum(np.searchsorted(distinct, keys_many), len(distinct) - 1)
    hit = distinct[at] == keys_many
    of_few = np.bincount(at[hit], minlength=len(distinct))[of]
    return of_few.astype(np.int64), np.where(hit, sizes[at], 0).astype(np.int64)


def _keys_of_both(few: Codes, many: Codes) -> tuple[Codes, Codes]:
    """One number for each distinct row of two sets, by places as in a number, where they are not too many."""
    widths = [int(max(one.max(), two.max())) + 2 for one, two in zip(few.T, many.T, strict=True)]
    places, room = [], 1
    for width in widths:
        places.append(room)
        room *= width
    if room > _ROOM:
        both = _keys(np.concatenate([few, many]))
        return both[: len(few)], both[len(few) :]
    by = np.array(places, dtype=np.int64)
    return (few + 1) @ by, (many + 1) @ by
