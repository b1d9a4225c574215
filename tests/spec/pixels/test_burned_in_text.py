"""Text burned into pixels is found in series and in single pictures, and goes; marks of the image stay.

The measured shares of a thousand and more cases are held by `tests/soak/test_burned_in_corpus.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rapidocr", reason="needs pip install 'guideit[pixels]'")

from guideit.deid.pixels.find_text import TextFound, find_text
from guideit.deid.pixels.frames import Opener, PixelFile, open_pixels
from guideit.deid.pixels.judge import TextSettings
from guideit.deid.pixels.reader import open_reader
from guideit.errors import NotUnderstood
from guideit.testing.backgrounds import generated
from guideit.testing.burned import Case, Style, plant

CAPTURES = Path(__file__).parents[4] / "shared" / "data" / "head-ct-phantom" / "Philips" / "S4010"


def _planted(kind: str, frames: int, style: Style, where: range | None = None) -> Case:
    rng = np.random.default_rng(3)
    background = dict(generated(rng, frames, 384))[kind]
    planted = plant(background, style, where or range(frames), rng)
    assert planted is not None
    return Case(background=kind, style=style, frames=planted[0], planted=(planted[1], where or range(frames)))


def _look(case: Case) -> TextFound:
    return find_text(case.openers, TextSettings(), open_reader())


def _style(text: str, **changes: object) -> Style:
    plain = {"script": "latin", "size": 16, "ink": "white", "turns": 0, "smooth": True}
    return Style(text=text, **(plain | changes))  # type: ignore[arg-type]


def _covers(found: TextFound, case: Case) -> bool:
    assert case.planted is not None
    box = case.planted[0]
    return any(
        r.box.left <= box.left and r.box.right >= box.right and r.box.top <= box.top and r.box.bottom >= box.bottom
        for r in found.regions
    )


@pytest.mark.parametrize(
    "style",
    [
        _style("Müller, Jürgen"),
        _style("PID 0045123", size=8),
        _style("Nowak Łukasz", size=28, ink="grey"),
        _style("Петрова Анна", script="cyrillic"),
        _style("St. Anna Hospital", turns=1),
        _style("Frau Groß 12.03.1954", ink="faint"),
    ],
    ids=lambda style: f"{style.text}, {style.size} px, {style.ink}",
)
def test_a_line_on_a_single_picture_is_found(style: Style) -> None:
    case = _planted("generated CT", 1, style)
    assert _covers(_look(case), case)


def test_a_line_on_every_slice_is_one_region_for_the_series() -> None:
    case = _planted("generated MR", 12, _style("SMITH^JOHN"))
    found = _look(case)
    assert _covers(found, case) and {r.instance for r in found.regions} == {None}


def test_a_line_on_one_slice_only_is_found_and_the_other_slices_keep_their_pixels() -> None:
    case = _planted("generated CT", 12, _style("ID: 7730412"), range(5, 6))
    found = _look(case)
    assert _covers(found, case) and {r.instance for r in found.regions} == {5}


@pytest.mark.parametrize("kind", ["generated CT", "generated MR", "generated radiograph", "generated ultrasound"])
def test_nothing_is_blanked_where_nothing_is_written(kind: str) -> None:
    frames = dict(generated(np.random.default_rng(4), 12, 384))[kind]
    assert _look(Case(background=kind, style=None, frames=frames)).regions == ()


def test_a_side_mark_stays_and_goes_where_the_policy_says_so() -> None:
    case = _planted("generated plain", 1, _style("LEFT", size=24))
    kept = _look(case)
    assert kept.regions == () and [r.rule for r in kept.kept] == ["text.mark"]
    gone = find_text(case.openers, TextSettings(keep_marks=False), open_reader())
    assert _covers(gone, case) and not gone.kept


def test_a_mark_that_is_the_participants_name_goes() -> None:
    case = _planted("generated plain", 1, _style("LEFT", size=24))
    found = find_text(case.openers, TextSettings(), open_reader(), lambda text: "left" in text.lower())
    assert _covers(found, case)


def test_a_picture_too_large_to_look_at_is_not_understood() -> None:
    def slide() -> PixelFile:
        raise NotUnderstood("a frame is too large to be looked at", why="40000 x 40000")

    with pytest.raises(NotUnderstood):
        find_text([slide], TextSettings(), open_reader())


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="no folder shared/data beside the checkout")
def test_the_exam_summaries_of_a_scanner_are_caught() -> None:
    """Three secondary captures stored as CT, with Burned In Annotation NO in their headers."""
    found = find_text(_captures(), TextSettings(), open_reader())
    blanked = [sum(r.instance == i for r in found.regions) for i in range(3)]
    assert min(blanked) >= 8


def _captures() -> list[Opener]:
    files = [open_pixels(p.read_bytes()) for p in sorted(CAPTURES.iterdir()) if p.name.startswith("I")]
    colour = [f for f in files if f is not None and f.samples == 3]

    def opener(file: PixelFile) -> Opener:
        return lambda: file

    return [opener(file) for file in colour]
