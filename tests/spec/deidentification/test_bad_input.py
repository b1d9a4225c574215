"""Bad input: what is wrong with a file is said, by name; the rest goes on, and nothing is lost.

Each paragraph hands a folder with one fault in it to `guideit deid SRC DST` and to `guideit share`. Beside the fault
lies a series that is well: it must come out of both.
"""

from __future__ import annotations

import io
import mmap
import os
import struct
import sys
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import Dataset

import guideit
from guideit.actions.audit import verify_audit
from guideit.actions.deid_folder import FolderDone, FolderJob, deid_folder
from guideit.actions.review import findings
from guideit.actions.share import Shared, ShareRequest, share
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, FileRange, Subject
from guideit.errors import DiskFull
from guideit.testing.desk import SECRET, Desk, instance, now, open_desk
from guideit.trial.deidentification import DeidSettings

pytestmark = pytest.mark.filterwarnings("ignore")
NAMES = (b"weberknecht", b"qx4821775")
WELL: dict[str, Any] = {"StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.4", "PatientID": "W1"}
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """What both commands made of a folder.

    Attributes:
        alone: From `guideit deid`: rule by name of what was held back.
        named: From `guideit share`: rule by name of what was not received or not released.
        rules: From `guideit share`: rules of all findings, those on whole series too.
        written, released: The data sets that came out of each, without the well ones.
    """

    alone: dict[str, str]
    named: dict[str, str]
    rules: set[str]
    written: list[Dataset]
    released: list[Dataset]


def outcome(folder: Path, files: Files) -> Outcome:
    """Hand `files` and a series that is well to both commands."""
    files = {**files, "well-1": instance(901, **WELL), "well-2": instance(902, **WELL)}
    done = _alone(folder, files)
    written = [pydicom.dcmread(path) for path in sorted((folder / "clean").rglob("*.dcm"))]
    assert len(written) == done.written
    assert not any(name in p.read_bytes().lower() for p in (folder / "clean").rglob("*.dcm") for name in NAMES)
    with open_desk(folder) as desk:
        sealed = share(desk.archive, _request(folder), by="steward", now=now)
        named = {name: state for name, state in desk.states().items() if state.startswith("intake.")}
        named |= {name: rule for rule, name in desk.findings() if name}
        rules = {row["rule"] for row in findings(desk.archive, "small")}
        released = _released(desk, sealed)
    return Outcome(dict(done.held), named, rules, _but_well(written), _but_well(released))


def _alone(folder: Path, files: Files) -> FolderDone:
    (folder / "sources").mkdir(exist_ok=True)
    for name, body in files.items():
        (folder / "sources" / name).write_bytes(body)
    job = FolderJob(source=folder / "sources", target=folder / "clean", settings=DeidSettings(), secret=SECRET)
    return deid_folder(job)


def _request(folder: Path) -> ShareRequest:
    return ShareRequest(trial=folder / "trial.toml", sources=[folder / "sources"], version="1.0", date="2026-01-02")


def _released(desk: Desk, sealed: Shared) -> Sequence[Dataset]:
    """Every instance of the release, which is proved."""
    assert sealed.certificate.passed
    release = guideit.open(Path(desk.archive.plan.shelf_url) / sealed.release.id)
    return [ds for series in release.series()["series"] for ds in release.read(series)]


def _but_well(found: Sequence[Dataset]) -> list[Dataset]:
    """The rest must have gone on: both well instances are there."""
    well = [ds for ds in found if ds.InstanceNumber in (901, 902)]
    assert len(well) == 2, "the rest goes on"
    return [ds for ds in found if ds not in well]


def edited(number: int, old: bytes, new: bytes) -> bytes:
    """Instance `number` with bytes replaced in its data set."""
    body = instance(number, StudyDescription="CT", KVP="120")
    assert body.count(old) == 1
    return body.replace(old, new)


# Damaged


def test_a_value_that_claims_more_than_there_is(tmp_path: Path) -> None:
    """A length beyond the end of the file: damaged, in both."""
    body = edited(1, b"LO\x02\0CT", b"LO\xfe\xffCT")
    found = outcome(tmp_path, {"torn": body})
    assert found.alone == {"torn": "deid.not-understood"}
    assert found.named == {"torn": "intake.damaged"}
    assert found.written == found.released == []


def test_bytes_that_are_no_elements(tmp_path: Path) -> None:
    """Garbage behind a good header. What pydicom would pass over in silence is said."""
    found = outcome(tmp_path, {"garbage": instance(1) + b"\xa7\x13\x99\x31\x07"})
    assert found.alone == {"garbage": "deid.not-understood"}
    assert found.named == {"garbage": "intake.damaged"}
    assert found.written == found.released == []


@pytest.mark.parametrize("left", [100, 132, 140, 200, 340, 420, -1])
def test_cut_off(tmp_path: Path, left: int) -> None:
    """Wherever it ends: in the preamble, the meta information, an element, before the last byte."""
    found = outcome(tmp_path, {"cut": instance(1)[:left]})
    assert found.written == found.released == []
    assert found.named["cut"] in {"intake.damaged", "intake.no-uid", "intake.not-dicom"}
    if found.named["cut"] != "intake.not-dicom":
        assert found.alone["cut"] in {"deid.not-understood", "deid.no-uid"}


def test_empty(tmp_path: Path) -> None:
    """A file of no bytes is no DICOM, and is counted."""
    found = outcome(tmp_path, {"empty": b""})
    assert found.named == {"empty": "intake.empty"}
    assert found.written == found.released == []


def test_no_dicom(tmp_path: Path) -> None:
    """Texts, pictures, programmes: passed over; exports are full of them."""
    found = outcome(tmp_path, {"notes.dcm": b"Herr Weberknecht, QX4821775", "zeros.dcm": bytes(1000)})
    assert found.alone == {}
    assert found.named == {"notes.dcm": "intake.not-dicom", "zeros.dcm": "intake.not-dicom"}
    assert found.written == found.released == []


# Shapes that no scanner makes


def test_nested_five_hundred_levels(tmp_path: Path) -> None:
    """Nobody needs it, and it is how parsers are brought down: not understood."""
    open_one = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    close_one = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    found = outcome(tmp_path, {"deep": instance(1) + open_one * 500 + close_one * 500})
    assert found.alone == {"deep": "deid.not-understood"}
    assert found.named == {"deep": "intake.damaged"}
    assert found.written == found.released == []


def test_objects_that_refer_to_each_other_in_a_circle(tmp_path: Path) -> None:
    """Each refers to the next and the last to the first: references are mapped, not followed."""

    def referring(number: int, to: int) -> bytes:
        ds, one = pydicom.dcmread(io.BytesIO(instance(number))), Dataset()
        one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID = ds.SOPClassUID, f"1.2.3.4.{to}"
        ds.ReferencedImageSequence = [one]
        buffer = io.BytesIO()
        ds.save_as(buffer)
        return buffer.getvalue()

    found = outcome(tmp_path, {f"{n}": referring(n, n % 3 + 1) for n in (1, 2, 3)} | {"self": referring(4, 4)})
    for out in (found.written, found.released):
        to = {ds.InstanceNumber: ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID for ds in out}
        own = {ds.InstanceNumber: ds.SOPInstanceUID for ds in out}
        assert to == {1: own[2], 2: own[3], 3: own[1], 4: own[4]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x18\0\x60\0DS\x04\x00120 ", b"\x18\0\x60\0LO\x04\x00120 "),
        (b"\x18\0\x60\0DS\x04\x00120 ", b"\x18\0\x60\0FD\x04\x00120 "),
        (b"\x18\0\x60\0DS\x04\x00120 ", b"\x18\0\x60\0PN\x04\x00QX48"),
        (b"PN\x14\0", b"DS\x14\0"),
        (b"LO\x0a\0QX4821775", b"US\x0a\0QX4821775"),
    ],
    ids=["a number as text", "as a number of another size", "as a name", "a name as a number", "an ID as numbers"],
)
def test_a_wrong_vr(tmp_path: Path, old: bytes, new: bytes) -> None:
    """What stands under a VR that is not the attribute's is removed: its rules were made for another kind of value.

    An ID that is none holds the file back. The names it bears come out of neither command.
    """
    found = outcome(tmp_path, {"wrong": edited(1, old, new)})
    for out in (found.written, found.released):
        assert not [ds for ds in out if "KVP" in ds and ds["KVP"].VR != "DS"]
        assert all(ds.PatientName == ds.PatientID for ds in out)
    assert found.written or found.alone
    assert found.released or found.rules


def test_an_unknown_vr(tmp_path: Path) -> None:
    """Two letters that are no VR: nobody knows where the value ends."""
    found = outcome(tmp_path, {"unknown": edited(1, b"LO\x02\0CT", b"QQ\x02\0CT")})
    for out in (found.written, found.released):
        assert not [ds for ds in out if ds.get("StudyDescription") == "CT"]
    assert found.written or found.alone


def test_an_odd_length(tmp_path: Path) -> None:
    """PS3.5 7.1.1 wants even ones; whether the pad was forgotten or a byte lost cannot be told: held back."""
    found = outcome(tmp_path, {"odd": edited(1, b"LO\x02\0CT", b"LO\x03\0CTx")})
    assert found.alone == {"odd": "deid.not-understood"}
    assert found.rules >= {"deid.not-understood"}
    assert found.written == found.released == []


def test_an_element_twice(tmp_path: Path) -> None:
    """A second Patient Name after the first: both go."""
    name = b"\x10\0\x10\0PN\x14\0Weberknecht^Adalbert"
    found = outcome(tmp_path, {"twice": edited(1, name, name + name)})
    for out in (found.written, found.released):
        assert [ds.PatientName == ds.PatientID for ds in out] == [True]


# Values that are none


@pytest.mark.parametrize("date", ["20201345", "2020-01-31", "31.01.2020", "QX4821775", "99999999", "0000"])
def test_an_invalid_date(tmp_path: Path, date: str) -> None:
    """It cannot be moved, and could be anything: emptied. The instance goes on."""
    found = outcome(tmp_path, _dated(date))
    for out in (found.written, found.released):
        assert [str(ds.StudyDate) for ds in out] == [""]


def _value(vr: bytes, text: str) -> bytes:
    raw = text.encode() + b" " * (len(text) % 2)
    return vr + struct.pack("<H", len(raw)) + raw


def _dated(date: str) -> Files:
    body = instance(1, StudyDate="20200131")
    return {"one": body.replace(b"DA\x08\x0020200131", _value(b"DA", date))}


@pytest.mark.parametrize("uid", ["1.2..3", "01.2", "Weberknecht", "1.2.3.4." + "5" * 70, "1.2.3 "])
def test_an_invalid_uid(tmp_path: Path, uid: str) -> None:
    """UIDs are replaced by valid ones, one for one; what they were does not matter."""
    found = outcome(tmp_path, {"one": _with_uid(uid)})
    for out in (found.written, found.released):
        assert [ds.SOPInstanceUID.is_valid and ds.SOPInstanceUID.startswith("2.25.") for ds in out] == [True]


def _with_uid(uid: str) -> bytes:
    head = b"\x08\0\x18\0"
    body = instance(1)
    at = body.index(head + b"UI")
    stop = at + 8 + struct.unpack_from("<H", body, at + 6)[0]
    return body[:at] + head + _value(b"UI", uid) + body[stop:]


def test_no_patient_id(tmp_path: Path) -> None:
    """Whose it is cannot be guessed from a name."""
    found = outcome(tmp_path, {"whose": instance(1, PatientID="")})
    assert found.alone == {"whose": "deid.no-patient-id"}
    assert found.named == {"whose": "intake.no-patient-id"}
    assert found.written == found.released == []


def test_two_patients_under_one_study(tmp_path: Path) -> None:
    """One of them is in the wrong study, and nobody but the site knows which: both are held back."""
    files = {"a": instance(1), "b": instance(2, PatientID="ZZ7", SeriesInstanceUID="1.2.3.5")}
    found = outcome(tmp_path, files)
    assert found.alone == {"a": "check.study-of-two-patients", "b": "check.study-of-two-patients"}
    assert "check.study-of-two-patients" in found.rules
    assert found.written == found.released == []


def test_two_contents_under_one_uid(tmp_path: Path) -> None:
    """The first stays, the second is named; nothing is overwritten."""
    found = outcome(tmp_path, {"a": instance(1), "b": instance(1, StudyDescription="CT")})
    assert found.alone == {"b": "deid.conflicting-instance"}
    assert found.named == {"b": "intake.conflicting-instance"}
    assert len(found.written) == len(found.released) == 1


# What the machine refuses


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A link to nothing, as a share that is gone leaves behind. Named; the rest goes on."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "gone").symlink_to(tmp_path / "nowhere")
    found = outcome(tmp_path, {"one": instance(1)})
    assert found.alone == {"gone": "intake.link-out-of-source"}
    assert found.named == {"gone": "intake.link-out-of-source"}
    assert len(found.written) == len(found.released) == 1


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: what writing sees of a disk that is full."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def large(number: int) -> bytes:
    """An instance of four megabytes."""
    ds = pydicom.dcmread(io.BytesIO(instance(number)))
    ds.Rows = ds.Columns = 1448
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 16, 16, 15, 0, 1
    ds.PhotometricInterpretation, ds.PixelData = "MONOCHROME2", bytes([number, 0]) * 1448**2
    ds["PixelData"].VR = "OW"
    buffer = io.BytesIO()
    ds.save_as(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("room", [0, 40_000, 1 << 20, 5 << 20])
def test_a_full_disk_stops_share_and_loses_nothing(tmp_path: Path, room: int) -> None:
    """Wherever it stops - at the ledger, the quarantine, a cleaned series - the error says so and what to do;
    nothing half-done is visible, no file is set aside for it, and the same line ends at the same root."""
    files = {"one": large(1), "two": large(2), "three": instance(3)}
    (tmp_path / "stopped" / "sources").mkdir(parents=True)
    (tmp_path / "straight" / "sources").mkdir(parents=True)
    for name, body in files.items():
        (tmp_path / "stopped" / "sources" / name).write_bytes(body)
        (tmp_path / "straight" / "sources" / name).write_bytes(body)
    with open_desk(tmp_path / "stopped"):
        pass
    with pytest.raises(DiskFull, match="the disk is full") as raised, room_for(room):
        _share(tmp_path / "stopped")
    assert "make room" in raised.value.do
    shelf = tmp_path / "stopped" / "archive" / "shared" / "shelf"
    assert not list(shelf.rglob("release.json"))
    after, straight = _share(tmp_path / "stopped"), _share(tmp_path / "straight")
    assert after.release.root == straight.release.root
    assert after.release.counts.instances == 3
    assert after.certificate.passed
    left = [p.name for p in (tmp_path / "stopped" / "archive").rglob("*") if ".half-" in p.name]
    assert left == []


def _share(folder: Path) -> Shared:
    with open_desk(folder) as desk:
        done = share(desk.archive, _request(folder), by="steward", now=now)
        assert not [state for state in desk.states().values() if state.startswith("intake.")]
        assert verify_audit(desk.archive)["private"].events > 0
    return done


def test_a_full_disk_stops_deid_and_leaves_whole_files_only(tmp_path: Path) -> None:
    """The error says so; each file that is there is whole, and the same line goes on."""
    files = {"one": large(1), "three": instance(3)}
    with pytest.raises(DiskFull, match="the disk is full"):
        (tmp_path / "sources").mkdir()
        for name, body in files.items():
            (tmp_path / "sources" / name).write_bytes(body)
        with room_for(1 << 20):
            _alone(tmp_path, {})
    assert not [p for p in (tmp_path / "clean").rglob("*") if ".half-" in p.name or ".unpacked" in p.name]
    assert _alone(tmp_path, {}).written == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs files with holes")
def test_two_gigabytes_of_frames(tmp_path: Path) -> None:
    """Pixels are handed on, not read: cleaning costs the memory of the header."""
    ds = pydicom.dcmread(io.BytesIO(large(1)))
    ds.Rows = ds.Columns = 512
    ds.NumberOfFrames, ds.PixelData = 4100, b""
    buffer = io.BytesIO()
    ds.save_as(buffer)
    size = 4100 * 512 * 512 * 2
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.write(buffer.getvalue()[:-4] + struct.pack("<I", size))
        file.truncate(file.tell() + size)
    subject = Subject(source_id="QX4821775", pseudonym="P-1", shift_days=-1)
    engine = Engine(load_policy(DeidSettings()), Keys(SECRET, "t"), subject)
    tracemalloc.start()
    from_file = engine.clean_file(path)
    with path.open("rb") as file:
        mapped = engine.clean(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(from_file, CleanInstance)
    assert isinstance(mapped, CleanInstance)
    assert [p.length for p in from_file.pieces if isinstance(p, FileRange)] == [size]
    assert sum(p.length if isinstance(p, FileRange) else len(p) for p in mapped.pieces) > size
    assert peak < 4 << 20
