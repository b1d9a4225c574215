"""Days in tables are their source's, moved by the participant's own shift."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from guideit.quality.inputs import Person
from guideit.quality.table_days import released_days, stray_day

PEOPLE = [
    Person(pseudonym="DEMO-A", shift_days=-100, identifiers=frozenset({("id", "17"), ("name", "Doe^Jane")})),
    Person(pseudonym="DEMO-B", shift_days=-30, identifiers=frozenset({("id", "18")})),
]
ROWS = [("17", "2020-05-01"), ("18", "2020-06-01")]


def _csv() -> bytes:
    return b"id,day,note\n" + b"".join(f'{id},{day},"a, b"\n'.encode() for id, day in ROWS)


def _german() -> bytes:
    lines = (f"{id};{day[8:]}.{day[5:7]}.{day[:4]};Größe" for id, day in ROWS)
    return "\n".join(["Pat;Tag;Wert", *lines]).encode("cp1252")


def _wide() -> bytes:
    return "\n".join(f"{id}\t{day}" for id, day in ROWS).encode("utf-16")


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{"id": int(id), "day": day} for id, day in ROWS]), sink)
    return sink.getvalue()


def _dataset_json() -> bytes:
    return json.dumps({"rows": [list(row) for row in ROWS]}).encode()


@pytest.mark.parametrize("source", [_csv, _german, _wide, _parquet, _dataset_json])
def test_a_day_moved_by_the_participants_own_shift_may_stand(source: Callable[[], bytes]) -> None:
    days = released_days([source()], PEOPLE, "shift")
    assert not stray_day(["DEMO-A", "2020-01-22"], days)
    assert not stray_day(["DEMO-B", "2020-05-02", "4.5"], days)


@pytest.mark.parametrize("source", [_csv, _german, _wide, _parquet, _dataset_json])
@pytest.mark.parametrize(
    "row",
    [
        ["DEMO-A", "2020-05-01"],
        ["DEMO-A", "20200501"],
        ["DEMO-A", "2020-04-01"],
        ["DEMO-A", "2020-05-02"],
        ["DEMO-B", "2020-01-22T08:00"],
    ],
)
def test_a_day_not_moved_or_by_another_shift_may_not(source: Callable[[], bytes], row: list[str]) -> None:
    assert stray_day(row, released_days([source()], PEOPLE, "shift"))


def test_kept_days_stay_and_removed_ones_go() -> None:
    assert not stray_day(["DEMO-A", "2020-05-01"], released_days([_csv()], PEOPLE, "keep"))
    assert stray_day(["DEMO-A", "2020-01-22"], released_days([_csv()], PEOPLE, "remove"))


def test_a_source_that_cannot_be_read_allows_no_day() -> None:
    assert stray_day(["DEMO-A", "2020-01-22"], released_days([b"PAR1 damaged", b"{damaged"], PEOPLE, "shift"))


def test_a_row_that_names_nobody_is_not_judged() -> None:
    assert not stray_day(["planned", "2030-01-01"], released_days([_csv()], PEOPLE, "shift"))
