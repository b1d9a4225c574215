"""Where the trial asks for a second reader, two persons must agree; one is enough to exclude."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guideit.actions.deidentify import deidentify
from guideit.actions.review import unresolved
from guideit.actions.review.boxes import parse_box
from guideit.actions.review.readers import ALONE, APART
from guideit.actions.trials import add_trial
from guideit.errors import Refused
from guideit.ledger.engine import reading
from guideit.ledger.regions import decided_regions
from guideit.testing.desk import SECRET, TRIAL, now
from guideit.testing.review_desk import HEAD, SMALL, ReviewDesk, review_desk
from guideit.trial.parse import parse_deidentification

BANNER = (6, 4, 70, 14)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReviewDesk]:
    with review_desk(tmp_path, settings='second_reader = ["hold.", "pixels."]') as desk:
        yield desk


def _head(desk: ReviewDesk) -> int:
    return int(desk.rows(HEAD)[0]["id"])


def _state(desk: ReviewDesk, rule: str = HEAD) -> tuple[str, str]:
    row = desk.rows(rule)[0]
    return row["decision"], row["waits"]


def _unresolved(desk: ReviewDesk) -> list[str]:
    with reading(desk.archive.private) as conn:
        return [row["why"] for row in unresolved(conn, SMALL)]


def test_the_trial_says_of_which_rules() -> None:
    some = parse_deidentification('second_reader = ["pixels."]')
    assert (some.needs_second("pixels.doubtful-text"), some.needs_second("hold.overlay")) == (True, False)
    assert parse_deidentification("second_reader = true").needs_second("hold.overlay")
    assert not parse_deidentification("").needs_second("pixels.doubtful-text")


def test_one_reader_leaves_it_open_and_two_who_agree_decide(desk: ReviewDesk) -> None:
    desk.decide(_head(desk), "accept", by="anna")
    assert _state(desk) == ("", ALONE)
    desk.decide(_head(desk), "accept", by="bert")
    assert _state(desk) == ("accept", "")


def test_what_one_reader_let_pass_is_held_back_as_before(desk: ReviewDesk) -> None:
    desk.decide(_head(desk), "accept", by="anna")
    held = deidentify(desk.archive, SMALL, by="steward", now=now).held
    desk.decide(_head(desk), "accept", by="bert")
    assert deidentify(desk.archive, SMALL, by="steward", now=now).held == held - 1


@pytest.mark.parametrize("again", ["anna", "Anna", " ANNA ", "ａｎｎａ", "an\u200bna", "an\u00adna"])
def test_the_same_person_twice_is_one_reader(desk: ReviewDesk, again: str) -> None:
    desk.decide(_head(desk), "accept", by="anna")
    with pytest.raises(Refused, match="read this finding already"):
        desk.decide(_head(desk), "accept", by=again)
    assert _state(desk) == ("", ALONE)


def test_readers_who_disagree_leave_it_open_whoever_comes_third(desk: ReviewDesk) -> None:
    number = desk.doubt(desk.captures()[0], BANNER)
    desk.decide(number, "accept", by="anna")
    desk.decide(number, "redact", by="bert")
    assert _state(desk, "pixels.") == ("", APART)
    desk.decide(number, "accept", by="carla")
    assert _state(desk, "pixels.") == ("", APART)
    desk.decide(number, "", by="anna")
    assert _state(desk, "pixels.") == ("", "")


def test_one_is_enough_to_exclude(desk: ReviewDesk) -> None:
    desk.decide(_head(desk), "exclude", by="anna")
    assert _state(desk) == ("exclude", "")


def test_what_one_reader_drew_is_blanked_when_the_other_agrees(desk: ReviewDesk) -> None:
    place = desk.captures()[0]
    number = desk.doubt(place, BANNER)
    desk.decide(number, "redact", by="anna", boxes=(parse_box("0,80,40,96"),))
    assert {state for _, state in desk.regions(place)} == {"doubtful"}
    desk.doubt(place, BANNER)  # the detector looks again meanwhile
    desk.decide(number, "redact", by="bert", boxes=(parse_box("90,80,120,96"),))
    with reading(desk.archive.private) as conn:
        blanked = {tuple(region.box) for region in decided_regions(conn, SMALL)[place]}
    assert blanked == {BANNER, (0, 80, 40, 96), (90, 80, 120, 96)}


def test_a_reading_is_kept_when_the_finding_is_found_again(desk: ReviewDesk) -> None:
    desk.decide(_head(desk), "accept", by="anna")
    deidentify(desk.archive, SMALL, by="steward", now=now)
    assert _state(desk) == ("", ALONE)


def test_a_decision_that_nobody_ended_is_not_sealed(desk: ReviewDesk) -> None:
    desk.decide(_head(desk), "accept", by="anna")
    assert _unresolved(desk) == [ALONE]


def test_a_decision_from_before_the_trial_asked_is_half_a_decision(tmp_path: Path) -> None:
    with review_desk(tmp_path) as desk:
        desk.decide(_head(desk), "accept", by="anna")
        assert _unresolved(desk) == []
        (tmp_path / "trial.toml").write_text(f"{TRIAL}[deidentification]\nsecond_reader = true\n", "utf-8")
        add_trial(desk.archive, tmp_path / "trial.toml", by="steward", now=now, secret=SECRET)
        assert _unresolved(desk) == [ALONE]
        desk.decide(_head(desk), "accept", by="bert")
        assert _unresolved(desk) == []
