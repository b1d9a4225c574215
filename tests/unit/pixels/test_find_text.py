"""What becomes of lines, and of which frames, with a reader that finds what it is told to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from guideit.deid.pixels.find_text import find_text
from guideit.deid.pixels.frames import Opener, PixelFile
from guideit.deid.pixels.judge import (
    Line,
    TextSettings,
    Verdict,
    View,
    along,
    chained,
    closer,
    judged,
    lines,
    merged,
    nobody,
    together,
    touched,
    widened,
    with_neighbours,
)
from guideit.deid.pixels.reader import Found, Picture
from guideit.deid.pixels.regions import Box
from guideit.errors import NotUnderstood
from guideit.testing.burned import pixel_file

SETTINGS = TextSettings()
LONG = Box(10, 10, 70, 22)


@dataclass
class Told:
    """Finds one line wherever `box` has bright pixels, and reads `text` there."""

    box: Box = LONG
    text: str = "Müller"
    confidence: float = 0.95
    score: float = 0.8
    name: str = "told 1"
    pictures: list[tuple[int, ...]] = field(default_factory=list)

    def detect(self, image: Picture, enlarge: float = 1.0) -> Sequence[Found]:
        self.pictures.append(image.shape)
        b = self.box
        here = image[b.top : b.bottom, b.left : b.right]
        return [Found(box=b, score=self.score)] if here.size and here.max() > 250 else []

    def read(self, image: Picture, box: Box) -> tuple[str, float]:
        return self.text, self.confidence


def _frames(
    count: int, with_text: Callable[[int], bool] = lambda i: True, shape: tuple[int, int] = (96, 96)
) -> list[Opener]:
    def opener(i: int) -> Opener:
        frame = np.full(shape, 20, np.uint8)
        if with_text(i):
            frame[12:20:3, 12:68] = 255
        return lambda: pixel_file(frame)

    return [opener(i) for i in range(count)]


def _line(text: str, confidence: float = 0.95, score: float = 0.8, box: Box = LONG, seen: int = 1) -> Line:
    return Line(box=box, score=score, text=text, confidence=confidence, seen=seen)


def test_text_on_every_frame_is_one_region_for_all() -> None:
    (region,) = find_text(_frames(12), SETTINGS, Told()).regions
    assert (region.rule, region.instance, region.first, region.last) == ("text.detected", None, 0, None)
    assert region.box.left <= 10 and region.box.right >= 70 and region.box.top < 10 and region.box.bottom > 22


def test_text_on_some_frames_is_blanked_on_these_alone() -> None:
    found = find_text(_frames(12, lambda i: i in (4, 5)), SETTINGS, Told())
    assert [r.instance for r in found.regions] == [4, 5]


def test_text_that_shows_in_the_mean_is_blanked_on_all_frames() -> None:
    """Anatomy below it may change so much that single frames seem to be without it; then it goes from all."""
    found = find_text(_frames(12, lambda i: i != 7), SETTINGS, Told())
    assert [r.instance for r in found.regions] == [None]


def test_in_a_mixed_series_each_size_is_looked_at_on_its_own() -> None:
    openers = [*_frames(2), *_frames(1, shape=(128, 96)), *_frames(1, lambda i: False, (96, 128))]
    found = find_text(openers, SETTINGS, Told())
    assert [r.instance for r in found.regions] == [0, 1, 2]


def test_what_was_looked_at_is_said() -> None:
    looked = find_text(_frames(12), SETTINGS, Told()).looked
    assert (looked["instances"], looked["frames"], looked["projections"], looked["reader"]) == (12, 12, 5, "told 1")


def test_pixels_that_cannot_be_decoded_are_not_understood() -> None:
    file = pixel_file(np.zeros((8, 8), np.uint8))
    file.dataset.PixelData = b"\0\0"

    def opener() -> PixelFile:
        return file

    with pytest.raises(NotUnderstood):
        find_text([opener], SETTINGS, Told())


def test_many_frames_are_never_held_at_once() -> None:
    """Each frame is opened when its turn comes; a hundred frames or ten thousand are the same pictures."""
    reader = Told()
    find_text(_frames(200, lambda i: False), SETTINGS, reader)
    assert len(reader.pictures) <= 10


def test_a_large_picture_is_looked_at_in_parts_too() -> None:
    reader = Told(box=Box(0, 0, 1, 1))
    find_text(_frames(1, lambda i: False, (2000, 1600)), SETTINGS, reader)
    assert max(max(shape) for shape in reader.pictures[1:] if sorted(shape) != [1600, 2000]) == 1024


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (_line("Müller, Jürgen"), Verdict.BLANK),
        (_line("Mu", confidence=0.2, seen=2), Verdict.DOUBTFUL),
        (_line(" ", score=0.8), Verdict.BLANK),
        (_line("_"), Verdict.DOUBTFUL),
        (_line("", confidence=0.0, score=0.4), Verdict.NOTHING),
        (_line("R", box=Box(0, 0, 14, 14)), Verdict.KEPT),
        (_line("R"), Verdict.DOUBTFUL),
        (_line("0", confidence=0.6, box=Box(0, 0, 14, 14)), Verdict.NOTHING),
        (_line("or", confidence=0.7, box=Box(0, 0, 12, 7)), Verdict.NOTHING),
        (_line("or", confidence=0.8, box=Box(0, 0, 12, 7)), Verdict.DOUBTFUL),
        (_line("or", confidence=0.7, box=Box(0, 0, 12, 7), seen=2), Verdict.BLANK),
        (_line("5 cm", box=Box(0, 0, 30, 14)), Verdict.KEPT),
    ],
)
def test_verdicts(line: Line, verdict: Verdict) -> None:
    assert judged(line, SETTINGS, nobody) is verdict


def test_marks_go_where_the_policy_says_so() -> None:
    line = _line("R", box=Box(0, 0, 14, 14))
    assert judged(line, TextSettings(keep_marks=False), nobody) is Verdict.BLANK


def test_on_a_page_of_text_marks_go_too() -> None:
    few, many = [Verdict.BLANK] * 3, [Verdict.BLANK] * 12
    assert together([*few, Verdict.KEPT])[-1] is Verdict.KEPT and together([*many, Verdict.KEPT])[-1] is Verdict.BLANK


def test_a_name_of_the_participant_goes_even_if_it_looks_like_a_mark() -> None:
    line = _line("LI", box=Box(0, 0, 24, 14), confidence=0.4)
    assert judged(line, SETTINGS, lambda text: text == "LI") is Verdict.BLANK


def test_pieces_of_a_line_are_one() -> None:
    pieces = [Found(box=Box(10 + 16 * i, 10, 22 + 16 * i, 22), score=0.5) for i in range(4)]
    assert [f.box for f in chained(pieces)] == [Box(10, 10, 70, 22)]


def test_pieces_of_a_turned_line_are_one_and_lines_below_each_other_are_not() -> None:
    turned = [Found(box=Box(10, 10 + 16 * i, 22, 22 + 16 * i), score=0.5) for i in range(4)]
    below = [Found(box=Box(10, 10 + 16 * i, 90, 22 + 16 * i), score=0.5) for i in range(4)]
    assert [f.box for f in chained(turned)] == [Box(10, 10, 22, 70)] and len(chained(below)) == 4


def test_a_line_found_in_several_pictures_is_one_with_its_best_reading() -> None:
    (line,) = merged([_line("Mul", 0.5), _line("Müller", 0.9, box=Box(12, 10, 72, 22)), _line("", 0.0)])
    assert (line.text, line.seen, line.box) == ("Müller", 3, Box(10, 10, 72, 22))


def test_boxes_are_widened_and_stay_in_the_frame() -> None:
    assert widened(Box(0, 2, 60, 14), 96, 64) == Box(0, 0, 64, 17)


def test_a_letter_missed_at_the_end_of_a_line_goes_with_it() -> None:
    apart, end = Box(120, 10, 130, 22), Box(78, 9, 90, 23)
    assert with_neighbours(LONG, [apart, end]) == Box(10, 9, 90, 23)
    assert with_neighbours(LONG, [Box(10, 30, 22, 42)]) == LONG


def test_an_edge_changes_across_and_letters_change_along_too() -> None:
    edge = np.zeros((40, 200), np.uint8)
    edge[20:] = 200
    letters = np.zeros((40, 200), np.uint8)
    letters[14:26, 10:190:5] = 200
    box = Box(5, 10, 195, 30)
    assert along(edge, box) < 0.05 and along(letters, box) > 1
    assert along(np.ascontiguousarray(edge.T), Box(10, 5, 30, 195)) < 0.05


def test_an_edge_that_is_taken_for_a_line_is_nothing() -> None:
    line = Line(box=LONG, score=0.84, text="_", confidence=0.82, seen=3, along=0.17)
    assert judged(line, SETTINGS, nobody) is Verdict.NOTHING


def test_a_long_line_seen_in_two_pictures_goes_though_it_cannot_be_read() -> None:
    assert judged(_line("3", 0.5, 0.32, seen=2), SETTINGS, nobody) is Verdict.BLANK
    assert judged(_line("3", 0.5, 0.32), SETTINGS, nobody) is Verdict.NOTHING


def test_a_row_of_like_shapes_as_high_as_anatomy_is_nothing() -> None:
    row = Box(0, 72, 173, 142)
    assert judged(_line("00", 0.5, 0.83, row, seen=2), SETTINGS, nobody) is Verdict.NOTHING


def test_what_is_doubtful_below_a_line_that_goes_goes_too() -> None:
    boxes = [Box(0, 0, 100, 20), Box(80, 5, 110, 25), Box(0, 60, 100, 80)]
    said = touched(boxes, [Verdict.BLANK, Verdict.DOUBTFUL, Verdict.DOUBTFUL])
    assert said == [Verdict.BLANK, Verdict.BLANK, Verdict.DOUBTFUL]


def test_what_is_found_in_a_turned_picture_stands_where_it_is() -> None:
    picture = np.zeros((100, 60), np.uint8)
    picture[20:80, 30:42] = 255
    (line,) = lines(View(picture, turned=True), Told(box=Box(20, 18, 80, 30)))
    assert line.box == Box(30, 20, 42, 80)


def test_likely_lines_are_looked_at_again_and_larger() -> None:
    picture = np.full((60, 200), 20, np.uint8)
    picture[24:34, 80:180:3] = 255
    reader = Told(box=Box(5, 5, 60, 17))
    first = Line(box=Box(80, 24, 120, 36), score=0.4, text="", confidence=0.0, picture=picture)
    (again,) = closer([first], reader)
    assert reader.pictures == [(36, 136)] and again.text == "Müller"
    assert again.box == Box(37, 17, 92, 29)
    assert closer([first] * 12, reader) == []
