"""Text attributes that Table E.1-1 does not list: the product's written list is all that stays of them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from pydicom._dicom_dict import DicomDictionary

from guideit.deid.actions import Action
from guideit.deid.policy import load_policy
from guideit.trial.deidentification import DeidSettings, Option

ROOT = Path(__file__).parents[3]
STANDARD = ROOT.parent / "shared" / "standards" / "dicom" / "ps3.15-2026d.json"
WRITTEN = ROOT / "src" / "guideit" / "deid" / "policies" / "unlisted.toml"
TEXT = {"LO", "SH", "ST", "LT", "UT", "UC", "PN", "AE", "UR", "AS"}


def text_attributes() -> dict[int, str]:
    """Keyword by tag of every public text attribute of the dictionary; commands and directories are no data sets."""
    return {
        tag: entry[4]
        for tag, entry in DicomDictionary.items()
        if set(entry[0].split(" or ")) & TEXT and tag >> 16 not in {0x0000, 0x0002, 0x0004}
    }


def listed_tags() -> set[int]:
    if not STANDARD.is_file():
        pytest.skip("needs ../shared/standards/dicom/ps3.15-2026d.json")
    digits = [row["tag"].strip("()").replace(",", "") for row in json.loads(STANDARD.read_text("utf-8"))]
    return {int(text, 16) for text in digits if len(text) == 8 and "x" not in text}


@pytest.mark.parametrize("option", [None, *Option], ids=lambda o: o.value if o else "basic")
def test_kept_text_outside_the_table_is_the_written_list(option: Option | None) -> None:
    """Under every option the same: `unlisted.toml` names each, all are cleaned, none is kept as it is."""
    policy = load_policy(DeidSettings(options=frozenset({option}) if option else frozenset()))
    listed = listed_tags()
    stays = {
        keyword: policy.public[tag].action
        for tag, keyword in text_attributes().items()
        if tag not in listed and policy.public[tag].action is not Action.REMOVE
    }
    written = set(tomllib.loads(WRITTEN.read_text("utf-8"))["clean"]["keywords"])
    by_keyword = {keyword: tag for tag, keyword in text_attributes().items()}
    assert set(stays.values()) == {Action.CLEAN}
    assert set(stays) == {word for word in written if by_keyword.get(word) not in listed}
    assert written <= set(by_keyword), "a name that no public text attribute has"


def test_every_public_text_attribute_has_a_decision() -> None:
    """None is left to a default: the table or the written rules speak of each, and say which rule it was."""
    policy = load_policy(DeidSettings())
    for tag, keyword in text_attributes().items():
        vr = next(iter(policy.vrs[tag] & TEXT))
        assert policy.decide(tag, vr).rule.startswith(("e1.", "unlisted.")), keyword


def test_a_new_text_attribute_asks_for_a_decision() -> None:
    """What no list names is removed. A dictionary that brings new text attributes fails here: somebody looks at
    each, writes it into `unlisted.toml` or leaves it removed, and then changes the number."""
    policy = load_policy(DeidSettings())
    rules = [policy.public[tag].rule for tag in text_attributes()]
    assert rules.count("unlisted.removed") == 284
    assert rules.count("unlisted.text-cleaned") == 180
