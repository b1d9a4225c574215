"""A pack beyond what a ZIP without ZIP64 can say."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from guideit.deid.subject import CleanInstance, FileRange, Piece
from guideit.storage.packs import write_pack


def _instance(uid: str, *pieces: Piece) -> CleanInstance:
    return CleanInstance(pieces=pieces, study="2.25.1", series="2.25.2", instance=uid, changes=(), header={})


def test_a_pack_over_four_gigabytes_is_read_by_zipfile(tmp_path: Path) -> None:
    """A sparse source: it costs the pack's own 4.3 GB of disk for the length of the test only."""
    if shutil.disk_usage(tmp_path).free < 12 << 30:
        pytest.skip("needs 12 GB of free disk")
    source = tmp_path / "sparse"
    with source.open("wb") as file:
        file.truncate((1 << 32) + 10)
    large = FileRange(path=source, offset=0, length=(1 << 32) + 10)
    pack = write_pack(tmp_path / "s.zip", [_instance("2.25.3", large), _instance("2.25.4", b"after")])
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert archive.getinfo("2.25.3.dcm").file_size == (1 << 32) + 10
        assert archive.read("2.25.4.dcm") == b"after"
        with archive.open("2.25.3.dcm") as entry:
            assert entry.read(4) == bytes(4)
    assert pack.entries[1].offset > 1 << 32
    (tmp_path / "s.zip").unlink()
