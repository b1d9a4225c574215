"""The index of a release beside its files: the same instances, and offsets that lead to them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from guideit.errors import GuideitError
from guideit.quality.inputs import Located, Verdict

INSTANCES, SERIES = "index/instances.parquet", "index/series.parquet"
_NAMES = ("participant", "study", "series")
_LOCATED = (*_NAMES, "instance", "object", "offset", "length", "frame_offsets", "frame_lengths")
_CHECKED = ("Modality", "StudyDate")
_BATCH = 4096
_ITEM = b"\xfe\xff\x00\xe0"
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReleaseIndex:
    """The index's rows and the release's bytes.

    Attributes:
        instances, series: Read the rows of the two tables, a batch at a time; raise where one cannot be read.
        bytes_at: `(path, offset, length)` -> bytes of an object.
    """

    instances: Callable[[], Iterator[Row]] = field(repr=False)
    series: Callable[[], Iterator[Row]] = field(repr=False)
    bytes_at: Callable[[str, int, int], bytes] = field(repr=False)

    @classmethod
    def read(cls, body: Callable[[str], bytes], bytes_at: Callable[[str, int, int], bytes]) -> ReleaseIndex:
        """Read both tables; `body` gives an object's bytes by its path."""
        return cls(
            instances=lambda: _rows(body, INSTANCES, (*_LOCATED, *_CHECKED)),
            series=lambda: _rows(body, SERIES, (*_NAMES, "object", "instances")),
            bytes_at=bytes_at,
        )


def _rows(body: Callable[[str], bytes], path: str, columns: Sequence[str]) -> Iterator[Row]:
    """Raises what pyarrow or the store raise, and KeyError where a column is missing."""
    file = pq.ParquetFile(io.BytesIO(body(path)))
    if not set(columns) <= set(file.schema_arrow.names):
        raise KeyError(path)
    for batch in file.iter_batches(_BATCH, columns=list(columns), use_threads=False):
        yield from batch.to_pylist()


def check_index(index: ReleaseIndex, files: Mapping[str, Located], verdict: Verdict) -> None:
    """Every file has its row and every row its file; offsets, lengths and frames are where they are said to be."""
    try:
        _check_instance_rows(index, files, verdict)
        _check_series_rows(index.series(), files, verdict)
    except (pa.ArrowException, GuideitError, OSError, KeyError, ValueError):
        verdict.fail("index", "index", "a table of the index is missing, damaged, or lacks a column")


def _check_instance_rows(index: ReleaseIndex, files: Mapping[str, Located], verdict: Verdict) -> None:
    named: set[str] = set()
    rows = 0
    for row in index.instances():
        verdict.count("indexed")
        rows += 1
        named.add(str(row["instance"]))
        located = files.get(str(row["instance"]))
        if located is not None:
            _check_row(index, row, located, verdict)
    if named != files.keys() or rows > len(named):
        verdict.fail("index", INSTANCES, "its instances are not those of the release")


def _check_row(index: ReleaseIndex, row: Row, located: Located, verdict: Verdict) -> None:
    place = f"{INSTANCES} {row['instance']}"
    if "/".join(str(row[name]) for name in _NAMES) != located.place or row["object"] != f"images/{located.place}.zip":
        verdict.fail("index", place, "the row names another series than the file's")
    if (row["offset"], row["length"]) != (located.offset, located.length):
        verdict.fail("index", place, "offset and length are not the file's")
    elif any(str(row[name] or "") != located.header.get(name, "") for name in _CHECKED):
        verdict.fail("index", place, "a column is not what the header says")
    elif not _frames_hold(index, row):
        verdict.fail("index", place, "a frame is not where the index says")


def _frames_hold(index: ReleaseIndex, row: Row) -> bool:
    """Frames lie in the file, one behind the other, and begin where pixel data or a fragment does."""
    frames = list(zip(row["frame_offsets"] or (), row["frame_lengths"] or (), strict=False))
    if len(row["frame_offsets"] or ()) != len(row["frame_lengths"] or ()):
        return False
    at = row["offset"]
    for offset, length in frames:
        if offset < at or length < 0 or offset + length > row["offset"] + row["length"]:
            return False
        at = offset + length
    return not frames or _begins(index, row["object"], frames)


def _begins(index: ReleaseIndex, path: str, frames: Sequence[tuple[int, int]]) -> bool:
    """Encapsulated: each behind an item's tag. Native: the first behind the element's head, no gap between."""
    first = frames[0][0]
    if index.bytes_at(path, first - 8, 4) == _ITEM:
        return all(index.bytes_at(path, offset - 8, 4) == _ITEM for offset, _ in frames)
    head = index.bytes_at(path, first - 12, 12)
    tags = {b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10", b"\xe0\x7f\x08\x00", b"\xe0\x7f\x09\x00"}
    gapless = all(a + n == b for (a, n), (b, _) in pairwise(frames))
    return gapless and (head[:4] in tags or head[4:8] in tags)


def _check_series_rows(series: Iterator[Row], files: Mapping[str, Located], verdict: Verdict) -> None:
    rows = list(series)
    counted = Counter(located.place for located in files.values())
    stated = {"/".join(str(row[name]) for name in _NAMES): row["instances"] for row in rows}
    verdict.count("indexed-series", len(rows))
    if stated != dict(counted) or len(rows) != len(counted):
        verdict.fail("index", SERIES, "its series, or how many instances each has, are not those of the release")
