"""Many frames made into a few pictures."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from guideit.deid.pixels.projections import STROKE, Projection, flattened, shown, strokes, without_grain
from guideit.deid.pixels.regions import Box

TYPES = [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.float32]


def _frame(kind: type[np.number[Any]], value: int = 100) -> NDArray[Any]:
    """A broad square and a thin line, on black."""
    frame: NDArray[Any] = np.zeros((64, 64), kind)
    frame[8:40, 8:40] = value // 2
    frame[50:52, 8:56] = value
    return frame


@pytest.mark.parametrize("kind", TYPES)
def test_thin_is_kept_and_broad_is_not(kind: type[np.number[Any]]) -> None:
    bright, dark = strokes(_frame(kind))
    assert (bright[50:52, 8:56] == 100).all()
    assert bright[8:40, 8:40].max() == 0 and dark[48:54].max() == 0


def test_strokes_of_the_whole_range_of_16_bits_do_not_overflow() -> None:
    frame = np.full((32, 32), -32768, np.int16)
    frame[16, :] = 32767
    bright, _ = strokes(frame)
    assert bright[16].min() == 65535 and bright[:15].max() == 0


def test_strokes_at_the_very_edge_are_seen() -> None:
    frame = np.zeros((32, 32), np.uint8)
    frame[0, :] = frame[:, 31] = 200
    bright, _ = strokes(frame)
    assert (bright[0, :-1] == 200).all() and (bright[1:, 31] == 200).all()


def test_what_stands_on_one_frame_only_shows_in_the_strokes() -> None:
    projection = Projection(20)
    for i in range(20):
        frame = np.full((64, 64), 50, np.uint8)
        frame[30:33, 10:50] = 90 if i == 7 else 50
        projection.add(frame)
    pictures = dict(projection.pictures())
    assert set(pictures) == {"maximum", "minimum", "bright strokes", "dark strokes", "mean strokes"}
    assert pictures["bright strokes"][31, 20] == 200 and pictures["dark strokes"].max() == 0


def test_a_frame_unlike_its_neighbours_is_chosen() -> None:
    rng = np.random.default_rng(1)
    projection = Projection(20)
    for i in range(20):
        frame = rng.integers(40, 60, (128, 128)).astype(np.uint16)
        if i == 7:
            frame[30:33, 10:50:3] = 400
        projection.add(frame)
    assert projection.unusual(2) == [7]


def test_no_frame_is_chosen_where_all_are_alike() -> None:
    rng = np.random.default_rng(1)
    projection = Projection(20)
    for _ in range(20):
        projection.add(rng.integers(40, 60, (128, 128)).astype(np.uint16))
    assert projection.unusual(2) == []


def test_a_template_tells_frames_with_a_text_from_those_without() -> None:
    projection, frames = Projection(4), []
    for i in range(4):
        frame = np.full((64, 64), 50, np.uint8)
        frame[30:33, 10:50:4] = 200 if i == 2 else 50
        frames.append(frame)
        projection.add(frame)
    template = projection.template(Box(8, 28, 52, 36))
    assert [template.stands(f) for f in frames] == [False, False, True, False]


def test_values_that_are_all_the_same_are_shown_black() -> None:
    assert shown(np.full((4, 4), 7, np.int16)).max() == 0


def test_a_picture_smaller_than_a_stroke_is_looked_at() -> None:
    projection = Projection(3)
    for _ in range(3):
        projection.add(np.zeros((3, STROKE - 5), np.uint8))
    assert len(list(projection.pictures())) == 5 and projection.unusual(1) == []


@pytest.mark.parametrize("kind", TYPES)
def test_even_contrast_shows_faint_letters_beside_bright_ones(kind: type[np.number[Any]]) -> None:
    frame: NDArray[Any] = np.zeros((64, 128), kind)
    frame[30:34, 8:56] = 10
    frame[30:34, 72:120] = 100
    even = flattened(frame)
    assert int(even[32, 24]) - int(even[20, 24]) > 0.5 * (int(even[32, 104]) - int(even[20, 104])) > 20


def test_an_even_frame_stays_even() -> None:
    assert np.ptp(flattened(np.full((40, 40), 7, np.uint16))) == 0
    assert np.ptp(without_grain(np.zeros((40, 40, 3), np.uint8))) == 0


def test_dark_letters_show_on_speckle() -> None:
    speckle = np.random.default_rng(5).rayleigh(60, (128, 128))
    speckle[60:66, 20:100] = 0
    without = without_grain(np.asarray(np.clip(speckle, 0, 255), np.uint8))
    beside, below = without[20:50, 20:100].astype(float), without[61:65, 24:96].astype(float)
    assert beside.mean() - below.mean() > 4 * beside.std()
