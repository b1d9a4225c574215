"""One decision for all images that one device draws alike, after they were looked through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from guideit.actions.review import Decision, decide_all
from guideit.actions.review.alike import Alike, alike
from guideit.actions.review.boxes import parse_box
from guideit.actions.review.layout import layout_of, layout_of_series
from guideit.errors import Refused, UsageError
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import reading
from guideit.testing.desk import now
from guideit.testing.review_desk import CAPTURED, HEAD, SMALL, ReviewDesk, review_desk

BANNER, NEAR, FAR = (6, 4, 70, 14), (7, 3, 60, 14), (20, 60, 60, 70)
HEADER: dict[str, Any] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1", "Modality": "US", "Manufacturer": "Maker",
    "ManufacturerModelName": "M1", "Rows": 600, "Columns": 800, "PhotometricInterpretation": "RGB",
    "SeriesDescription": "Abdomen 12", "ImageType": ["ORIGINAL", "PRIMARY"],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReviewDesk]:
    with review_desk(tmp_path) as desk:
        yield desk


def _preview(desk: ReviewDesk, number: int, decision: str, *boxes: str) -> Alike:
    drawn = tuple(map(parse_box, boxes))
    return alike(desk.archive, SMALL, Decision(finding=number, decision=decision, reason="banner", boxes=drawn))


# What is the same layout


@pytest.mark.parametrize(
    "other",
    [
        {"Manufacturer": "MAKER "}, {"SeriesDescription": "abdomen 13"}, {"PatientID": "x"}, {"InstanceNumber": 4},
        {"SoftwareVersions": None},
    ],
)  # fmt: skip
def test_the_same_device_kind_and_size_is_the_same_layout(other: dict[str, Any]) -> None:
    assert layout_of(HEADER | other) == layout_of(HEADER)


@pytest.mark.parametrize(
    "other",
    [
        {"Rows": 601}, {"ManufacturerModelName": "M2"}, {"Modality": "OT"}, {"ImageType": ["DERIVED", "PRIMARY"]},
        {"PhotometricInterpretation": "MONOCHROME2"}, {"SeriesDescription": "Summary"}, {"SoftwareVersions": ["2"]},
    ],
)  # fmt: skip
def test_another_device_kind_or_size_is_another_layout(other: dict[str, Any]) -> None:
    assert layout_of(HEADER | other) != layout_of(HEADER)


def test_a_series_of_several_layouts_is_like_one_of_the_same_several() -> None:
    mixed = [HEADER, HEADER | {"Rows": 601}]
    assert layout_of_series(mixed) == layout_of_series(reversed(mixed)) != layout_of_series([HEADER])


# Preview, then decide


def test_a_preview_names_series_and_participants_and_decides_nothing(desk: ReviewDesk) -> None:
    first, same, _ = desk.captures()
    numbers = {row["place"]: row["id"] for row in desk.rows(CAPTURED)}
    found = _preview(desk, numbers[first], "exclude")
    assert (found.places, found.participants) == ((first, same), 2)
    assert {row["decision"] for row in desk.rows()} == {""}


def test_boxes_go_to_every_image_and_what_was_found_on_each_goes_too(desk: ReviewDesk) -> None:
    first, same, other = desk.captures()
    number = desk.doubt(first, BANNER)
    desk.doubt(same, FAR)
    desk.doubt(other, FAR)
    found = _preview(desk, number, "redact", "0,80,40,96")
    decide_all(desk.archive, SMALL, found.items, by="steward", now=now)
    assert set(desk.regions(first)) == {(BANNER, "redact"), ((0, 80, 40, 96), "redact")}
    assert set(desk.regions(same)) == {(FAR, "redact"), (BANNER, "redact"), ((0, 80, 40, 96), "redact")}
    assert desk.regions(other) == [(FAR, "doubtful")]


def test_what_is_accepted_here_is_not_accepted_where_text_stands_elsewhere(desk: ReviewDesk) -> None:
    first, same, _ = desk.captures()
    number = desk.doubt(first, BANNER)
    desk.doubt(same, NEAR)
    assert _preview(desk, number, "accept").places == (first, same)
    desk.doubt(same, NEAR, FAR)
    found = _preview(desk, number, "accept")
    assert (found.places, found.elsewhere) == ((first,), 1)


def test_only_what_was_previewed_is_decided_on(desk: ReviewDesk) -> None:
    first, same, _ = desk.captures()
    number = desk.doubt(first, BANNER)
    token = _preview(desk, number, "redact").token
    _preview(desk, number, "redact").check(token)
    desk.doubt(same, FAR)
    with pytest.raises(Refused, match="not the set that was previewed"):
        _preview(desk, number, "redact").check(token)


@pytest.mark.parametrize("other", [("exclude", ()), ("redact", ("0,0,5,5",))])
def test_a_token_is_of_one_decision(desk: ReviewDesk, other: tuple[str, tuple[str, ...]]) -> None:
    number = desk.doubt(desk.captures()[0], BANNER)
    with pytest.raises(Refused):
        _preview(desk, number, other[0], *other[1]).check(_preview(desk, number, "redact").token)


def test_each_is_audited_and_names_the_one_that_was_looked_at(desk: ReviewDesk) -> None:
    first, same, _ = desk.captures()
    number, second = desk.doubt(first, BANNER), desk.doubt(same, BANNER)
    decide_all(desk.archive, SMALL, _preview(desk, number, "redact").items, by="steward", now=now)
    with reading(desk.archive.private) as conn:
        log = conn.scalars(select(private_audit.c.facts).where(private_audit.c.act == "finding.decide"))
        assert [(e["finding"], e["like"]) for e in log] == [(number, 0), (second, number)]


def test_what_was_decided_already_is_left_alone(desk: ReviewDesk) -> None:
    first, same, _ = desk.captures()
    number, second = desk.doubt(first, BANNER), desk.doubt(same, BANNER)
    desk.decide(second, "exclude")
    assert _preview(desk, number, "redact").places == (first,)


def test_a_finding_on_no_series_has_no_layout(desk: ReviewDesk) -> None:
    with pytest.raises(UsageError, match="on no series"):
        _preview(desk, desk.text("aa11", "x"), "accept")


def test_a_layout_is_of_one_rule(desk: ReviewDesk) -> None:
    assert len(_preview(desk, desk.rows(HEAD)[0]["id"], "accept").places) == 1
