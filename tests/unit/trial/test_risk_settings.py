"""What `[risk]` and the columns of tables may say of it."""

from __future__ import annotations

import pytest

from guideit.errors import TrialInvalid
from guideit.trial.parse import parse_trial
from guideit.trial.risk import Access, Coarser

HEAD = '[trial]\nid = "t"\ntitle = "T"\n'
TABLE = HEAD + '[[tables]]\nid = "dm"\nfile = "dm.csv"\ncolumns = [{{ name = "ID", role = "identifier" }}, {{ {0} }}]\n'


def test_without_the_table_it_is_controlled_and_the_agencys_threshold() -> None:
    risk = parse_trial(HEAD).risk
    assert (risk.access, risk.threshold, risk.coarsen, risk.population.named) == (Access.CONTROLLED, 0.09, True, False)


def test_whole_numbers_are_numbers() -> None:
    assert parse_trial(HEAD + '[risk]\nthreshold = 1\nreason = "made up"\n').risk.threshold == 1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('access = "open"', "use one of|did you mean"),
        ("threshold = 0", "expected a probability above 0"),
        ("threshold = 0.2", "reason: is empty, and the threshold is above"),
        ('threshold = "low"', "expected a number"),
        ("threshold = true", "expected a number"),
        ("blanked = 0.9", "expected a share, a half at most"),
        ("catchment = -1", "expected a number of people"),
        ("[risk.population]\nsize = 100", "population.name: is empty"),
    ],
)
def test_what_cannot_be_is_said(text: str, says: str) -> None:
    with pytest.raises(TrialInvalid, match=says):
        parse_trial(f"{HEAD}[risk]\n{text}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('coarser = "bands"', "widths: is missing"),
        ('coarser = "bands", widths = [5, 8]', "each a multiple of the one before"),
        ('coarser = "bands", widths = [0, 8]', "expected numbers above 0"),
        ('coarser = "groups"', "groups: is missing"),
        ('coarser = "age"', "did you mean 'ages'"),
        ("level = -1", "expected a level, 0 or more"),
    ],
)
def test_what_a_column_cannot_be_is_said(text: str, says: str) -> None:
    with pytest.raises(TrialInvalid, match=says):
        parse_trial(TABLE.format(f'name = "X", role = "quasi-identifier", {text}'))


def test_a_column_says_how_it_gets_coarser() -> None:
    column = (
        parse_trial(TABLE.format('name = "X", role = "sensitive", coarser = "bands", widths = [5, 10]'))
        .tables[0]
        .columns[1]
    )
    assert (column.coarser, column.widths, column.level) == (Coarser.BANDS, (5, 10), 0)
