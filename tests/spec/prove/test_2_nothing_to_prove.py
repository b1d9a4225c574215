"""A proof of nothing is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.actions.prove import OWN, ProofRequest, named_policies, prove
from guideit.errors import Refused, UsageError
from guideit.testing.desk import instance, now, open_desk
from guideit.trial.deidentification import PolicyName


def test_a_trial_without_images_is_refused_with_the_line_to_type(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk, pytest.raises(Refused) as refused:
        prove(desk.archive, "small", ProofRequest(), by="steward", now=now)
    assert "guideit submit small" in refused.value.do


def test_a_trial_that_is_not_there_is_a_wrong_line(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk, pytest.raises(UsageError):
        prove(desk.archive, "other", ProofRequest(), by="steward", now=now)


def test_a_policy_that_is_not_there_is_a_wrong_line() -> None:
    assert named_policies(["open", OWN]) == (PolicyName.OPEN,)
    with pytest.raises(UsageError):
        named_policies(["opne"])


def test_a_handful_of_headers_is_proved_by_itself(tmp_path: Path) -> None:
    """One series without pixels, of a trial that names no country: people of three countries are made up."""
    with open_desk(tmp_path) as desk:
        desk.put(a=instance(1), b=instance(2))
        desk.submit()
        score = prove(desk.archive, "small", ProofRequest(policies=()), by="steward", now=now).own
    assert score.countries == ("DE", "GB", "FR")
    assert score.files.planted == score.files.released == 2
    assert score.failures == {}
    assert score.passed
