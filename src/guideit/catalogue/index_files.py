"""`index/instances.parquet` and `index/series.parquet`: the header as columns, written in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 2048
"""Instances per row group."""

LOCATION = (
    ("participant", "string"),
    ("study", "string"),
    ("series", "string"),
    ("instance", "string"),
    ("object", "string"),
    ("offset", "int64"),
    ("length", "int64"),
    ("frame_offsets", "list<int64>"),
    ("frame_lengths", "list<int64>"),
)
"""Columns every instance row begins with: released names, then where its bytes lie in the release."""
SUMS = (("instances", "int64"), ("frames", "int64"), ("bytes", "int64"))
"""Columns a series row has besides those all its instances agree on."""

_FIELDS = {"object": "pack"}
_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "list<int64>": pa.list_(pa.int64()),
    "list<double>": pa.list_(pa.float64()),
    "list<string>": pa.list_(pa.string()),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexedInstance:
    """One released instance, as the index needs it.

    Attributes:
        participant, study, series, instance: Released names.
        pack: Path of the pack in the release.
        offset, length: Where its Part 10 file lies in the pack, bytes.
        frames: Offset and length of each frame's bytes in the pack.
        header: Header columns by name (`guideit.dicom.index`); missing ones are null.
    """

    participant: str
    study: str
    series: str
    instance: str
    pack: str
    offset: int
    length: int
    frames: Sequence[tuple[int, int]] = ()
    header: Mapping[str, object] = field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """The instance as a row of `instances.parquet`."""
        place: dict[str, object] = {name: getattr(self, _FIELDS.get(name, name)) for name, _ in LOCATION[:7]}
        place["frame_offsets"] = [offset for offset, _ in self.frames]
        place["frame_lengths"] = [length for _, length in self.frames]
        return dict(self.header) | place


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexCounts:
    """What the index holds."""

    participants: int
    studies: int
    series: int
    instances: int


def write_index(instances: Iterable[IndexedInstance], folder: Path, columns: Sequence[tuple[str, str]]) -> IndexCounts:
    """Write `instances.parquet` and `series.parquet` into `folder`.

    Memory holds one batch of instances and one row per series. Equal input gives equal bytes.

    Args:
        instances: In release order, each series' instances together.
        folder: Made if it is not there.
        columns: Name and type (`string`, `int64`, `double`, `list<double>`, ...) of each header column;
            a name of `LOCATION` is not repeated.

    Raises:
        ValueError: A series comes in two runs, or a value has not its column's type.
    """
    folder.mkdir(parents=True, exist_ok=True)
    header = [c for c in columns if c[0] not in dict(LOCATION)]
    schema = _schema((*LOCATION, *header))
    series: dict[str, dict[str, Any]] = {}
    with pq.ParquetWriter(folder / "instances.parquet", schema, compression="zstd") as writer:
        rows = _counted(instances, series, [name for name, _ in header])
        while batch := list(islice(rows, BATCH)):
            writer.write_table(_table(batch, schema))
    wanted = [c for c in LOCATION[:3]] + [LOCATION[4], *SUMS, *(c for c in header if c[0] not in dict(SUMS))]
    flat = [row | {n: None for n, _ in wanted if n not in row} for row in series.values()]
    pq.write_table(_table(flat, _schema(wanted)), folder / "series.parquet", compression="zstd")
    return IndexCounts(
        participants=len({row["participant"] for row in flat}),
        studies=len({row["study"] for row in flat}),
        series=len(flat),
        instances=sum(row["instances"] for row in flat),
    )


def _schema(columns: Iterable[tuple[str, str]]) -> pa.Schema:
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in columns])


def _table(rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    try:
        arrays = [pa.array([row.get(f.name) for row in rows], f.type) for f in schema]
    except (pa.ArrowInvalid, pa.ArrowTypeError) as wrong:
        raise ValueError("a header value has not the type its index column declares") from wrong
    return pa.table(arrays, schema=schema)


def _counted(
    instances: Iterable[IndexedInstance], series: dict[str, dict[str, Any]], header: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Instance rows, while `series` gains one row for each: what all its instances agree on, and sums."""
    for name, group in groupby(instances, key=lambda i: i.series):
        if name in series:
            raise ValueError("the instances of a series do not stand together")
        total: dict[str, Any] = {}
        for instance in group:
            row = instance.row()
            _add(total, instance, row, header)
            yield row
        series[name] = total


def _add(total: dict[str, Any], instance: IndexedInstance, row: Mapping[str, object], header: Sequence[str]) -> None:
    if not total:
        total.update({name: row.get(name) for name in (*header, "participant", "study", "series", "object")})
        total.update({name: 0 for name, _ in SUMS})
    for name in header:
        if name not in dict(SUMS) and total[name] != row.get(name):
            total[name] = None
    total["instances"] += 1
    total["frames"] += max(len(instance.frames), 1)
    total["bytes"] += instance.length
