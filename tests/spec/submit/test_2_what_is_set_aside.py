"""What is set aside: each file with its reason, named by a finding; the rest goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guideit.intake import receive
from guideit.testing.desk import Desk, instance, open_desk

Close = Callable[[Path], None]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An archive with a small trial, and a folder to hand in; one instance in it is well."""
    with open_desk(tmp_path) as opened:
        opened.put(well=instance(1))
        yield opened


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Iterator[Close]:
    """Make a file or folder unreadable; for the superuser, who may read everything, reading is made to fail."""
    closed: set[Path] = set()

    def shut(path: Path) -> None:
        closed.add(path)
        if hasattr(os, "geteuid") and os.geteuid() != 0:
            path.chmod(0)
            return
        bytes_of, scan = receive._bytes, os.scandir

        def no_bytes(asked: Path, size: int) -> bytes:
            if asked == path:
                raise PermissionError(13, "no", str(path))
            return bytes_of(asked, size)

        def no_scan(asked: Any) -> Any:
            if Path(asked) == path:
                raise PermissionError(13, "no", str(path))
            return scan(asked)

        monkeypatch.setattr(receive, "_bytes", no_bytes)
        monkeypatch.setattr(os, "scandir", no_scan)

    yield shut
    for path in closed:
        path.chmod(0o755)


def test_what_is_no_dicom(desk: Desk) -> None:
    """A picture, a text, a programme: counted, not copied, and no finding: exports are full of them."""
    desk.put(readme=b"Call 030 1234567", picture=b"\x89PNG\r\n\x1a\n" + bytes(200), zeros=bytes(4096))
    assert desk.submit().set_aside == 3
    assert desk.findings() == []
    assert desk.kept() == [instance(1)]


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("empty", b"", "intake.empty"),
        ("cut", instance(2)[:-3], "intake.damaged"),
        ("cut between two elements", instance(2) + b"\x20\x00", "intake.damaged"),
        ("only the preamble", instance(2)[:132], "intake.damaged"),
        ("cut in the meta information", instance(2)[:150], "intake.damaged"),
        (
            "garbage behind the meta information",
            instance(2)[:344] + os.urandom(0) + b"\xa7\x13\x99" * 400,
            "intake.damaged",
        ),
        ("no patient", instance(2, PatientID=""), "intake.no-patient-id"),
        ("no instance", instance(2, SOPInstanceUID=""), "intake.no-uid"),
        ("no series", instance(2, SeriesInstanceUID=""), "intake.no-uid"),
        ("no study", instance(2, StudyInstanceUID=""), "intake.no-uid"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_each_fault_has_its_reason(desk: Desk, name: str, body: bytes, reason: str) -> None:
    """One finding, naming the file; the file beside it is taken."""
    desk.put(**{name: body})
    done = desk.submit()
    assert (done.instances, done.set_aside) == (1, 1)
    assert desk.states() == {name: reason, "well": "instance"}
    assert desk.findings() == [(reason, name)]


def test_damaged_files_are_kept(desk: Desk) -> None:
    """Their bytes lie in the quarantine: whoever sent them may have nothing better."""
    desk.put(cut=instance(2)[:-3])
    desk.submit()
    assert instance(2)[:-3] in desk.kept()


def test_a_file_that_cannot_be_read(desk: Desk, close: Close) -> None:
    """It is named; when it can be read, the same line takes it, and the finding goes."""
    desk.put(locked=instance(2))
    close(desk.sources / "locked")
    assert desk.submit().instances == 1
    assert desk.findings() == [("intake.unreadable", "locked")]


def test_a_file_that_can_be_read_later(desk: Desk, close: Close, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its permissions are mended the same line takes it, and the finding goes."""
    desk.put(locked=instance(2))
    close(desk.sources / "locked")
    desk.submit()
    (desk.sources / "locked").chmod(0o644)
    monkeypatch.undo()
    assert desk.submit().instances == 1
    assert desk.findings() == []
    assert desk.states()["locked"] == "instance"


def test_a_folder_that_cannot_be_read(desk: Desk, close: Close) -> None:
    """What lies in it is not passed over in silence."""
    (desk.sources / "site").mkdir()
    (desk.sources / "site" / "one").write_bytes(instance(2))
    close(desk.sources / "site")
    assert desk.submit().instances == 1
    assert desk.findings() == [("intake.unreadable-folder", "site")]


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs symbolic links")
@pytest.mark.parametrize("kind", ["out of the source", "to nothing", "in a circle", "of a folder out of the source"])
def test_links_that_lead_away(desk: Desk, tmp_path: Path, kind: str) -> None:
    """Out of the source, to nothing, in a circle: not followed, and named."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "private").write_bytes(instance(2))
    targets = {
        "out of the source": tmp_path / "elsewhere" / "private",
        "to nothing": desk.sources / "gone",
        "in a circle": desk.sources / "link",
        "of a folder out of the source": tmp_path / "elsewhere",
    }
    (desk.sources / "link").symlink_to(targets[kind])
    assert desk.submit().instances == 1
    assert desk.findings() == [("intake.link-out-of-source", "link")]
    assert desk.kept() == [instance(1)]


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_inside_the_source_is_followed(desk: Desk) -> None:
    """What it points to is there anyway: a duplicate."""
    (desk.sources / "link").symlink_to(desk.sources / "well")
    done = desk.submit()
    assert (done.instances, done.duplicates) == (1, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(desk: Desk) -> None:
    """Neither file nor folder: said, and passed."""
    os.mkfifo(desk.sources / "pipe")
    assert desk.submit().instances == 1
    assert desk.findings() == [("intake.no-file", "pipe")]


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="needs names that are any bytes")
def test_a_name_of_no_character_set(desk: Desk) -> None:
    """Old systems wrote names in Latin-1: the file is taken, its name written down as `\\xfc`."""
    path = os.fsencode(desk.sources) + b"/M\xfcller"
    Path(os.fsdecode(path)).write_bytes(instance(2))
    assert desk.submit().instances == 2
    assert desk.states()["M\\xfcller"] == "instance"
    assert desk.submit().instances == 0
