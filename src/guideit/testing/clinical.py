"""Clinical tables of the example trial as hospitals send them: Excel's CSV, SDTM, Dataset-JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from guideit.testing.people import Person

VISITS = (("baseline", 0), ("week-6", 42), ("week-12", 84))
"""Visits of the example trial: id and day after baseline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """A participant through the trial: `visits` by id with day and lesion diameter in mm."""

    person: Person
    visits: dict[str, tuple[date, float]]


def course(person: Person, drop_out: bool) -> Course:
    """The participant's visits, a few days off schedule; lesions shrink under the drug, grow without it."""
    rate = 0.78 if person.arm == "drug" else 1.12
    start = 34.0 + 2.0 * (person.number % 4)
    visits = {}
    for turn, (visit, day) in enumerate(VISITS[: 2 if drop_out else 3]):
        off = (person.number * 3 + turn) % 7 - 3 if turn else 0
        visits[visit] = (person.baseline + timedelta(days=day + off), round(start * rate**turn, 1))
    return Course(person=person, visits=visits)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def participants_csv(courses: Sequence[Course]) -> bytes:
    """As German Excel saves it: semicolons, decimal commas, German dates, UTF-8 with BOM."""
    header = "Patienten-ID Name Initialen Geburtsdatum Geschlecht Alter Zentrum Arm Groesse Hausarzt Bemerkung"
    rows = []
    for c in courses:
        p = c.person
        note = f"Termin mit {p.plain_name} am {p.baseline:%d.%m.%Y}; erreichbar unter {p.phone}"
        row = (p.source_id, p.plain_name, p.initials, f"{p.birth:%d.%m.%Y}", p.sex, p.age_on(p.baseline))
        rows.append((*row, p.hospital.site, p.arm, f"{158 + 3 * p.number},5", p.hospital.doctor.split("^")[0], note))
    return _csv(header.split(), rows, ";").encode("utf-8-sig")


def visits_csv(courses: Sequence[Course]) -> bytes:
    """SDTM SV: one row per visit, ISO 8601 dates."""
    header = ("STUDYID", "DOMAIN", "USUBJID", "VISITNUM", "VISIT", "VISITDY", "SVSTDTC")
    days = dict(VISITS)
    rows = [
        ("EXAMPLE", "SV", c.person.source_id, n + 1, visit, days[visit] + 1, f"{day.isoformat()}T10:15")
        for c in courses
        for n, (visit, (day, _)) in enumerate(c.visits.items())
    ]
    return _csv(header, rows, ",").encode()


def tumour_json(courses: Sequence[Course]) -> bytes:
    """SDTM TR as CDISC Dataset-JSON 1.1: the longest diameter at each visit, on the day of its scan."""
    columns = (
        ("USUBJID", "Unique Subject Identifier", "string"),
        ("TRLNKID", "Link ID", "string"),
        ("TRTESTCD", "Tumor Assessment Short Name", "string"),
        ("TRSTRESN", "Numeric Result in Standard Units", "float"),
        ("TRSTRESU", "Standard Units", "string"),
        ("VISIT", "Visit Name", "string"),
        ("TRDTC", "Date of Tumor Measurement", "date"),
    )
    rows = [
        [c.person.source_id, "T01", "LDIAM", diameter, "mm", visit, day.isoformat()]
        for c in courses
        for visit, (day, diameter) in c.visits.items()
    ]
    body = {
        "datasetJSONCreationDateTime": "2022-11-01T08:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.TR",
        "records": len(rows),
        "name": "TR",
        "label": "Tumor/Lesion Results",
        "columns": [{"itemOID": f"IT.TR.{n}", "name": n, "label": t, "dataType": k} for n, t, k in columns],
        "rows": rows,
    }
    return (json.dumps(body, indent=1) + "\n").encode()


def response_csv(courses: Sequence[Course]) -> bytes:
    """SDTM RS: overall response by the change of the diameter; dates may lack the day (`2021-05`)."""
    rows = []
    for c in courses:
        start = next(iter(c.visits.values()))[1]
        for n, (visit, (day, diameter)) in enumerate(list(c.visits.items())[1:]):
            change = diameter / start - 1
            response = "PR" if change <= -0.3 else "PD" if change >= 0.2 else "SD"
            when = day.isoformat()[:7] if (c.person.number + n) % 4 == 0 else day.isoformat()
            rows.append(("EXAMPLE", "RS", c.person.source_id, "OVRLRESP", response, visit, when))
    header = ("STUDYID", "DOMAIN", "USUBJID", "RSTESTCD", "RSSTRESC", "VISIT", "RSDTC")
    return _csv(header, rows, ",").encode()


_EVENTS = ("nausea grade 1", "fatigue grade 2", "rash at the injection site", "headache")


def events_csv(courses: Sequence[Course]) -> bytes:
    """Adverse events with what a study nurse typed: names, phones, dates, line breaks within quotes."""
    rows = []
    for c in courses:
        p = c.person
        day = p.baseline + timedelta(days=9 + p.number)
        event = _EVENTS[p.number % 4]
        text = f"{p.plain_name} reports {event} since {day:%d.%m.%Y}.\nPhone {p.phone}, mail {p.mail}"
        rows.append(
            (
                p.source_id,
                p.number,
                _EVENTS[p.number % 4].split()[0],
                text,
                f"{day:%Y-%m-%d}",
                f"SN{p.number:04d}",
            )
        )
    return _csv(("subject", "seq", "term", "narrative", "onset", "device_serial"), rows, ",").encode()


def labs_parquet(courses: Sequence[Course]) -> bytes:
    """A typed Parquet table: haemoglobin per visit with a real date column."""
    rows = [
        (c.person.source_id, visit, day, round(11.0 + (c.person.number * 7 + n) % 40 / 10, 1))
        for c in courses
        for n, (visit, (day, _)) in enumerate(c.visits.items())
    ]
    names = ("subject", "visit", "sampled", "hb")
    out = io.BytesIO()
    pq.write_table(pa.table(dict(zip(names, (list(x) for x in zip(*rows, strict=True)), strict=True))), out)
    return out.getvalue()


def crosswalk_csv(courses: Sequence[Course]) -> bytes:
    """Hospital's Patient ID to the trial's participant number, with site and arm."""
    rows = [(c.person.source_id, f"EX-{c.person.number:03d}", c.person.hospital.site, c.person.arm) for c in courses]
    return _csv(("patient_id", "participant", "site", "arm"), rows, ",").encode()


TABLES = {
    "participants.csv": participants_csv,
    "sv.csv": visits_csv,
    "tr.json": tumour_json,
    "rs.csv": response_csv,
    "adverse-events.csv": events_csv,
    "labs.parquet": labs_parquet,
}
"""File name to the function that writes it."""


def write_tables(folder: Path, courses: Sequence[Course]) -> list[Path]:
    """Write every table and `crosswalk.csv` into `folder`; the tables' paths, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crosswalk.csv").write_bytes(crosswalk_csv(courses))
    for name, make in TABLES.items():
        (folder / name).write_bytes(make(courses))
    return sorted(folder / name for name in TABLES)
