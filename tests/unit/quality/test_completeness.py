"""What was received beside what the protocol asks for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guideit.quality.completeness import Coverage, ReceivedSeries, completeness
from guideit.trial.finding import Severity
from guideit.trial.model import ExpectedImaging, Identity, Trial, Visit

DAY0 = date(2010, 3, 1)
TRIAL = Trial(
    trial=Identity(id="demo", title="Demo"),
    visits=(
        Visit(id="baseline", day=0, before=7, after=0),
        Visit(id="week-12", day=84, before=7, after=7),
        Visit(id="week-13", day=92, before=7, after=7),
    ),
    imaging=(
        ExpectedImaging(visit="baseline", modality="CT", body_part="CHEST"),
        ExpectedImaging(visit="week-12", modality="CT", series="^chest"),
        ExpectedImaging(visit="week-12", modality="PT", required=False),
    ),
)


def _series(day: int | None, modality: str = "CT", *, who: str = "P1", **more: str) -> ReceivedSeries:
    return ReceivedSeries(
        participant=who,
        study=f"2.25.{day or 0}",
        day=None if day is None else DAY0 + timedelta(days=day),
        modality=modality,
        body_part=more.pop("body_part", "CHEST"),
        description=more.pop("description", "chest 2 mm"),
        **more,
    )


def _rules(*series: ReceivedSeries, **more: object) -> list[tuple[str, str]]:
    found = completeness(series, TRIAL, **more)  # type: ignore[arg-type]
    return [(finding.rule, finding.place) for finding in found.findings]


def test_a_complete_participant_has_no_finding() -> None:
    assert _rules(_series(0), _series(84)) == []


@pytest.mark.parametrize("day", [77, 84, 91])
def test_any_day_of_the_window_is_the_visit(day: int) -> None:
    assert _rules(_series(0), _series(day)) == []


def test_a_visit_without_its_imaging_is_missing() -> None:
    assert _rules(_series(0)) == [("protocol.missing-imaging", "P1/week-12")]


def test_imaging_of_another_body_part_or_description_does_not_count() -> None:
    assert _rules(_series(0, body_part="KNEE"), _series(84)) == [("protocol.missing-imaging", "P1/baseline")]
    assert _rules(_series(0), _series(84, description="scout")) == [("protocol.missing-imaging", "P1/week-12")]


def test_a_study_outside_every_window_is_reported_with_the_nearest_visit() -> None:
    assert _rules(_series(0), _series(84), _series(60)) == [("protocol.out-of-window", "P1/2.25.60")]


def test_the_time_point_in_the_header_decides_before_the_day() -> None:
    found = _rules(_series(0), _series(60, time_point="week-12"))
    assert found == [("protocol.out-of-window", "P1/2.25.60")]


def test_a_study_without_a_date_has_no_visit() -> None:
    assert ("protocol.undated", "P1/2.25.0") in _rules(_series(None))


def test_a_stated_baseline_is_day_zero() -> None:
    assert ("protocol.out-of-window", "P1/2.25.0") in _rules(_series(0), baselines={"P1": DAY0 - timedelta(days=30)})


def test_an_enrolled_participant_without_images_is_missing_all() -> None:
    found = _rules(_series(0), _series(84), participants=["P1", "P2"])
    assert found == [("protocol.missing-imaging", "P2/baseline"), ("protocol.missing-imaging", "P2/week-12")]


def test_a_modality_nobody_asked_for_is_a_note() -> None:
    found = completeness([_series(0), _series(84), _series(0, "MR")], TRIAL).findings
    assert [(f.rule, f.severity) for f in found] == [("protocol.unexpected-imaging", Severity.NOTE)]


def test_all_others_are_warnings() -> None:
    assert {f.severity for f in completeness([_series(None), _series(30)], TRIAL).findings} == {Severity.WARN}


def test_a_trial_that_declares_nothing_misses_nothing() -> None:
    bare = Trial(trial=Identity(id="demo", title="Demo"))
    assert completeness([_series(0), _series(None)], bare).findings == ()


def test_coverage_counts_participants_by_site_arm_and_visit() -> None:
    series = [
        _series(0, site="A", arm="x"),
        _series(84, site="A", arm="x"),
        _series(0, who="P2", site="A", arm="x"),
    ]
    coverage = completeness(series, TRIAL).coverage
    assert Coverage(site="A", arm="x", visit="week-12", modality="CT", participants=2, received=1) in coverage
    assert Coverage(site="A", arm="x", visit="baseline", modality="CT", participants=2, received=2) in coverage


def test_a_row_of_the_index_becomes_a_series() -> None:
    row = {"participant": "P1", "study": "2.25.1", "StudyDate": "20100301", "Modality": "CT", "SeriesDescription": None}
    assert ReceivedSeries.from_row(row, arm="x") == ReceivedSeries(
        participant="P1", study="2.25.1", day=DAY0, modality="CT", arm="x"
    )
