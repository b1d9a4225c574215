"""What displays black, by photometric interpretation; and what the proof lets pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from guideit.deid.pixels.blank import black_of, blanking, both, inside_blank, outside_identical
from guideit.deid.pixels.frames import PixelFile, displayed, open_pixels
from guideit.deid.pixels.layout import Stored
from guideit.deid.pixels.regions import Box, Region
from guideit.deid.pixels.rewrite_frames import rewrite_frames
from guideit.errors import NotUnderstood
from guideit.testing.pixelled import Made, Values, file_of, values_of

EXPLICIT, BASELINE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
BYTES: dict[str, Any] = {"allocated": 8, "bits": 8, "high": 7}


def opened(made: Made, values: Values | None = None) -> PixelFile:
    file = open_pixels(file_of(made, values_of(made) if values is None else values))
    assert file is not None
    return file


def region(left: int, top: int, right: int, bottom: int, **where: int) -> Region:
    return Region(rule="text.drawn", box=Box(left, top, right, bottom), **where)


@pytest.mark.parametrize(
    ("made", "black"),
    [
        (Made(syntax=EXPLICIT, photometric="MONOCHROME2"), 0),
        (Made(syntax=EXPLICIT, photometric="MONOCHROME1", bits=12, high=11), 4095),
        (Made(syntax=EXPLICIT, photometric="MONOCHROME1", bits=12, high=15), 4095),
        (Made(syntax=EXPLICIT, photometric="PALETTE COLOR", **BYTES), 5),
        (Made(syntax=EXPLICIT, photometric="RGB", **BYTES), [0, 0, 0]),
        (Made(syntax=EXPLICIT, photometric="YBR_FULL", **BYTES), [0, 128, 128]),
        (Made(syntax=EXPLICIT, photometric="YBR_FULL_422", **BYTES), [0, 128, 128]),
        (Made(syntax=BASELINE, photometric="YBR_FULL_422", lossy=True, **BYTES), [0, 128, 128]),
        (Made(syntax="1.2.840.10008.1.2.4.90", photometric="YBR_RCT", **BYTES), [0, 0, 0]),
    ],
)
def test_black(made: Made, black: object) -> None:
    file = opened(made)
    assert np.array_equal(black_of(file), np.array(black))
    change = blanking([region(2, 3, 5, 6)], file, 0)
    before = next(file.stored())
    after = change(0, before)
    assert (after[3:6, 2:5] == black).all()
    assert displayed(file, after)[3:6, 2:5].max() == displayed(file, after).min()


@pytest.mark.parametrize(("photometric", "extreme"), [("MONOCHROME2", -7), ("MONOCHROME1", 900)])
def test_signed_values_are_blanked_to_what_the_frame_reaches(photometric: str, extreme: int) -> None:
    """Not to -32768: the display would stretch to it, and everything else turn white."""
    made = Made(syntax=EXPLICIT, photometric=photometric, signed=True)
    values = np.full((1, 16, 16), 5, "i2")
    values[0, 0, :2] = -7, 900
    file = opened(made, values)
    after = blanking([region(4, 4, 8, 8)], file, 0)(0, next(file.stored()))
    assert (after[4:8, 4:8] == extreme).all()


def test_an_unknown_colour_space_is_refused() -> None:
    file = opened(Made(syntax=EXPLICIT, photometric="HSV", **BYTES))
    with pytest.raises(NotUnderstood, match="displays black"):
        blanking([region(0, 0, 1, 1)], file, 0)


def test_boxes_are_clipped_and_those_of_other_instances_and_frames_left_out() -> None:
    file = opened(Made(syntax=EXPLICIT, frames=3))
    frame = next(file.stored())
    regions = [region(-5, -5, 2, 2), region(15, 15, 99, 99, first=1, last=2), region(0, 0, 16, 16, instance=7)]
    change = blanking(regions, file, 0)
    first, second = change(0, frame), change(1, frame)
    assert not first[:2, :2].any()
    assert np.array_equal(first[2:], frame[2:])
    assert second[15, 15] == 0
    outside = blanking([region(20, 20, 30, 30), region(3, 3, 3, 9)], file, 0)
    assert outside(0, frame) is frame


def test_two_changes_one_after_the_other() -> None:
    file = opened(Made(syntax=EXPLICIT))
    frame = next(file.stored())
    change = both(blanking([region(0, 0, 2, 2)], file, 0), blanking([region(8, 8, 9, 9)], file, 0))
    after = change(0, frame)
    assert not after[:2, :2].any()
    assert after[8, 8] == 0


def test_the_proof_fails_for_one_pixel_outside_and_for_one_inside() -> None:
    made = Made(syntax=EXPLICIT, frames=2)
    source = file_of(made, values_of(made))
    file = opened(made)
    boxes = [region(2, 2, 6, 6)]
    blank = blanking(boxes, file, 0)

    def spoilt(row: int, column: int) -> bytes:
        def change(number: int, stored: Stored) -> Stored:
            new = blank(number, stored).copy()
            new[row, column] ^= number
            return new

        return rewrite_frames(source, change)

    good = rewrite_frames(source, blank)
    assert outside_identical(source, good, boxes, 0)
    assert inside_blank(good, boxes, 0)
    assert not outside_identical(source, good, boxes[:0], 0)
    assert not outside_identical(source, spoilt(6, 6), boxes, 0)
    assert not inside_blank(spoilt(5, 5), boxes, 0)
    assert not inside_blank(source, boxes, 0)
    assert not outside_identical(source, file_of(Made(syntax=EXPLICIT), values_of(made)[:1]), boxes, 0)


def test_what_another_change_was_to_change_is_left_out_of_the_proof() -> None:
    """A face's removal may lie over a box."""
    made = Made(syntax=EXPLICIT, signed=True)
    source = file_of(made, values_of(made))
    boxes, mask = [region(2, 2, 6, 6)], np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True

    def face(number: int, stored: Stored) -> Stored:
        return np.where(mask, stored.dtype.type(77), stored)

    redacted = rewrite_frames(source, both(blanking(boxes, opened(made), 0), face))
    assert outside_identical(source, redacted, boxes, 0, {0: mask})
    assert inside_blank(redacted, boxes, 0, {0: mask})
    assert not outside_identical(source, redacted, boxes, 0)
    assert not inside_blank(redacted, boxes, 0)
    mask[11, 11] = False
    assert not outside_identical(source, redacted, boxes, 0, {0: mask})


def test_the_same_values_in_other_colours_are_not_identical() -> None:
    values = values_of(Made(syntax=EXPLICIT, photometric="RGB", **BYTES))
    one, other = (file_of(Made(syntax=EXPLICIT, photometric=p, **BYTES), values) for p in ("RGB", "YBR_FULL"))
    assert not outside_identical(one, other, [], 0)
