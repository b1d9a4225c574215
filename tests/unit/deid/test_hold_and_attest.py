"""What is held back by its header, and what is written about a cleaning."""

from __future__ import annotations

import pytest

from guideit.deid.attest import ClinicalTrial, attest
from guideit.deid.hold import RULES, hold_findings
from guideit.deid.policy import load_policy
from guideit.deid.subject import Subject
from guideit.trial.deidentification import DeidSettings, Option

POLICY = load_policy(DeidSettings())


def rules_of(**header: object) -> set[str]:
    return {f.rule.removeprefix("hold.") for f in hold_findings(header, POLICY, "P-1/series/1")}


@pytest.mark.parametrize(
    ("header", "rules"),
    [
        ({"Modality": "CT", "BodyPartExamined": "CHEST"}, set()),
        ({"Modality": "MR", "BodyPartExamined": "KNEE", "SeriesDescription": "t1 tse"}, set()),
        ({"Modality": "CT"}, {"head-volume"}),
        ({"Modality": "MR", "BodyPartExamined": "LEG", "StudyDescription": "Kopf-MRT"}, {"head-volume"}),
        ({"Modality": "PT", "BodyPartExamined": "CHEST", "SeriesDescription": "WHOLE BODY"}, {"head-volume"}),
        ({"Modality": "US", "BurnedInAnnotation": "NO"}, {"burned-in-modality"}),
        ({"Modality": "DX", "BurnedInAnnotation": "NO"}, set()),
        ({"Modality": "DX"}, {"burned-in-modality"}),
        ({"Modality": "RTSTRUCT", "BurnedInAnnotation": "YES"}, {"burned-in-annotation"}),
        ({"Modality": "RTDOSE", "OverlayBitPosition": 12}, {"overlay"}),
        ({"Modality": "SEG", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2"}, {"secondary-capture"}),
        ({"Modality": "SR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"}, {"encapsulated-document"}),
        ({"Modality": "SEG", "RecognizableVisualFeatures": "YES"}, {"visible-features"}),
        ({"Modality": "ECG", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.9.4.1"}, {"waveform-annotation"}),
        ({}, {"burned-in-modality"}),
    ],
)
def test_rules(header: dict[str, object], rules: set[str]) -> None:
    assert rules_of(**header) == rules


def test_a_trial_may_accept_every_rule() -> None:
    accepting = load_policy(DeidSettings(accept=frozenset(RULES)))
    assert hold_findings({"Modality": "US", "OverlayBitPosition": "12"}, accepting, "x") == ()


def test_what_is_attested_is_sorted_even_and_claims_no_pixel_option_unshown() -> None:
    policy = load_policy(DeidSettings(options=frozenset(Option) - {Option.RETAIN_LONGITUDINAL_FULL_DATES}))
    subject = Subject(source_id="s", pseudonym="P-1", shift_days=-1, site="Köln")
    written = attest(policy, subject, trial=ClinicalTrial(sponsor="S", protocol_id="T"))
    assert [e.tag for e in written] == sorted(e.tag for e in written)
    assert all(len(e.value) % 2 == 0 for e in written)
    codes = [item[0].value.strip() for e in written if e.tag == 0x00120064 for item in e.items]
    assert b"113100" in codes and b"113107" in codes
    assert b"113101" not in codes and b"113102" not in codes
    assert not any(e.tag == 0x00280301 for e in written)
