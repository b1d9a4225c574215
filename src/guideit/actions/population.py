"""Whom the participants were drawn from, as the trial names them."""

from __future__ import annotations

from pathlib import PurePosixPath

import polars as pl

from guideit.actions.trials import DeclaredTrial
from guideit.deid.table_formats import read_table
from guideit.errors import NotUnderstood, UsageError


def population_size(declared: DeclaredTrial) -> int:
    """How many people the named population has: as said, else rows of its file; 0 where none is named."""
    named = declared.trial.risk.population
    if not named.named:
        return 0
    register = read_register(declared) if not named.size else None
    return named.size or (register.height if register is not None else 0)


def read_register(declared: DeclaredTrial) -> pl.DataFrame | None:
    """The population's file as texts; None where the trial has none.

    Raises:
        UsageError: It is not there, or cannot be read.
    """
    name = declared.trial.risk.population.file
    if not name:
        return None
    if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
        raise UsageError("the population's file must lie beside trial.toml", where=name)
    try:
        raw = read_table((declared.folder / name).read_bytes(), name=name)
    except (OSError, NotUnderstood) as wrong:
        raise UsageError(
            "the population's file cannot be read", where=name, do="put a CSV beside trial.toml"
        ) from wrong
    return pl.DataFrame(list(raw.rows), schema=dict.fromkeys(raw.columns, pl.String), orient="row")
