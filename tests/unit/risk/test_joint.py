"""Joint risk against a plain computation, written differently; and its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guideit.deid.risk.headers import HeaderFacts, header_facts
from guideit.deid.risk.hierarchies import ages
from guideit.deid.risk.images import ImageFacts, from_header, recognised_by_image
from guideit.deid.risk.joint import ParticipantFacts, Surroundings, assess
from guideit.deid.risk.recipients import RECIPIENTS, STRICTER, comes_to_look, knows_somebody
from guideit.deid.risk.reidentification import drawn_from, least_alike
from guideit.trial.risk import Access, RiskSettings

FEW = settings(max_examples=200, derandomize=True, deadline=None, database=None)
NOTHING = ImageFacts(face="none", text="none-found")


def around(access: Access = Access.PUBLIC, **more: object) -> Surroundings:
    return Surroundings(risk=RiskSettings(access=access), **more)  # type: ignore[arg-type]


def people() -> st.SearchStrategy[list[ParticipantFacts]]:
    known = st.fixed_dictionaries({"dm:AGE": st.sampled_from(["61", "63", "78", None])})
    header = st.builds(
        HeaderFacts,
        sex=st.sampled_from(["F", "M", None]),
        weight=st.sampled_from([61, 68, 74, None]),
        devices=st.sampled_from([frozenset({"A"}), frozenset({"B"}), frozenset({"A", "B"})]),
        days=st.sampled_from([(), (date(2020, 1, 1),), (date(2020, 1, 1), date(2020, 3, 1))]),
    )
    each = st.tuples(known, header, st.sampled_from([frozenset(), frozenset({"hip"})]))
    return st.lists(each, min_size=1, max_size=12).map(
        lambda found: [
            ParticipantFacts(
                pseudonym=f"P{number}", known=k, header=h, images=(replace(NOTHING, hardware=w),)
            )
            for number, (k, h, w) in enumerate(found)
        ]
    )  # fmt: skip


def _close(person: ParticipantFacts, more: str) -> tuple[object, ...]:
    header = person.header
    weight = None if header.weight is None else header.weight // 10
    extra = {
        "": None,
        "scanner": header.devices,
        "course": (len(header.days), round((header.days[-1] - header.days[0]).days / 28)) if header.days else None,
        "implant": person.images[0].hardware,
    }
    return person.known["dm:AGE"], header.sex, weight, extra[more]


@FEW
@given(people())
def test_somebody_close_knows_one_thing_more(found: list[ParticipantFacts]) -> None:
    """Of a public release, whoever is like n others is recognised with 1 in n + 1 at the upper end."""
    risk = assess(found, around())
    for person, told in zip(found, risk.participants, strict=True):
        alike = [
            sum(_close(person, more) == _close(other, more) for other in found)
            for more in ("", "scanner", "course", "implant")
        ]
        assert told.high == pytest.approx(1 / min(alike))
        assert told.low <= told.high + 1e-12


@FEW
@given(people())
def test_somebody_around_knows_less(found: list[ParticipantFacts]) -> None:
    def rough(person: ParticipantFacts) -> tuple[object, ...]:
        age = person.known["dm:AGE"]
        weight = person.header.weight
        return age and int(age) // 5, person.header.sex, None if weight is None else weight // 20

    risk = assess(found, around(hierarchies={"dm:AGE": ages()}))
    for person, told in zip(found, risk.participants, strict=True):
        assert told.low == pytest.approx(1 / sum(rough(person) == rough(other) for other in found))


@FEW
@given(people())
def test_the_release_is_its_participants(found: list[ParticipantFacts]) -> None:
    risk = assess(found, around(Access.CONTROLLED))
    high = [each.high for each in risk.participants]
    assert risk.highest.high == max(high)
    assert risk.mean.high == pytest.approx(sum(high) / len(high))
    assert risk.above.high == pytest.approx(sum(h > 0.09 for h in high) / len(high))
    assert risk.holds == (max(high) <= 0.09)


def test_nobody_is_at_no_risk() -> None:
    risk = assess([], around())
    assert (risk.highest.high, risk.mean.high, risk.above.high, risk.holds) == (0.0, 0.0, 0.0, True)


@pytest.mark.parametrize("access", STRICTER[:-1])
def test_the_stricter_the_access_the_less_the_risk(access: Access) -> None:
    alone = [ParticipantFacts(pseudonym="P", images=(NOTHING,))]
    looser = assess(alone, around(access)).highest
    stricter = assess(alone, around(STRICTER[STRICTER.index(access) + 1])).highest
    assert stricter.low < looser.low
    assert stricter.high < looser.high


@pytest.mark.parametrize(
    ("facts", "low", "high"),
    [
        (ImageFacts(), 0.0, 1.0),
        (ImageFacts(face="none"), 0.0, 1.0),
        (ImageFacts(text="none-found"), 0.0, 0.98),
        (ImageFacts(face="present", text="none-found"), 0.78, 0.98),
        (ImageFacts(face="removed", text="redacted"), 0.05, 0.08),
        (NOTHING, 0.0, 0.0),
    ],
)
def test_what_nobody_looked_at_counts_as_the_worst(facts: ImageFacts, low: float, high: float) -> None:
    found = recognised_by_image([NOTHING, facts])
    assert (found.low, found.high) == (low, high)


def test_a_header_alone_rules_out_faces_of_limbs_not_of_heads() -> None:
    leg = {"Modality": "CT", "BodyPartExamined": "LEG"}
    assert from_header(leg) == NOTHING
    assert from_header(leg | {"BodyPartExamined": "HEAD"}).face == "unknown"
    assert from_header({"Modality": "US", "BodyPartExamined": "LEG"}).text == "unknown"
    assert from_header({}).text == "unknown"


def test_headers_of_a_participant() -> None:
    rows: list[dict[str, object]] = [
        {"PatientAge": "064Y", "PatientSex": "F", "PatientSize": 1.674, "PatientWeight": 71.6, "StudyDate": "20200301"},
        {"PatientAge": "063Y", "Manufacturer": "A", "ManufacturerModelName": "One", "StudyDate": "20200102"},
        {"PatientAge": "old", "PatientSize": -1, "StudyDate": "20209999", "Manufacturer": None},
    ]
    found = header_facts(rows)
    assert (found.sex, found.age, found.size, found.weight) == ("F", 63, 167, 72)
    assert found.devices == {"A One"}
    assert found.days == (date(2020, 1, 2), date(2020, 3, 1))
    assert found.course == (2, 2)
    assert header_facts([{"PatientAge": "018M"}]).age == 1
    assert header_facts([]) == HeaderFacts()


def test_a_shift_of_dates_changes_nothing() -> None:
    """Intervals stay, and with them what they give away."""
    here = HeaderFacts(days=(date(2020, 1, 2), date(2020, 3, 1)))
    moved = HeaderFacts(days=tuple(day - timedelta(days=731) for day in here.days))
    assert here.course == moved.course


@pytest.mark.parametrize("fraction", [0.001, 0.05, 0.4, 0.9])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_expectation_against_drawing_populations(size: int, fraction: float) -> None:
    """Those of a class who are not in the data are negative binomial."""
    rng = np.random.default_rng(3)
    others = rng.negative_binomial(size, fraction, 400_000)
    (expected,) = drawn_from(np.array([size]), fraction)
    assert expected == pytest.approx((1 / (size + others)).mean(), rel=0.03)


def test_who_is_everybody_cannot_be_drawn() -> None:
    assert drawn_from(np.array([1, 4]), 1.0) == pytest.approx([1.0, 0.25])


def test_how_many_must_be_alike() -> None:
    assert [least_alike(allowed) for allowed in (1.0, 0.5, 0.3, 0.09)] == [1, 2, 4, 12]
    for allowed in (0.5, 0.09):
        least = least_alike(allowed, 0.2)
        assert drawn_from(np.array([least]), 0.2)[0] <= allowed
        assert least == 1 or drawn_from(np.array([least - 1]), 0.2)[0] > allowed


def test_who_comes_to_look() -> None:
    """The largest of: by design, by acquaintance, by loss."""
    assert comes_to_look(Access.PUBLIC, 10).high == 1.0
    assert comes_to_look(Access.CONTROLLED, 10).high == RECIPIENTS[Access.CONTROLLED].attempt.high
    assert comes_to_look(Access.ENCLAVE, 5_000, catchment=100_000).high == knows_somebody(5_000, 100_000) > 0.9
    assert knows_somebody(0, 1_000) == 0.0


def test_how_long_somebody_took_part_is_something_to_know() -> None:
    """To the month of four weeks."""
    people = [ParticipantFacts(pseudonym=f"P{n}", span=days, images=(NOTHING,)) for n, days in enumerate((84, 86, 400))]
    risk = assess(people, around())
    assert [each.high for each in risk.participants] == pytest.approx([0.5, 0.5, 1.0])
    assert risk.participants[2].by == "time in the trial"
