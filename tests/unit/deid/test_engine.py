"""The engine: the fast path gives what pydicom's gives, byte for byte, on every real file there is."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.oracle import rewrite_dataset
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Held, Identifier, Subject
from guideit.deid.text import Cleaned
from guideit.dicom.part10 import BIG_ENDIAN, DEFLATED, frame, inflated
from guideit.errors import NotUnderstood
from guideit.trial.deidentification import DeidSettings, Option

BUNDLED = Path(pydicom.__file__).parent / "data"
SHARED = Path(__file__).parents[4] / "shared" / "data"
NAMES = frozenset({Identifier(kind="name", text="Müller^Jürgen"), Identifier(kind="id", text="PAT-12345")})
SUBJECT = Subject(source_id="12345", pseudonym="P-1", shift_days=-100, identifiers=NAMES)


def _engine(settings: DeidSettings | None = None) -> Engine:
    return Engine(load_policy(settings or DeidSettings()), Keys(b"x" * 32, "t"), SUBJECT)


def _files(folder: Path, step: int = 1) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())[::step]


def _whole(result: CleanInstance) -> bytes:
    return b"".join(bytes(piece) for piece in result.pieces if isinstance(piece, bytes | memoryview))


def _compare(engine: Engine, path: Path) -> str:
    """What the two paths make of a file: `equal`, `pydicom only`, or `neither`."""
    data = path.read_bytes()
    try:
        framing = frame(data[:65536])
    except NotUnderstood:
        return "no DICOM"
    plain, at = inflated(data, framing) if framing.syntax == DEFLATED else (data, framing)
    try:
        slow = b"".join(bytes(p) for p in rewrite_dataset(data, framing, engine.values, engine._attested)[1].out)
    except NotUnderstood:
        slow = None
    try:
        if framing.syntax == BIG_ENDIAN:
            raise NotUnderstood("by design")
        fast = b"".join(bytes(p) for p in engine._rewriters[at.implicit].rewrite(plain, at.offset).out)
    except NotUnderstood:
        return "neither" if slow is None else "pydicom only"
    assert fast == slow, path.name
    return "equal"


@pytest.mark.parametrize(
    "options", [frozenset(), *[frozenset({o}) for o in Option]], ids=lambda o: "+".join(o) or "basic"
)
def test_fast_path_and_pydicom_agree_on_the_bundled_files(options: frozenset[Option]) -> None:
    engine = _engine(DeidSettings(options=options))
    results = [_compare(engine, path) for path in _files(BUNDLED)]
    assert results.count("equal") > 70
    assert results.count("pydicom only") < 30


def test_fast_path_and_pydicom_agree_on_real_trials() -> None:
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data")
    results = [_compare(_engine(), path) for path in _files(SHARED, step=5)]
    assert results.count("equal") > 300
    assert "pydicom only" not in results


@pytest.mark.parametrize("path", _files(BUNDLED), ids=lambda p: p.name)
def test_what_is_cleaned_is_read_by_pydicom_and_says_so(path: Path) -> None:
    """Every bundled file is cleaned or held with a reason; none makes the engine fall over."""
    data = path.read_bytes()
    result = _engine().clean(data, place="#1")
    if isinstance(result, Held):
        assert result.findings and all(f.says and f.place == "#1" for f in result.findings)
        return
    new = pydicom.dcmread(io.BytesIO(_whole(result)))
    assert new.PatientID == new.PatientName == "P-1"
    assert new.PatientIdentityRemoved == "YES"
    assert new.file_meta.MediaStorageSOPInstanceUID == new.SOPInstanceUID == result.instance
    assert new.SOPInstanceUID.startswith("2.25.")
    assert new.preamble == bytes(128)
    assert len(result.changes) > 10


def test_pixels_are_bit_identical() -> None:
    path = BUNDLED / "test_files" / "CT_small.dcm"
    result = _engine().clean(path.read_bytes())
    assert isinstance(result, CleanInstance)
    assert pydicom.dcmread(io.BytesIO(_whole(result))).PixelData == pydicom.dcmread(path).PixelData


def test_what_follows_the_last_pixel_is_blanked() -> None:
    source = pydicom.dcmread(BUNDLED / "test_files" / "CT_small.dcm")
    pixels = source.PixelData
    source.PixelData = pixels + b"SMITH^JOHN 19500312" + b"\0"
    buffer = io.BytesIO()
    source.save_as(buffer)
    result = _engine().clean(buffer.getvalue())
    assert isinstance(result, CleanInstance)
    new = pydicom.dcmread(io.BytesIO(_whole(result))).PixelData
    assert new[: len(pixels)] == pixels
    assert not any(new[len(pixels) :])


def test_a_comment_in_a_jpeg_stream_is_blanked_and_the_picture_stays() -> None:
    source = pydicom.dcmread(BUNDLED / "test_files" / "SC_rgb_small_odd_jpeg.dcm")
    frame_bytes = next(pydicom.encaps.generate_frames(source.PixelData, number_of_frames=1))
    comment = b"\xff\xfe\x00\x0c" + b"SMITH JOHN"
    source.PixelData = pydicom.encaps.encapsulate([frame_bytes[:2] + comment + frame_bytes[2:]])
    buffer = io.BytesIO()
    source.save_as(buffer)
    result = _engine().clean(buffer.getvalue())
    assert isinstance(result, CleanInstance)
    body = _whole(result)
    assert b"SMITH JOHN" not in body
    new = next(pydicom.encaps.generate_frames(pydicom.dcmread(io.BytesIO(body)).PixelData, number_of_frames=1))
    assert new[:2] + new[2 + len(comment) :] == frame_bytes


def test_nesting_beyond_the_limit_is_held_back() -> None:
    inner = pydicom.Dataset()
    inner.CodeMeaning = "deepest"
    for _ in range(500):
        outer = pydicom.Dataset()
        outer.ConceptNameCodeSequence = [inner]
        inner = outer
    meta = pydicom.dcmread(BUNDLED / "test_files" / "CT_small.dcm")
    body = _nested_bytes(500)
    whole = io.BytesIO()
    meta.save_as(whole)
    result = _engine().clean(whole.getvalue() + body, place="#1")
    assert isinstance(result, Held)
    assert "nested" in result.findings[0].says


def _nested_bytes(levels: int) -> bytes:
    """(FFFC,FFFE) is no tag: a private-looking public one after the pixels, nested, all lengths undefined."""
    open_one = b"\xf0\x7f\x10\x00SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    close_one = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return open_one * levels + close_one * levels


def test_a_known_identifier_left_in_the_header_holds_the_file_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last gate: even if a rule failed, the bytes do not pass."""
    engine = _engine()
    monkeypatch.setattr(type(engine.values), "_cleaner", lambda *_: lambda text: Cleaned(text=text, effect="kept"))
    source = pydicom.dcmread(BUNDLED / "test_files" / "CT_small.dcm")
    source.StudyDescription = "CT for Mueller Juergen PAT-12345"
    source.SeriesDescription = "PAT-12345"
    buffer = io.BytesIO()
    source.save_as(buffer)
    result = engine.clean(buffer.getvalue(), place="#1")
    assert isinstance(result, Held)
    assert result.findings[0].rule == "deid.residue"
