"""Real files of every syntax, other people's decoders, offset tables, and what stays in a file byte for byte."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import highdicom
import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_fragments, get_frame
from pydicom.pixels.decoders import rle

from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.pixels.blank import blanking, inside_blank, outside_identical
from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.layout import Stored
from guideit.deid.pixels.regions import Box, Region
from guideit.deid.pixels.rewrite_frames import rewrite_frames, rewritten
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Subject
from guideit.dicom.codecs import register
from guideit.errors import NotUnderstood
from guideit.testing.pixelled import Made, file_of, values_of
from guideit.testing.validity import BUNDLED, DCIODVFY, complaints
from guideit.trial.deidentification import DeidSettings

pytestmark = pytest.mark.filterwarnings("ignore")
L = "1.2.840.10008.1.2.4."
EXPLICIT, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"
UNREAD = {
    "GDCMJ2K_TextGBR.dcm": "boxes of a JP2 file around the code stream",
    "JPEG2000-embedded-sequence-delimiter.dcm": "a code stream damaged on purpose",
    "MR_truncated.dcm": "cut off",
    "badVR.dcm": "a number of frames that is no number",
    "meta_missing_tsyntax.dcm": "no transfer syntax",
    "nested_priv_SQ.dcm": "no size",
    "rtdose_expb.dcm": "long Big Endian samples",
    "rtdose_expb_1frame.dcm": "long Big Endian samples",
    "rtplan_truncated.dcm": "cut off before anybody knows whether it has pixels",
    "no_meta.dcm": "no transfer syntax",
}
"""Bundled files that are refused, and why."""
NEW_COMPLAINTS = {
    "examples_ybr_color.dcm": "ultrasound wants YBR_FULL by plane (PS3.3 C.8.5.6.1.16), JPEG by pixel (PS3.5 8.2.1)"
}


def first_box(file_rows: int, file_columns: int) -> list[Region]:
    return [Region(rule="text.drawn", box=Box(1, 1, max(file_columns // 2, 2), max(file_rows // 2, 2)), last=1)]


def blanked(source: bytes) -> tuple[bytes, list[Region]] | None:
    file = open_pixels(source)
    if file is None:
        return None
    boxes = first_box(file.rows, file.columns)
    return rewrite_frames(source, blanking(boxes, file, 0)), boxes


@pytest.mark.parametrize("path", sorted(BUNDLED.rglob("*.dcm")), ids=lambda path: path.name)
def test_bundled_files(path: Path, tmp_path: Path) -> None:
    """Blanked: pixels elsewhere as they were, pydicom agrees, dciodvfy has no new complaint."""
    source = path.read_bytes()
    if path.name in UNREAD:
        with pytest.raises(NotUnderstood):
            blanked(source)
        return
    found = blanked(source)
    if found is None:
        pytest.skip("no pixels")
    redacted, boxes = found
    assert redacted != source
    assert outside_identical(source, redacted, boxes, 0)
    assert inside_blank(redacted, boxes, 0)
    _pydicom_agrees(source, redacted, boxes[0].box)
    if DCIODVFY.exists():
        (tmp_path / path.name).write_bytes(redacted)
        before, after = complaints(path), complaints(tmp_path / path.name)
        new = set() if before is None or after is None else after - before
        assert bool(new) == (path.name in NEW_COMPLAINTS), new


def _pydicom_agrees(source: bytes, redacted: bytes, box: Box) -> None:
    register()
    old, new = (pydicom.dcmread(BytesIO(data)).pixel_array for data in (source, redacted))
    if int(pydicom.dcmread(BytesIO(source)).get("NumberOfFrames") or 1) > 1:
        assert np.array_equal(old[1:], new[1:])
        old, new = old[0], new[0]
    outside = np.ones(old.shape[:2], bool)
    outside[box.top : box.bottom, box.left : box.right] = False
    assert np.array_equal(old[outside], new[outside])


SYNTAXES = [EXPLICIT, "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", RLE]
SYNTAXES += [f"{L}{n}" for n in (57, 70, 80, 90, 201)]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "RGB"])
def test_the_engine_takes_what_was_written_the_fast_way_and_changes_no_pixel(syntax: str, photometric: str) -> None:
    if syntax.startswith(L + "90") and photometric == "RGB":
        photometric = "YBR_RCT"
    made = Made(syntax=syntax, photometric=photometric, allocated=8, bits=8, high=7, frames=3)
    source = file_of(made, values_of(made))
    boxes = first_box(16, 16)
    file = open_pixels(source)
    assert file is not None
    redacted = rewrite_frames(source, blanking(boxes, file, 0))
    subject = Subject(source_id="S-1", pseudonym="P-1", shift_days=-10)
    result = Engine(load_policy(DeidSettings()), Keys(bytes(32), "t"), subject).clean(redacted)
    assert isinstance(result, CleanInstance), result
    clean = b"".join(bytes(piece) for piece in result.pieces)  # type: ignore[arg-type]
    assert outside_identical(source, clean, boxes, 0)
    assert inside_blank(clean, boxes, 0)
    assert len(result.frames) == 3


OTHERS: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    f"{L}70": ("liblj92", imagecodecs.ljpeg_decode),
    f"{L}51": ("liblj92", imagecodecs.ljpeg_decode),
    f"{L}201": ("OpenJPEG", imagecodecs.jpeg2k_decode),
    f"{L}203": ("OpenJPEG", imagecodecs.jpeg2k_decode),
}
"""Decoders that are not those of the encoder, for the lossless syntax that each becomes."""


@pytest.mark.parametrize("syntax", sorted(OTHERS))
def test_another_decoder_reads_what_was_written(syntax: str) -> None:
    lossy = syntax in {f"{L}51", f"{L}203"}
    bits = 12 if syntax.endswith(("51", "70")) else 16
    made = Made(syntax=syntax, bits=bits, high=bits - 1, lossy=lossy)
    source = file_of(made, values_of(made))
    file = open_pixels(source)
    assert file is not None
    change = blanking(first_box(16, 16), file, 0)
    ds = pydicom.dcmread(BytesIO(rewrite_frames(source, change)))
    stream = get_frame(ds.PixelData, 0, number_of_frames=1)
    assert np.array_equal(OTHERS[syntax][1](stream), change(0, next(file.stored())))


def test_pydicom_itself_reads_what_was_written_as_rle() -> None:
    made = Made(syntax=RLE, photometric="RGB", allocated=8, bits=8, high=7)
    source = file_of(made, values_of(made))
    file = open_pixels(source)
    assert file is not None
    change = blanking(first_box(16, 16), file, 0)
    ds = pydicom.dcmread(BytesIO(rewrite_frames(source, change)))
    planes = rle._rle_decode_frame(get_frame(ds.PixelData, 0, number_of_frames=1), 16, 16, 3, 8)
    new = np.frombuffer(planes, "u1").reshape(3, 16, 16).transpose(1, 2, 0)
    assert np.array_equal(new, change(0, next(file.stored())))


@pytest.mark.parametrize(
    ("tool", "syntax", "photometric"),
    [
        ("dcmdjpeg", f"{L}70", "MONOCHROME2"),
        ("dcmdjpeg", f"{L}70", "RGB"),
        ("dcmdjpeg", f"{L}57", "MONOCHROME2"),
        ("dcmdjpls", f"{L}80", "MONOCHROME2"),
        ("dcmdjpls", f"{L}81", "RGB"),
        ("dcmdrle", RLE, "MONOCHROME2"),
        ("dcmdrle", RLE, "RGB"),
    ],
)
def test_dcmtk_reads_what_was_written(tool: str, syntax: str, photometric: str, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool}: install dcmtk")
    width: dict[str, Any] = {"allocated": 8, "bits": 8, "high": 7} if photometric == "RGB" else {}
    made = Made(syntax=syntax, photometric=photometric, frames=2, lossy=syntax.endswith("81"), **width)
    source = file_of(made, values_of(made))
    file = open_pixels(source)
    assert file is not None
    change = blanking(first_box(16, 16), file, 0)
    (tmp_path / "in.dcm").write_bytes(rewrite_frames(source, change))
    subprocess.run([tool, tmp_path / "in.dcm", tmp_path / "out.dcm"], check=True, capture_output=True)
    theirs = open_pixels((tmp_path / "out.dcm").read_bytes())
    assert theirs is not None
    for number, (ours, read) in enumerate(zip(file.stored(), theirs.stored(), strict=True)):
        assert np.array_equal(change(number, ours), read)


def first_changed(number: int, stored: Stored) -> Stored:
    return stored + stored.dtype.type(1) if number == 1 else stored


@pytest.mark.parametrize("table", ["basic", "extended", "none"])
@pytest.mark.parametrize("syntax", [RLE, f"{L}70", f"{L}80", f"{L}90", f"{L}201", f"{L}202"])
def test_other_frames_keep_their_code_streams_and_offsets_point_to_all(syntax: str, table: str) -> None:
    made = Made(syntax=syntax, frames=4, table=table, columns=18)
    source = file_of(made, values_of(made))
    new = rewritten(source, first_changed)
    assert new.changed == (1,)
    before, after = (pydicom.dcmread(BytesIO(bytes(data))) for data in (source, new.data))
    old, now = (list(generate_fragments(ds.PixelData)) for ds in (before, after))
    assert [a == b for a, b in zip(old[1:], now[1:], strict=True)] == [True, False, True, True]
    sizes = [len(fragment) for fragment in now[1:]]
    offsets = [sum(size + 8 for size in sizes[:n]) for n in range(4)]
    if table == "extended":
        assert list(struct.unpack("<4Q", after.ExtendedOffsetTable)) == offsets
        assert list(struct.unpack("<4Q", after.ExtendedOffsetTableLengths)) == sizes
        assert now[0] == b""
    else:
        assert now[0] == (struct.pack("<4I", *offsets) if table == "basic" else b"")
    assert after.file_meta.TransferSyntaxUID == (f"{L}201" if syntax.endswith("202") else syntax)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_everything_but_pixels_stays_byte_for_byte(syntax: str) -> None:
    """Only the range of pixel values goes; compressed to another syntax, the meta information says so."""
    made = Made(syntax=syntax, frames=2)
    source = file_of(made, values_of(made))
    before, after = (pydicom.dcmread(BytesIO(d)) for d in (source, rewrite_frames(source, first_changed)))
    del before[0x00280107]
    for ds in (before, after):
        del ds.PixelData
    assert after == before
    if syntax != f"{L}57":
        assert after.file_meta == before.file_meta
    if syntax == EXPLICIT:
        whole = rewrite_frames(source, first_changed)
        at = source.index(bytes.fromhex("28000701"))
        assert whole.startswith(source[:at])
        assert len(whole) == len(source) - 10


def test_nothing_changed_is_the_same_object() -> None:
    for syntax in (EXPLICIT, f"{L}50"):
        made = Made(syntax=syntax, allocated=8, bits=8, high=7, lossy=syntax != EXPLICIT)
        source = file_of(made, values_of(made))
        assert rewritten(source, lambda _, stored: stored).data is source


def test_a_lossy_stream_without_a_word_about_it_is_said_to_be_lossy() -> None:
    made = Made(syntax=f"{L}50", allocated=8, bits=8, high=7, frames=2)
    source = file_of(made, values_of(made))
    assert "LossyImageCompression" not in pydicom.dcmread(BytesIO(source))
    new = pydicom.dcmread(BytesIO(rewrite_frames(source, first_changed)))
    assert new.LossyImageCompression == "01"
    assert new.LossyImageCompressionMethod == "ISO_10918_1"
    assert 0.1 < new.LossyImageCompressionRatio < 10


@pytest.mark.parametrize(
    ("said", "coded", "written"), [("RGB", "YBR_FULL_422", "YBR_FULL"), ("YBR_FULL_422", "RGB", "RGB")]
)
def test_a_header_that_is_wrong_about_colours_is_put_right(said: str, coded: str, written: str) -> None:
    """What a JPEG stream says of itself decides, as in every viewer."""
    made = Made(syntax=f"{L}50", photometric=coded, allocated=8, bits=8, high=7, lossy=True, frames=2)
    ds = pydicom.dcmread(BytesIO(file_of(made, values_of(made))))
    ds.PhotometricInterpretation = said
    buffer = BytesIO()
    ds.save_as(buffer)
    new = pydicom.dcmread(BytesIO(rewrite_frames(buffer.getvalue(), first_changed)))
    assert new.PhotometricInterpretation == written


def test_highdicom_reads_a_segmentation_with_a_blanked_box() -> None:
    """One bit a pixel."""
    source = (BUNDLED / "liver_1frame.dcm").read_bytes()
    file = open_pixels(source)
    assert file is not None
    seen = next(file.stored())
    row, column = (int(n) for n in np.argwhere(seen)[0])
    boxes = [Region(rule="text.drawn", box=Box(column, row, column + 3, row + 3))]
    redacted = rewrite_frames(source, blanking(boxes, file, 0))
    assert outside_identical(source, redacted, boxes, 0)
    read = highdicom.seg.segread(BytesIO(redacted)).pixel_array
    assert read.sum() < seen.sum()
