"""The examples on real data: each ends in a proved release, or in a refusal that names what holds the data back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from guideit.actions.archive import ArchivePlan, init_archive, open_archive
from guideit.actions.review import findings
from guideit.actions.share import Shared, ShareRequest, share
from guideit.errors import Refused
from guideit.settings import TEMPLATE

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no folder shared/data beside the checkout")


def _now() -> datetime:
    return datetime(2026, 1, 2, tzinfo=UTC)


def _share(example: str, data: str, folder: Path) -> tuple[Shared | None, set[str]]:
    """What became of it, and the rules of all findings."""
    plan = ArchivePlan(root=folder / "a", workers=2, shelf_url=str(folder / "a" / "shared" / "shelf"))
    init_archive(plan.root, template=TEMPLATE)
    trial = ROOT / "examples" / example
    request = ShareRequest(trial=trial, sources=[DATA / data], version="1.0", date="2026-01-02", reference=True)
    with open_archive(plan, write=True) as archive:
        try:
            done = share(archive, request, by="steward", now=_now)
        except Refused:
            done = None
        name = next(line for line in trial.read_text("utf-8").splitlines() if line.startswith("id ="))
        return done, {row["rule"] for row in findings(archive, name.split('"')[1])}


@pytest.mark.parametrize(
    ("example", "data", "instances"),
    [
        ("sarcoma-ct-pet-mr/trial.toml", "sarcoma-ct-pet-mr", 1146),
        ("head-mr-defaced/trial.toml", "head-mr-defaced", 384),
        ("head-ct-phantom/philips.toml", "head-ct-phantom", 83),
        ("fmri/phantom.toml", "fmri", 608),
    ],
)
def test_it_is_released_and_proved(example: str, data: str, instances: int, tmp_path: Path) -> None:
    """Six participants with CT, PET, MR and contours; a defaced head; a phantom head; a functional MR phantom."""
    done, _ = _share(example, data, tmp_path)
    assert done is not None
    assert done.certificate.failures == ()
    assert done.certificate.passed
    assert done.release.counts.instances == instances


@pytest.mark.parametrize(
    ("example", "data", "rules"),
    [
        (
            "head-ct-phantom/trial.toml",
            "head-ct-phantom",
            {"hold.head-volume", "hold.secondary-capture", "hold.burned-in-annotation"},
        ),
        ("fmri/trial.toml", "fmri", {"hold.head-volume"}),
    ],
)
def test_it_is_refused_with_reasons(example: str, data: str, rules: set[str], tmp_path: Path) -> None:
    """Heads that show a face, and summary pages with text: nothing is left to release, and each rule is named."""
    done, found = _share(example, data, tmp_path)
    assert done is None
    assert rules <= found
