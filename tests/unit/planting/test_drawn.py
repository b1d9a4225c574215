"""Whether drawn text can be read: after what hides it, it cannot; after what does not, it can."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from guideit.quality.planting.drawn import (
    burn,
    icon_plane,
    outside,
    overlay_plane,
    plant_icon,
    plant_overlay,
    readable,
)

RANDOM = np.random.default_rng(1)
BACKGROUNDS: dict[str, Any] = {
    "noise": RANDOM.integers(0, 2000, (1, 256, 256)).astype(np.int16),
    "black": np.zeros((1, 256, 256), dtype=np.int16),
    "colour": RANDOM.integers(0, 200, (2, 256, 256, 3)).astype(np.uint8),
}


def _burned(name: str) -> tuple[Any, Any, tuple[Any, ...]]:
    before = BACKGROUNDS[name].copy()
    if name == "black":
        before[0, -1, -1] = 1000  # something must be bright
    after = before.copy()
    return before, after, burn(after, ("WEBERKNECHT ZORVUK", "1943-05-12", "PV12345"))


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_burned_text_is_readable(name: str) -> None:
    _, frames, drawn = _burned(name)
    assert len(drawn) == 3
    assert all(readable(plane, each) for plane in frames for each in drawn)


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_what_was_there_before_shows_no_text(name: str) -> None:
    before, _, drawn = _burned(name)
    assert not any(readable(before[0], each) for each in drawn)


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_a_blanked_box_shows_no_text_and_half_of_it_does(name: str) -> None:
    _, frames, drawn = _burned(name)
    top, left, bottom, right = drawn[0].box
    half = frames[0].copy()
    half[top:bottom, left : (left + right) // 2] = 0
    assert readable(half, drawn[0])
    half[top:bottom, left:right] = 0
    assert not readable(half, drawn[0])


def test_inverted_and_dimmed_text_is_still_text() -> None:
    _, frames, drawn = _burned("noise")
    assert readable(2000 - frames[0], drawn[0])
    assert readable(frames[0] // 4, drawn[0])


def test_pixels_near_the_text_are_not_asked_for_and_all_others_are() -> None:
    before, frames, drawn = _burned("noise")
    kept = outside(drawn, (256, 256))
    assert np.array_equal(before[0][kept], frames[0][kept])
    assert 0.4 < kept.mean() < 1


def test_overlays_and_icons_are_read_back() -> None:
    ds = Dataset()
    ds.Rows, ds.Columns = 128, 200
    (over,), (icon,) = plant_overlay(ds, "ZORVUKMIB"), plant_icon(ds, "ZORVUK")
    plane, small = overlay_plane(ds), icon_plane(ds)
    assert plane is not None and small is not None
    assert plane.shape == (128, 200)
    assert readable(plane, over) and readable(small, icon)
    del ds[0x60003000], ds.IconImageSequence
    assert overlay_plane(ds) is None and icon_plane(ds) is None
