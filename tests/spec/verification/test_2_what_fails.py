"""Verification, 2: what fails, and how it is told.

Every failure is a finding: a rule, a place, a sentence, and never a value. `tests/unit/quality/test_mutations.py`
breaks a release in more than a hundred ways; here is one of each kind.
"""

from __future__ import annotations

from pathlib import Path

from guideit.quality.certificate import Certificate
from guideit.testing.hand_made import PSEUDONYM, Draft, draft, uid
from guideit.testing.hand_proved import prove

FIRST = "1.2.3.4.1.1"
PLACE = f"{PSEUDONYM}/{uid('1.2.3.4')}/{uid('1.2.3.4.10')}/{uid(FIRST)}"


def _told(certificate: Certificate) -> list[tuple[str, str]]:
    return [(finding.rule, finding.place) for finding in certificate.failures]


def _broken(tmp_path: Path) -> tuple[Draft, Path]:
    return draft(), tmp_path


def test_an_attribute_that_the_policy_removes(tmp_path: Path) -> None:
    """The place is the file by its released names, and the path of tags with item numbers."""
    plan, folder = _broken(tmp_path)
    plan.ct.OtherPatientIDs = plan.sources[FIRST].OtherPatientIDs = "A"
    assert _told(prove(plan, folder)) == [("verify.conformance", f"{PLACE} (0010,1000)")]


def test_a_name_in_a_nested_item(tmp_path: Path) -> None:
    """What the de-identification writes at the top level may stand there only: nested, it is the source's."""
    plan, folder = _broken(tmp_path)
    plan.rt.StructureSetROISequence[0].PatientName = "Jane^Doe"
    (told,) = _told(prove(plan, folder, private=False))
    assert told[0] == "verify.conformance"
    assert told[1].endswith("(3006,0020)[0](0010,0010)")


def test_an_identifier_is_not_repeated_by_the_finding(tmp_path: Path) -> None:
    """A certificate may be published: what was found is not in it."""
    plan, folder = _broken(tmp_path)
    plan.ct.SeriesDescription = "chest Muellerstein"
    assert "llerstein" not in prove(plan, folder).text()


def test_one_day_is_enough(tmp_path: Path) -> None:
    """All dates of a participant are moved by one number of days; a date moved by another breaks the intervals."""
    plan, folder = _broken(tmp_path)
    plan.ct.SeriesDate = str(int(plan.ct.SeriesDate) + 1)
    assert [rule for rule, _ in _told(prove(plan, folder))] == ["verify.interval"]


def test_one_bit_is_enough(tmp_path: Path) -> None:
    """Pixels are what they were, bit by bit."""
    plan, folder = _broken(tmp_path)
    plan.ct.PixelData = bytes([plan.ct.PixelData[0] ^ 1]) + plan.ct.PixelData[1:]
    assert _told(prove(plan, folder)) == [("verify.pixels", PLACE)]


def test_a_comment_in_a_compressed_frame_is_no_pixel(tmp_path: Path) -> None:
    """Comments of a JPEG stream are blanked by the cleaning: the frames are compared as they decode."""
    plan, folder = _broken(tmp_path)
    assert plan.sources["1.2.3.4.3.1"].PixelData != plan.xa.PixelData
    assert prove(plan, folder).passed


def test_a_reference_to_what_is_held_back_is_a_note(tmp_path: Path) -> None:
    """The structure set refers to a slice that was held back with a finding: noted, counted, no failure."""
    plan, folder = _broken(tmp_path)
    plan.left_out.add("1.2.3.4.1.2")
    plan.held.add("1.2.3.4.1.2")
    certificate = prove(plan, folder)
    assert certificate.passed
    assert [finding.rule for finding in certificate.findings] == ["verify.reference-held"]


def test_the_stated_policy_is_judged_too(tmp_path: Path) -> None:
    """A release that says its policy keeps what Table E.1-1 removes is not proved by keeping to its word."""
    plan, folder = _broken(tmp_path)
    row = next(row for row in plan.policy["decisions"] if row["tag"] == "00101000")
    row["action"] = "K"
    plan.ct.OtherPatientIDs = plan.sources[FIRST].OtherPatientIDs = "A"
    rules = {rule for rule, _ in _told(prove(plan, folder, private=False))}
    assert rules == {"verify.policy", "verify.conformance"}


def test_an_override_of_the_trial_is_respected_when_it_is_named(tmp_path: Path) -> None:
    """The steward may keep an attribute: the policy names it with the reason, so readers of the release know."""
    plan, folder = _broken(tmp_path)
    row = next(row for row in plan.policy["decisions"] if row["tag"] == "00102180")
    row.update(action="K", rule="override")
    plan.policy["settings"]["overrides"] = [{"target": "Occupation", "action": "keep", "why": "asked for"}]
    plan.ct.Occupation = plan.sources[FIRST].Occupation = "miner"
    assert prove(plan, folder).passed
