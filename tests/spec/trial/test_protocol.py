"""Arms, sites, visits with windows, and the imaging the protocol asks for."""

from __future__ import annotations

import pytest

from guideit.errors import TrialInvalid
from guideit.trial.parse import parse_trial

_HEAD = '[trial]\nid = "t"\ntitle = "T"\n'


def test_visits_are_days_after_baseline_with_a_window() -> None:
    """Before baseline the day is negative; without a window the visit is on its day."""
    trial = parse_trial(f'{_HEAD}[[visits]]\nid = "screening"\nday = -7\nbefore = 3\n')
    visit = trial.visits[0]
    assert (visit.day, visit.before, visit.after) == (-7, 3, 0)


def test_imaging_is_required_unless_it_says_otherwise() -> None:
    """A visit may ask for several modalities; `required = false` makes one optional."""
    text = '[[visits]]\nid = "v"\nday = 0\n[[imaging]]\nvisit = "v"\nmodality = "CT"\n'
    text += '[[imaging]]\nvisit = "v"\nmodality = "PT"\nrequired = false\n'
    assert [(i.modality, i.required) for i in parse_trial(_HEAD + text).imaging] == [("CT", True), ("PT", False)]


def test_arms_and_sites_have_ids_of_their_own() -> None:
    """The crosswalk and the tables name arms and sites by these ids."""
    text = '[[arms]]\nid = "a"\ntitle = "A"\n[[arms]]\nid = "a"\ntitle = "B"\n'
    with pytest.raises(TrialInvalid) as refused:
        parse_trial(_HEAD + text)
    assert "line 8: arms[2].id: 'a' stands twice" in str(refused.value)


def test_imaging_belongs_to_a_visit_that_exists() -> None:
    """A visit that nobody declared is an error, not an expectation that nothing can meet."""
    text = '[[visits]]\nid = "week-6"\nday = 42\n[[imaging]]\nvisit = "week-7"\nmodality = "CT"\n'
    with pytest.raises(TrialInvalid) as refused:
        parse_trial(_HEAD + text)
    assert "line 8: imaging[1].visit: no such visit\n      → use one of: week-6" in str(refused.value)
