"""Archives: ZIP and tar, plain and compressed, named as a source or lying in one; unsafe ones are refused."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guideit.errors import SourceRefused
from guideit.intake.sources import Limits, Walk
from guideit.testing.desk import Desk, instance, open_desk

Members = dict[str, bytes]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An archive with a small trial, and a folder to hand in."""
    with open_desk(tmp_path) as opened:
        yield opened


def zipped(members: Members, *, compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 1, 0, 0, 0)), body, compression)
    return buffer.getvalue()


def tarred(members: Members, *, form: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{form}") as archive:  # type: ignore[call-overload]
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


TWO = {"a/one": instance(1), "a/two.dcm": instance(2), "readme.txt": b"text"}
KINDS: dict[str, Callable[[Members], bytes]] = {
    "zip": zipped,
    "zip, deflated": lambda m: zipped(m, compression=zipfile.ZIP_DEFLATED),
    "zip, bzip2": lambda m: zipped(m, compression=zipfile.ZIP_BZIP2),
    "zip, lzma": lambda m: zipped(m, compression=zipfile.ZIP_LZMA),
    "tar": tarred,
    "tar.gz": lambda m: tarred(m, form="gz"),
    "tar.bz2": lambda m: tarred(m, form="bz2"),
    "tar.xz": lambda m: tarred(m, form="xz"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_archives_are_opened(desk: Desk, tmp_path: Path, kind: str) -> None:
    """By what they hold, not by their names; their members are received like files."""
    path = tmp_path / "export.dat"
    path.write_bytes(KINDS[kind](TWO))
    done = desk.submit(path)
    assert (done.instances, done.set_aside) == (2, 1)
    assert desk.states() == {"a/one": "instance", "a/two.dcm": "instance", "readme.txt": "intake.not-dicom"}


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archives_in_a_folder_are_opened_too(desk: Desk, kind: str) -> None:
    """A finding on a member names the archive and the member."""
    desk.put(site=KINDS[kind]({**TWO, "torn": instance(3)[:-3]}))
    assert desk.submit().instances == 2
    assert desk.findings() == [("intake.damaged", "site!torn")]


def test_members_are_received_once(desk: Desk, tmp_path: Path) -> None:
    """A second submit of an archive unpacks nothing."""
    (tmp_path / "export").write_bytes(zipped(TWO))
    desk.submit(tmp_path / "export")
    again = desk.submit(tmp_path / "export")
    assert (again.instances, again.seen_before) == (0, 3)


def test_with_reference_members_are_copied_all_the_same(desk: Desk, tmp_path: Path) -> None:
    """There is no file that could be referred to. The archive stays as it is."""
    (tmp_path / "export").write_bytes(zipped(TWO))
    assert desk.submit(tmp_path / "export", reference=True).instances == 2
    assert desk.kept() == sorted([instance(1), instance(2)])
    assert (tmp_path / "export").read_bytes() == zipped(TWO)


def test_nothing_unpacked_is_left_behind(desk: Desk) -> None:
    """Neither what was kept, nor what was not."""
    desk.put(site=zipped(TWO))
    desk.submit()
    assert not [p for p in desk.archive.work.rglob("*") if p.is_file()]


# What is refused


def linked() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("one")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    return buffer.getvalue()


def device() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("one")
        info.type, info.devmajor, info.devminor = tarfile.CHRTYPE, 1, 5
        archive.addfile(info)
    return buffer.getvalue()


def zip_link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("one")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


def encrypted() -> bytes:
    """A member whose flag says so."""
    body = bytearray(zipped({"one": instance(1)}))
    body[6] |= 1
    body[body.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


def long_header() -> bytes:
    """A header of sixty-four megabytes, which readers take into memory."""
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 64 << 20
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as packed:
        packed.write(info.tobuf() + bytes(64 << 20))
    return buffer.getvalue()


UNSAFE: dict[str, Callable[[], bytes]] = {
    "a name that climbs out (zip)": lambda: zipped({"../../etc/cron.d/x": instance(1)}),
    "a name that climbs out (tar)": lambda: tarred({"a/../../x": instance(1)}),
    "an absolute name": lambda: tarred({"/etc/x": instance(1)}),
    "a name with a drive": lambda: zipped({"C:/x": instance(1)}),
    "a name with backslashes": lambda: tarred({"..\\..\\x": instance(1)}),
    "a link (tar)": linked,
    "a link (zip)": zip_link,
    "a device": device,
    "an encrypted member": encrypted,
    "a bomb (zip)": lambda: zipped({"zeros": bytes(64 << 20)}, compression=zipfile.ZIP_DEFLATED),
    "a bomb (tar.gz)": lambda: tarred({"zeros": bytes(64 << 20)}, form="gz"),
    "a bomb (tar.xz)": lambda: tarred({"zeros": bytes(64 << 20)}, form="xz"),
    "a bomb in a header (tar.gz)": long_header,
    "cut off (zip)": lambda: zipped(TWO)[:-30],
    "cut off (tar.gz)": lambda: tarred({"one": random.Random(1).randbytes(200_000)}, form="gz")[:-50_000],
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_archive_named_as_a_source_is_refused(desk: Desk, tmp_path: Path, kind: str) -> None:
    """Before anything of it is taken; the error names it and says what to do."""
    (tmp_path / "export").write_bytes(UNSAFE[kind]())
    with pytest.raises(SourceRefused, match="the archive") as raised:
        desk.submit(tmp_path / "export")
    assert raised.value.where.endswith("export")
    assert raised.value.do
    assert desk.kept() == []
    assert not (tmp_path / "etc").exists()


@pytest.mark.parametrize("kind", UNSAFE)
def test_an_unsafe_archive_in_a_folder_is_set_aside(desk: Desk, kind: str) -> None:
    """Whole, with a finding; what lies beside it is taken."""
    desk.put(site=UNSAFE[kind](), well=instance(7))
    assert desk.submit().instances == 1
    assert desk.findings() == [("intake.unsafe-archive", "site")]


def test_limits_hold_for_what_is_unfolded_not_for_what_is_said(tmp_path: Path) -> None:
    """A ZIP whose directory lies about sizes is stopped while it is unfolded."""
    body = bytearray(zipped({"zeros": bytes(32 << 20)}, compression=zipfile.ZIP_DEFLATED))
    for at in (22, body.rindex(b"PK\x01\x02") + 24):
        body[at : at + 4] = struct.pack("<I", 10)
    (tmp_path / "liar").write_bytes(bytes(body))
    walk = Walk(scratch=tmp_path / "scratch", seen=lambda _: False, limits=Limits(total=1 << 20))
    with pytest.raises(SourceRefused):
        list(walk.entries(tmp_path / "liar"))
    assert sum(p.stat().st_size for p in (tmp_path / "scratch").rglob("*")) <= 1 << 20


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    """A million empty files cost more than they weigh."""
    (tmp_path / "many").write_bytes(zipped({f"{n}": b"" for n in range(50)}))
    walk = Walk(scratch=tmp_path / "scratch", seen=lambda _: False, limits=Limits(members=49))
    with pytest.raises(SourceRefused, match="too many members"):
        list(walk.entries(tmp_path / "many"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_damaged_anywhere_is_refused_or_read(tmp_path: Path, kind: str) -> None:
    """Two hundred ways to break each kind: no other error, and nothing outside the scratch folder."""
    whole, chance = KINDS[kind](TWO), random.Random(kind)
    for _ in range(200):
        body = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        if chance.random() < 0.2:
            del body[chance.randrange(len(body)) :]
        (tmp_path / "broken").write_bytes(bytes(body))
        walk = Walk(scratch=tmp_path / "scratch", seen=lambda _: False)
        try:
            entries = list(walk.entries(tmp_path / "broken"))
        except SourceRefused as refused:
            assert refused.do
        else:
            assert all(
                e.path and e.path.is_relative_to(tmp_path) and -(1 << 63) <= e.mtime_ns < 1 << 63 for e in entries
            )
