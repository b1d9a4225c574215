"""What an error says: the line, the field, what was expected, and what to type."""

from __future__ import annotations

import pytest

from guideit.errors import TrialInvalid
from guideit.trial.parse import parse_deidentification, parse_trial

_HEAD = '[trial]\nid = "t"\ntitle = "T"\n'


def _said(text: str) -> str:
    with pytest.raises(TrialInvalid) as refused:
        parse_trial(text)
    assert refused.value.exit_code == 2
    return str(refused.value)


def _one(problem: str) -> str:
    return f"trial.toml: one thing is not as it must be:\n  1. {problem}"


def test_a_key_that_does_not_exist() -> None:
    """The nearest key is suggested."""
    assert _said(f'{_HEAD}licens = "MIT"\n') == _one(
        "line 4: trial.licens: no such key\n      → did you mean 'licence'?"
    )


def test_a_value_of_another_type() -> None:
    """What was expected is said; what stood there is not."""
    text = f'{_HEAD}\n[[visits]]\nid = "v"\nday = "zero"\n'
    assert _said(text) == _one("line 7: visits[1].day: expected a whole number\n      → day = 0")


def test_a_key_that_is_missing() -> None:
    """The line is that of the table it belongs in."""
    assert _said('[trial]\nid = "t"\n') == _one('line 1: trial.title: is missing\n      → title = "..."')


def test_an_empty_file() -> None:
    """Without `[trial]` there is no trial."""
    assert _said("") == _one("trial: is missing\n      → write [trial] and its keys below")


def test_a_word_that_is_not_in_the_list() -> None:
    """The nearest word is suggested."""
    said = _said(f'{_HEAD}[consent]\ndefault = "permitted"\n')
    assert said == _one("line 5: consent.default: expected one of: permit, deny\n      → did you mean 'permit'?")


def test_a_column_inside_a_list_has_a_line_of_its_own() -> None:
    """Not the line where the list begins."""
    columns = '[\n  { name = "id", role = "identifier" },\n  { name = "day", role = "dat" },\n]'
    said = _said(f'{_HEAD}[[tables]]\nid = "t"\nfile = "t.csv"\ncolumns = {columns}\n')
    assert "1. line 9: tables[1].columns[2].role: expected one of: identifier, date" in said
    assert said.endswith("→ did you mean 'date'?")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Nobody has to run it five times."""
    said = _said('[trial]\nid = "t"\ntitel = "T"\nphase = 2\n')
    assert said == (
        "trial.toml: 3 things are not as it must be:\n"
        "  1. line 3: trial.titel: no such key\n      → did you mean 'title'?\n"
        '  2. line 1: trial.title: is missing\n      → title = "..."\n'
        '  3. line 4: trial.phase: expected a text\n      → phase = "..."'
    )


def test_text_that_is_no_toml() -> None:
    """Line and column of where it stops being TOML; nothing of what stands there."""
    said = _said('[trial]\nid = "t"\ntitle = A trial of Mustermann\n')
    assert said == "trial.toml, line 3, column 9: is no valid TOML (Invalid value)\n  → mend that line"


def test_a_modality_that_no_file_carries() -> None:
    """It would drop nothing, and nobody would notice."""
    with pytest.raises(TrialInvalid) as refused:
        parse_deidentification('drop_modalities = ["rtstruct"]\n')
    said = "1. line 1: drop_modalities: no such modality (0008,0060)\n      → did you mean 'RTSTRUCT'?"
    assert said in str(refused.value)


def test_dates_kept_and_dates_modified() -> None:
    """The two options of PS3.15 contradict each other."""
    options = '["retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"]'
    said = _said(f"{_HEAD}[deidentification]\noptions = {options}\n")
    assert "line 5: deidentification.options: dates are either kept in full or modified, not both" in said
