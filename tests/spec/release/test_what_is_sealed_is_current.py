"""Only what would be cleaned the same way now is sealed: later decisions, policies and files are not passed by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guideit.actions.check import check
from guideit.actions.deidentify import deidentify
from guideit.actions.release import seal_release
from guideit.actions.review import decide, findings
from guideit.actions.trials import add_trial
from guideit.errors import Refused
from guideit.testing.desk import SECRET, TRIAL, Desk, instance, now, open_desk
from guideit.trial.release import Release

TABLE = """
[[tables]]
id = "ae"
file = "ae.csv"
[[tables.columns]]
name = "subject"
role = "identifier"
[[tables.columns]]
name = "grade"
role = "outcome"
"""
HEAD: dict[str, Any] = {"StudyInstanceUID": "1.2.8", "SeriesInstanceUID": "1.2.8.4", "BodyPartExamined": "HEAD"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An abdomen, a head that a person let pass, and a table: cleaned and checked."""
    (tmp_path / "ae.csv").write_text("subject,grade\nQX4821775,2\n", "utf-8")
    with open_desk(tmp_path, trial=TRIAL + TABLE) as desk:
        desk.put(one=instance(1), head=instance(7, **HEAD))
        desk.submit()
        _clean(desk)
        decide(desk.archive, _head(desk), "accept", by="steward", reason="a phantom", now=now)
        _clean(desk)
        yield desk


def _head(desk: Desk) -> int:
    return next(int(row["id"]) for row in findings(desk.archive, "small") if row["rule"] == "hold.head-volume")


def _clean(desk: Desk) -> None:
    deidentify(desk.archive, "small", by="steward", now=now)
    check(desk.archive, "small", by="steward", now=now)


def _seal(desk: Desk, version: str = "1.0") -> Release:
    return seal_release(desk.archive, "small", version, date="2026-01-02", by="steward", now=now)


def test_what_was_cleaned_and_checked_is_sealed(desk: Desk) -> None:
    counts = _seal(desk).counts
    assert (counts.series, counts.tables) == (2, 1)


def test_a_series_excluded_since_is_not_sealed(desk: Desk) -> None:
    """Before, `release` took what was clean, whatever a person had said meanwhile."""
    decide(desk.archive, _head(desk), "exclude", by="steward", reason="a person after all", now=now)
    with pytest.raises(Refused, match="1 series and 0 tables") as refused:
        _seal(desk)
    assert "guideit deidentify small" in refused.value.do
    _clean(desk)
    assert _seal(desk).counts.series == 1


def test_another_policy_asks_for_cleaning_anew(desk: Desk, tmp_path: Path) -> None:
    strict = TRIAL + "[deidentification]\noptions = []\n" + TABLE
    (tmp_path / "trial.toml").write_text(strict, "utf-8")
    add_trial(desk.archive, tmp_path / "trial.toml", by="steward", now=now, secret=SECRET)
    with pytest.raises(Refused, match="2 series and 1 tables"):
        _seal(desk)


def test_another_image_in_a_cleaned_series_asks_for_cleaning_anew(desk: Desk) -> None:
    desk.put(two=instance(2))
    desk.submit()
    with pytest.raises(Refused, match="1 series and 0 tables"):
        _seal(desk)


def test_a_changed_table_asks_for_cleaning_anew(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "ae.csv").write_text("subject,grade\nQX4821775,3\n", "utf-8")
    with pytest.raises(Refused, match="0 series and 1 tables"):
        _seal(desk)


def test_a_sealed_version_is_sealed_again_as_it_is(desk: Desk) -> None:
    """The same content gives the same release; asking twice does nothing."""
    assert _seal(desk).root == _seal(desk).root


def test_a_decision_holds_for_what_was_seen_of_a_series(tmp_path: Path) -> None:
    """More of an accepted series is received: it waits again, since nobody has looked at that."""
    with open_desk(tmp_path) as desk:
        desk.put(one=instance(1, Modality="US"))
        desk.submit()
        deidentify(desk.archive, "small", by="steward", now=now)
        for row in findings(desk.archive, "small", undecided=True):
            if row["severity"] == "block":
                decide(desk.archive, row["id"], "accept", by="reader", reason="no text", now=now)
        assert deidentify(desk.archive, "small", by="steward", now=now).cleaned == 1
        desk.put(two=instance(2, Modality="US"))
        desk.submit()
        done = deidentify(desk.archive, "small", by="steward", now=now)
        assert (done.cleaned, done.held) == (0, 1)
        assert {row["rule"] for row in findings(desk.archive, "small", undecided=True)} >= {"hold.burned-in-modality"}
