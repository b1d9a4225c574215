"""Unit tests of the schema and the reference: current, complete, and of one mind with the reader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from guideit.errors import TrialInvalid
from guideit.testing.example_toml import trial_toml
from guideit.trial import model
from guideit.trial.deidentification import DeidSettings
from guideit.trial.parse import parse_trial
from guideit.trial.reference import reference_tables
from guideit.trial.schema import declared_fields, json_schema, schema_text, sections

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(ROOT.glob("examples/**/*.toml"))
_HEAD = '[trial]\nid = "a"\ntitle = "b"\n'


def _valid(text: str) -> bool:
    return Draft202012Validator(json_schema()).is_valid(tomllib.loads(text))


def _parses(text: str) -> bool:
    try:
        parse_trial(text)
    except TrialInvalid:
        return False
    return True


def test_it_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_committed_schema_is_current() -> None:
    """`python -m tools.trial_reference` writes it."""
    assert json.loads((ROOT / "docs/trial.schema.json").read_text("utf-8")) == json.loads(schema_text())


def test_the_tables_of_the_page_are_current() -> None:
    """`python -m tools.trial_reference` writes them."""
    assert reference_tables() in (ROOT / "docs/trial.md").read_text("utf-8")


def test_every_field_says_what_it_means() -> None:
    silent = [
        f"{cls.__name__}.{field.name}"
        for cls in [model.Trial, *sections(model.Trial)]
        for field, _, says in declared_fields(cls)
        if not says
    ]
    assert DeidSettings in list(sections(model.Trial))
    assert silent == []


@pytest.mark.parametrize("path", EXAMPLES, ids=[p.relative_to(ROOT).as_posix() for p in EXAMPLES])
def test_examples_are_valid_and_parse(path: Path) -> None:
    text = path.read_text("utf-8")
    errors = [e.message for e in Draft202012Validator(json_schema()).iter_errors(tomllib.loads(text))]
    assert errors == []
    assert parse_trial(text, name=path.name).title
    assert text.startswith("#:schema ")


def test_there_are_examples() -> None:
    assert {p.parent.name for p in EXAMPLES} >= {"sarcoma-ct-pet-mr", "head-ct-phantom", "fmri", "sdtm"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        _HEAD.replace('"a"', '"A b"'),
        _HEAD.replace("title", "titel"),
        f"{_HEAD}phase = 2",
        f"{_HEAD}[[visits]]\nid = 'v'",
        f"{_HEAD}[[visits]]\nid = 'v'\nday = 0\nbefore = -1",
        f"{_HEAD}[[visits]]\nid = 'v'\nday = 0\n[[imaging]]\nvisit = 'v'\nmodality = 'MRI'",
        f"{_HEAD}[[tables]]\nid = 't'\nfile = 't.csv'\ncolumns = [{{ name = 'U', role = 'id' }}]",
        f"{_HEAD}[deidentification]\naccept = ['head']",
        f"{_HEAD}[deidentification]\nshift_days = [1]",
        f"{_HEAD}[deidentification]\nshift_days = [0, 1]",
        f"{_HEAD}[deidentification]\noldest_age = 12",
        f"{_HEAD}[deidentification]\noptions = ['all']",
        f"{_HEAD}[[deidentification.overrides]]\ntarget = 'StudyID'\naction = 'keep'\nwhy = ' '",
        f"{_HEAD}[consent]\ndefault = 'yes'",
        f"{_HEAD}[[conditions]]\ncode = 'GRU'",
        f"{_HEAD}[embargo]\nuntil = 'soon'",
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(text: str) -> None:
    assert (_valid(text), _parses(text)) == (False, False)


def test_what_the_reader_takes_the_schema_takes() -> None:
    assert (_valid(trial_toml()), _parses(trial_toml())) == (True, True)
    assert (_valid(_HEAD), _parses(_HEAD)) == (True, True)
