"""Overlays in the unused bits of pixels are taken out of every frame; the pixels stay."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import get_frame

from guideit.deid.pixels.blank import outside_identical
from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.overlays import cleared_findings, embedded
from guideit.deid.pixels.rewrite_frames import rewritten, unchanged
from guideit.errors import NotUnderstood
from guideit.testing.pixelled import Made, file_of, values_of

EXPLICIT, BIG, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5"
LOSSLESS, JPEG_LS, J2K = (f"1.2.840.10008.1.2.4.{n}" for n in (70, 80, 90))


def with_overlay(made: Made, position: int) -> bytes:
    ds = pydicom.dcmread(BytesIO(file_of(made, values_of(made))))
    ds.add_new(0x60020010, "US", made.rows)
    ds.add_new(0x60020011, "US", made.columns)
    ds.add_new(0x60020102, "US", position)
    buffer = BytesIO()
    ds.save_as(buffer)
    return buffer.getvalue()


DECODERS: dict[str, Callable[[bytes], Any]] = {
    RLE: lambda frame: np.frombuffer(imagecodecs.dicomrle_decode(frame, "<u2"), "<u2"),
    LOSSLESS: imagecodecs.ljpeg_decode,
    JPEG_LS: imagecodecs.jpegls_decode,
    J2K: imagecodecs.jpeg2k_decode,
}


def first_words(data: bytes) -> Any:
    """Words of the first frame as they stand in the file; pydicom leaves unused bits out."""
    ds = pydicom.dcmread(BytesIO(data))
    syntax = ds.file_meta.TransferSyntaxUID
    if syntax in DECODERS:
        return DECODERS[syntax](get_frame(ds.PixelData, 0, number_of_frames=ds.NumberOfFrames))
    return np.frombuffer(ds.PixelData[:512], ">u2" if syntax == BIG else "<u2")


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG, RLE, LOSSLESS, JPEG_LS, J2K])
@pytest.mark.parametrize("high", [11, 15])
def test_every_frame_loses_what_stands_in_its_unused_bits(syntax: str, high: int) -> None:
    if high == 15 and syntax not in (EXPLICIT, BIG):
        pytest.skip("code streams hold whole words")
    made = Made(syntax=syntax, bits=12, high=high, frames=3, junk=True)
    source = with_overlay(made, 12 if high == 11 else 0)
    found = rewritten(source, unchanged)
    assert found.changed == ()
    assert found.cleared == (0, 1, 2)
    assert outside_identical(source, found.data, [], 0)
    unused = 0xF000 if high == 11 else 0x000F
    assert (first_words(source) & unused).all()
    assert not (first_words(bytes(found.data)) & unused).any()
    (said,) = cleared_findings(found.cleared, "P-1")
    assert "3 frames" in said.says


def test_the_sign_in_unused_bits_is_no_overlay() -> None:
    made = Made(syntax=EXPLICIT, bits=12, high=11, signed=True)
    source = file_of(made, values_of(made))
    assert rewritten(source, unchanged).data is source


def test_one_pixel_is_enough() -> None:
    made = Made(syntax=EXPLICIT, bits=12, high=11, frames=2)
    ds = pydicom.dcmread(BytesIO(file_of(made, values_of(made))))
    words = np.frombuffer(ds.PixelData, "<u2").copy()
    words[300] |= 0x8000
    ds.PixelData = words.tobytes()
    buffer = BytesIO()
    ds.save_as(buffer)
    assert rewritten(buffer.getvalue(), unchanged).cleared == (1,)


def test_an_overlay_among_the_stored_bits_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="stored bits"):
        rewritten(with_overlay(Made(syntax=EXPLICIT, bits=12, high=11), 11), unchanged)


def test_a_bitmap_of_its_own_is_no_embedded_one() -> None:
    file = open_pixels(with_overlay(Made(syntax=EXPLICIT, bits=12, high=11), 0))
    assert file is not None
    assert embedded(file.dataset) == {0x6002: 0}
    file.dataset.add_new(0x60023000, "OW", b"\0\0")
    assert embedded(file.dataset) == {}
