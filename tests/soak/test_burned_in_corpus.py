"""A thousand planted series and pictures, and every clean background: what is found, and what is touched by mistake.

The goal is 99 % of series and 97 % of single pictures. What is asserted is what holds; `docs/pixels.md` says what is
missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rapidocr", reason="needs pip install 'guideit[pixels]'")

from guideit.testing.burned_corpus import Score, measured

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return measured(1000, DATA if DATA.is_dir() else None, seed=1)


def _planted(scores: Sequence[Score], series: bool) -> list[Score]:
    return [s for s in scores if s.case.planted and s.series == series]


def _clean(scores: Sequence[Score]) -> list[Score]:
    return [s for s in scores if not s.case.planted]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("series", "least"), [(True, 0.98), (False, 0.96)])
def test_planted_text_is_blanked(scores: list[Score], series: bool, least: float) -> None:
    assert float(np.mean([s.caught for s in _planted(scores, series)])) >= least


@pytest.mark.timeout(7200)
def test_clean_pictures_are_left_alone(scores: list[Score]) -> None:
    assert float(np.mean([s.blanked > 0 for s in _clean(scores)])) <= 0.01


@pytest.mark.timeout(7200)
def test_few_clean_pictures_wait_for_a_person(scores: list[Score]) -> None:
    assert float(np.mean([s.flagged > 0 for s in _clean(scores)])) <= 0.03
