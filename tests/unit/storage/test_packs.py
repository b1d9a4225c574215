"""Series packs: plain ZIPs whose bytes depend on their entries alone."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from guideit.deid.subject import CleanInstance, FileRange, Piece
from guideit.storage import packs
from guideit.storage.packs import write_pack


def _instance(uid: str, *pieces: Piece) -> CleanInstance:
    return CleanInstance(pieces=pieces, study="2.25.1", series="2.25.2", instance=uid, changes=(), header={})


def test_any_unzip_reads_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"....PIXELS....")
    ranged = FileRange(path=source, offset=4, length=6)
    pack = write_pack(
        tmp_path / "s.zip",
        [_instance("2.25.3", b"HEAD", memoryview(b"er"), ranged), _instance("2.25.4", b"two")],
    )
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {
            "2.25.3.dcm": b"HEADerPIXELS",
            "2.25.4.dcm": b"two",
        }
        assert all(i.compress_type == zipfile.ZIP_STORED and not i.extra for i in archive.infolist())
    body = (tmp_path / "s.zip").read_bytes()
    assert [body[e.offset : e.offset + e.length] for e in pack.entries] == [b"HEADerPIXELS", b"two"]
    assert (pack.size, pack.sha256) == (len(body), hashlib.sha256(body).hexdigest())


def test_unzip_itself_finds_no_error(tmp_path: Path) -> None:
    if not shutil.which("unzip"):
        pytest.skip("needs unzip: apt-get install unzip")
    write_pack(tmp_path / "s.zip", [_instance("2.25.3", b"x" * 1000)])
    done = subprocess.run(["unzip", "-t", str(tmp_path / "s.zip")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_same_instances_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_pack(tmp_path / name, [_instance("2.25.3", b"one"), _instance("2.25.4", b"two")])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_no_instance_gives_an_empty_zip(tmp_path: Path) -> None:
    assert write_pack(tmp_path / "e.zip", []).entries == ()
    assert zipfile.ZipFile(tmp_path / "e.zip").namelist() == []


def test_a_source_that_shrinks_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1234")
    with pytest.raises(OSError, match="shorter"):
        write_pack(tmp_path / "s.zip", [_instance("2.25.3", FileRange(path=source, offset=0, length=5))])


def test_zip64_where_a_file_or_the_pack_is_large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The limits are lowered: the records are the same as with four gigabytes, and zipfile reads them."""
    monkeypatch.setattr(packs, "_32", 100)
    monkeypatch.setattr(packs, "_16", 2)
    write_pack(tmp_path / "s.zip", [_instance(f"2.25.{n}", b"y" * 60) for n in range(4)])
    body = (tmp_path / "s.zip").read_bytes()
    assert b"PK\x06\x06" in body and b"PK\x06\x07" in body
    assert body.count(b"PK\x01\x02") == 4
