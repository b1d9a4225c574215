"""What a person may decide on a finding, what it does, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from guideit.actions.deidentify import deidentify
from guideit.actions.review import Decision, decide, decide_all, unresolved
from guideit.actions.review.boxes import box_text, parse_box
from guideit.actions.review.rules import CHOICES, choice
from guideit.errors import Refused, UsageError
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import begin, reading
from guideit.ledger.findings import put_findings
from guideit.ledger.private_tables import reading as readings_table
from guideit.ledger.regions import decided_regions
from guideit.ledger.series import clean_rows
from guideit.testing.desk import now
from guideit.testing.review_desk import CAPTURED, HEAD, SMALL, ReviewDesk, review_desk
from guideit.trial.finding import Finding, Severity
from guideit.trial.terms import REVIEWED

BANNER = (6, 4, 70, 14)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReviewDesk]:
    with review_desk(tmp_path) as desk:
        yield desk


def _blanked(desk: ReviewDesk) -> dict[str, list[tuple[int, ...]]]:
    with reading(desk.archive.private) as conn:
        return {place: [tuple(r.box) for r in found] for place, found in decided_regions(conn, SMALL).items()}


def _unresolved(desk: ReviewDesk) -> list[tuple[str, str]]:
    with reading(desk.archive.private) as conn:
        return [(row["rule"], row["why"]) for row in unresolved(conn, SMALL)]


# What may be decided


@pytest.mark.parametrize("room", REVIEWED)
def test_of_every_rule_that_people_decide_on_something_may_be_decided(room: str) -> None:
    assert choice(f"{room}anything").means


@pytest.mark.parametrize("rule", ["text.doubtful", "risk.release"])
def test_only_what_can_be_left_out_can_be_excluded(rule: str) -> None:
    """A text, or the risk of a release as a whole, excluded would be forgotten."""
    assert "exclude" not in choice(rule).means
    assert "exclude" in choice(HEAD).means


@pytest.mark.parametrize(
    "rule", ["verify.residue", "deid.not-understood", "intake.truncated", "protocol.x", "hold.modality"]
)
def test_what_a_check_proved_or_the_trial_says_is_nobodys_to_overrule(desk: ReviewDesk, rule: str) -> None:
    with begin(desk.archive.private) as conn:
        put_findings(conn, SMALL, [Finding(rule=rule, severity=Severity.BLOCK, place="x/series/1", says="so it is")])
    number = desk.rows(rule)[0]["id"]
    for decision in ("accept", "redact", "exclude"):
        with pytest.raises(Refused, match="nobody can decide"):
            desk.decide(number, decision)


def test_a_face_cannot_be_redacted_by_a_box(desk: ReviewDesk) -> None:
    with pytest.raises(Refused) as refused:
        desk.decide(desk.rows(HEAD)[0]["id"], "redact")
    assert "--accept, --exclude" in refused.value.do


def test_each_decision_says_what_it_does() -> None:
    assert all(len(words) > 10 for row in CHOICES.values() for words in row.means.values())


# Text in pixels


def test_redacting_blanks_what_was_proposed_and_what_was_drawn_besides(desk: ReviewDesk) -> None:
    place = desk.captures()[0]
    number = desk.doubt(place, BANNER)
    desk.decide(number, "redact", boxes=(parse_box("0,80,40,96@1#1"),))
    assert _blanked(desk) == {place: [BANNER, (0, 80, 40, 96)]}


def test_accepting_lets_what_is_drawn_stay(desk: ReviewDesk) -> None:
    place = desk.captures()[0]
    desk.decide(desk.doubt(place, BANNER), "accept")
    assert (desk.regions(place), _blanked(desk)) == ([(BANNER, "keep")], {})


def test_redacting_nothing_is_a_slip_of_the_pen(desk: ReviewDesk) -> None:
    with pytest.raises(UsageError, match="nothing is drawn"):
        desk.decide(desk.rows(CAPTURED)[0]["id"], "redact")


@pytest.mark.parametrize("box", ["0,0,129,10", "0,0,10,97", "0,0,10,10#2", "0,0,10,10@2"])
def test_a_box_outside_the_image_is_refused(desk: ReviewDesk, box: str) -> None:
    """Redacting nothing would seem done."""
    number = desk.doubt(desk.captures()[0], BANNER)
    with pytest.raises(UsageError):
        desk.decide(number, "redact", boxes=(parse_box(box),))
    assert desk.rows("pixels.")[0]["decision"] == ""


@pytest.mark.parametrize(
    "text", ["1,2,3", "5,5,5,9", "0,0,1,1@0", "0,0,1,1@3-2", "0,0,1,1#0", "a,b,c,d", "", "-1,0,2,2"]
)
def test_a_box_that_holds_no_pixel_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        parse_box(text)


@pytest.mark.parametrize("text", ["0,0,512,40", "1,2,3,4@5", "1,2,3,4@5-9", "1,2,3,4#2", "1,2,3,4@1-3#7"])
def test_a_box_is_written_as_it_is_read(text: str) -> None:
    assert box_text(parse_box(text)) == text


def test_frames_and_instances_are_counted_from_one_as_people_do() -> None:
    region = parse_box("1,2,3,4@5-9#2")
    assert (region.first, region.last, region.instance) == (4, 9, 1)


def test_what_is_found_later_opens_a_decision_again(desk: ReviewDesk) -> None:
    """The person decided on less. What they decided on stays decided."""
    place = desk.captures()[0]
    number = desk.doubt(place, BANNER)
    desk.decide(number, "accept")
    assert desk.doubt(place, BANNER) == number
    assert desk.rows("pixels.")[0]["decision"] == "accept"
    desk.doubt(place, BANNER, (0, 80, 40, 96))
    assert desk.rows("pixels.")[0]["decision"] == ""
    assert desk.regions(place) == [(BANNER, "keep"), ((0, 80, 40, 96), "doubtful")]


# Taking back


def test_undoing_is_a_decision_too_and_both_are_in_the_audit_log(desk: ReviewDesk) -> None:
    place = desk.captures()[0]
    number = desk.doubt(place, BANNER)
    desk.decide(number, "redact", boxes=(parse_box("0,80,40,96"),))
    desk.decide(number, "", by="head of trial")
    assert desk.rows("pixels.")[0]["decision"] == ""
    assert desk.regions(place) == [(BANNER, "doubtful")]
    with reading(desk.archive.private) as conn:
        log = conn.execute(select(private_audit).where(private_audit.c.act == "finding.decide")).mappings().all()
        why = list(conn.scalars(select(readings_table.c.reason)))
    assert [(e["by"], e["facts"]["decision"], e["facts"]["outcome"]) for e in log] == [
        ("steward", "redact", "redact"),
        ("head of trial", "undo", "open"),
    ]
    assert why == ["looked at it", "looked at it"]
    assert "looked at it" not in str([dict(e) for e in log])  # a reason may name somebody: the log has its digest


def test_another_decision_takes_the_place_of_the_first(desk: ReviewDesk) -> None:
    place = desk.captures()[0]
    number = desk.doubt(place, BANNER)
    desk.decide(number, "redact")
    desk.decide(number, "accept")
    assert (desk.rows("pixels.")[0]["decision"], _blanked(desk)) == ("accept", {})


def test_what_another_finding_wants_blanked_stays_blanked(desk: ReviewDesk) -> None:
    place = desk.captures()[0]
    pixels = desk.doubt(place, BANNER)
    captured = next(row["id"] for row in desk.rows(CAPTURED) if row["place"] == place)
    desk.decide(pixels, "redact")
    desk.decide(captured, "redact")
    desk.decide(captured, "")
    assert _blanked(desk) == {place: [BANNER]}


def test_nothing_is_undone_that_nobody_decided(desk: ReviewDesk) -> None:
    with pytest.raises(UsageError, match="not decided"):
        desk.decide(desk.rows(HEAD)[0]["id"], "")


# All or none, and what is kept


def test_several_decisions_are_taken_all_or_none(desk: ReviewDesk) -> None:
    good, bad = desk.rows(HEAD)[0]["id"], desk.rows(CAPTURED)[0]["id"]
    items = [
        Decision(finding=good, decision="accept", reason="x"),
        Decision(finding=bad, decision="redact", reason="x"),
    ]
    with pytest.raises(UsageError):
        decide_all(desk.archive, SMALL, items, by="steward", now=now)
    assert desk.rows(HEAD)[0]["decision"] == ""


def test_a_decision_names_its_reason_and_its_person(desk: ReviewDesk) -> None:
    number = desk.rows(HEAD)[0]["id"]
    for by, reason in (("steward", " "), (" ", "why")):
        with pytest.raises(UsageError):
            decide(desk.archive, number, "accept", by=by, reason=reason, now=now)


def test_a_finding_that_is_found_again_keeps_its_number_and_decision(desk: ReviewDesk) -> None:
    before = {row["id"]: row["place"] for row in desk.rows("hold.")}
    desk.decide(desk.rows(HEAD)[0]["id"], "exclude")
    deidentify(desk.archive, SMALL, by="steward", now=now)
    assert {row["id"]: row["place"] for row in desk.rows("hold.")} == before
    assert desk.rows(HEAD)[0]["decision"] == "exclude"


# Texts


def test_texts_in_doubt_are_decided_once_wherever_they_stand(desk: ReviewDesk) -> None:
    number = desk.text("aa11", "LEBER VERO")
    desk.decide(number, "redact")
    desk.decide(desk.text("bb22", "LEBER VENOES"), "accept")
    assert [(row["id"], row["decision"]) for row in desk.rows("text.")] == [(number, "redact"), (number + 1, "accept")]
    with pytest.raises(Refused):
        desk.decide(number, "exclude")


# What may not be sealed


def test_what_is_held_back_stops_no_release(desk: ReviewDesk) -> None:
    """Such series are left out, and the release says by which rule."""
    assert len(desk.rows("hold.")) == 7
    assert _unresolved(desk) == []


def test_doubt_about_what_would_be_released_stops_it(desk: ReviewDesk) -> None:
    with reading(desk.archive.private) as conn:
        clean = clean_rows(conn, SMALL)[0]
    number = desk.doubt(f"{clean['pseudonym']}/series/{clean['series_out']}", BANNER)
    assert _unresolved(desk) == [("pixels.doubtful-text", "nobody has decided on it")]
    desk.decide(number, "redact")
    assert _unresolved(desk) == []
    desk.decide(number, "exclude")
    assert _unresolved(desk) == [("pixels.doubtful-text", "it is excluded and would be released")]


def test_a_risk_of_the_whole_release_stops_it_until_a_person_answers_for_it(desk: ReviewDesk) -> None:
    over = Finding(rule="risk.over-threshold", severity=Severity.BLOCK, place="release", says="over the threshold")
    with begin(desk.archive.private) as conn:
        put_findings(conn, SMALL, [over])
    assert _unresolved(desk) == [("risk.over-threshold", "nobody has decided on it")]
    desk.decide(desk.rows("risk.")[0]["id"], "accept")
    assert _unresolved(desk) == []
