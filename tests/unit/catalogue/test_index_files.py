"""Unit tests of the index Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from guideit.catalogue.index_files import IndexCounts, IndexedInstance, write_index

COLUMNS = (("modality", "string"), ("rows", "int64"), ("spacing", "list<double>"), ("position_z", "double"))


def indexed(series: str, number: int, **header: object) -> IndexedInstance:
    return IndexedInstance(
        participant="P1",
        study="2.25.1",
        series=series,
        instance=f"{series}.{number}",
        pack=f"images/P1/2.25.1/{series}.zip",
        offset=100 * number,
        length=100,
        frames=((100 * number + 50, 40),),
        header={"modality": "CT", "rows": 4, "spacing": [1.0, 1.0]} | header,
    )


def test_instances_keep_their_place_and_series_what_all_agree_on(tmp_path: Path) -> None:
    rows = [indexed("2.25.2", n, position_z=float(n)) for n in range(3)] + [indexed("2.25.3", 0, modality="MR")]
    counts = write_index(iter(rows), tmp_path, COLUMNS)
    assert counts == IndexCounts(participants=1, studies=1, series=2, instances=4)
    instances = pq.ParquetFile(tmp_path / "instances.parquet").read(use_threads=False).to_pylist()
    assert instances[1]["object"] == "images/P1/2.25.1/2.25.2.zip"
    assert (instances[1]["offset"], instances[1]["frame_offsets"]) == (100, [150])
    first, second = pq.ParquetFile(tmp_path / "series.parquet").read(use_threads=False).to_pylist()
    assert (first["instances"], first["bytes"], first["frames"]) == (3, 300, 3)
    assert (first["spacing"], first["position_z"]) == ([1.0, 1.0], None)
    assert second["modality"] == "MR"


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    for turn in ("a", "b"):
        write_index((indexed("2.25.2", n) for n in range(20)), tmp_path / turn, COLUMNS)
    for name in ("instances.parquet", "series.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_series_in_two_runs_is_refused(tmp_path: Path) -> None:
    rows = [indexed("2.25.2", 0), indexed("2.25.3", 0), indexed("2.25.2", 1)]
    with pytest.raises(ValueError, match="stand together"):
        write_index(iter(rows), tmp_path, COLUMNS)


def test_a_value_of_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="type"):
        write_index([indexed("2.25.2", 0, rows="four")], tmp_path, COLUMNS)


def test_an_empty_release_has_an_empty_index(tmp_path: Path) -> None:
    assert write_index([], tmp_path, COLUMNS).series == 0
    assert pq.ParquetFile(tmp_path / "series.parquet").read(use_threads=False).num_rows == 0
