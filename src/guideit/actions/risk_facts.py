"""What a release's risk is judged by: cleaned tables, lines of cleaned headers, and the named population."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.population import population_size, read_register
from guideit.actions.private_facts import place_of
from guideit.actions.trials import DeclaredTrial
from guideit.deid.policy import load_policy
from guideit.deid.risk.headers import READ, HeaderFacts, header_facts
from guideit.deid.risk.images import ImageFacts, from_header
from guideit.deid.risk.joined import PARTICIPANT, KnownColumn, Released, joined, known_columns, released, spans
from guideit.deid.risk.joint import ParticipantFacts
from guideit.ledger.series import clean_rows, clean_tables
from guideit.ledger.trials import participants


@dataclass(frozen=True, kw_only=True)
class RiskFacts:
    """Everything of a release that its risk depends on.

    Attributes:
        people: Everybody in it.
        known: Columns of tables that people may know.
        tables: As they would be released.
        levels: By `table:column`, how it was coarsened, in words; those that were.
        population: Size of the named population; 0 where none is.
        register: That population person by person, written as coarsely as the tables; None without a file.
        real_dates: Whether dates are kept as they are.
    """

    people: tuple[ParticipantFacts, ...] = field(repr=False)
    known: tuple[KnownColumn, ...]
    tables: tuple[Released, ...] = field(repr=False)
    levels: Mapping[str, str]
    population: int
    register: pl.DataFrame | None = field(repr=False)
    real_dates: bool


def risk_facts(
    archive: Archive, conn: Connection, declared: DeclaredTrial, images: Mapping[str, ImageFacts]
) -> RiskFacts:
    """Read them.

    Args:
        archive: Where cleaned files lie.
        conn: To the private side.
        declared: The trial.
        images: What is known of each series' images, by released place `participant/study/series`; of others, what
            their header alone tells.

    Raises:
        UsageError: The population's file is not there or has no rows.
    """
    trial = declared.trial
    real_dates = load_policy(trial.deidentification).dates == "keep"
    everybody = {str(row["pseudonym"]) for row in participants(conn, trial.id)}
    tables, levels = _tables(archive, conn, declared, everybody)
    known = known_columns(trial, real_dates=real_dates)
    series = _Series(archive, clean_rows(conn, trial.id), images)
    register = read_register(declared)
    return RiskFacts(
        people=tuple(_people(declared, tables, known, series)),
        known=known,
        tables=tables,
        levels=levels,
        population=population_size(declared),
        register=None if register is None else _as_released(register, known, levels),
        real_dates=real_dates,
    )


def _as_released(register: pl.DataFrame, known: Sequence[KnownColumn], levels: Mapping[str, str]) -> pl.DataFrame:
    """The register's columns that tables have too, named and written as in the joined tables."""
    columns = []
    for column in known:
        name = next((name for name in (column.key, column.name) if name in register.columns), None)
        if name is not None:
            columns.append(column.hierarchy.at(register[name], level_of(column, levels)).alias(column.key))
    return pl.DataFrame(columns)


def level_of(column: KnownColumn, levels: Mapping[str, str]) -> int:
    """The level that a column is written at now, by its words in the dictionary."""
    return column.hierarchy.names.index(levels.get(column.key, column.hierarchy.names[0]))


def _tables(
    archive: Archive, conn: Connection, declared: DeclaredTrial, people: set[str]
) -> tuple[tuple[Released, ...], dict[str, str]]:
    """Cleaned tables, and how their columns were coarsened."""
    by_id = {table.id: table for table in declared.trial.tables}
    found, levels = [], {}
    for row in clean_tables(conn, declared.trial.id):
        bodies = {path: (archive.clean / f"{digest}.table").read_bytes() for path, _, digest in row["objects"]}
        header, *rows = csv.reader(io.StringIO(bodies[f"tables/{row['name']}.csv"].decode("utf-8"), newline=""))
        found.append(released(by_id[row["name"]], header, rows, people))
        for column in json.loads(bodies[f"tables/{row['name']}.json"])["columns"]:
            if column.get("coarsened"):
                levels[f"{row['name']}:{column['name']}"] = str(column["coarsened"])
    return tuple(found), levels


class _Series:
    """Headers and images of cleaned series, by participant."""

    def __init__(self, archive: Archive, rows: Sequence[Mapping[str, Any]], images: Mapping[str, ImageFacts]) -> None:
        seen: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
        facts: dict[str, list[ImageFacts]] = defaultdict(list)
        for row in rows:
            lines = (archive.clean / row["object"]).with_suffix(".jsonl").read_text("utf-8").splitlines()
            headers = [json.loads(line) for line in lines]
            seen[row["pseudonym"]] |= {tuple(header.get(name) for name in READ) for header in headers}
            told = images.get(place_of(row))
            facts[row["pseudonym"]] += [told] if told else sorted({from_header(h) for h in headers}, key=repr)
        self._seen, self._facts = seen, facts

    @property
    def people(self) -> set[str]:
        """Whose series they are."""
        return set(self._facts)

    def header(self, pseudonym: str) -> HeaderFacts:
        """What all headers of a participant say."""
        return header_facts(dict(zip(READ, values, strict=True)) for values in self._seen.get(pseudonym, ()))

    def images(self, pseudonym: str) -> tuple[ImageFacts, ...]:
        """What a participant's images show."""
        return tuple(self._facts.get(pseudonym, ()))


def _people(
    declared: DeclaredTrial, tables: Sequence[Released], known: Sequence[KnownColumn], series: _Series
) -> list[ParticipantFacts]:
    """Everybody who is in a released table or series."""
    everyone = joined(declared.trial, tables, [(column.table, column.name) for column in known])
    told = {str(row.pop(PARTICIPANT)): row for row in everyone.to_dicts()}
    lengths = spans(declared.trial, tables)
    return [
        ParticipantFacts(
            pseudonym=name,
            known=told.get(name, {}),
            header=series.header(name),
            images=series.images(name),
            span=lengths.get(name),
        )
        for name in sorted(told.keys() | series.people)
    ]
