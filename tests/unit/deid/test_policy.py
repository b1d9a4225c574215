"""The compiled policy against PS3.15, row by row and option by option."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from pydicom._dicom_dict import DicomDictionary

from guideit.deid.actions import Action
from guideit.deid.policy import Policy, load_policy
from guideit.dicom.dictionary import TAGS
from guideit.dicom.facts import attribute_rows, content_rows, safe_private_rows
from guideit.errors import PolicyInvalid
from guideit.trial.deidentification import DeidSettings, Option, Override

STANDARD = Path(__file__).parents[4] / "shared" / "standards" / "dicom" / "ps3.15-2026d.json"
CODES = {"K": Action.KEEP, "C": Action.CLEAN, "X": Action.REMOVE, "Z": Action.ZERO, "D": Action.DUMMY, "U": Action.UID}


def policy_of(*options: Option, overrides: tuple[Override, ...] = ()) -> Policy:
    return load_policy(DeidSettings(options=frozenset(options), overrides=overrides))


@pytest.mark.parametrize("option", list(Option))
def test_every_row_of_the_table_under_every_option(option: Option) -> None:
    policy = policy_of(option)
    checked = 0
    for row in attribute_rows():
        code = row.options.get(option.value)
        if row.number is None or code not in {"K", "C"}:
            continue
        typed_in = row.number == TAGS["EthnicGroup"]  # cleaned, not kept: somebody types it in
        assert policy.public[row.number].action is (Action.CLEAN if typed_in else CODES[code]), row.tag
        checked += 1
    without = {Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES, Option.RETAIN_SAFE_PRIVATE}
    assert checked or option in without | {Option.CLEAN_GRAPHICS}


def test_the_basic_profile_keeps_nothing_that_the_table_lists() -> None:
    policy = policy_of()
    for row in attribute_rows():
        if row.number is not None:
            decision = policy.public[row.number]
            if row.basic in CODES and "SQ" not in policy.vrs[row.number]:
                assert decision.action is CODES[row.basic], row.tag
            assert decision.action is not Action.KEEP, row.tag


def _same(standard: dict[str, str], ours: dict[str, str]) -> bool:
    """The same codes, whatever the options are called."""
    return sorted(standard.values()) == sorted(ours.values())


def test_our_facts_are_those_of_the_standard() -> None:
    if not STANDARD.is_file():
        pytest.skip("../shared/standards is not here")
    expected = {
        (row["tag"].upper(), row["basic"]): {k.replace("_", "-"): v for k, v in row["options"].items()}
        for row in json.loads(STANDARD.read_text("utf-8"))
    }
    ours = {(row.tag.upper(), row.basic): row.options for row in attribute_rows()}
    assert len(expected) == len(ours)
    assert sorted(expected) == sorted(ours)
    assert all(_same(expected[key], dict(ours[key])) for key in ours)
    assert (len(attribute_rows()), len(content_rows()), len(safe_private_rows())) == (657, 214, 87)


def test_every_attribute_of_the_dictionary_has_a_decision() -> None:
    policy = policy_of()
    for tag, entry in DicomDictionary.items():
        vr = entry[0].split(" or ")[0]
        assert policy.decide(tag, vr).rule != "unknown", hex(tag)


def test_what_is_in_no_dictionary_is_removed() -> None:
    assert policy_of().decide(0x00080FFE, "LO").action is Action.REMOVE
    assert policy_of().decide_private(0x0019, 0x0C, "NOBODY", "IS").action is Action.REMOVE


def test_safe_private_attributes_only_with_the_option() -> None:
    row = safe_private_rows()[0]
    kept = policy_of(Option.RETAIN_SAFE_PRIVATE).decide_private(row.group, row.low, row.creator, row.vr)
    assert kept.action is Action.CLEAN
    assert policy_of().decide_private(row.group, row.low, row.creator, row.vr).action is Action.REMOVE


def test_overlays_and_curves_go_in_every_group() -> None:
    for group in (0x6000, 0x601E):
        assert policy_of().decide(group << 16 | 0x3000, "OW").action is Action.REMOVE


def test_overrides_and_their_errors() -> None:
    keep = Override(target="StudyID", action="keep", why="a number of the trial")
    assert policy_of(overrides=(keep,)).decide(0x00200010, "SH").rule == "override"
    with pytest.raises(PolicyInvalid, match="no such attribute"):
        policy_of(overrides=(Override(target="NoSuch", action="keep", why="x"),))
    with pytest.raises(PolicyInvalid, match="full and modified"):
        policy_of(Option.RETAIN_LONGITUDINAL_FULL_DATES, Option.RETAIN_LONGITUDINAL_MODIFIED_DATES)


def test_a_pickled_policy_is_small_and_the_same() -> None:
    policy = load_policy(DeidSettings())
    sent = pickle.dumps(policy)
    assert len(sent) < 2000
    assert pickle.loads(sent).digest == policy.digest


def test_marks_of_items_are_no_elements_to_keep() -> None:
    policy = load_policy(DeidSettings())
    assert {policy.decide(tag, "UN").action for tag in (0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD)} == {Action.REMOVE}
    assert policy.decide(0x00180060, "DS") == (Action.KEEP, "unlisted.number")
