"""What `guideit prove` found, so that it stays found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydicom.dataset import Dataset

from guideit.deid.actions import Action
from guideit.deid.engine import Engine
from guideit.deid.keys import Keys
from guideit.deid.policy import load_policy
from guideit.deid.subject import CleanInstance, Subject
from guideit.deid.values import Values
from guideit.dicom.planes import _private_b
from guideit.quality.planting.transcodes import to_bytes
from guideit.testing.objects import code
from guideit.testing.planted import _Planter, base
from guideit.trial.deidentification import DeidSettings, PolicyName

POLICY = load_policy(DeidSettings(policy=PolicyName.TRIAL))
SUBJECT = Subject(source_id="a", pseudonym="P1", shift_days=-400)


@pytest.mark.parametrize(
    ("version", "stays"),
    [("01", True), ("20020904", True), ("2014_0914", True), ("v1.2 beta", True), ("Weberknecht", False), ("", True)],
)
def test_a_coding_schemes_version_is_a_number_or_a_day_and_no_name(version: str, stays: bool) -> None:
    values = Values(POLICY, Keys(bytes(32), "t"), SUBJECT)
    raw = version.encode().ljust(len(version) + len(version) % 2)
    done = values.apply(POLICY.decide(0x00080103, "SH"), 0x00080103, "SH", raw, ("latin_1",))
    assert (done.value == raw) is stays


@pytest.mark.parametrize("name", PolicyName)
def test_curves_go_whole_under_every_policy(name: PolicyName) -> None:
    """What was left of them empty was no curve, and kept the release from passing its check."""
    policy = load_policy(DeidSettings(policy=name))
    assert {policy.decide(tag, "LO").action for tag in (0x50002500, 0x50000020, 0x50043000)} == {Action.REMOVE}


def test_two_makers_in_one_private_group_pass_beside_a_content_tree() -> None:
    """Content items take pydicom's path, which wrote the second creator behind the first one's elements."""
    ds = base(_Planter(), 1)
    ds.ConceptNameCodeSequence = [code("126000", "DCM", "Imaging Measurement Report")]
    ds.ValueType, ds.ContentSequence = "CONTAINER", [_number()]
    for creator, low, value in (("SIEMENS MR HEADER", 0x0C, "800"), ("GEMS_ACQU_01", 0x23, "1.5")):
        ds.private_block(0x0019, creator, create=True).add_new(low, "IS" if low == 0x0C else "DS", value)
    done = Engine(POLICY, Keys(bytes(32), "t"), SUBJECT).clean(to_bytes(ds), place="p")
    assert isinstance(done, CleanInstance)
    body = b"".join(map(bytes, done.pieces))  # type: ignore[arg-type]
    places = [body.index(text) for text in (b"SIEMENS MR HEADER", b"GEMS_ACQU_01", b"800", b"1.5 ")]
    assert places == sorted(places)


def _number() -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "NUM"
    item.ConceptNameCodeSequence = [code("410668003", "SCT", "Length")]
    return item


@pytest.mark.parametrize(
    ("written", "read"), [("800", 800.0), (["1000000800", "8", "0", "0"], 800.0), ("Weberknecht", 0.0)]
)
def test_a_private_b_value_that_is_no_number_is_none(written: str | Sequence[str], read: float) -> None:
    ds = Dataset()
    ds.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x39, "LO", written)
    assert _private_b(ds) == read
