"""Where known devices write."""

import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from guideit.deid.pixels.layouts import CONTAINED, EQUAL, OUTSIDE, _table, layout_boxes, outside_regions
from guideit.deid.pixels.regions import Box

KEYS = {"id", "source", "boxes", "software", "phantom", *EQUAL, *CONTAINED}


def _header(**values: object) -> Dataset:
    header = Dataset()
    for name, value in ({"Rows": 480, "Columns": 640} | values).items():
        setattr(header, name, value)
    return header


def _region(*corners: int) -> Dataset:
    item = Dataset()
    item.RegionLocationMinX0, item.RegionLocationMinY0, item.RegionLocationMaxX1, item.RegionLocationMaxY1 = corners
    return item


def test_every_row_has_an_id_of_its_own_a_source_and_conditions_that_are_known() -> None:
    rows = _table()
    assert len({row["id"] for row in rows}) == len(rows) >= 80
    assert all(set(row) <= KEYS and row["source"] in ("CTP", "deid") and len(row) > 3 for row in rows)
    assert all(len(box) == 4 and min(box[2:]) > 0 <= min(box) for row in rows for box in row["boxes"])


def test_a_known_device_has_its_boxes_under_its_rule_id() -> None:
    header = _header(Modality="US", Manufacturer="Philips Medical Systems", ManufacturerModelName="iU22")
    assert layout_boxes(header) == [("text.layout.us-philips-iu22-480", Box(0, 0, 640, 47))]


@pytest.mark.parametrize(
    "change", [{"Rows": 481}, {"Modality": "CT"}, {"ManufacturerModelName": "iU2"}, {"ManufacturerModelName": None}]
)
def test_one_condition_that_does_not_hold_is_enough(change: dict[str, object]) -> None:
    known = {"Modality": "US", "Manufacturer": "Philips", "ManufacturerModelName": "iU22"}
    assert layout_boxes(_header(**(known | change))) == []


def test_boxes_are_cut_to_the_image() -> None:
    header = _header(
        Modality="CT", Manufacturer="Philips", ImageType=["DERIVED", "SECONDARY", "DOSE"], Rows=100, Columns=200
    )
    assert [p.box for p in layout_boxes(header)] == [Box(0, 0, 200, 100)]


def test_outside_the_declared_regions_of_an_ultrasound_image_everything_goes() -> None:
    header = _header(SequenceOfUltrasoundRegions=Sequence([_region(100, 50, 299, 399), _region(350, 50, 500, 200)]))
    boxes = outside_regions(header, 480, 640)
    covered = {(x, y) for b in boxes for x in range(b.left, b.right) for y in range(b.top, b.bottom)}
    inside = {(x, y) for x in range(100, 300) for y in range(50, 400)} | {
        (x, y) for x in range(350, 501) for y in range(50, 201)
    }
    assert len(covered) == sum((b.right - b.left) * (b.bottom - b.top) for b in boxes)
    assert covered == {(x, y) for x in range(640) for y in range(480)} - inside
    assert {p.rule for p in layout_boxes(header)} == {OUTSIDE}


@pytest.mark.parametrize("corners", [(0, 0, 0, 0), (10, 10, 5, 20), (0, 0, 5000, 20)])
def test_regions_that_make_no_sense_say_nothing(corners: tuple[int, ...]) -> None:
    assert outside_regions(_header(SequenceOfUltrasoundRegions=Sequence([_region(*corners)])), 480, 640) == []
