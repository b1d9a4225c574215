"""Verification, 1: what a certificate says.

`guideit verify` reads a release a second time, every byte of it, with code that shares nothing with what made it,
and writes down what it proved.
"""

from __future__ import annotations

import json
from pathlib import Path

from guideit.testing.hand_made import draft
from guideit.testing.hand_proved import prove
from guideit.testing.hand_treated import treated_draft


def test_with_the_private_side_everything_is_proved(tmp_path: Path) -> None:
    """In the archive the sources, the known identifiers and the date shifts are at hand: all checks run."""
    certificate = prove(treated_draft(), tmp_path)
    assert certificate.passed
    assert {outcome for name, _, outcome in certificate.checks() if name != "pixels-text"} == {"passed"}


def test_a_downloaded_release_is_proved_as_far_as_it_can_be(tmp_path: Path) -> None:
    """Whoever has the release alone proves the seal and the policy; what needs the sources is said not to be done."""
    certificate = prove(draft(), tmp_path, private=False)
    assert certificate.passed
    outcomes = {name: outcome for name, _, outcome in certificate.checks()}
    assert {name for name, outcome in outcomes.items() if outcome == "not done"} == {
        "mapping", "interval", "origin", "needed", "pixels", "face", "pixels-text", "reference", "complete",
    }  # fmt: skip


def test_it_counts_what_it_examined(tmp_path: Path) -> None:
    """A check that examined nothing proves nothing, so each says how much it saw."""
    examined = prove(draft(), tmp_path).examined
    assert (examined["packs"], examined["files"], examined["compared"]) == (3, 5, 5)
    assert examined["attributes"] > 200


def test_a_check_that_saw_nothing_says_so(tmp_path: Path) -> None:
    """Without the structure set and without references inside the CT there is nothing to resolve."""
    plan = draft()
    plan.left_out.add("1.2.3.4.2.1")
    plan.held.add("1.2.3.4.2.1")
    for ds in (*plan.datasets.values(), *plan.sources.values()):
        if "ReferencedImageSequence" in ds:
            del ds.ReferencedImageSequence
    outcomes = {name: outcome for name, _, outcome in prove(plan, tmp_path).checks()}
    assert outcomes["reference"] == "nothing to examine"


def test_the_same_release_gives_the_same_certificate(tmp_path: Path) -> None:
    """No time, no machine, no order of work shows in it: two certificates can be compared byte by byte."""
    first, second = (json.dumps(prove(draft(), tmp_path / name).document()) for name in ("a", "b"))
    assert first == second


def test_people_read_it_as_text(tmp_path: Path) -> None:
    """One line per check, how much it examined, and the share of what interpretation needs that is still there."""
    text = prove(draft(), tmp_path).text()
    assert text.startswith("PASSED  release demo/1.0  root ")
    assert "retained: 95.52 % of 67 values that interpretation needs" in text
