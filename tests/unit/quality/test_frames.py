"""Frames decoded where they lie, and compared: pydicom's own files, encoded anew without loss, are the same."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.data import get_testdata_files
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless

from guideit.quality.frames import frames
from guideit.quality.inputs import Verdict
from guideit.quality.reading import Opened, opened
from guideit.quality.treated_pixels import compare_frames
from guideit.quality.treatment import BlankBox, Treatment

warnings.simplefilter("ignore")
BUNDLED = sorted({Path(path) for path in get_testdata_files("*.dcm") if "site-packages" in path or "pydicom" in path})


def _decoded(path: Path) -> tuple[Opened, list[Any]] | None:
    """A file with pixels and its frames; None of one that cannot be decoded here."""
    try:
        file = opened(path.read_bytes())
        found = list(frames(file)) if file.pixels is not None else []
    except Exception:  # noqa: BLE001 files of pydicom's that are broken on purpose
        return None
    return (file, found) if found else None


_IMAGE_PIXEL = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
)  # fmt: skip


def _meta(syntax: UID = ExplicitVRLittleEndian) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    return meta


def _native(path: Path, found: list[Any]) -> Opened:
    """The same object with its pixels uncompressed."""
    read, ds = dcmread(path, force=True), Dataset()
    ds.file_meta = _meta()
    for keyword in _IMAGE_PIXEL:
        if keyword in read:
            setattr(ds, keyword, read[keyword].value)
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    values = np.stack([frame.values for frame in found])
    if int(ds.BitsAllocated) == 1:
        pytest.skip("packed bits")
    ds.PhotometricInterpretation = found[0].photometric
    ds.BitsAllocated = values.dtype.itemsize * 8
    if values.ndim == 4:
        ds.PlanarConfiguration = 0
    body = values.astype(values.dtype.newbyteorder("<")).tobytes()
    ds.PixelData = body + b"\0" * (len(body) % 2)
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, implicit_vr=False, little_endian=True, enforce_file_format=True)
    return opened(buffer.getvalue())


SHOWN = [path for path in BUNDLED if _decoded(path)]


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_uncompressed_it_is_the_same_and_one_value_off_it_is_not(path: Path) -> None:
    read = _decoded(path)
    assert read is not None
    source, found = read
    if found[0].values.dtype.kind not in "iu":
        pytest.skip("floating point")
    assert compare_frames(source, _native(path, found), Treatment(), Verdict()) == ""
    found[-1].values[(-1,) * found[-1].values.ndim] ^= 1
    assert compare_frames(source, _native(path, found), Treatment(), Verdict()) != ""


def test_enough_of_them_were_compared() -> None:
    assert len(SHOWN) >= 30


def _colour(values: NDArray[np.uint8], photometric: str, *, compressed: bool = False) -> Opened:
    """A colour object of one frame."""
    ds = Dataset()
    ds.file_meta = _meta(JPEG2000Lossless if compressed else ExplicitVRLittleEndian)
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    ds.Rows, ds.Columns = values.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, photometric, 0
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    if compressed:
        encoded = imagecodecs.jpeg2k_encode(values, level=0, reversible=True, codecformat="J2K", mct=True)
        ds.PixelData = encapsulate([bytes(encoded)])
    else:
        ds.PixelData = values.tobytes()
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return opened(buffer.getvalue())


def _picture() -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, (16, 16, 3)).astype(np.uint8)


def test_colours_are_compared_after_a_defined_conversion() -> None:
    """From YBR_FULL to RGB (PS3.3 C.7.6.3.1.2); the label alone changes nothing and proves nothing."""
    ybr = _picture()
    rgb = convert_color_space(ybr, "YBR_FULL", "RGB")
    source = _colour(ybr, "YBR_FULL")
    assert compare_frames(source, _colour(rgb, "RGB"), Treatment(), Verdict()) == ""
    assert compare_frames(source, _colour(ybr, "RGB"), Treatment(), Verdict()) != ""


def test_the_transform_of_jpeg_2000_is_undone() -> None:
    rgb = _picture()
    same = _colour(rgb, "YBR_RCT", compressed=True)
    assert compare_frames(_colour(rgb, "RGB"), same, Treatment(), Verdict()) == ""


def test_a_box_of_colour_is_blank_if_every_sample_is_one_value() -> None:
    before, box = _picture(), BlankBox(0, None, 2, 3, 9, 7)
    after = before.copy()
    after[3:7, 2:9] = (16, 128, 128)
    told = Treatment(boxes=(box,))
    assert compare_frames(_colour(before, "RGB"), _colour(after, "RGB"), told, Verdict()) == ""
    after[3, 2, 1] = 0
    assert compare_frames(_colour(before, "RGB"), _colour(after, "RGB"), told, Verdict()) != ""
