"""Facts of a made-up release, as the evidence pack is given them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guideit.actions.evidence import policy_evidence
from guideit.actions.evidence_pack import EvidenceFacts
from guideit.deid.policy import load_policy
from guideit.quality.certificate import CHECKS
from guideit.trial.deidentification import DeidSettings, Option
from guideit.trial.release import Counts

_CHANGES = {
    "(0010,0010)": {"D e1.basic": 412},
    "(0008,103E)": {"C e1.clean-descriptors": 380, "C e1.clean-descriptors:known": 32},
    "(0008,0020)": {"C e1.retain-longitudinal-modified-dates": 412},
    "(0020,000D)": {"U e1.basic": 412},
    "(0008,1140)(0008,1155)": {"U e1.basic": 1236},
    "(0010,4000)": {"X e1.basic": 96},
    "(0008,0050)": {"Z e1.basic": 412},
}
_FINDINGS = [
    {"rule": "hold.encapsulated-document", "severity": "block", "decision": "open", "count": 7},
    {"rule": "text.detected", "severity": "block", "decision": "accept", "count": 12},
    {"rule": "protocol.missing-imaging", "severity": "warn", "decision": "open", "count": 3},
    {"rule": "verify.text-doubt", "severity": "warn", "decision": "open", "count": 1},
]
_PIXELS = {
    "series": 37,
    "looked": {"images": 58, "projections": 111},
    "readers": ["rapidocr 3.10.0"],
    "regions": {"text.detected": 61, "text.layout.us-region": 14},
    "instances": 52,
    "faces": {"none": 21, "face": 9, "defaced": 2},
}
_RISK: dict[str, Any] = {
    "access": "registered",
    "recipients": "researchers who signed, after a committee's decision",
    "threshold": 0.09,
    "reason": "default of the EMA",
    "participants": 64,
    "attacker": "prosecutor",
    "somebody_looks": [0.02, 0.1],
    "highest": [0.021, 0.083],
    "mean": [0.004, 0.012],
    "above_threshold": 0.0,
    "holds": True,
    "assumptions": ["the attacker does not know who took part", "recipients keep to their terms"],
    "tables": {"known_columns": ["sex", "age"], "smallest_class": 12, "journalist": None},
}
_PLANTING: dict[str, Any] = {
    "passed": True,
    "removal": 1.0,
    "overall": 0.9994,
    "required": {"removal": 1.0, "overall": 0.999},
    "best_published_midi_b": 0.9993,
    "kinds": {"text_removed": {"says": "a planted text is gone", "passed": 612, "failed": 0, "held_back": 18}},
    "curve": {"planted": 1204, "leaked": 0, "leak": 0.0, "useful": 880, "kept": 871, "retained": 0.99},
}


def evidence_facts(**changes: Any) -> EvidenceFacts:
    """A whole set of facts, some of them replaced."""
    options = DeidSettings().options | {Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES}
    checks = [{"check": n, "proves": says, "outcome": "passed", "examined": 412} for n, (says, _) in CHECKS.items()]
    facts = EvidenceFacts(
        release="demo/1.0",
        title="Short or long course: a demonstration trial",
        date="2026-11-25",
        tool="guideit 0.2.0",
        counts=Counts(participants=64, studies=171, series=412, instances=30_518, tables=3),
        policy=policy_evidence(load_policy(DeidSettings(options=options))),
        deidentification={"attributes": _CHANGES, "tables": {"dm": {"birth_date": {"removed": 64}}}},
        findings={"findings": _FINDINGS},
        left_out={"hold.encapsulated-document": 7, "hold.waveform-annotation": 2},
        pixels=_PIXELS,
        risk=_RISK,
        planting=_PLANTING,
        verifier={
            "passed": True,
            "private_side": True,
            "readers": ["tesseract 5.3.0 (eng)"],
            "checks": checks,
            "findings": [{"rule": "verify.text-doubt", "severity": "warn", "place": "A/1/2", "says": "", "do": ""}],
        },
    )
    return replace(facts, **changes)
