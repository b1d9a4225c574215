"""Planes sampled wherever they lie; the mask as one function of the patient's coordinates; the head as JSON."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from guideit.deid.faces.atlas import Label, atlas
from guideit.deid.faces.hardware import hardware
from guideit.deid.faces.head import Head, Verdict
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.scans import grid_of, scans
from guideit.errors import NotUnderstood
from guideit.testing.heads import AXIAL, Planes, Shape, classic, enhanced, openers
from guideit.trial.deidentification import FaceFill

IDENTITY = tuple(float(v) for v in np.eye(4).ravel())
HEAD = Head(verdict=Verdict.FACE, matrix=IDENTITY)
THICK = Planes(spacing=(8.0, 3.0, 3.0), shape=(30, 84, 74))
OBLIQUE = replace(THICK, turn=(20.0, 0.0, 15.0))


def test_a_point_outside_the_atlas_is_as_at_its_edge() -> None:
    far = np.array([[0.0, -900.0, -60.0], [0.0, 900.0, 0.0]])
    assert [bool(v & Label.FACE) for v in atlas().at(far)] == [True, False]


def test_no_voxel_of_the_templates_brain_goes_and_the_nose_does() -> None:
    mask = FaceMask.of(HEAD)
    assert not mask.at(atlas().points(atlas().has(Label.BRAIN))).any()
    assert mask.at(np.array([[0.0, -112.0, -66.0], [0.0, -92.0, -112.0]])).all()


def test_eyes_stay_only_where_asked() -> None:
    eye = np.array([[32.0, -78.0, -26.0]])
    assert FaceMask.of(HEAD).at(eye).all()
    assert not FaceMask.of(HEAD, keep_eyes=True).at(eye).any()


def test_a_plane_of_any_direction_gets_the_same_mask_as_its_points() -> None:
    mask = FaceMask.of(HEAD)
    there = mask.on(OBLIQUE.origin(9), OBLIQUE.row(), OBLIQUE.column(), (3.0, 3.0), (84, 74))
    assert there.any() and np.array_equal(there, mask.at(OBLIQUE.points(9)))


def test_a_tilted_or_oblique_stack_is_sampled_where_its_planes_lie() -> None:
    for where in (replace(THICK, lean=2.5), OBLIQUE):
        grid = grid_of(scans(openers(classic(Shape(), where, "CT")))[0], 6.0)
        straight = scans(openers(classic(Shape(), THICK, "CT")))[0]
        values, seen = straight.at(grid.points())
        both = seen & grid.covered.ravel()
        agree = (values[both] > -300) == (grid.values.ravel()[both] > -300)
        assert both.sum() > 10_000 and agree.mean() > 0.97


def test_a_head_survives_json_whole() -> None:
    head = Head(verdict=Verdict.DOUBTFUL, reasons=("face.turn",), measures={"turn": 61.5}, held={2: "face.moved"})
    assert Head.from_json(head.as_json()) == head


def test_without_a_located_head_there_is_no_mask() -> None:
    with pytest.raises(NotUnderstood):
        FaceMask.of(Head(verdict=Verdict.NONE))


@pytest.mark.parametrize("fill", list(FaceFill))
def test_frames_change_inside_the_mask_only_and_alike_at_every_run(fill: FaceFill) -> None:
    ds = enhanced(Shape(), THICK)
    file = openers([ds])[0]()
    mask = FaceMask.of(HEAD, fill=fill)
    one, two = mask.change(file), mask.change(file)
    for index, stored in enumerate(file.stored()):
        goes, new = mask.of_frame(file, index), one(index, stored)
        assert new.dtype == stored.dtype and np.array_equal(new[~goes], stored[~goes])
        assert np.array_equal(new, two(index, stored))


def test_blank_is_what_air_is_in_the_series() -> None:
    datasets = classic(Shape(), THICK, "CT")
    file = openers(datasets)[10]()
    mask = FaceMask.of(HEAD)
    new = mask.change(file)(0, next(file.stored()))
    assert set(np.unique(new[mask.of_frame(file, 0)])) == {24}  # stored: -1000 HU with an intercept of -1024


def test_teeth_are_flagged_in_ct_and_nothing_in_mr() -> None:
    fine = replace(AXIAL, shape=(40, 168, 148))
    assert "teeth" in hardware(scans(openers(classic(Shape(), fine, "CT")))[0])
    assert hardware(scans(openers(classic(Shape(), fine, "MR")))[0]) == frozenset()
