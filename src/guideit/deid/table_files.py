"""Clean tables as files: CSV, Parquet and a data dictionary; equal tables give equal bytes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

from guideit.deid.table_dates import MISSING
from guideit.deid.tables import CleanTable

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")


def table_files(table: CleanTable) -> dict[str, bytes]:
    """Every file a clean table becomes: path below the release to bytes, sorted by path.

    `tables/<id>.csv` is UTF-8 with LF line ends and every cell as cleaned; `.parquet` types columns whose
    every cell is a whole or decimal number (missing ones null), all others text; `.json` is the dictionary.
    """
    return {
        f"tables/{table.id}.csv": to_csv(table),
        f"tables/{table.id}.json": to_dictionary(table),
        f"tables/{table.id}.parquet": to_parquet(table),
    }


def to_csv(table: CleanTable) -> bytes:
    """RFC 4180 with LF; cells a spreadsheet would run as a formula are left as they are: cells are data."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return out.getvalue().encode("utf-8")


def to_dictionary(table: CleanTable) -> bytes:
    """The data dictionary as JSON: per column name, role, label, unit, codes, type."""
    typed = [_typed([row[i] for row in table.rows])[0] for i in range(len(table.columns))]
    columns = [dict(c) | {"type": kind} for c, kind in zip(table.dictionary, typed, strict=True)]
    body = {"table": table.id, "rows": len(table.rows), "columns": columns}
    return (json.dumps(body, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8")


def to_parquet(table: CleanTable) -> bytes:
    """Parquet, zstd, without a time stamp in it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"integer": pa.int64(), "decimal": pa.float64(), "text": pa.string()}
    arrays, fields = [], []
    for index, name in enumerate(table.columns):
        kind, values = _typed([row[index] for row in table.rows])
        arrays.append(pa.array(values, kinds[kind]))
        fields.append(pa.field(name, kinds[kind]))
    out = io.BytesIO()
    pq.write_table(pa.table(arrays, schema=pa.schema(fields)), out, compression="zstd")
    return out.getvalue()


def _typed(cells: Sequence[str]) -> tuple[str, list[Any]]:
    """`integer`, `decimal` or `text`, and the cells so typed. Leading zeros make text: they are codes."""
    given = [cell for cell in cells if cell.upper() not in MISSING]
    if given and all(_INTEGER.fullmatch(cell) for cell in given):
        return "integer", [None if cell.upper() in MISSING else int(cell) for cell in cells]
    if given and all(_DECIMAL.fullmatch(c) and not re.match(r"[+-]?0\d", c) for c in given):
        return "decimal", [None if cell.upper() in MISSING else float(cell) for cell in cells]
    return "text", [cell or None for cell in cells]
