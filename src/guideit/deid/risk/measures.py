"""All measures of the released tables joined: how alike participants are, what is learned of them, against whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from guideit.deid.risk.classes import Classes, classes
from guideit.deid.risk.diversity import Diversity, diversity
from guideit.deid.risk.explain import RareRecords, why_rare
from guideit.deid.risk.joined import KnownColumn, Released, joined, learned_columns
from guideit.deid.risk.population import PopulationUniqueness, population_uniqueness
from guideit.deid.risk.reidentification import (
    Risk,
    Uniqueness,
    journalist,
    marketer,
    population_sizes,
    presence,
    prosecutor,
    uniqueness,
)
from guideit.trial.model import Trial


@dataclass(frozen=True, kw_only=True)
class TableMeasures:
    """Of all tables of a release, joined by participant.

    Attributes:
        columns: What people may know. participants: How many are in the tables.
        k: Size of the smallest class, a missing value as a value.
        prosecutor, marketer: Risks without a population.
        uniqueness: In the data. unique: Estimated in the population; None without one.
        learned: l-diversity and t-closeness of outcomes and sensitive columns, by `table:column`.
        journalist: Risk against a register; None without one. presence: delta-presence in it, smallest and largest.
        rare: Why records are rare, most first.
    """

    columns: tuple[str, ...]
    participants: int
    k: int
    prosecutor: Risk
    marketer: Risk
    uniqueness: Uniqueness
    unique: PopulationUniqueness | None
    learned: Mapping[str, Diversity]
    journalist: Risk | None
    presence: tuple[float, float] | None
    rare: tuple[RareRecords, ...]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What tables are measured against.

    Attributes:
        alike: Records in smaller classes are rare.
        people: Size of the named population; 0 where none is.
        register: That population person by person, columns named and written as in the joined tables; None without.
    """

    alike: int
    people: int = 0
    register: pl.DataFrame | None = field(default=None, repr=False)


def measure(trial: Trial, tables: Sequence[Released], known: Sequence[KnownColumn], *, around: Around) -> TableMeasures:
    """Measure tables as they are released.

    Args:
        trial: The declaration.
        tables: As released.
        known: What people may know.
        around: What they are measured against.

    Raises:
        UsageError: Participants are missing from the register.
    """
    learned = learned_columns(trial)
    everyone = joined(trial, tables, [(c.table, c.name) for c in known] + list(learned))
    columns = [column.key for column in known if column.key in everyone.columns]
    found = classes(everyone, columns)
    threshold = trial.risk.threshold
    shared = [name for name in columns if around.register is not None and name in around.register.columns]
    against = against_register(everyone, around.register, shared, threshold) if around.register is not None else None
    return TableMeasures(
        columns=tuple(columns),
        participants=found.records,
        k=found.k,
        prosecutor=prosecutor(found, threshold),
        marketer=marketer(found, threshold=threshold),
        uniqueness=uniqueness(found),
        unique=population_uniqueness(found, around.people) if around.people >= found.records > 0 else None,
        learned={key: diversity(found, everyone[key]) for key in _keys(everyone, learned)},
        journalist=against[0] if against else None,
        presence=against[1] if against else None,
        rare=why_rare(found, around.alike) if columns else (),
    )


def _keys(everyone: pl.DataFrame, columns: Sequence[tuple[str, str]]) -> list[str]:
    return [key for table, name in columns if (key := f"{table}:{name}") in everyone.columns]


def against_register(
    everyone: pl.DataFrame, register: pl.DataFrame, columns: Sequence[str], threshold: float
) -> tuple[Risk, tuple[float, float]]:
    """The journalist's risk and delta-presence against a population known person by person.

    Args:
        everyone: One row for each participant, as released.
        register: One row for each person, the participants among them, written as coarsely.
        columns: What the register says: whoever has it knows no more.
        threshold: Largest probability that is allowed.

    Raises:
        UsageError: Participants are missing from the register.
    """
    found: Classes = classes(everyone, columns)
    sizes = population_sizes(everyone, register, list(columns))
    return journalist(found, sizes, threshold), presence(found, sizes)
