"""Twenty-four generated heads: what is left of their faces, whether the brain is whole, and how many are in doubt."""

from __future__ import annotations

import pytest

pytest.importorskip("SimpleITK", reason="needs pip install 'guideit[faces]'")

from guideit.deid.faces.find import find_head
from guideit.deid.faces.head import Verdict
from guideit.deid.faces.mask import FaceMask
from guideit.testing.heads import changed, openers
from guideit.testing.scanned_heads import Outcome, outcome, scanned_heads

HEADS = 24


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    found = []
    for scanned in scanned_heads(HEADS):
        images = scanned.images()
        found.append(outcome(scanned, images, find_head([openers(images)])))
    return found


@pytest.mark.timeout(3600)
def test_hardly_any_facial_skin_is_left_and_no_brain_is_touched(outcomes: list[Outcome]) -> None:
    treated = [o for o in outcomes if o.head.verdict is Verdict.FACE]
    assert all(o.skin > 3_000 and o.share_left <= 0.05 for o in treated)
    assert all(o.brain > 50_000 and o.brain_touched == 0 for o in treated)


@pytest.mark.timeout(3600)
def test_few_are_in_doubt_and_none_passes_for_defaced_or_for_no_head(outcomes: list[Outcome]) -> None:
    verdicts = [o.head.verdict for o in outcomes]
    assert verdicts.count(Verdict.DOUBTFUL) <= HEADS * 0.15
    assert not {Verdict.DEFACED, Verdict.NONE} & set(verdicts)


@pytest.mark.timeout(3600)
def test_a_head_whose_face_was_taken_out_is_never_taken_for_a_face_again() -> None:
    for scanned in scanned_heads(6):
        images = scanned.images()
        after = changed(images, FaceMask.of(find_head([openers(images)])).change)
        assert find_head([openers(after)]).verdict in {Verdict.DEFACED, Verdict.DOUBTFUL}
