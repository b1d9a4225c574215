"""Why records are rare, group by group, in columns and counts: never in values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guideit.deid.risk.classes import Classes, Codes, numbered


@dataclass(frozen=True, kw_only=True)
class RareRecords:
    """Records that are rare for the same reason.

    Attributes:
        columns: Without any one of these they would be common enough; none where only several together make them rare.
        records, classes: How many, in how many classes.
        smallest: The smallest of these classes.
    """

    columns: tuple[str, ...]
    records: int
    classes: int
    smallest: int

    @property
    def says(self) -> str:
        """One sentence for people."""
        them = "1 record is" if self.records == 1 else f"{self.records:,} records are"
        if not self.columns:
            return f"{them} rare by several columns together; coarsening one alone does not help them"
        return f"{them} rare by {_listed(self.columns)}"


def why_rare(found: Classes, k: int) -> tuple[RareRecords, ...]:
    """Records in classes smaller than `k`, by the columns that make them so; most records first."""
    small = np.flatnonzero(found.sizes < k)
    if not len(small):
        return ()
    first = np.unique(found.of, return_index=True)[1][small]
    helps = np.column_stack([_without(found, column)[first] >= k for column in range(len(found.columns))])
    kinds, of = np.unique(helps, axis=0, return_inverse=True)
    groups = [_group(found, small[of == number], kind) for number, kind in enumerate(kinds)]
    return tuple(sorted(groups, key=lambda group: (-group.records, group.columns)))


def _without(found: Classes, column: int) -> Codes:
    """The size of each record's class if a column were not known."""
    of, sizes = numbered(np.delete(found.codes, column, axis=1))
    return np.asarray(sizes[of])


def _group(found: Classes, small: Codes, kind: NDArray[np.bool_]) -> RareRecords:
    sizes = found.sizes[small]
    columns = tuple(name for name, helped in zip(found.columns, kind, strict=True) if helped)
    return RareRecords(columns=columns, records=int(sizes.sum()), classes=len(small), smallest=int(sizes.min()))


def _listed(columns: Sequence[str]) -> str:
    return columns[0] if len(columns) == 1 else f"{', '.join(columns[:-1])} or {columns[-1]}, each by itself"
