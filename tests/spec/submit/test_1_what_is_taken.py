"""What is taken in: recognised by what a file holds, kept once, left as it lay."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from guideit.errors import UsageError
from guideit.testing.desk import Desk, instance, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An archive with a small trial, and a folder to hand in."""
    with open_desk(tmp_path) as opened:
        yield opened


def _as_it_lies(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {p.name: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in folder.rglob("*") if p.is_file()}


def test_names_tell_nothing(desk: Desk) -> None:
    """A file is DICOM by what it holds: one called `.txt` is taken, a text called `.dcm` is not."""
    (desk.sources / "notes.txt").write_bytes(instance(1))
    (desk.sources / "IM000001.dcm").write_text("Dear colleague, please find the images enclosed.", "utf-8")
    done = desk.submit()
    assert (done.instances, done.set_aside) == (1, 1)
    assert desk.states() == {"notes.txt": "instance", "IM000001.dcm": "intake.not-dicom"}


@pytest.mark.parametrize("preamble", [True, False], ids=["with preamble", "without preamble"])
def test_the_preamble_may_be_missing(desk: Desk, preamble: bool) -> None:
    """Many archives export bare data sets; those are recognised by their first elements."""
    desk.put(one=instance(1, preamble=preamble))
    assert desk.submit().instances == 1


@pytest.mark.parametrize(
    "syntax",
    ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"],
    ids=["implicit", "explicit", "big endian", "deflated"],
)
def test_every_encoding_is_read(desk: Desk, syntax: str) -> None:
    """Implicit and explicit, Big Endian, deflated."""
    desk.put(one=instance(1, syntax=syntax))
    assert desk.submit().instances == 1


def test_a_dicomdir_is_ignored(desk: Desk) -> None:
    """It lists files, and names patients; it is not copied, and no finding is made of it."""
    shutil.copyfile(str(get_testdata_file("DICOMDIR", download=False)), desk.sources / "DICOMDIR")
    desk.put(one=instance(1))
    desk.submit()
    assert desk.states() == {"DICOMDIR": "intake.dicomdir", "one": "instance"}
    assert desk.findings() == []
    assert desk.kept() == [instance(1)]


def test_tables_are_kept_too(desk: Desk) -> None:
    """What ends like a table and is no DICOM may be a clinical table of the trial."""
    (desk.sources / "visits.csv").write_text("id,day\nQX4821775,1\n", "utf-8")
    assert desk.submit().tables == 1


def test_the_same_bytes_are_kept_once(desk: Desk) -> None:
    """Under however many names: the second is a duplicate, which is no fault."""
    desk.put(one=instance(1), copy=instance(1), two=instance(2))
    done = desk.submit()
    assert (done.instances, done.duplicates) == (2, 1)
    assert desk.kept() == sorted([instance(1), instance(2)])
    assert desk.findings() == []


def test_one_uid_with_two_contents_is_a_finding(desk: Desk) -> None:
    """Which of them is right only the site knows: the first stays, the second is named."""
    desk.put(a=instance(1), b=instance(1, StudyDescription="Abdomen"))
    done = desk.submit()
    assert (done.instances, done.conflicts) == (1, 1)
    assert desk.findings() == [("intake.conflicting-instance", "b")]


def test_what_came_earlier_stays_when_another_comes_later(desk: Desk) -> None:
    """Also when it comes with another submission."""
    desk.put(b=instance(1))
    desk.submit()
    desk.put(a=instance(1, StudyDescription="Abdomen"))
    assert desk.submit().conflicts == 1
    assert desk.findings() == [("intake.conflicting-instance", "a")]


def test_a_second_submit_adds_nothing(desk: Desk) -> None:
    """Name, size and time of change tell that a file was received."""
    desk.put(one=instance(1), two=instance(2), note=b"nothing that is DICOM")
    first = desk.submit()
    before = desk.states()
    again = desk.submit()
    assert (first.instances, first.set_aside) == (2, 1)
    assert (again.instances, again.set_aside, again.duplicates, again.seen_before) == (0, 0, 0, 3)
    assert desk.states() == before


def test_a_file_that_changed_is_received_again(desk: Desk) -> None:
    """A site sends a corrected file under the old name: it replaces what was received, and its finding."""
    desk.put(one=instance(1)[:-3])
    desk.submit()
    assert desk.findings() == [("intake.damaged", "one")]
    desk.put(one=instance(1))
    assert desk.submit().instances == 1
    assert desk.states() == {"one": "instance"}
    assert desk.findings() == []


def test_with_reference_bytes_stay_where_they_are(desk: Desk) -> None:
    """Nothing is copied; the archive remembers where they lie."""
    desk.put(one=instance(1), two=instance(2))
    assert desk.submit(reference=True).instances == 2
    assert desk.kept() == []


@pytest.mark.parametrize("reference", [False, True], ids=["copied", "by reference"])
def test_sources_are_never_written(desk: Desk, reference: bool) -> None:
    """Neither bytes, nor times, nor permissions of what was handed in change; no file is added."""
    desk.put(one=instance(1), torn=instance(2)[:-5], note=b"text", nothing=b"")
    before = _as_it_lies(desk.sources)
    desk.submit(reference=reference)
    assert _as_it_lies(desk.sources) == before


def test_one_file_may_be_handed_in(desk: Desk) -> None:
    """A source is a folder, an archive, or a file."""
    desk.put(one=instance(1), two=instance(2))
    assert desk.submit(desk.sources / "two").instances == 1


def test_a_source_that_is_not_there_is_said(desk: Desk) -> None:
    """By its name, as it was typed."""
    with pytest.raises(UsageError, match="no such folder, archive or file") as raised:
        desk.submit(desk.sources / "elsewhere")
    assert raised.value.where.endswith("elsewhere")
