"""Unit tests of the reader: what parses, parses to the same again; what does not, is a TrialInvalid."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guideit.deid.hold import RULES as HOLD_RULES
from guideit.errors import TrialInvalid
from guideit.testing.example_toml import trial_toml
from guideit.trial.parse import parse_deidentification, parse_trial
from guideit.trial.terms import HOLDS

_HEAD = '[trial]\nid = "a"\ntitle = "b"\n'
_LINES = trial_toml().splitlines()


def _refused(text: str) -> str:
    with pytest.raises(TrialInvalid) as caught:
        parse_trial(text)
    return str(caught.value)


def test_the_example_parses_to_equal_frozen_values() -> None:
    trial = parse_trial(trial_toml())
    assert trial == parse_trial(trial_toml()) == pickle.loads(pickle.dumps(trial))
    assert [v.day for v in trial.visits] == [0, 42, 84]
    assert trial.tables[1].columns[4].role == "date"
    with pytest.raises(FrozenInstanceError):
        trial.trial.id = "b"  # type: ignore[misc]


def _parses_or_is_invalid(text: str) -> None:
    try:
        trial = parse_trial(text)
    except TrialInvalid as refused:
        assert refused.where.startswith("trial.toml")
    else:
        assert trial == parse_trial(text)


@given(st.sets(st.integers(0, len(_LINES) - 1), max_size=6))
def test_lines_that_are_missing_give_no_other_error(gone: set[int]) -> None:
    _parses_or_is_invalid("\n".join(line for n, line in enumerate(_LINES) if n not in gone))


@given(st.integers(0, len(trial_toml()) - 1), st.text(max_size=3), st.integers(0, 3))
def test_typing_errors_give_no_other_error(at: int, typed: str, over: int) -> None:
    text = trial_toml()
    _parses_or_is_invalid(text[:at] + typed + text[at + over :])


@given(
    st.sampled_from(["trial", "visits", "tables", "deidentification", "participants", "money", "consent", "imaging"]),
    st.recursive(
        st.booleans() | st.integers() | st.text(alphabet="ab-: é", max_size=5),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    ),
)
@example("visits", [[]])
def test_values_of_any_type_give_no_other_error(key: str, value: object) -> None:
    import json

    head = "" if key == "trial" else f"\n{_HEAD}"
    _parses_or_is_invalid(f"{key} = {json.dumps(value)}{head}")


@pytest.mark.parametrize("body", [f"phase = {'9' * 5000}", "phase = " + "[" * 3000, "phase = " + "[" * 450 + "]" * 450])
def test_numbers_and_nesting_beyond_reason_are_invalid(body: str) -> None:
    assert _refused(_HEAD + body).startswith("trial.toml")


def test_a_byte_order_mark_is_no_error() -> None:
    assert parse_trial("\ufeff" + _HEAD).id == "a"


def test_the_value_of_a_wrong_field_is_never_repeated() -> None:
    secret = "Mustermann"
    text = f'{_HEAD}phase = ["{secret}"]\n[deidentification]\naccept = ["{secret}"]\ndrop_modalities = ["{secret}"]\n'
    assert secret not in _refused(text)
    assert secret not in _refused(f'{_HEAD}phase = "{secret}\n')
    assert secret not in _refused(f"{_HEAD}[{secret}]\na = 1\n[{secret}]\n")


def test_every_rule_that_holds_a_series_can_be_accepted() -> None:
    assert set(HOLD_RULES) <= HOLDS
    listed = ", ".join(f'"{rule}"' for rule in sorted(HOLDS))
    assert parse_deidentification(f"accept = [{listed}]").accept == HOLDS


def test_a_policy_alone_is_held_to_the_same_rules() -> None:
    for text in ('drop_modalities = ["rtstruct"]', '[deidentification]\ndrop_modalities = ["rtstruct"]'):
        with pytest.raises(TrialInvalid, match="did you mean 'RTSTRUCT'"):
            parse_deidentification(text)
    assert parse_deidentification('drop_modalities = ["RTSTRUCT"]').drop_modalities == {"RTSTRUCT"}
