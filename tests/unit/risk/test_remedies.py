"""Remedies are what they say: applied anew, the risk is as stated; enough is enough; what is cheapest comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from guideit.deid.risk.headers import HeaderFacts
from guideit.deid.risk.hierarchies import ages, all_or_nothing
from guideit.deid.risk.images import ImageFacts
from guideit.deid.risk.joint import ParticipantFacts, Surroundings, assess
from guideit.deid.risk.remedies import remedies, together
from guideit.trial.risk import Access, RiskSettings

NOTHING = ImageFacts(face="none", text="none-found")
PUBLIC = Surroundings(risk=RiskSettings(access=Access.PUBLIC))


def trial(number: int = 60) -> list[ParticipantFacts]:
    """Alike but for one scanner."""
    header = HeaderFacts(sex="F", devices=frozenset({"A"}))
    return [ParticipantFacts(pseudonym=f"P{n:02}", header=header, images=(NOTHING,)) for n in range(number)]


def with_header(person: ParticipantFacts, **fields: object) -> ParticipantFacts:
    return replace(person, header=replace(person.header, **fields))  # type: ignore[arg-type]


def test_a_rare_scanner_is_cheapest_left_unnamed_or_its_participant_out() -> None:
    people = trial()
    people[7] = with_header(people[7], devices=frozenset({"PROTOTYPE"}))
    assert assess(people, PUBLIC).participants[7].by == "scanner"
    found = remedies(people, PUBLIC)
    assert [(r.says, r.enough) for r in found[:2]] == [
        ("leave out the participant above the threshold", True),
        ("remove the model of the scanner", True),
    ]
    assert found[0].lost == pytest.approx(1 / 60)
    assert all("PROTOTYPE" not in r.says + r.do for r in found)


def test_what_a_table_and_a_header_both_say_goes_from_both() -> None:
    """Coarsening the age of a table alone helps nobody where headers say it."""
    people = [
        replace(with_header(p, age=50 + n % 10), known={"dm:AGE": str(50 + n % 10)}) for n, p in enumerate(trial(60))
    ]
    around = replace(PUBLIC, hierarchies={"dm:AGE": ages()}, same={"dm:AGE": "age"})
    assert assess(people, around).highest.high == pytest.approx(1 / 6)
    best = remedies(people, around)[0]
    assert best.says == "write dm:AGE (and remove the age in headers) as: bands of 5 years"
    assert best.enough
    assert best.highest == pytest.approx(1 / 30)


def test_what_is_not_enough_alone_may_be_together() -> None:
    """Two columns, each of which alone makes everybody rare."""
    people = [
        replace(p, known={"dm:A": str(n), "dm:B": str(-n)}) for n, p in enumerate(trial(30))
    ]  # fmt: skip
    around = replace(PUBLIC, hierarchies={"dm:A": all_or_nothing(), "dm:B": all_or_nothing()})
    assert not any(r.enough for r in remedies(people, around))
    taken = together(people, around)
    assert [r.says for r in taken] == ["leave out dm:A", "leave out dm:B"]
    assert [r.enough for r in taken] == [False, True]


def test_too_few_people_have_no_remedy_in_the_data() -> None:
    people = trial(3)
    assert together(people, PUBLIC) == ()
    assert [r.says for r in remedies(people, PUBLIC)] == [
        "release as enclave",
        "release as controlled",
        "release as registered",
    ]


def test_narrower_access_comes_after_what_is_enough_without_it() -> None:
    people = trial()
    people[7] = with_header(people[7], devices=frozenset({"PROTOTYPE"}))
    around = replace(PUBLIC, risk=RiskSettings(access=Access.CONTROLLED, threshold=0.2, reason="a test"))
    assert [r.says for r in remedies(people, around)] == [
        "leave out the participant above the threshold",
        "remove the model of the scanner",
        "release as enclave",
    ]


def test_faces_are_measured_too() -> None:
    people = trial()
    people[0] = replace(people[0], images=(ImageFacts(face="present", text="none-found"),))
    found = {r.says: r for r in remedies(people, PUBLIC)}
    assert found["remove faces"].highest == pytest.approx(1 - (1 - 1 / 60) * (1 - 0.08))
    assert not found["remove faces"].enough


def test_real_dates_are_moved_or_go() -> None:
    people = [with_header(p, days=(date(2020, 1, 1 + n),)) for n, p in enumerate(trial(30))]
    around = replace(PUBLIC, real_dates=True)
    assert assess(people, around).highest.high == 1.0
    best, *_ = remedies(people, around)
    assert best.says == "move dates by one shift per participant instead of keeping them"
    assert best.enough


def test_a_release_that_holds_needs_none() -> None:
    assert remedies(trial(), PUBLIC) == together(trial(), PUBLIC) == ()


def test_a_remedy_that_helps_nobody_is_not_named() -> None:
    """All are alike in sex: leaving it out changes nothing."""
    people = trial()
    people[7] = with_header(people[7], devices=frozenset({"PROTOTYPE"}))
    assert "remove the sex in headers" not in [r.says for r in remedies(people, PUBLIC)]
