"""The declarations under `examples/`, held against the data they are for."""

from __future__ import annotations

import warnings
from collections import defaultdict
from pathlib import Path

import pydicom
import pytest
from pydicom.errors import InvalidDicomError

from guideit.deid.hold import hold_findings
from guideit.deid.policy import load_policy
from guideit.trial.model import Trial
from guideit.trial.parse import parse_trial

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")


def _example(name: str) -> Trial:
    return parse_trial((ROOT / "examples" / f"{name}.toml").read_text("utf-8"), name=name)


def _holds(name: str, source: str) -> dict[tuple[str, str], set[str]]:
    """What holds each series back, by manufacturer and series number."""
    policy = load_policy(_example(name).deidentification)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in sorted((DATA / source).rglob("*")):
        if not path.is_file():
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the files are as they are
                ds = pydicom.dcmread(path, stop_before_pixels=True)
                header = {e.keyword: e.value for e in ds if e.keyword}
        except InvalidDicomError:
            continue
        if "Modality" in header:
            series = (str(header.get("Manufacturer", "")).split()[0], str(header["SeriesNumber"]))
            found[series] |= {finding.rule for finding in hold_findings(header, policy, "place")}
    return dict(found)


def test_sarcoma_passes_without_accepting_anything() -> None:
    """Extremities show no face."""
    holds = _holds("sarcoma-ct-pet-mr/trial", "sarcoma-ct-pet-mr")
    assert not any(holds.values())
    assert not _example("sarcoma-ct-pet-mr/trial").deidentification.accept


def test_a_head_with_a_face_waits_for_a_person() -> None:
    """GE's head is a person's, whatever its folder is called."""
    assert _holds("head-ct-phantom/trial", "head-ct-phantom/GE") == {("GE", "2"): {"hold.head-volume"}}


def test_the_phantom_passes_alone_and_its_burned_in_summary_does_not() -> None:
    """`philips.toml` accepts the head of plastic, not the text in the pixels of the exam summary."""
    holds = _holds("head-ct-phantom/philips", "head-ct-phantom/Philips")
    assert {series for series, rules in holds.items() if not rules} == {("Philips", "100"), ("Philips", "201")}
    assert holds["Philips", "401"] == {"hold.secondary-capture", "hold.burned-in-annotation"}


def test_fmri_of_a_person_waits_and_the_ball_of_water_passes() -> None:
    """The header says BRAIN of both."""
    assert set(map(frozenset, _holds("fmri/trial", "fmri/20180918GE").values())) == {frozenset({"hold.head-volume"})}
    assert not any(_holds("fmri/phantom", "fmri/20180918Si").values())


def test_a_defaced_head_passes() -> None:
    """The source removed the face; the example says so."""
    assert not any(_holds("head-mr-defaced/trial", "head-mr-defaced").values())
