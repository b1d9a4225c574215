"""Whatever the transfer syntax, the colours and the layout of samples: outside the boxes identical, inside black."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pydicom
from hypothesis import given, settings
from hypothesis import strategies as st

from guideit.deid.pixels.blank import blanking, inside_blank, outside_identical
from guideit.deid.pixels.frames import open_pixels
from guideit.deid.pixels.regions import Box, Region
from guideit.deid.pixels.rewrite_frames import rewritten
from guideit.dicom.codecs import register
from guideit.testing.pixelled import Made, file_of, values_of

L = "1.2.840.10008.1.2.4."
NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")
RLE = "1.2.840.10008.1.2.5"
GREY = ("MONOCHROME1", "MONOCHROME2")
TARGET = {"50": "70", "51": "70", "57": "70", "81": "80", "91": "90", "202": "201", "203": "201"}
"""The lossless syntax of the same family, where it is another."""


def _integers(draw: st.DrawFn, *, most: int, low: bool) -> dict[str, Any]:
    """A width of samples: allocated, stored and high bit; `low` where no bit may be unused below."""
    allocated = draw(st.sampled_from([8, 16, 32] if most > 16 else [8, 16]))
    bits = draw(st.integers(2, min(allocated, most)))
    high = bits - 1 if low else draw(st.integers(bits - 1, allocated - 1))
    return {"allocated": allocated, "bits": bits, "high": high, "signed": draw(st.booleans())}


def _size(draw: st.DrawFn, rows: st.SearchStrategy[int], pairs: st.SearchStrategy[int]) -> dict[str, Any]:
    return {"rows": draw(rows), "columns": 2 * draw(pairs), "frames": draw(st.integers(1, 4))}


@st.composite
def native(draw: st.DrawFn) -> Made:
    photometric = draw(st.sampled_from([*GREY, "RGB", "YBR_FULL", "YBR_FULL_422", "PALETTE COLOR", "BIT"]))
    size = _size(draw, st.integers(1, 9), st.integers(1, 5))
    syntax = draw(st.sampled_from(NATIVE))
    eight: dict[str, Any] = {"allocated": 8, "bits": 8, "high": 7}
    if photometric == "BIT":
        syntax = draw(st.sampled_from(NATIVE[:3]))
        return Made(syntax=syntax, allocated=1, bits=1, high=0, **size)
    if photometric in GREY:
        width = _integers(draw, most=16 if syntax == NATIVE[3] else 32, low=False)
        return Made(syntax=syntax, photometric=photometric, junk=draw(st.booleans()), **size, **width)
    planar = photometric in {"RGB", "YBR_FULL"} and draw(st.booleans())
    return Made(syntax=syntax, photometric=photometric, planar=planar, **eight, **size)


@st.composite
def compressed(draw: st.DrawFn) -> Made:
    syntax = draw(st.sampled_from([f"{L}{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91, 201, 202, 203)] + [RLE]))
    family = syntax.removeprefix(L)
    lossy = family in {"50", "51", "81", "91", "203"}
    colours = {"90": ["RGB", "YBR_RCT"], "91": ["YBR_ICT", "RGB"], "50": ["RGB", "YBR_FULL", "YBR_FULL_422"]}
    colours |= {"201": ["YBR_RCT", "RGB"], "202": ["YBR_RCT"], "203": ["YBR_ICT"], "51": []}
    photometric = draw(st.sampled_from([*GREY, *colours.get(family, ["RGB", "YBR_FULL"])]))
    table = draw(st.sampled_from(["basic", "none", "extended"]))
    fragments = 1 if table == "extended" or syntax == RLE else draw(st.integers(1, 3))
    size = _size(draw, st.integers(8, 20), st.integers(4, 9))
    width: dict[str, Any] = {"allocated": 8, "bits": 8, "high": 7}
    if family == "51":
        width = {"allocated": 16, "bits": 12, "high": 11}
    elif photometric in GREY and family != "50":
        width = _integers(draw, most=16, low=True)
    if width.get("signed") and lossy:
        width["signed"] = False
    if family in {"81", "91", "201", "202", "203"} and photometric in GREY:  # lossy ones overshoot, HTJ2K takes bytes
        width["bits"], width["high"] = width["allocated"], width["allocated"] - 1
    return Made(
        syntax=syntax,
        photometric=photometric,
        lossy=lossy,
        table=table,
        fragments=fragments,
        **size,
        **width,
    )


boxes = st.lists(
    st.builds(
        lambda left, top, width, height, first, long: Region(
            rule="text.drawn",
            box=Box(left, top, left + width, top + height),
            first=first,
            last=None if long > 2 else first + long,
        ),
        st.integers(-3, 18),
        st.integers(-3, 20),
        st.integers(0, 12),
        st.integers(0, 12),
        st.integers(0, 2),
        st.integers(0, 3),
    ),
    max_size=3,
)


def _checked(made: Made, regions: list[Region], seed: int) -> None:
    source = file_of(made, values_of(made, seed))
    file = open_pixels(source)
    assert file is not None
    made_of = rewritten(source, blanking(regions, file, 0))
    assert outside_identical(source, made_of.data, regions, 0)
    assert inside_blank(made_of.data, regions, 0)
    if not (made_of.changed or made_of.cleared):
        assert made_of.data is source
        return
    family = made.syntax.removeprefix(L)
    assert made_of.syntax == (L + TARGET[family] if family in TARGET else made.syntax)
    _pydicom_agrees(source, bytes(made_of.data), regions, made)


def _pydicom_agrees(source: bytes, redacted: bytes, regions: list[Region], made: Made) -> None:
    """pydicom reads the same outside the boxes, and the stored values that guideit reads."""
    register()
    before, after = (pydicom.dcmread(BytesIO(one)) for one in (source, redacted))
    assert after.get("LossyImageCompression") == before.get("LossyImageCompression")
    assert 0x00280107 not in after
    if made.high != made.bits - 1 or (made.allocated == 32 and made.bits < 32):
        return  # pydicom does not shift, nor extend the sign of long words
    old, new = (
        np.asarray(one.pixel_array).reshape(made.frames, made.rows, made.columns, -1) for one in (before, after)
    )
    outside = np.ones(old.shape[:3], bool)
    for region in regions:
        (left, top, right, bottom), last = (max(n, 0) for n in region.box), region.last
        outside[region.first : last, top:bottom, left:right] = False
    assert np.array_equal(old[outside], new[outside])


@settings(max_examples=250)
@given(native(), boxes, st.integers(0, 99))
def test_native_pixels(made: Made, regions: list[Region], seed: int) -> None:
    _checked(made, regions, seed)


@settings(max_examples=250)
@given(compressed(), boxes, st.integers(0, 99))
def test_compressed_pixels(made: Made, regions: list[Region], seed: int) -> None:
    _checked(made, regions, seed)
