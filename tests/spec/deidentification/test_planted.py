"""The planted-identifier test: nothing planted survives, and what interpretation needs is retained.

The corpus holds one made-up person's identifiers in every public text attribute (top level, nested, three
items deep; explicit, implicit, big endian, deflated), in private elements and sequences, UN, padding,
preamble, file meta, overlays, curves, icons, JPEG segments, codes, reports, UIDs and three scripts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.actions.deid_folder import FolderJob, deid_folder
from guideit.deid.hold import RULES
from guideit.testing.planted import Plants, plant
from guideit.testing.planted_score import Score, score
from guideit.trial.deidentification import DEFAULT_OPTIONS, DeidSettings, Option

pytestmark = pytest.mark.filterwarnings("ignore")

POLICIES = {
    "default": DEFAULT_OPTIONS,
    "basic": frozenset[Option](),
    "all that retain": frozenset(Option)
    - {Option.RETAIN_LONGITUDINAL_FULL_DATES, Option.RETAIN_UIDS}
    - {Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES},
}


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> Plants:
    return plant(tmp_path_factory.mktemp("planted") / "corpus")


def released(plants: Plants, target: Path, options: frozenset[Option]) -> Score:
    """Clean the corpus, nothing held back by its kind: headers are on trial here, not pictures."""
    settings = DeidSettings(options=options, accept=frozenset(RULES))
    deid_folder(FolderJob(source=plants.folder, target=target, settings=settings, secret=b"\x07" * 32))
    return score(target, plants)


@pytest.mark.parametrize("policy", POLICIES)
def test_no_planted_identifier_survives(
    plants: Plants, tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not one, under any policy; both rates are printed."""
    result = released(plants, tmp_path / "out", POLICIES[policy])
    with capsys.disabled():
        print(f"\nplanted corpus, {policy}: {result.rates}")
    assert result.survived == ()
    assert result.dates == ()
    assert result.files > 0


def test_what_interpretation_needs_is_retained(plants: Plants, tmp_path: Path) -> None:
    """Under the default policy spacing, dose, times, sex, age and harmless description words stay."""
    result = released(plants, tmp_path / "out", DEFAULT_OPTIONS)
    assert result.lost == ()
