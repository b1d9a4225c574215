"""What goes follows the subject's own skin, stops at brain, and is one mask that survives JSON."""

from __future__ import annotations

import numpy as np

from guideit.deid.faces.atlas import Bools, Label, atlas
from guideit.deid.faces.head import Head, Verdict, packed
from guideit.deid.faces.judge import seen_skin
from guideit.deid.faces.mask import FaceMask
from guideit.deid.faces.scans import Grid
from guideit.deid.faces.zone import subject_zone

SHIFT = 7
"""Voxels of 2 mm by which the subject's face lies before where the template has it."""
NOBODY = np.zeros(atlas().labels.shape, np.bool_)


def _grid() -> Grid:
    shape = atlas().labels.shape
    covered = np.ones(shape, np.bool_)
    return Grid(values=np.zeros(shape, np.float32), covered=covered, origin=np.array(atlas().origin), step=atlas().step)


def _shifted(forward: int) -> Bools:
    return np.roll(atlas().has(Label.HEAD), -forward, axis=1)


def test_a_face_goes_though_it_lies_elsewhere_than_the_templates() -> None:
    for forward in (-SHIFT, 0, SHIFT):
        head = _shifted(forward)
        goes = subject_zone(_grid(), head, np.eye(4), NOBODY)
        skin = seen_skin(head, _grid().covered) & atlas().has(Label.SURFACE)
        assert skin.sum() > 3_000 and (skin & ~goes).sum() == 0


def test_brain_stays_unless_it_would_be_skin() -> None:
    head, everywhere = _shifted(0), np.ones(atlas().labels.shape, np.bool_)
    goes = subject_zone(_grid(), head, np.eye(4), everywhere)
    skin = seen_skin(head, _grid().covered) & atlas().has(Label.SURFACE)
    assert goes[skin].all() and not goes[atlas().has(Label.BRAIN)].any()


def test_a_zone_survives_json_and_changes_the_digest() -> None:
    zone = subject_zone(_grid(), _shifted(SHIFT), np.eye(4), NOBODY)
    matrix = tuple(float(v) for v in np.eye(4).ravel())
    head = Head(verdict=Verdict.FACE, matrix=matrix, zone=packed(zone))
    again = Head.from_json(head.as_json())
    assert np.array_equal(again.goes(), zone)
    assert again.digest == head.digest != Head(verdict=Verdict.FACE, matrix=matrix).digest
    assert np.array_equal(FaceMask.of(again).at(atlas().points(NOBODY | True)).reshape(zone.shape), zone)
