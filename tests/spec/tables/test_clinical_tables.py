"""Clinical tables: from the hospital's files to the release's.

A column passes only if trial.toml declares it, and then by its role. The people and tables here are those of
the example trial.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import Identifier, Subject
from guideit.deid.table_files import table_files
from guideit.deid.table_formats import RawTable, read_table
from guideit.deid.table_rules import table_rules
from guideit.deid.tables import CleanTable, clean_table, table_identifiers
from guideit.testing.clinical import TABLES, course
from guideit.testing.people import people
from guideit.trial.deidentification import DeidSettings

COURSES = [course(person, drop_out=person.number % 5 == 4) for person in people(6, 7)]
SHIFTS = {c.person.source_id: -400 - 7 * c.person.number for c in COURSES}
SUBJECTS = {
    c.person.source_id: Subject(
        source_id=c.person.source_id,
        pseudonym=f"EX-{c.person.number:03d}",
        shift_days=SHIFTS[c.person.source_id],
        identifiers=frozenset(
            {
                Identifier(kind="name", text=c.person.name),
                Identifier(kind="id", text=c.person.source_id),
                Identifier(kind="phone", text=c.person.phone),
            }
        ),
    )
    for c in COURSES
}


@dataclass(frozen=True)
class Column:
    name: str
    role: str
    label: str = ""
    unit: str = ""
    date_format: str = ""
    codelist: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    id: str
    columns: tuple[Column, ...]


RULES = table_rules(load_policy(DeidSettings()), Keys(b"\x05" * 32, "example"), SUBJECTS.values())


def received(name: str) -> RawTable:
    return read_table(TABLES[name](COURSES), name=name)


def clean(name: str, *columns: Column) -> CleanTable:
    return clean_table(received(name), Table(name.split(".")[0], columns), RULES)


def test_participants_keep_one_pseudonym_in_images_and_tables() -> None:
    """The id column becomes the pseudonym that the images bear."""
    table = clean("sv.csv", Column("USUBJID", "identifier"), Column("VISIT", "visit"))
    assert {row[0] for row in table.rows} == {s.pseudonym for s in SUBJECTS.values()}


def test_a_measurement_still_falls_on_the_day_of_its_scan() -> None:
    """Dates move by the shift of the participant's images: whole days, so the two stay together."""
    table = clean("tr.json", Column("USUBJID", "identifier"), Column("TRDTC", "date"), Column("TRSTRESN", "number"))
    scans = {
        (SUBJECTS[c.person.source_id].pseudonym, day + timedelta(days=SHIFTS[c.person.source_id]))
        for c in COURSES
        for day, _ in c.visits.values()
    }
    assert {(row[0], date.fromisoformat(row[1])) for row in table.rows} == scans


def test_partial_dates_stay_partial() -> None:
    """`2021-05` becomes a month again, moved from its middle."""
    before = received("rs.csv")
    table = clean("rs.csv", Column("USUBJID", "identifier"), Column("RSDTC", "date"))
    lengths = [len(row[before.columns.index("RSDTC")]) for row in before.rows]
    assert [len(row[1]) for row in table.rows] == lengths
    assert set(lengths) == {7, 10}


def test_german_excel_tables_need_nothing_but_the_date_format() -> None:
    """Semicolons, a byte order mark and decimal commas are understood; the comma stays as it was."""
    table = clean(
        "participants.csv",
        Column("Patienten-ID", "identifier"),
        Column("Geschlecht", "code", codelist={"F": "female", "M": "male"}),
        Column("Alter", "quasi-identifier", unit="a"),
        Column("Groesse", "number", unit="cm"),
    )
    assert [row[3] for row in table.rows] == [f"{158 + 3 * c.person.number},5" for c in COURSES]
    assert {row[1] for row in table.rows} == {"F", "M"}


def test_what_is_not_declared_is_removed_and_said() -> None:
    """Name, initials, birth date, doctor and remark are gone, each with a finding."""
    table = clean("participants.csv", Column("Patienten-ID", "identifier"))
    gone = {f.place for f in table.findings if f.rule == "table.column-undeclared"}
    assert {"participants:Name", "participants:Hausarzt", "participants:Bemerkung"} <= gone
    released = b"".join(table_files(table).values()).decode("latin-1")
    assert not [c.person.number for c in COURSES if c.person.source_id in released]


def test_free_text_is_redacted_not_dropped() -> None:
    """A narrative keeps words of the vocabulary; names, phones and mail addresses go, dates move."""
    table = clean("adverse-events.csv", Column("subject", "identifier"), Column("narrative", "free-text"))
    released = "\n".join(row[1] for row in table.rows)
    for c in COURSES:
        family = c.person.plain_name.split()[-1]
        assert not [t for t in (family, c.person.phone[-7:], c.person.mail) if t.lower() in released.lower()]
    assert "grade" in released
    assert table.changes[("narrative", "table.text-redacted")] == len(COURSES)


def test_tables_tell_what_to_look_for_in_the_images() -> None:
    """Names, phone numbers and birth dates of undeclared columns become known identifiers."""
    spec = Table("participants", (Column("Patienten-ID", "identifier"),))
    found = table_identifiers(received("participants.csv"), spec, {source: source for source in SUBJECTS})
    for c in COURSES:
        texts = {i.text for i in found[c.person.source_id]}
        assert {c.person.plain_name, f"{c.person.birth:%Y%m%d}", c.person.source_id} <= texts


def test_a_stranger_is_held_back() -> None:
    """A row whose participant the trial does not know stays in quarantine; a finding says how many."""
    few = replace(RULES, subjects=dict(list(SUBJECTS.items())[:2]))
    table = clean_table(received("labs.parquet"), Table("labs", (Column("subject", "identifier"),)), few)
    assert {row[0] for row in table.rows} == {"EX-001", "EX-002"}
    assert [f.rule for f in table.findings if f.place == "labs"] == ["table.unknown-participant"]
    assert str(table.held_rows) in next(f.says for f in table.findings if f.place == "labs")


@pytest.mark.parametrize("name", TABLES)
def test_a_release_has_each_table_thrice(name: str) -> None:
    """CSV for everybody, Parquet with types, JSON with what the columns mean."""
    column = "Patienten-ID" if name == "participants.csv" else received(name).columns[0]
    ids = column if column in {"Patienten-ID", "subject", "USUBJID"} else "USUBJID"
    files = table_files(clean(name, Column(ids, "identifier", label="Participant")))
    text, meaning, typed = files.values()
    rows = list(csv.reader(io.StringIO(text.decode())))[1:]
    assert (
        pq.ParquetFile(io.BytesIO(typed)).read(use_threads=False).num_rows == len(rows) == json.loads(meaning)["rows"]
    )
    assert json.loads(meaning)["columns"][0]["label"] == "Participant"
