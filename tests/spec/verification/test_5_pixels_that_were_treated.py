"""Verification, 5: pixels that were treated.

Text burned into pixels is blanked and faces are removed, so pixels differ from their source on purpose. The cleaning
says where, in a private file beside the pack. The verifier believes none of it: it decodes both and looks.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.quality.second_reader import find_reader
from guideit.testing.hand_made import uid
from guideit.testing.hand_proved import prove
from guideit.testing.hand_treated import BOX, CT_FILES, CT_SERIES, pixels_of, put_pixels, treated_draft


def test_outside_what_is_said_to_be_treated_every_pixel_is_the_sources(tmp_path: Path) -> None:
    """One value beside a blanked box, one grey level off: the release fails."""
    plan = treated_draft()
    values = pixels_of(plan.ct)
    values[BOX[1] - 1, BOX[0]] += 1
    put_pixels(plan.ct, values)
    assert {f.rule for f in prove(plan, tmp_path).failures} == {"verify.pixels"}


def test_a_box_is_blank(tmp_path: Path) -> None:
    """A box in which anything differs from anything hides nothing."""
    plan = treated_draft()
    values = pixels_of(plan.ct)
    values[BOX[1], BOX[0]] = 700
    put_pixels(plan.ct, values)
    assert {f.rule for f in prove(plan, tmp_path).failures} == {"verify.pixels"}


def test_a_mask_in_which_nothing_changed_removed_no_face(tmp_path: Path) -> None:
    """Masked pixels may hold noise, so some may be what they were; a tenth at most."""
    plan = treated_draft()
    for name in CT_FILES:
        values = pixels_of(plan.datasets[name])
        values[9:12, 3:13] = pixels_of(plan.sources[name])[9:12, 3:13]
        put_pixels(plan.datasets[name], values)
    assert {f.rule for f in prove(plan, tmp_path).failures} == {"verify.face"}


def test_what_is_said_in_the_object_is_what_was_looked_at(tmp_path: Path) -> None:
    """Codes 113101 and 113102 and their NO stand in an object if, and only if, the treatment supports them."""
    plan = treated_draft()
    plan.treated[CT_SERIES]["text"] = None
    assert {f.rule for f in prove(plan, tmp_path).failures} == {"verify.attestation"}


def test_a_lossy_object_is_encoded_anew_without_loss(tmp_path: Path) -> None:
    """Its transfer syntax and its colours may change: decoded pixels are compared. That it once lost is still said."""
    plan = treated_draft()
    assert plan.xa.file_meta.TransferSyntaxUID != plan.sources["1.2.3.4.3.1"].file_meta.TransferSyntaxUID
    assert prove(plan, tmp_path / "a").passed
    plan.xa.LossyImageCompression = "00"
    assert {f.rule for f in prove(plan, tmp_path / "b").failures} == {"verify.needed"}


def test_without_the_file_nothing_may_differ(tmp_path: Path) -> None:
    """Nobody said that pixels were treated: they are not what they were, and that is all that is known."""
    plan = treated_draft()
    del plan.treated[CT_SERIES]["instances"][uid(CT_FILES[0])]
    assert {f.rule for f in prove(plan, tmp_path).failures} == {"verify.pixels"}


def test_released_pixels_are_read_by_a_second_reader(tmp_path: Path) -> None:
    """Where the policy cleans pixels: how many images it read is said, and which reader it was."""
    reader = find_reader()
    if reader is None:
        pytest.skip("neither Tesseract nor rapidocr is installed")
    certificate = prove(treated_draft(), tmp_path, read_text=None)
    assert certificate.passed
    assert f"pixels read for text by {reader.name}: 10 images, 0 words seen" in certificate.text()
