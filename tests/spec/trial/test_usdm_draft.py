"""A draft from the CDISC pilot study: what USDM says is filled in, the rest is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.trial.model import Trial
from guideit.trial.parse import parse_trial
from guideit.trial.usdm import draft_from_usdm

STUDY = Path(__file__).parents[3].parent / "shared" / "standards" / "usdm" / "CDISC_Pilot_Study.json"
pytestmark = pytest.mark.skipif(not STUDY.is_file(), reason="../shared/standards/usdm is not here")


def _draft() -> str:
    return draft_from_usdm(STUDY.read_text("utf-8"))


def _trial() -> Trial:
    return parse_trial(_draft())


def test_who_and_what() -> None:
    """Titles, registrations, phase and sponsor."""
    trial = _trial()
    assert (trial.id, trial.trial.acronym, trial.trial.protocol) == ("lzzt", "LZZT", "H2Q-MC-LZZT")
    assert trial.title.startswith("Safety and Efficacy of the Xanomeline Transdermal Therapeutic System")
    assert trial.trial.registrations == {"nct": "NCT12345678"}
    assert (trial.trial.phase, trial.trial.sponsor.name) == ("2", "Eli Lilly")


def test_arms_and_sites() -> None:
    """Arm types in the terms of trial registries."""
    trial = _trial()
    assert [(a.id, a.type) for a in trial.arms] == [
        ("placebo", "placebo-comparator"),
        ("xanomeline-low-dose", "active-comparator"),
        ("xanomeline-high-dose", "active-comparator"),
    ]
    assert [(s.id, s.country) for s in trial.sites] == [("site-1", "GBR")]


def test_visits_have_days_and_windows() -> None:
    """Days from the timings of the main timeline; four hours before are a window of one day."""
    assert [(v.id, v.day, v.before, v.after) for v in _trial().visits] == [
        ("screening-1", -14, 0, 0),
        ("screening-2", -2, 1, 0),
        ("baseline", 0, 0, 0),
        ("week-2", 14, 3, 3),
        ("week-4", 28, 3, 3),
        ("week-6", 42, 3, 3),
        ("week-8", 56, 3, 3),
        ("week-12", 84, 4, 4),
        ("week-16", 112, 4, 4),
        ("week-20", 140, 4, 4),
        ("week-24", 168, 4, 4),
        ("week-26", 182, 3, 3),
    ]


def test_imaging_is_told_from_the_names_of_activities() -> None:
    """`Chest X-ray` and `CT scan` at screening; the steward is asked whether that is right."""
    found = [(i.visit, i.modality, i.body_part) for i in _trial().imaging]
    assert found == [("screening-1", "DX", "CHEST"), ("screening-1", "CT", "HEAD")]
    assert 'modality = "CT"  # TODO: right?' in _draft()


def test_what_the_study_does_not_say_is_asked_for() -> None:
    """Licence, contacts, participants, tables, consent."""
    draft = _draft()
    asked = [line for line in draft.splitlines() if line.startswith("# TODO")]
    for about in ("licence", "whom to ask", "participants", "tables", "sharing rests", "conditions of use", "embargo"):
        assert any(about in line for line in asked), about
    assert _trial().consent.default == "deny"
