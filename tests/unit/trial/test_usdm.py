"""Unit tests of the draft from a USDM study: what is odd becomes a comment, what is no study a TrialInvalid."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guideit.errors import TrialInvalid
from guideit.trial.parse import parse_trial
from guideit.trial.usdm import draft_from_usdm


def _code(decode: str) -> dict[str, Any]:
    return {"code": "C1", "decode": decode}


def _timing(kind: str, value: str, at: str, to: str, **more: str) -> dict[str, Any]:
    anchors = {"relativeFromScheduledInstanceId": at, "relativeToScheduledInstanceId": to}
    return {"type": _code(kind), "value": value, **anchors, **more}


def _study() -> dict[str, Any]:
    """A small study: baseline, a visit two weeks on and one a month after that."""
    design = {
        "studyPhase": {"standardCode": _code("Phase I/II Trial")},
        "arms": [{"name": "A", "type": _code("Investigational Arm")}, {"name": "A", "type": _code("Other")}],
        "epochs": [{"label": "Treatment"}],
        "encounters": [{"id": "e1", "label": "Start"}, {"id": "e2", "label": "Week 2"}, {"id": "e3", "label": "Later"}],
        "activities": [{"id": "a1", "name": "FDG PET/CT of the chest"}, {"id": "a2", "name": "ECG"}],
        "scheduleTimelines": [
            {
                "mainTimeline": True,
                "instances": [
                    {"id": "i1", "encounterId": "e1", "activityIds": ["a1", "a2"]},
                    {"id": "i2", "encounterId": "e2", "activityIds": ["a1"]},
                    {"id": "i3", "encounterId": "e3", "activityIds": []},
                ],
                "timings": [
                    _timing("After", "P1M", "i3", "i2"),
                    _timing("After", "P2W", "i2", "i1", windowLower="P2D", windowUpper="PT36H"),
                    _timing("Fixed Reference", "P1D", "i1", "i1"),
                ],
            }
        ],
    }
    version = {
        "titles": [{"text": 'The "big"\n<b>trial</b> \u2028\x7f', "type": _code("Official Study Title")}],
        "studyIdentifiers": [{"text": "2023-501234-12-00"}, {"text": "PROT-1"}],
        "organizations": [{"id": "o1", "name": "Sponsor & Co"}],
        "roles": [{"code": _code("Sponsor"), "organizationIds": ["o1"]}],
        "studyDesigns": [design],
    }
    return {"study": {"versions": [version]}, "usdmVersion": "4.0.0"}


def test_what_the_study_says_is_taken_over() -> None:
    trial = parse_trial(draft_from_usdm(json.dumps(_study())))
    assert (trial.id, trial.title) == ("prot-1", 'The "big" trial')
    assert trial.trial.registrations == {"ctis": "2023-501234-12-00"}
    assert (trial.trial.phase, trial.trial.sponsor.name) == ("1/2", "Sponsor & Co")
    assert [(a.id, a.type) for a in trial.arms] == [("a", "experimental"), ("a-2", "")]


def test_timings_are_followed_and_windows_are_rounded_up() -> None:
    draft = draft_from_usdm(json.dumps(_study()))
    visits = parse_trial(draft).visits
    assert [(v.id, v.day, v.before, v.after) for v in visits] == [
        ("start", 0, 0, 0),
        ("week-2", 14, 2, 2),
        ("later", 44, 0, 0),
    ]
    assert "day = 44  # TODO: rounded" in draft


def test_of_a_pet_ct_both_images_are_expected() -> None:
    trial = parse_trial(draft_from_usdm(json.dumps(_study())))
    assert [(i.visit, i.modality, i.body_part) for i in trial.imaging] == [
        ("start", "PT", "CHEST"),
        ("week-2", "PT", "CHEST"),
        ("start", "CT", "CHEST"),
        ("week-2", "CT", "CHEST"),
    ]


def test_a_visit_without_a_day_is_a_comment() -> None:
    study = _study()
    study["study"]["versions"][0]["studyDesigns"][0]["scheduleTimelines"][0]["timings"].pop(0)
    draft = draft_from_usdm(json.dumps(study))
    assert "# TODO: the study's timings do not lead to Later." in draft
    assert [v.id for v in parse_trial(draft).visits] == ["start", "week-2"]


def test_timings_in_a_circle_end() -> None:
    study = _study()
    timeline = study["study"]["versions"][0]["studyDesigns"][0]["scheduleTimelines"][0]
    timeline["timings"] = [_timing("After", "P1D", "i1", "i2"), _timing("After", "P1D", "i2", "i1")]
    assert parse_trial(draft_from_usdm(json.dumps(study))).visits == ()


def test_nobody_is_shared_by_default() -> None:
    assert parse_trial(draft_from_usdm(json.dumps(_study()))).consent.default == "deny"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"study": {"versions": []}}', "9" * 5000, "[" * 90000])
def test_what_is_no_study_is_invalid(text: str) -> None:
    with pytest.raises(TrialInvalid, match=r"^the USDM study"):
        try:
            draft_from_usdm(text)
        except TrialInvalid as refused:
            raise TrialInvalid(str(refused)) from None


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in items for p in _paths(item, (*path, key)))]


_ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=4)
    | st.builds(list)
    | st.builds(dict)
    | st.builds(lambda: [None, 3])
)


@given(st.lists(st.tuples(st.sampled_from(_paths(_study())[1:]), _ODD | st.just("P9999Y")), min_size=1, max_size=4))
def test_whatever_is_odd_or_missing_the_draft_parses(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    study = _study()
    for path, odd in changes:
        target: Any = study
        for key in path[:-1]:
            below = target.get(key) if isinstance(target, dict) else target[key] if key in range(len(target)) else None
            target = below if isinstance(below, dict | list) else {}
        if isinstance(target, dict) or (isinstance(target, list) and path[-1] in range(len(target))):
            target[path[-1]] = odd
    try:
        draft = draft_from_usdm(json.dumps(study))
    except TrialInvalid as refused:
        assert "no USDM study" in str(refused)
    else:
        assert parse_trial(draft).id
