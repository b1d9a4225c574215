"""A release's objects: all there, unchanged, nothing else, and no identifier in those that are text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from guideit.quality.inputs import Verdict
from guideit.quality.needles import Needles
from guideit.quality.table_days import Days, stray_day
from guideit.trial.release import Release

Digest = Callable[[str], tuple[int, str]]
"""Path of an object -> its size in bytes and SHA-256, read anew."""
SEAL = "release.json"
_APART = "\n|\n"
"""Between texts that are searched at once: nothing reaches across it."""
_BATCH = 1000


def check_seal(release: Release, stated_root: str, present: Iterable[str], digest: Digest, verdict: Verdict) -> None:
    """The seal's own digest, and every object's."""
    verdict.count("seal")
    if release.root != stated_root:
        verdict.fail("seal", SEAL, "the root digest is not that of what the seal says")
    listed = {item.path: item for item in release.objects}
    if len(listed) != len(release.objects) or SEAL in listed:
        verdict.fail("seal", SEAL, "the seal lists an object twice, or itself")
    found = set(present) - {SEAL}
    for path in sorted(found - listed.keys()):
        verdict.fail("seal", path, "an object that the seal does not list")
    for path, item in listed.items():
        if path not in found:
            verdict.fail("seal", path, "an object is missing")
            continue
        verdict.count("objects")
        if digest(path) != (item.size, item.sha256):
            verdict.fail("seal", path, "an object is not what the seal says")


def check_text(
    path: str,
    body: bytes,
    wanted: Iterable[Needles],
    verdict: Verdict,
    *,
    own: Mapping[str, Needles] | None = None,
    days: Days | None = None,
) -> None:
    """Names, tables and evidence: no identifier of any participant.

    Args:
        path: The object's.
        body: Its bytes.
        wanted: What may stand in none of its texts (`needles.everyone`).
        own: By pseudonym, what may besides not stand in a table's row that names that participant.
        days: By pseudonym, the only days that may stand in such a row.
    """
    verdict.count("texts")
    searched = list(wanted)
    for needle in searched:
        if needle.in_text(path):
            verdict.fail("residue", "an object's name", "a known identifier")
        if needle.in_bytes(body):
            verdict.fail("residue", path, "a known identifier")
    rows = _rows(path, body, verdict)
    while batch := list(islice(rows, _BATCH)):
        text = _APART.join({cell for row in batch for cell in row})
        if any(needle.in_text(text) for needle in searched):
            verdict.fail("residue", path, "a known identifier")
        for row in batch:
            _check_own(path, row, own or {}, verdict)
            _check_days(path, row, days or {}, verdict)


def _check_days(path: str, row: list[str], days: Days, verdict: Verdict) -> None:
    """Days in a table's row; those of the index are the headers', which are compared with their sources."""
    if not days or not path.startswith("tables/"):
        return
    verdict.count("table-rows")
    if stray_day(row, days):
        verdict.fail("interval", path, "a day that is not the source's, moved by its participant's shift")


def _check_own(path: str, row: list[str], own: Mapping[str, Needles], verdict: Verdict) -> None:
    """A row's cells but its pseudonym and its plain dates, which the shift accounts for."""
    for pseudonym in own.keys() & set(row):
        texts = (cell.replace(pseudonym, " ") for cell in row if not _is_date(cell))
        if own[pseudonym].in_text(_APART.join(texts)):
            verdict.fail("residue", path, "a known identifier in the row of its participant")


def _is_date(cell: str) -> bool:
    return len(cell) >= 8 and not any(c.isalpha() and c != "T" for c in cell) and cell[:4].isdigit()


def _rows(path: str, body: bytes, verdict: Verdict) -> Iterator[list[str]]:
    """A table's rows, or lines of text; values that are no text are left out."""
    try:
        if path.endswith(".parquet"):
            yield from _parquet_rows(body)
        elif path.endswith(".csv"):
            yield from csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        elif not path.endswith(".zip"):
            yield from ([line] for line in body.decode("utf-8").splitlines())
    except (pa.ArrowException, UnicodeDecodeError, csv.Error, OSError, ValueError):
        verdict.fail("residue", path, "the object cannot be read, so nothing is known of it")


def _parquet_rows(body: bytes) -> Iterator[list[str]]:
    """Rows of the string columns, and the texts of the file's own metadata."""
    file = pq.ParquetFile(io.BytesIO(body))
    for key, value in (file.schema_arrow.metadata or {}).items():
        yield [key.decode("utf-8", "replace"), value.decode("utf-8", "replace")]
    yield [*file.schema_arrow.names]
    for batch in file.iter_batches(_BATCH, use_threads=False):
        texts = [column for column in batch.columns if pa.types.is_string(column.type) or _is_list(column.type)]
        for row in zip(*(column.to_pylist() for column in texts), strict=True):
            cells = (cell if isinstance(cell, list) else [cell] for cell in row if cell is not None)
            yield [str(part) for cell in cells for part in cell]


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) and pa.types.is_string(kind.value_type))
