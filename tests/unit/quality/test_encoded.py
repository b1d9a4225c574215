"""The verifier's own walk over encoded bytes."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from guideit.quality.encoded import Malformed, walk
from guideit.quality.inputs import Verdict
from guideit.quality.packs import check_part10

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"


def _written(syntax: str = ExplicitVRLittleEndian, *, undefined: bool = False) -> bytes:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax  # type: ignore[assignment]
    ds.SOPClassUID, ds.SOPInstanceUID, ds.PatientID = "1.2.840.10008.5.1.4.1.1.2", "2.25.1", "P"
    item = Dataset()
    item.CodeMeaning = "inner"
    ds.ProcedureCodeSequence = Sequence([item, Dataset()])
    ds["ProcedureCodeSequence"].is_undefined_length = undefined
    item.is_undefined_length_sequence_item = undefined
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def _start(body: bytes) -> int:
    return check_part10(body, "", Verdict())


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("undefined", [True, False])
def test_a_plain_file_is_walked_to_its_end(syntax: str, undefined: bool) -> None:
    body = _written(syntax, undefined=undefined)
    assert walk(body, _start(body), str(syntax)).elements == 5


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("rest", [b"x", b"hidden", b"hidden behind the data set"])
def test_bytes_behind_the_data_set_are_found(syntax: str, rest: bytes) -> None:
    body = _written(syntax)
    with pytest.raises(Malformed):
        walk(body + rest, _start(body), str(syntax))


def test_where_pixels_begin_and_end() -> None:
    body = (BUNDLED / "CT_small.dcm").read_bytes()
    start, stop = walk(body, _start(body), EXPLICIT).pixels
    assert body[start:stop] == dcmread(io.BytesIO(body)).PixelData


def test_nesting_may_be_deeper_than_the_interpreter_recurses() -> None:
    inner = b""
    for _ in range(3000):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
        inner = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, len(item)) + item
    assert walk(inner, 0, EXPLICIT).elements == 3000


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<HH2sH", 0x0010, 0x0020, b"LO", 3) + b"abc",
        struct.pack("<HH2sH", 0x0010, 0x0020, b"LO", 8) + b"ab",
        struct.pack("<HH2sH", 0x0010, 0x0020, b"??", 2) + b"ab",
        struct.pack("<HH2sHI", 0x0010, 0x0020, b"UT", 0x4142, 2) + b"ab",
        struct.pack("<HH2sHI", 0x0010, 0x0020, b"UN", 0, 0xFFFFFFFF),
        struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 8) + struct.pack("<HHI", 0x0010, 0x0010, 0),
        struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 8) + struct.pack("<HHI", 0xFFFE, 0xE000, 80) + bytes(80),
        struct.pack("<HHI", 0xFFFE, 0xE00D, 0),
    ],
    ids=["odd", "beyond", "no-vr", "reserved", "undefined", "no-item", "item-beyond", "stray-delimiter"],
)
def test_what_is_no_plain_encoding_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        walk(body, 0, EXPLICIT)


def test_a_damaged_deflated_data_set_is_refused() -> None:
    with pytest.raises(Malformed):
        walk(b"\xff\xff\xff", 0, DEFLATED)
    squeezer = zlib.compressobj(wbits=-15)
    whole = squeezer.compress(struct.pack("<HH2sH", 0x0010, 0x0020, b"LO", 2) + b"ab") + squeezer.flush()
    assert walk(whole, 0, DEFLATED).elements == 1
    with pytest.raises(Malformed):
        walk(whole[:-2], 0, DEFLATED)


@given(st.binary(max_size=300), st.sampled_from([EXPLICIT, IMPLICIT, DEFLATED, "1.2.840.10008.1.2.2"]))
def test_any_bytes_are_walked_or_refused_and_nothing_else_happens(body: bytes, syntax: str) -> None:
    try:
        assert walk(body, 0, syntax).elements >= 0
    except Malformed as refused:
        assert str(refused)


@given(st.data())
def test_a_file_with_one_byte_changed_is_walked_or_refused(data: st.DataObject) -> None:
    body = bytearray(_written())
    at = data.draw(st.integers(_start(bytes(body)), len(body) - 1))
    body[at] = data.draw(st.integers(0, 255))
    try:
        assert walk(bytes(body), _start(bytes(body)), EXPLICIT).elements >= 0
    except Malformed as refused:
        assert str(refused)


def test_as_many_elements_as_pydicom_sees_in_its_own_files() -> None:
    """Those that both read; UN values, which pydicom may open as sequences, are closed to the walk."""
    compared = 0
    for path in sorted(BUNDLED.glob("*.dcm")):
        body = path.read_bytes()
        try:
            ds = dcmread(io.BytesIO(body))
            found = list(ds.iterall())
            encoded = walk(body, _start(body), str(ds.file_meta.TransferSyntaxUID))
        except Exception:  # noqa: BLE001 these files are odd on purpose; what both read is compared
            continue
        if b"UN\0\0" not in body and ds.file_meta.TransferSyntaxUID != ImplicitVRLittleEndian:
            assert encoded.elements == len(found), path.name
            compared += 1
    assert compared >= 20
