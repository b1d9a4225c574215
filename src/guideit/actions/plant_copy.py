"""A copy of a sample of a trial's data with made-up identifiers planted in it. The trial's files are only read."""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from guideit.actions.archive import Archive
from guideit.actions.clean_tables import load_tables
from guideit.actions.trials import DeclaredTrial
from guideit.deid.tables import column_rule
from guideit.ledger.engine import reading
from guideit.ledger.series import first_instances, instances_of
from guideit.ledger.trials import get_trial
from guideit.quality.planting.answers import AnswerKey
from guideit.quality.planting.cells import SourceTable, planted_rows
from guideit.quality.planting.files import (
    SETS,
    Made,
    drawable,
    drawn_copies,
    opened,
    planted,
    transcodable,
    transcoded_copies,
)
from guideit.quality.planting.headers import Planter
from guideit.quality.planting.people import Persona, countries_of, persona

INSTANCES = 5
"""Instances taken of each series: one for each set of plants."""
_EIGHT = 8
LARGEST = 256 << 20
"""Files of more bytes are left out, and counted."""
_T = TypeVar("_T")
SeriesName = tuple[str, str]
"""Patient ID and Series Instance UID of the source."""


@dataclass(kw_only=True)
class Copy:
    """The planted copy.

    Attributes:
        key: What was planted. people: who was made up.
        folder: Holds `images/`, `tables/`, `crosswalk.csv`; declarations go beside these.
        declaration: The trial's, parsed, with tables and crosswalk of the copy.
        series: How many series were taken, of how many.
    """

    key: AnswerKey
    folder: Path
    people: dict[str, Persona] = field(default_factory=dict, repr=False)
    declaration: dict[str, Any] = field(default_factory=dict, repr=False)
    series: tuple[int, int] = (0, 0)
    countries: tuple[str, ...] = ()


def sampled(archive: Archive, trial: str, count: int | None) -> tuple[list[list[SeriesName]], int]:
    """Series by modality and device, `count` of each (None: all), evenly from all there are; and how many there are."""
    groups: dict[tuple[str, ...], list[SeriesName]] = defaultdict(list)
    with reading(archive.private) as conn:
        rows = first_instances(conn, trial)
    for row in rows:
        device = tuple(str(row["header"].get(k) or "") for k in ("Modality", "Manufacturer", "ManufacturerModelName"))
        if (row["patient"], row["series"]) not in groups[device]:
            groups[device].append((row["patient"], row["series"]))
    return [_spread(found, count) for _, found in sorted(groups.items())], sum(map(len, groups.values()))


def _spread(items: Sequence[_T], count: int | None) -> list[_T]:
    """At most `count` of them, evenly from first to last."""
    if count is None or len(items) <= count:
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]


def plant_copy(archive: Archive, declared: DeclaredTrial, folder: Path, count: int | None) -> Iterator[Copy]:
    """Write the planted copy into `folder`, series by series; the same copy each time, complete after the last."""
    trial = declared.trial
    groups, total = sampled(archive, trial.id, count)
    copy = Copy(
        key=AnswerKey(folder=folder / "images"),
        folder=folder,
        series=(sum(map(len, groups)), total),
        countries=countries_of(site.country for site in trial.sites),
    )
    words = tuple(word for word in trial.deidentification.keep_words if word.isalpha() and len(word) > 3)[:1]
    writer = _Writer(archive=archive, trial=trial.id, copy=copy, words=words)
    for group in groups:
        for number, name in enumerate(group):
            writer.series(name, first=number == 0)
            yield copy
    writer.transcodes()
    copy.declaration = _declaration(archive, trial.id, _tables(archive, declared, copy))
    _crosswalk(copy)
    yield copy


@dataclass(kw_only=True)
class _Writer:
    """Plants and writes one series after another; one count of plants for all."""

    archive: Archive
    trial: str
    copy: Copy
    words: tuple[str, ...]
    number: int = 0
    swept: set[str] = field(default_factory=set)
    planter: Planter | None = None
    kept: tuple[Any, Persona] | None = field(default=None, repr=False)

    def series(self, name: SeriesName, *, first: bool) -> None:
        """One series; the first of each device also with text drawn in, of each modality in every attribute."""
        sources = list(self._sources(name))
        if not sources:
            return
        self.number += 1
        planter = self._planter(name[0])
        sets = self._sets(str(sources[0].get("Modality", "")), first=first)
        for turn, source in enumerate(sources):
            mine = sets[turn :: len(sources)] if len(sources) < len(sets) else sets[turn : turn + 1]
            self._write([self._tried(planted, source, planter, f"{self.number:04d}-{turn:03d}.dcm", mine)])
        if first and all(map(drawable, sources)) and len({(s.Rows, s.Columns) for s in sources}) == 1:
            for said in (False, True):
                word = "said" if said else "silent"
                chosen = sources[:1] if said else sources
                self._write([self._tried(drawn_copies, chosen, planter, f"{self.number:04d}-{word}", said=said)])
        if self.kept is None and transcodable(sources[0]):
            self.kept = (sources[0], planter.who)

    def _sets(self, modality: str, *, first: bool) -> Sequence[str]:
        """What is planted in a series: every text attribute in the first, an eighth of them in other modalities."""
        if modality not in self.swept:
            if self.planter and self.swept:
                self.planter.share = (len(self.swept) % _EIGHT, _EIGHT)
            self.swept.add(modality)
            return SETS
        return ("private", "frame", "graphics") if first else ("private", "frame")

    def transcodes(self) -> None:
        """One image in every lossless transfer syntax."""
        if self.kept and self.planter:
            source, self.planter.who = self.kept
            self._write([self._tried(transcoded_copies, source, self.planter, "transcode")])

    def _planter(self, patient: str) -> Planter:
        people = self.copy.people
        if patient not in people:
            countries = self.copy.countries
            people[patient] = persona(countries[len(people) % len(countries)], len(people) + 1)
            self.copy.key.patients[people[patient].number] = people[patient].patient_id
        if self.planter is None:
            self.planter = Planter(who=people[patient], words=self.words, stems=self.copy.key.stems)
        self.planter.who = people[patient]
        return self.planter

    def _sources(self, name: SeriesName) -> Iterator[Any]:
        with reading(self.archive.private) as conn:
            rows = instances_of(conn, self.trial, *name)
        for row in _spread(rows, INSTANCES):
            if row["size"] > LARGEST:
                self._left_out("too large")
                continue
            source = self._tried(opened, (self.archive.quarantine / row["location"]).read_bytes())
            if source is not None:
                yield source

    def _tried(self, make: Any, *given: Any, **more: Any) -> Any:
        """What `make` makes; None, counted, of what pydicom cannot read or write again."""
        try:
            return make(*given, **more)
        except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError, OSError, RuntimeError) as wrong:
            self._left_out(type(wrong).__name__)
            return None

    def _left_out(self, why: str) -> None:
        self.copy.key.left_out[why] = self.copy.key.left_out.get(why, 0) + 1

    def _write(self, made: Sequence[Made | list[Made] | None]) -> None:
        self.copy.key.folder.mkdir(parents=True, exist_ok=True)
        for some in made:
            for body, file in [some] if isinstance(some, tuple) else some or ():
                (self.copy.key.folder / file.name).write_bytes(body)
                self.copy.key.files.append(file)


def _tables(archive: Archive, declared: DeclaredTrial, copy: Copy) -> set[str]:
    """Write the planted tables as CSV; ids of those that could be read."""
    people = list(copy.people.values())
    for table, raw in load_tables(archive, declared).tables:
        rules = [column_rule(c) for c in table.columns if c.name in raw.columns]
        source = SourceTable(
            id=table.id,
            columns=raw.columns,
            rows=raw.rows,
            roles={c.name: c.role for c in rules},
            date_formats={c.name: c.date_format for c in rules if c.date_format},
            codes={c.name: frozenset(c.codes) for c in rules if c.codes},
            ages=frozenset(c.name for c in rules if c.age),
        )
        rows, cells = planted_rows(source, people)
        copy.key.cells += cells
        _write_csv(copy.folder / "tables" / f"{table.id}.csv", [raw.columns, *rows])
    return {path.stem for path in (copy.folder / "tables").glob("*.csv")}


def _write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), "utf-8")


def _crosswalk(copy: Copy) -> None:
    people = copy.people.values()
    rows = [(who.patient_id, f"PROOF-{who.number:03d}", *_place(copy.declaration, who.number)) for who in people]
    _write_csv(copy.folder / "crosswalk.csv", [("patient_id", "participant", "site", "arm"), *rows])


def _place(body: Mapping[str, Any], number: int) -> tuple[str, str]:
    """Site and arm of the trial, in turn."""
    sites, arms = ([str(each["id"]) for each in body.get(name, ())] or [""] for name in ("sites", "arms"))
    return sites[number % len(sites)], arms[number % len(arms)]


def _declaration(archive: Archive, trial: str, tables: set[str]) -> dict[str, Any]:
    """The trial's declaration with the copy's tables and crosswalk."""
    with reading(archive.private) as conn:
        body = tomllib.loads(get_trial(conn, trial)["toml"])
    kept = [table | {"file": f"tables/{table['id']}.csv"} for table in body.pop("tables", ()) if table["id"] in tables]
    names = {"source_id": "patient_id", "pseudonym": "participant", "site": "site", "arm": "arm"}
    return body | ({"tables": kept} if kept else {}) | {"participants": {"crosswalk": "crosswalk.csv"} | names}


def as_toml(body: Mapping[str, Any]) -> str:
    """A declaration as TOML, one line for each of its tables."""
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in body.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return _key(value) if isinstance(value, str) else str(value)


def _key(text: str) -> str:
    """A basic string (TOML 1.0): quotes, backslashes and control characters escaped."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{escaped}"'


def left_out(key: AnswerKey) -> int:
    """How many files of the sample could not be planted in."""
    return sum(Counter(key.left_out).values())
