"""A thousand planted series and pictures, and every clean background: what is found, and what is touched by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rapidocr", reason="needs pip install 'guideit[pixels]'")

from guideit.testing.burned_corpus import COVERED, Score, measured

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return measured(1000, DATA if DATA.is_dir() else None, seed=1)


def _share(some: Sequence[Score]) -> float:
    return float(np.mean([s.blanked >= COVERED for s in some]))


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("series", "least"), [(True, 0.99), (False, 0.97)])
def test_planted_text_is_found(scores: list[Score], series: bool, least: float) -> None:
    assert _share([s for s in scores if s.case.planted and s.series == series]) >= least


@pytest.mark.timeout(7200)
def test_clean_pictures_are_left_alone(scores: list[Score]) -> None:
    assert _share([s for s in scores if not s.case.planted]) <= 0.01
