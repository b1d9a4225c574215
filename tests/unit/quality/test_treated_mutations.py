"""One thing of a good release with treated pixels is broken at a time; the verifier must fail it, by the right rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import JPEGLosslessSV1, JPEGLSNearLossless

from guideit.quality.inputs import Verdict
from guideit.testing.hand_made import Draft, uid
from guideit.testing.hand_proved import prove
from guideit.testing.hand_treated import (
    BOX,
    CT_FILES,
    CT_SERIES,
    FACE,
    XA_FILE,
    XA_SERIES,
    pixels_of,
    put_frames,
    put_pixels,
    say,
    treated_draft,
    written_mask,
)
from guideit.trial.finding import Severity

Change = Callable[[Draft], object]
MUTATIONS: dict[str, tuple[str, bool, Change]] = {}
"""Name -> rule that must fail, whether the private side is needed to see it, the change."""


def mutation(rule: str, *, private: bool = True) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        MUTATIONS[change.__name__] = (f"verify.{rule}", private, change)
        return change

    return register


def _told(plan: Draft, name: str = CT_FILES[0], series: str = CT_SERIES) -> Any:
    return plan.treated[series]["instances"][uid(name)]


def _pixel(plan: Draft, row: int, column: int, value: int) -> None:
    values = pixels_of(plan.ct)
    values[row, column] = value
    put_pixels(plan.ct, values)


# --- pixels -------------------------------------------------------------------------------------------------------


@mutation("pixels")
def a_pixel_beside_the_box_changed(plan: Draft) -> None:
    _pixel(plan, BOX[1] - 1, BOX[0], 7777)


@mutation("pixels")
def a_pixel_at_the_open_end_of_the_box_changed(plan: Draft) -> None:
    _pixel(plan, BOX[1], BOX[2], 7777)


@mutation("pixels")
def a_box_that_is_not_blank(plan: Draft) -> None:
    _pixel(plan, BOX[1] + 1, BOX[0] + 1, 7777)


@mutation("pixels")
def a_box_that_was_never_blanked(plan: Draft) -> None:
    values = pixels_of(plan.ct)
    values[2:6, 1:9] = pixels_of(plan.sources[CT_FILES[0]])[2:6, 1:9]
    put_pixels(plan.ct, values)


@mutation("pixels")
def a_box_on_the_wrong_frame(plan: Draft) -> None:
    _told(plan, XA_FILE, XA_SERIES)["boxes"][0][:2] = [1, 2]


@mutation("pixels")
def a_box_larger_than_what_was_blanked(plan: Draft) -> None:
    _told(plan)["boxes"][0][4] += 2


@mutation("pixels")
def a_box_beyond_the_image(plan: Draft) -> None:
    _told(plan)["boxes"][0][4] = 17


@mutation("pixels")
def a_box_that_holds_nothing(plan: Draft) -> None:
    _told(plan)["boxes"][0][4] = 1


@mutation("pixels")
def a_pixel_beside_the_mask_changed(plan: Draft) -> None:
    _pixel(plan, FACE[0].start, FACE[1].stop, 7777)


@mutation("pixels")
def a_mask_smaller_than_what_was_changed(plan: Draft) -> None:
    mask = np.zeros((16, 16), bool)
    mask[FACE[0].start + 1 : FACE[0].stop, FACE[1]] = True
    _told(plan)["masks"]["0"] = written_mask(mask)


@mutation("pixels")
def a_mask_of_another_frame(plan: Draft) -> None:
    _told(plan)["masks"] = {"1": _told(plan)["masks"]["0"]}


@mutation("pixels")
def a_mask_of_another_size(plan: Draft) -> None:
    _told(plan)["masks"]["0"] = written_mask(np.ones((16, 24), bool))


@mutation("pixels")
def a_mask_that_would_fill_the_memory(plan: Draft) -> None:
    _told(plan)["masks"]["0"] = written_mask(np.ones((20_000, 20_000), bool))


@mutation("pixels")
def a_mask_that_cannot_be_read(plan: Draft) -> None:
    _told(plan)["masks"]["0"] = "no mask"


@mutation("pixels")
def no_file_beside_a_pack_whose_pixels_differ(plan: Draft) -> None:
    del plan.treated[CT_SERIES]


@mutation("pixels")
def a_file_beside_the_pack_that_is_none(plan: Draft) -> None:
    plan.treated[CT_SERIES] = "{"


@mutation("pixels")
def a_file_of_another_version(plan: Draft) -> None:
    plan.treated[CT_SERIES]["version"] = 2


@mutation("pixels")
def an_instance_treated_that_is_not_there(plan: Draft) -> None:
    plan.treated[CT_SERIES]["instances"][uid("nobody")] = {"boxes": [], "masks": {}}


@mutation("pixels")
def a_treated_instance_of_which_nothing_is_said(plan: Draft) -> None:
    del plan.treated[CT_SERIES]["instances"][uid(CT_FILES[1])]


@mutation("pixels")
def a_transcode_that_loses(plan: Draft) -> None:
    frames = [np.array(values) for values in plan.xa.pixel_array]
    put_frames(plan.xa, [bytes(imagecodecs.jpegls_encode(f, level=3)) for f in frames], JPEGLSNearLossless)


@mutation("pixels")
def a_transcode_with_a_frame_too_few(plan: Draft) -> None:
    values = np.array(plan.xa.pixel_array[0])
    put_frames(plan.xa, [bytes(imagecodecs.ljpeg_encode(values))], JPEGLosslessSV1)


@mutation("needed")
def the_loss_of_the_source_no_longer_said(plan: Draft) -> None:
    plan.xa.LossyImageCompression = "00"


@mutation("needed")
def a_photometric_interpretation_of_an_untreated_object_changed(plan: Draft) -> None:
    del plan.treated[XA_SERIES]["instances"][uid(XA_FILE)]
    plan.xa.PhotometricInterpretation = "MONOCHROME1"


@mutation("pixels")
def a_photometric_interpretation_that_is_not_true(plan: Draft) -> None:
    plan.xa.PhotometricInterpretation = "MONOCHROME1"


@mutation("pixels")
def an_overlay_left_in_high_bits(plan: Draft) -> None:
    _with_overlay(plan, left=True)


def _with_overlay(plan: Draft, *, left: bool) -> None:
    source = plan.sources[CT_FILES[0]]
    source.add_new(0x60000100, "US", 16)
    source.add_new(0x60000102, "US", 12)
    put_pixels(source, pixels_of(source) & 0x0FFF | 0x1000)
    values = pixels_of(plan.ct) & 0x0FFF
    values[values > 0] |= 0x1000 if left else 0
    put_pixels(plan.ct, values)
    for ds in (source, plan.ct):
        ds.BitsStored, ds.HighBit = 12, 11


# --- faces --------------------------------------------------------------------------------------------------------


@mutation("face")
def a_face_that_was_not_removed(plan: Draft) -> None:
    for name in CT_FILES:
        values = pixels_of(plan.datasets[name])
        values[FACE] = pixels_of(plan.sources[name])[FACE]
        put_pixels(plan.datasets[name], values)


@mutation("face")
def a_face_said_to_be_removed_without_a_mask(plan: Draft) -> None:
    for name in CT_FILES:
        _told(plan, name)["masks"] = {}


@mutation("face")
def a_mask_where_there_is_said_to_be_no_face(plan: Draft) -> None:
    plan.treated[CT_SERIES]["face"]["verdict"] = "none"


# --- what is said -------------------------------------------------------------------------------------------------


@mutation("attestation")
def clean_pixels_said_though_nobody_looked(plan: Draft) -> None:
    plan.treated[CT_SERIES]["text"] = None


@mutation("attestation")
def a_clean_face_said_though_nobody_looked(plan: Draft) -> None:
    plan.treated[CT_SERIES]["face"] = None


@mutation("attestation")
def a_clean_face_said_though_it_is_doubtful(plan: Draft) -> None:
    plan.treated[CT_SERIES]["face"]["verdict"] = "doubtful"


@mutation("attestation")
def what_was_shown_of_text_not_said(plan: Draft) -> None:
    codes = plan.ct.DeidentificationMethodCodeSequence
    del codes[[item.CodeValue for item in codes].index("113101")]


@mutation("attestation", private=False)
def burned_in_annotation_not_said_to_be_no(plan: Draft) -> None:
    del plan.ct.BurnedInAnnotation


@mutation("attestation", private=False)
def recognisable_features_said_to_be_there(plan: Draft) -> None:
    plan.ct.RecognizableVisualFeatures = "YES"


@mutation("attestation")
def burned_in_annotation_no_of_an_object_that_nobody_looked_at(plan: Draft) -> None:
    plan.rt.BurnedInAnnotation = "NO"


@mutation("attestation")
def clean_pixels_said_of_an_object_without_pixels(plan: Draft) -> None:
    say(plan.rt, "113101")


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_treatment_fails_by_the_right_rule(name: str, tmp_path: Path) -> None:
    rule, _, change = MUTATIONS[name]
    plan = treated_draft()
    change(plan)
    assert rule in {finding.rule for finding in prove(plan, tmp_path).failures}


@pytest.mark.parametrize("name", [name for name, (_, private, _) in MUTATIONS.items() if not private])
def test_what_the_public_side_can_see_it_sees_without_the_private_one(name: str, tmp_path: Path) -> None:
    rule, _, change = MUTATIONS[name]
    plan = treated_draft()
    change(plan)
    assert rule in {finding.rule for finding in prove(plan, tmp_path, private=False).failures}


@pytest.mark.parametrize("private", [True, False])
def test_the_unbroken_treatment_is_proved(private: bool, tmp_path: Path) -> None:
    certificate = prove(treated_draft(), tmp_path, private=private)
    assert certificate.findings == ()
    assert certificate.passed


def test_an_overlay_that_was_taken_out_of_high_bits_is_proved(tmp_path: Path) -> None:
    plan = treated_draft()
    _with_overlay(plan, left=False)
    assert prove(plan, tmp_path).findings == ()


def test_what_the_source_says_of_its_pixels_may_be_said_on(tmp_path: Path) -> None:
    plan = treated_draft()
    plan.rt.BurnedInAnnotation = plan.sources["1.2.3.4.2.1"].BurnedInAnnotation = "NO"
    assert prove(plan, tmp_path).findings == ()


def test_masks_over_most_of_a_series_are_a_warning(tmp_path: Path) -> None:
    plan = treated_draft()
    mask = np.zeros((16, 16), bool)
    mask[6:] = True
    for name in CT_FILES:
        values = pixels_of(plan.datasets[name])
        values[6:] = 0
        put_pixels(plan.datasets[name], values)
        _told(plan, name)["masks"]["0"] = written_mask(mask)
    certificate = prove(plan, tmp_path)
    assert [(f.rule, f.severity) for f in certificate.findings] == [("verify.masked-most", Severity.WARN)]
    assert certificate.passed


def test_a_verdict_keeps_its_warnings_when_it_is_kept() -> None:
    verdict = Verdict(number=3)
    verdict.warn("text-doubt", "A/1/2", "a word")
    again = Verdict.from_json(verdict.as_json(), 3)
    assert again.findings == verdict.findings
    assert not again.failed
