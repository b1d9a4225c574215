"""What is done about faces: which images show one, what of it goes, what stays, and when a person has to look."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from guideit.deid.faces.find import find_head
from guideit.deid.faces.head import Head, Verdict
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.measures import measure
from guideit.deid.pixels.frames import Opener, PixelFile, open_pixels
from guideit.errors import DetectorMissing
from guideit.testing.heads import AXIAL, Shape, changed, classic, openers
from guideit.testing.scanned_heads import outcome, scanned_heads

SHARED = Path(__file__).parents[4] / "shared" / "data"


KINDS = (0, 2, 5, 9)
"""Of the generated heads: a CT, a PET, a CT of ellipsoids, an oblique MR."""


@pytest.mark.parametrize("number", KINDS)
def test_a_face_goes_and_no_brain_with_it(number: int) -> None:
    """Whatever the modality, direction, size and turn of the head: known from how it was made."""
    scanned = scanned_heads(24)[number]
    images = scanned.images()
    found = outcome(scanned, images, find_head([openers(images)]))
    assert found.head.verdict is Verdict.FACE
    assert found.skin > 3_000 and found.share_left <= 0.05
    assert found.brain > 50_000 and found.brain_touched == 0


@pytest.fixture(scope="module")
def usual() -> Head:
    return find_head([openers(classic(Shape(), AXIAL, "MR"))])


def test_what_became_of_a_face_is_measured_on_the_images(usual: Head) -> None:
    before = classic(Shape(), AXIAL, "MR")
    after = changed(before, FaceMask.of(usual).change)
    found = measure(openers(before), openers(after), usual)
    assert usual.verdict is Verdict.FACE and found.skin > 1000 and found.skin_left <= 0.05
    assert found.brain > 100_000 and found.brain_changed == 0


def test_the_same_head_is_found_at_the_same_place_at_every_run(usual: Head) -> None:
    assert find_head([openers(classic(Shape(), AXIAL, "MR"))]).as_json() == usual.as_json()


def test_a_neck_and_chin_alone_are_never_no_head() -> None:
    low = replace(AXIAL, corner=(-110.0, -135.0, -200.0), shape=(55, 168, 148))
    assert find_head([openers(classic(Shape(), low, "CT"))]).verdict is not Verdict.NONE
    below = replace(Shape(), trunk=True)
    chest = replace(AXIAL, corner=(-230.0, -135.0, -300.0), spacing=(4.0, 3.0, 3.0), shape=(55, 100, 155))
    assert find_head([openers(classic(below, chest, "CT"))], faceless=True).verdict is not Verdict.NONE


def test_a_single_plane_is_for_a_person() -> None:
    found = find_head([openers(classic(Shape(), AXIAL, "MR")[60:61])])
    assert (found.verdict, found.reasons) == (Verdict.DOUBTFUL, ("face.no-volume",))


def test_without_simpleitk_nothing_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(DetectorMissing, match="SimpleITK") as missing:
        find_head([])
    assert "guideit[faces]" in missing.value.do


def _folder(name: str, pattern: str = "*") -> list[Opener]:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip("the shared images are not here")
    return [partial(_open, path) for path in sorted(folder.glob(pattern))]


def _open(path: Path) -> PixelFile:
    file = open_pixels(path.read_bytes())
    assert file is not None
    return file


def test_a_head_without_a_face_is_recognised_and_left_alone() -> None:
    assert find_head([_folder("head-mr-defaced/dicoms")]).verdict is Verdict.DEFACED


def test_a_head_phantom_with_a_tilted_gantry_is_located_or_held_with_a_reason() -> None:
    found = find_head([_folder("head-ct-phantom/GE", "*.dcm")])
    assert found.matrix and (found.verdict is Verdict.FACE or found.reasons)


def test_a_scout_is_held_for_a_person() -> None:
    found = find_head([_folder("head-ct-phantom/Philips/S1000", "I*")])
    assert found.verdict is Verdict.DOUBTFUL


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_a_thigh_is_never_a_face(number: int) -> None:
    found = find_head([_folder(f"sarcoma-ct-pet-mr/STS_00{number}/CT/image")], faceless=True)
    assert found.verdict in {Verdict.NONE, Verdict.DOUBTFUL} and not np.size(found.matrix)
