"""Unit tests of the example trial's declaration: it parses, and it speaks of the tables that are written."""

from __future__ import annotations

import tomllib

import pytest

from guideit.deid.table_cells import ROLES
from guideit.deid.table_formats import read_table
from guideit.testing.clinical import TABLES, VISITS, course
from guideit.testing.example_toml import trial_toml
from guideit.testing.people import HOSPITALS, people


def test_every_table_and_column_it_declares_is_written() -> None:
    courses = [course(person, drop_out=False) for person in people(6, 7)]
    declared = tomllib.loads(trial_toml())["tables"]
    assert {t["file"].removeprefix("tables/") for t in declared} == set(TABLES)
    for table in declared:
        name = table["file"].removeprefix("tables/")
        written = read_table(TABLES[name](courses), name=name).columns
        assert {c["name"] for c in table["columns"]} <= set(written)
        assert {c["role"] for c in table["columns"]} <= ROLES


def test_arms_sites_and_visits_are_those_of_the_people() -> None:
    body = tomllib.loads(trial_toml())
    assert [(v["id"], v["day"]) for v in body["visits"]] == list(VISITS)
    assert {s["id"] for s in body["sites"]} == {h.site for h in HOSPITALS}
    assert {a["id"] for a in body["arms"]} == {p.arm for p in people(6, 7)}


def test_the_declaration_parses() -> None:
    parse = pytest.importorskip("guideit.trial.parse", reason="trial.toml's parser is not there yet")
    assert parse.parse_trial(trial_toml(), name="trial.toml").id == "example"
