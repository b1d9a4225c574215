"""Damaged files: the engine says what is wrong, or cleans what is there; it never falls over and never leaks."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, FileRange, Held, Identifier, Subject
from guideit.deid.survey import survey
from guideit.deid.survey_slow import survey_slowly
from guideit.dicom.part10 import frame
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings, Option

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(180)]
BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
BOUNDED = settings(
    max_examples=400,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
FAMILY, NUMBER, STREET = "Weberknecht", "QX4821775", "Zwirnerstieg 7"
KNOWN = frozenset(
    {
        Identifier(kind="name", text=f"{FAMILY}^Adalbert"),
        Identifier(kind="id", text=NUMBER),
        Identifier(kind="address", text=STREET),
    }
)
STEMS = (b"weberknecht", b"qx4821775", b"zwirnerstieg")
ENGINE_SUBJECT = Subject(source_id=NUMBER, pseudonym="P-1", shift_days=-100, identifiers=KNOWN)
ENGINE = Engine(
    load_policy(DeidSettings(options=frozenset({Option.RETAIN_SAFE_PRIVATE, Option.CLEAN_DESCRIPTORS}))),
    Keys(b"x" * 32, "t"),
    ENGINE_SUBJECT,
)

# Whole files to damage


def _person() -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4.5"
    ds.StudyDate, ds.Modality, ds.StudyDescription = "20200131", "CT", f"CT Abdomen {FAMILY}"
    ds.PatientName, ds.PatientID, ds.PatientAddress = f"{FAMILY}^Adalbert", NUMBER, STREET
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.6"
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x10, "LO", FAMILY)
    return ds


def _nested() -> Sequence:
    deep, inner = Dataset(), Dataset()
    deep.PatientName, deep.TextValue = f"{FAMILY}^Adalbert", STREET
    inner.CodeMeaning, inner.ReferencedSOPInstanceUID = f"seen by {FAMILY}", "1.2.3.9"
    inner.RequestAttributesSequence = Sequence([deep, deep])
    return Sequence([inner, inner])


def _written(ds: Dataset, syntax: str, *, preamble: bool = True) -> bytes:
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()[0 if preamble else 132 :]


def _whole(syntax: str, *, open: bool = False) -> bytes:
    ds = _person()
    ds.SourceImageSequence = _nested()
    ds["SourceImageSequence"].is_undefined_length = open
    for item in ds.SourceImageSequence:
        item.is_undefined_length_sequence_item = open
    ds.Rows = ds.Columns = 2
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 16, 16, 15, 0, 1
    ds.PhotometricInterpretation, ds.PixelData = "MONOCHROME2", bytes(range(8))
    ds["PixelData"].VR = "OW"
    return _written(ds, syntax)


def _encapsulated() -> bytes:
    ds = pydicom.dcmread(BUNDLED / "SC_rgb_small_odd_jpeg.dcm")
    ds.PatientName, ds.PatientID, ds.StudyDescription = f"{FAMILY}^Adalbert", NUMBER, STREET
    buffer = io.BytesIO()
    ds.save_as(buffer)
    return buffer.getvalue()


EXPLICIT, IMPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{tail}" for tail in (".1", "", ".2", ".1.99"))
FILES = {
    "explicit": _whole(EXPLICIT),
    "open": _whole(EXPLICIT, open=True),
    "implicit": _whole(IMPLICIT),
    "implicit, open": _whole(IMPLICIT, open=True),
    "big endian": _whole(BIG),
    "deflated": _whole(DEFLATED),
    "jpeg": _encapsulated(),
    "without preamble": _written(_person(), EXPLICIT, preamble=False),
}

# Ways to damage them

Damage = Callable[[bytes, random.Random], bytes]
NUMBERS = (0, 1, 2, 3, 7, 0xFE, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
MARKS = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\x08\x00\x05\x00", b"\xe0\x7f\x10\x00")
VRS = (b"SQ", b"UN", b"OB", b"UT", b"PN", b"US", b"UI", b"DA", b"??", b"\0\0", b"OW", b"CS", b"AT", b"FD")


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _drop(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 40) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice([chance.randbytes(chance.randrange(1, 9)), *MARKS]) + data[at:]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    """Elements twice, in odd places."""
    at, size = chance.randrange(len(data)), chance.randrange(8, 80)
    to = chance.choice((at, at + size, chance.randrange(len(data))))
    return data[:to] + data[at : at + size] + data[to:]


def _length(data: bytes, chance: random.Random) -> bytes:
    """An absurd number where a length might stand."""
    at = _head(data, chance) + chance.choice((4, 6, 8))
    form = chance.choice(("<I", ">I", "<H"))
    number = chance.choice(NUMBERS) & (0xFFFF if form == "<H" else 0xFFFFFFFF)
    return data[:at] + struct.pack(form, number) + data[at + struct.calcsize(form) :]


def _vr(data: bytes, chance: random.Random) -> bytes:
    at = _head(data, chance) + 4
    return data[:at] + chance.choice(VRS) + data[at + 2 :]


def _tag(data: bytes, chance: random.Random) -> bytes:
    at = _head(data, chance)
    group = chance.choice((2, 8, 9, 0x10, 0x20, 0x28, 0x40, 0x5000, 0x6000, 0x7FE0, 0xFFFE, 0xFFFC))
    element = chance.choice((0, 5, 0x10, 0x18, 0x20, 0x1010, 0xE000, 0xE00D, 0xE0DD, 0xA730))
    return data[:at] + struct.pack("<HH", group, element) + data[at + 4 :]


def _head(data: bytes, chance: random.Random) -> int:
    """Where an element begins, most of the time."""
    marks = [at for at in range(0, len(data) - 8, 2) if data[at + 1] == 0 and data[at + 4 : at + 6].isalpha()]
    return chance.choice(marks or [chance.randrange(len(data))])


DAMAGES: tuple[Damage, ...] = (_flip, _cut, _drop, _insert, _repeat, _length, _vr, _tag)


def damaged(name: str, seed: int) -> bytes:
    """A file damaged one to four times; the data set of a deflated one is damaged before it is packed."""
    chance, data = random.Random(seed), FILES[name]
    inside = name == "deflated" and chance.random() < 0.8
    head = frame(data).offset if inside else 0
    if inside:
        data = zlib.decompress(data[head:], -zlib.MAX_WBITS)
    for _ in range(chance.randrange(1, 5)):
        data = chance.choice(DAMAGES)(data, chance) or b"\0"
    if inside:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = FILES[name][:head] + packer.compress(data) + packer.flush()
    return data


# What must hold of all of them


def outcome(data: bytes) -> bytes | None:
    """The cleaned file; None where it is held back, which says why."""
    result = ENGINE.clean(data, place="#1")
    if isinstance(result, Held):
        assert result.findings
        assert all(f.says and f.place == "#1" for f in result.findings)
        assert not any(stem in f.says.lower().encode() for f in result.findings for stem in STEMS)
        return None
    assert isinstance(result, CleanInstance)
    return b"".join(bytes(piece) for piece in result.pieces if not isinstance(piece, FileRange))


def hold_true(data: bytes) -> None:
    """A reasoned refusal, or a file that pydicom reads and that names nobody."""
    new = outcome(data)
    if new is None:
        return
    parsed = pydicom.dcmread(io.BytesIO(new))
    assert sum(1 for _ in parsed.iterall()) > 5
    assert parsed.PatientName == parsed.PatientID == "P-1"
    assert not any(stem in new.lower() for stem in STEMS)


CASES = st.sampled_from(sorted(FILES))
SEEDS = st.integers(0, 1 << 32)


@pytest.mark.parametrize("name", FILES)
def test_undamaged_they_are_cleaned(name: str) -> None:
    assert outcome(FILES[name]) is not None
    hold_true(FILES[name])


@BOUNDED
@given(CASES, SEEDS)
def test_a_damaged_file_is_refused_or_cleaned(name: str, seed: int) -> None:
    hold_true(damaged(name, seed))


@BOUNDED
@given(CASES, SEEDS)
def test_a_survey_of_a_damaged_file_is_refused_or_made(name: str, seed: int) -> None:
    """Both ways to look at a file before it is cleaned."""
    data = damaged(name, seed)
    for look in (survey, survey_slowly):
        try:
            found = look(data)
        except NotUnderstood as reason:
            assert reason.what
            assert not any(stem in str(reason).lower().encode() for stem in STEMS)
        else:
            assert isinstance(found.patient, str)


@BOUNDED
@given(st.binary(max_size=200), st.booleans())
@example(b"\x02\x00\x00\x00OB\0\0\xff\xff", True)
@example(b"\x08\x00\x05\x00", False)
def test_any_bytes_are_refused_or_cleaned(data: bytes, preamble: bool) -> None:
    hold_true(bytes(128) + b"DICM" + data if preamble else data)


@BOUNDED
@given(CASES, SEEDS)
def test_from_a_file_it_is_the_same(tmp_path_factory: pytest.TempPathFactory, name: str, seed: int) -> None:
    """Reading only the header changes nothing of what becomes of a file."""
    path = tmp_path_factory.getbasetemp() / "damaged.dcm"
    data = damaged(name, seed)
    path.write_bytes(data)
    result = ENGINE.clean_file(path, place="#1")
    new = None if isinstance(result, Held) else _read(result)
    assert new == outcome(data)


def _read(result: CleanInstance) -> bytes:
    pieces = []
    for piece in result.pieces:
        if isinstance(piece, FileRange):
            pieces.append(piece.path.read_bytes()[piece.offset : piece.offset + piece.length])
        else:
            pieces.append(bytes(piece))
    return b"".join(pieces)


# What a length says is not what is allocated

HEAD = _written(_person(), EXPLICIT)
ABSURD = {
    "a value of 4 GB": b"\x40\x00\x60\xa1UT\0\0\xfe\xff\xff\xff" + b"abcd",
    "a sequence of 4 GB": b"\x40\x00\x75\x02SQ\0\0\xfe\xff\xff\xff" + b"\xfe\xff\x00\xe0\x08\0\0\0" + bytes(8),
    "an item of 4 GB": b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xfe\xff\xff\xff",
    "pixels of 4 GB": b"\xe0\x7f\x10\x00OW\0\0\xfe\xff\xff\xff" + bytes(8),
    "a fragment of 4 GB": b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xfe\xff\xff\xff",
    "ten thousand open sequences": (b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff") * 10_000,
    "twenty thousand empty items": b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff"
    + b"\xfe\xff\x00\xe0\0\0\0\0" * 20_000
    + b"\xfe\xff\xdd\xe0\0\0\0\0",
}


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("tail", ABSURD)
def test_memory_follows_the_file_not_what_it_claims(tail: str) -> None:
    data = HEAD + ABSURD[tail]
    hold_true(data)
    assert _peak(lambda: outcome(data)) < (8 << 20) + 300 * len(data)


def test_a_deflated_bomb_is_refused() -> None:
    """A megabyte that unfolds to a gigabyte."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    zeros = bytes(1 << 20)
    body = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    ds = FILES["deflated"]
    bomb = ds[: frame(ds).offset] + body
    peak = _peak(lambda: hold_true(bomb))
    assert outcome(bomb) is None
    assert peak < 512 << 20


def test_pixel_data_twice_is_refused() -> None:
    """Only one is checked for what stands around its pixels."""
    first = b"\xe0\x7f\x08\x00OF\0\0\x10\0\0\0" + b"Weberknecht!!!!!"
    data = FILES["explicit"]
    at = data.index(b"\xe0\x7f\x10\x00OW")
    result = ENGINE.clean(data[:at] + first + data[at:], place="#1")
    assert isinstance(result, Held)


def test_long_values_are_not_remembered() -> None:
    """Six megabytes of texts that occur once leave nothing behind."""
    engine = Engine(load_policy(DeidSettings()), Keys(b"x" * 32, "t"), ENGINE_SUBJECT)
    files = []
    for n in range(60):
        ds = _person()
        ds.PatientAddress = "x" * 100_000 + str(n)
        files.append(_written(ds, EXPLICIT))
    assert _peak(lambda: [survey(data) and engine.clean(data) and None for data in files]) < 3 << 20


RUNS = (
    "x",
    "1",
    "1 ",
    "a.",
    "a@",
    "1-",
    "01.02. ",
    "a^",
    "Mr. A ",
    "dr.",
    "+1 ",
    "\\\\a",
    "00 1",
    "A1 ",
    "2020-01-31 ",
)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.timeout(60)
def test_a_long_text_takes_no_longer_than_its_length(run: str) -> None:
    """A quarter of a megabyte of one thing over and over; a search that begins anew at each letter takes hours."""
    ds = _person()
    ds.TextValue = run * ((1 << 18) // len(run)) + f" {FAMILY}"
    ds.DerivationDescription = "CT " + run * (8000 // len(run)) + NUMBER
    hold_true(_written(ds, EXPLICIT))
    hold_true(_written(ds, IMPLICIT))
