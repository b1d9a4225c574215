"""Verification, 4: what was received, beside what the protocol asks for."""

from __future__ import annotations

from datetime import date

from guideit.quality.completeness import ReceivedSeries, completeness
from guideit.trial.finding import Severity
from guideit.trial.parse import parse_trial

TRIAL = parse_trial(
    """
[trial]
id = "demo"
title = "Demo"

[[visits]]
id = "baseline"
day = 0

[[visits]]
id = "month-3"
day = 90
before = 7
after = 7

[[imaging]]
visit = "baseline"
modality = "CT"

[[imaging]]
visit = "month-3"
modality = "CT"
"""
)


def _ct(day: date) -> ReceivedSeries:
    return ReceivedSeries(participant="DEMO-1", study=f"2.25.{day:%j}", day=day, modality="CT")


def test_what_is_missing_is_a_warning_not_an_obstacle() -> None:
    """A release may lack a visit; it may not hide that it does."""
    (finding,) = completeness([_ct(date(2015, 1, 1))], TRIAL).findings
    assert (finding.rule, finding.severity) == ("protocol.missing-imaging", Severity.WARN)
    assert finding.says == "CT of visit month-3 was not received"


def test_windows_are_counted_from_the_first_study_unless_a_baseline_is_given() -> None:
    """Dates may be the shifted ones: only differences count."""
    complete = [_ct(date(2015, 1, 1)), _ct(date(2015, 4, 6))]
    assert completeness(complete, TRIAL).findings == ()
    late = completeness(complete, TRIAL, baselines={"DEMO-1": date(2014, 12, 1)}).findings
    assert {finding.rule for finding in late} == {"protocol.missing-imaging", "protocol.out-of-window"}
