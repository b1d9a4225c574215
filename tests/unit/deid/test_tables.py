"""Unit tests of clinical tables: reading, dates, cells, cleaning, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guideit.deid.subject import Identifier, Subject
from guideit.deid.table_dates import parse_day, shift_cell
from guideit.deid.table_files import table_files
from guideit.deid.table_formats import read_table
from guideit.deid.table_roles import identifier_kind, suggest_role
from guideit.deid.tables import CleanTable, TableRules, clean_table, table_identifiers
from guideit.deid.text import Cleaned
from guideit.errors import NotUnderstood
from guideit.trial.finding import Severity

SDTM = Path(__file__).parents[4] / "shared" / "standards" / "sdtm"


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


def rules(*ids: str, dates: str = "shift") -> TableRules:
    """Participants P1, P2, ... shifted by -100 days; `Erika` and `555` are what identifies."""
    subjects = {
        source: Subject(source_id=source, pseudonym=f"P{n}", shift_days=-100) for n, source in enumerate(ids, start=1)
    }
    return TableRules(
        subjects=subjects,
        dates=dates,
        oldest_age=89,
        pseudonym=lambda text: f"K{len(text)}",
        suspicious=lambda text: "Erika" in text or "55555" in text,
        redact=lambda text, _: Cleaned(text=text.replace("Erika", "[...]"), effect="known"),
    )


def cleaned(text: str, *columns: Column, ids: tuple[str, ...] = ("A1", "A2"), dates: str = "shift") -> CleanTable:
    raw = read_table(text.encode(), name="t.csv")
    return clean_table(raw, Table("t", columns), rules(*ids, dates=dates))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_a_csv_is_read_in_every_dialect_and_encoding(delimiter: str, codec: str) -> None:
    text = delimiter.join(["id", "Größe", "note"]) + "\r\n"
    text += delimiter.join(["A1", '"172,5"', '"zwei\nZeilen für Käthe; ""gut"", müde"']) + "\r\n"
    table = read_table(text.encode(codec), name="t.csv")
    assert table.columns == ("id", "Größe", "note")
    assert table.rows == (("A1", "172,5", 'zwei\nZeilen für Käthe; "gut", müde'),)


def test_excels_sep_line_names_the_delimiter() -> None:
    assert read_table(b"sep=|\r\na|b,c\r\n1|2,3\r\n", name="t").columns == ("a", "b,c")


def test_ragged_rows_are_not_guessed_at() -> None:
    table = read_table(b"a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n1,2,3,,\n", name="t")
    assert table.ragged == (2, 4)
    assert len(table.rows) == 2
    assert table.lines == (1, 5)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b'a,b\n"1,2\n', "quoted cell"),
        (b"a,a\n1,2\n", "same name"),
        (b",,\n1,2,3\n", "no header"),
        (b"PAR1 nothing", "damaged"),
        (b'{"columns": 3}', "no CDISC Dataset-JSON"),
        (b'{"columns": [{"name": "a"}], "rows": [1]}', "list of lists"),
        (b'{"columns": ', "damaged"),
        (b"PK\x03\x04...", "Excel"),
        (b"HEADER RECORD*******LIBRARY", "SAS"),
        (b"a,b\n\x00\x01,2\n", "not text"),
        (b"\xff\xfea", "marked as utf-16"),
    ],
)
def test_what_is_no_table_is_not_understood(data: bytes, what: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_table(data, name="somewhere.csv")
    assert what in str(caught.value)
    assert "somewhere.csv" in str(caught.value)


def test_parquet_cells_become_text_and_binary_ones_are_unread() -> None:
    out = io.BytesIO()
    body = {
        "id": ["A1", None],
        "day": [date(2014, 7, 2), None],
        "n": [1.0, float("nan")],
        "x": [1.25, 2.0],
        "raw": [b"ab", b"cd"],
        "ok": [True, False],
    }
    pq.write_table(pa.table(body), out)
    table = read_table(out.getvalue(), name="t.parquet")
    assert table.rows == (("A1", "2014-07-02", "1", "1.25", "", "true"), ("", "", "", "2", "", "false"))
    assert table.unread == {"raw"}


def test_dataset_json_keeps_numbers_as_written_and_labels() -> None:
    head = '{"datasetJSONVersion": "1.1.0", "columns": [{"name": "USUBJID", "label": "Subject"}, {"name": "V"}]'
    whole = read_table((head + ', "rows": [["A1", 21.50], ["A2", null]]}').encode(), name="t.json")
    lines = read_table((head + '}\n["A1", 21.50]\n["A2", null]\n').encode(), name="t.ndjson")
    assert whole.rows == lines.rows == (("A1", "21.50"), ("A2", ""))
    assert whole.labels == {"USUBJID": "Subject"}


@pytest.mark.parametrize(
    ("text", "days", "form", "after"),
    [
        ("2014-07-02", -100, "", "2014-03-24"),
        ("2014-07-02T11:45", -1, "", "2014-07-01T11:45"),
        ("2014-07-02T11:45:30.25+02:00", -1, "", "2014-07-01T11:45:30.25+02:00"),
        ("2014-07-02 11", -1, "", "2014-07-01 11"),
        ("2014-07", -31, "", "2014-06"),
        ("2014", -365, "", "2013"),
        ("20140702", -2, "", "20140630"),
        ("2014-07-02/2014-07-09", -2, "", "2014-06-30/2014-07-07"),
        ("02.07.2014", -2, "DD.MM.YYYY", "30.06.2014"),
        ("02.07.2014 08:05", -2, "TT.MM.JJJJ HH:MM", "30.06.2014 08:05"),
        ("07/02/2014", -2, "%m/%d/%Y", "06/30/2014"),
        ("1701-01-01", -400, "", "1699-11-27"),
        ("01.01.0900", -1, "%d.%m.%Y", "31.12.0899"),
    ],
)
def test_a_date_moves_in_its_own_form(text: str, days: int, form: str, after: str) -> None:
    assert shift_cell(text, days, form) == after


@pytest.mark.parametrize(
    "text",
    ["2014-02-30", "02.07.2014", "2014-13", "July 2014", "2003---15", "0001-01-01", "2014-07-02T25", "x"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert shift_cell(text, -100) is None


@given(st.dates(date(1850, 1, 1)), st.dates(date(1850, 1, 1)), st.integers(-4000, -1))
def test_intervals_stay(first: date, second: date, days: int) -> None:
    moved = [parse_day(shift_cell(d.isoformat(), days) or "") for d in (first, second)]
    assert moved[0] is not None
    assert moved[1] is not None
    assert moved[1] - moved[0] == second - first
    assert moved[0] == first + timedelta(days=days)


def test_identifiers_become_the_participants_pseudonym_and_other_ids_keyed_ones() -> None:
    table = cleaned("id,lab\nA1,77-12\nA2,\n", Column("id", "identifier"), Column("lab", "identifier"))
    assert table.rows == (("P1", "K5"), ("P2", ""))


def test_undeclared_columns_go_and_are_reported() -> None:
    table = cleaned("id,secret,\nA1,x,y\n", Column("id", "identifier"))
    assert table.columns == ("id",)
    assert table.changes[("secret", "table.column-undeclared")] == 1
    assert [f.place for f in table.findings] == ["t:(unnamed)", "t:secret"]


def test_rows_of_unknown_or_contradictory_participants_are_held_back() -> None:
    text = "id,other,v\nA1,A1,1\nA9,,2\nA1,A2,3\n,,4\n"
    table = cleaned(text, Column("id", "identifier"), Column("other", "identifier"), Column("v", "number"))
    assert table.rows == (("P1", "P1", "1"),)
    assert table.held_rows == 3
    assert [f.rule for f in table.findings] == ["table.unknown-participant"]


def test_a_birth_date_becomes_a_year_or_nothing() -> None:
    columns = (Column("id", "identifier"), Column("BRTHDTC", "date"), Column("RFSTDTC", "date"))
    text = "id,BRTHDTC,RFSTDTC\nA1,1950-12-26,2014-01-02\n"
    text += "A1,1920-01-01,2014-01-02\nA1,1950-12-26,\nA1,1950,2014-01-02\n"
    table = cleaned(text, *columns)
    assert [row[1] for row in table.rows] == ["1950", "", "", ""]
    assert cleaned(text, *columns, dates="remove").rows[0][1:] == ("", "")


def test_ages_are_capped() -> None:
    table = cleaned("id,AGE\nA1,93\nA1,89\nA1,old\nA1,NA\n", Column("id", "identifier"), Column("AGE", "number"))
    assert [row[1] for row in table.rows] == ["89", "89", "", "NA"]
    quasi = cleaned("id,AGE\nA1,93\n", Column("id", "identifier"), Column("AGE", "quasi-identifier"))
    assert quasi.rows[0][1] == "89"


def test_codes_are_checked_and_searched() -> None:
    listed = Column("sex", "code", codelist={"F": "female", "M": "male"})
    table = cleaned(
        "id,sex,site\nA1,F,Berlin\nA1,X,bei Erika\n",
        Column("id", "identifier"),
        listed,
        Column("site", "site"),
    )
    assert [row[1:] for row in table.rows] == [("F", "Berlin"), ("", "")]
    assert {f.rule for f in table.findings} == {"table.code-unknown", "table.identifier-found"}


def test_numbers_keep_their_decimal_comma_and_nothing_else_passes() -> None:
    table = cleaned(
        "id;v\nA1;172,5\nA1;<0.5\nA1;1e-3\nA1;call 55555\n", Column("id", "identifier"), Column("v", "number")
    )
    assert [row[1] for row in table.rows] == ["172,5", "<0.5", "1e-3", ""]


def test_an_unknown_role_blanks_the_column_and_blocks() -> None:
    table = cleaned("id,v\nA1,x\n", Column("id", "identifier"), Column("v", "horoscope"))
    assert table.rows == (("P1", ""),)
    assert table.findings[0].severity is Severity.BLOCK


def test_a_missing_declared_column_blocks() -> None:
    table = cleaned("id\nA1\n", Column("id", "identifier"), Column("v", "number"))
    assert [(f.rule, f.severity) for f in table.findings] == [("table.column-missing", Severity.BLOCK)]


def test_findings_hold_no_cell() -> None:
    table = cleaned("id,d,v\nA1,Erika 1950,Erika\nZZ-99,x,y\n", Column("id", "identifier"), Column("d", "date"))
    said = " ".join(f"{f.place} {f.says} {f.do}" for f in table.findings)
    assert "Erika" not in said
    assert "ZZ-99" not in said


def test_tables_tell_the_images_what_to_look_for() -> None:
    text = "id,Name,Geburtsdatum,Telefon,Initialen,v\n"
    text += "A1,Erika Muster,02.07.1950,0555 1,EM,3\nA9,Max,01.01.1960,2,MM,3\n"
    raw = read_table(text.encode(), name="t")
    spec = Table("t", (Column("id", "identifier"), Column("v", "number")))
    found = table_identifiers(raw, spec, {"A1": "PAT-1"})
    assert found == {
        "PAT-1": {
            Identifier(kind="id", text="A1"),
            Identifier(kind="name", text="Erika Muster"),
            Identifier(kind="date", text="19500702"),
            Identifier(kind="phone", text="0555 1"),
        }
    }


def test_files_are_equal_for_equal_tables_and_typed() -> None:
    columns = (
        Column("id", "identifier"),
        Column("n", "number", unit="mm"),
        Column("x", "number"),
        Column("c", "code"),
    )
    text = "id,n,x,c\nA1,1,1.5,007\nA2,,2,010\n"
    files = table_files(cleaned(text, *columns))
    assert files == table_files(cleaned(text, *columns))
    assert files["tables/t.csv"] == b"id,n,x,c\nP1,1,1.5,007\nP2,,2,010\n"
    table = pq.ParquetFile(io.BytesIO(files["tables/t.parquet"])).read(use_threads=False)
    assert [str(f.type) for f in table.schema] == ["string", "int64", "double", "string"]
    assert table.column("n").to_pylist() == [1, None]
    assert b'"unit": "mm"' in files["tables/t.json"]


@pytest.mark.parametrize(
    ("column", "role"),
    [
        ("USUBJID", "identifier"),
        ("TRDTC", "date"),
        ("BRTHDTC", "birth-date"),
        ("SITEID", "site"),
        ("AGE", "quasi-identifier"),
        ("TRSTRESN", "number"),
        ("RSSTRESC", "outcome"),
        ("TRTESTCD", "code"),
        ("AETERM", "free-text"),
        ("Foo", ""),
    ],
)
def test_sdtm_names_suggest_roles(column: str, role: str) -> None:
    assert suggest_role(column) == role


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("Geburtsdatum", "date"),
        ("Nachname", "name"),
        ("E-Mail", "mail"),
        ("Patienten-ID", "id"),
        ("Initialen", ""),
        ("Straße", "address"),
        ("hb", ""),
        ("visit", ""),
    ],
)
def test_column_names_tell_what_identifies(column: str, kind: str) -> None:
    assert identifier_kind(column) == kind


@pytest.mark.skipif(not SDTM.is_dir(), reason="the shared standards folder is not there")
@pytest.mark.parametrize("name", ["dm", "sv", "ds", "tu_onco_recist", "tr_onco_recist", "rs_onco_recist"])
def test_real_sdtm_tables_come_out_whole(name: str) -> None:
    data = (SDTM / f"{name}.csv").read_bytes()
    raw = read_table(data, name=name)
    with (SDTM / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        source = list(csv.DictReader(file))
    columns = tuple(Column(c, suggest_role(c)) for c in raw.columns if suggest_role(c))
    ids = sorted({row["USUBJID"] for row in source})
    table = clean_table(raw, Table(name, columns), rules(*ids))
    assert len(table.rows) == len(source)
    assert table.held_rows == 0
    assert not [f for f in table.findings if f.rule == "table.date-invalid"]
    for column in (c.name for c in columns if c.role == "date"):
        at = table.columns.index(column)
        for before, after in zip(source, table.rows, strict=True):
            assert (before[column] in {"NA", ""}) == (after[at] in {"NA", ""})
            if len(before[column]) >= 10:
                moved = date.fromisoformat(before[column][:10]) - timedelta(days=100)
                assert after[at] == moved.isoformat() + before[column][10:]
