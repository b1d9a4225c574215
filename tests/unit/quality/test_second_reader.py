"""The second reader finds what was left in pixels, and the verifier says so without saying what it read."""

from __future__ import annotations

import json
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import JPEGBaseline8Bit, JPEGLosslessSV1

from guideit.errors import DetectorMissing
from guideit.quality import second_reader
from guideit.quality.certificate import Certificate
from guideit.quality.frames import Frame
from guideit.quality.second_reader import Reader, Word, find_reader, need_reader
from guideit.quality.seen_text import tells
from guideit.quality.views import Stack
from guideit.testing.hand_proved import prove
from guideit.testing.hand_treated import BOX, XA_FILE, put_frames, treated_draft
from guideit.trial.finding import Severity

READERS = {"tesseract": second_reader._tesseract, "pp-ocr": second_reader._pp_ocr}


def _anatomy() -> NDArray[np.uint8]:
    """Something round and grey with some texture, 8 bits."""
    y, x = np.mgrid[:320, :400]
    inside = ((x - 200) / 150) ** 2 + ((y - 170) / 120) ** 2 < 1
    texture = np.random.default_rng(7).normal(0, 2, inside.shape)
    return np.asarray(np.clip(inside * 90 + 20 + texture, 0, 255), np.uint8)


def _drawn(text: str, *, at: tuple[int, int] = (20, 14), size: int = 20) -> NDArray[np.uint8]:
    image_module, draw, font = (pytest.importorskip(f"PIL.{name}") for name in ("Image", "ImageDraw", "ImageFont"))
    picture = image_module.fromarray(_anatomy())
    draw.Draw(picture).text(at, text, fill=255, font=font.load_default(size))
    return np.array(picture)


def _released(values: NDArray[np.uint8], tmp: Path, *, read_text: bool | None = None) -> Certificate:
    """A release whose compressed object shows `values`, put through the verifier."""
    plan = treated_draft()
    source = plan.sources[XA_FILE]
    put_frames(source, [bytes(imagecodecs.jpeg8_encode(values, level=95))] * 2, JPEGBaseline8Bit)
    source.Rows, source.Columns = plan.xa.Rows, plan.xa.Columns = values.shape
    blanked = np.array(source.pixel_array[0])
    blanked[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 0
    put_frames(plan.xa, [bytes(imagecodecs.ljpeg_encode(blanked))] * 2, JPEGLosslessSV1)
    return prove(plan, tmp, read_text=read_text)


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Each of the two readers that is installed."""
    found = READERS[request.param]()
    if found is None:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setattr(second_reader, "find_reader", lambda: found)
    return found


def test_a_name_left_in_pixels_fails(reader: Reader, tmp_path: Path) -> None:
    certificate = _released(_drawn("FRIEDERIKE"), tmp_path)
    assert "verify.pixels-text" in {f.rule for f in certificate.failures}
    assert not certificate.passed


def test_another_word_is_a_doubt(reader: Reader, tmp_path: Path) -> None:
    certificate = _released(_drawn("Blumenkohl"), tmp_path)
    assert {(f.rule, f.severity) for f in certificate.findings} == {("verify.text-doubt", Severity.WARN)}
    assert certificate.passed


def test_a_picture_without_words_gives_none(reader: Reader, tmp_path: Path) -> None:
    certificate = _released(_anatomy(), tmp_path)
    assert certificate.findings == ()
    assert certificate.examined["images-read"] > 0
    assert reader.name in certificate.text()
    assert certificate.document()["readers"] == [reader.name]


def test_a_mark_of_a_side_may_stay(reader: Reader, tmp_path: Path) -> None:
    assert _released(_drawn("LEFT"), tmp_path).findings == ()


def test_no_finding_says_what_was_read(reader: Reader, tmp_path: Path) -> None:
    told = json.dumps(_released(_drawn("FRIEDERIKE Blumenkohl"), tmp_path).document()).lower()
    assert "friederike" not in told
    assert "blumenkohl" not in told


def test_small_letters_are_read_too(reader: Reader) -> None:
    assert any(tells(word) for word in reader.words(255 - _drawn("Schneider 1956", size=12)))


def test_without_a_reader_it_fails_and_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_reader, "find_reader", lambda: None)
    certificate = _released(_anatomy(), tmp_path)
    (finding, *_) = [f for f in certificate.failures if f.rule == "verify.pixels-text"]
    assert "guideit[pixels]" in finding.do
    with pytest.raises(DetectorMissing, match="second time"):
        need_reader()


def test_a_reader_that_breaks_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(image: NDArray[np.uint8]) -> list[Word]:
        raise OSError

    monkeypatch.setattr(second_reader, "find_reader", lambda: Reader(name="broken", read=broken))
    assert "verify.pixels-text" in {f.rule for f in _released(_anatomy(), tmp_path).failures}


def test_where_the_policy_does_not_ask_for_it_nothing_is_read(tmp_path: Path) -> None:
    certificate = _released(_anatomy(), tmp_path, read_text=False)
    outcomes = {name: outcome for name, _, outcome in certificate.checks()}
    assert outcomes["pixels-text"] == "not done"


def test_there_is_a_reader_here() -> None:
    if find_reader() is None:
        pytest.skip("neither Tesseract nor rapidocr is installed")
    assert find_reader() is not None


def _seen(text: str, sure: float) -> bool:
    return tells(Word(text=text, sure=sure))


@pytest.mark.parametrize(
    ("text", "sure", "told"),
    [
        ("Schneider", 71, True),
        ("Schneider", 60, False),
        ("lie", 80, False),
        ("Ann", 95, True),
        ("000", 98, False),
        ("LEFT", 99, False),
        ("10cm", 99, False),
        ("300", 99, False),
        ("778812", 75, True),
    ],
)
def test_which_words_count(text: str, sure: float, told: bool) -> None:
    assert _seen(text, sure) is told


def test_static_text_of_many_frames_stands_in_their_projections() -> None:
    stack = Stack()
    for number in range(40):
        values = np.random.default_rng(number).integers(0, 100, (32, 32)).astype(np.uint16)
        values[4:8, 4:20] = 4000
        stack.add(Frame(values, "MONOCHROME2"))
    images = dict(stack.images())
    assert images["the brightest of all frames"][4:8, 4:20].max() == 0
    assert images["the brightest of all frames"][20:].min() > 200


def test_a_large_image_is_read_in_tiles_that_overlap() -> None:
    seen: list[tuple[int, ...]] = []

    def read(image: NDArray[np.uint8]) -> list[Word]:
        seen.append(image.shape)
        return []

    Reader(name="counts", read=read).words(np.zeros((5000, 3000), np.uint8))
    assert max(max(shape) for shape in seen) <= 2048
    assert sum(rows * columns for rows, columns in seen) > 5000 * 3000
