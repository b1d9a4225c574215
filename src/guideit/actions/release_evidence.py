"""The evidence that goes into a release: what was looked for, found, done, and what remains. Never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.evidence import as_json, deidentification_evidence, findings_evidence, policy_evidence
from guideit.actions.evidence_pack import EvidenceFacts, evidence_report
from guideit.actions.kept_proof import kept_proof
from guideit.actions.pixel_facts import pixels_evidence
from guideit.actions.private_facts import PrivateFacts
from guideit.actions.proofs import Proofs
from guideit.deid.policy import Policy
from guideit.deid.sight import FACE, TEXT
from guideit.quality.certificate import conclude
from guideit.quality.inputs import PolicyClaim
from guideit.trial.release import Release


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a release's evidence is told from.

    Attributes:
        release: As it will be sealed, but for its objects.
        series, tables, findings: Rows of the private ledger.
        left_out: Rule by patient, series and instance.
        people: Everybody, for the verdicts of `check`.
        risk: The assessed risk's document.
    """

    release: Release
    policy: Policy
    series: Sequence[Mapping[str, Any]] = field(repr=False)
    tables: Sequence[Mapping[str, Any]] = field(repr=False)
    findings: Sequence[Mapping[str, Any]] = field(repr=False)
    left_out: Mapping[tuple[str, str, str], str] = field(repr=False)
    people: PrivateFacts = field(repr=False)
    risk: Mapping[str, Any] = field(repr=False)


def release_evidence(archive: Archive, told: Told) -> dict[str, bytes]:
    """Path in the release -> bytes."""
    policy = policy_evidence(told.policy)
    done = deidentification_evidence(told.series, told.tables)
    found = findings_evidence(told.findings)
    looked = {TEXT, FACE} & told.policy.settings.options
    pixels = pixels_evidence(archive, told.series) if looked else None
    proof = kept_proof(archive, told.release.trial)
    html, document = evidence_report(
        EvidenceFacts(
            release=told.release.id,
            title=told.release.title,
            date=told.release.date,
            tool=told.release.tool,
            counts=told.release.counts,
            policy=policy,
            deidentification=done,
            findings=found,
            left_out=_series_by_rule(told.left_out),
            pixels=pixels,
            risk=told.risk,
            planting=proof["own"] if proof else None,
            verifier=_checked(archive, told, PolicyClaim.read(policy)),
        )
    )
    parts: dict[str, Any] = {"policy": policy, "deidentification": done, "findings": found, "risk": told.risk}
    parts |= {"pixels": pixels} if pixels else {}
    parts |= {"proof": proof} if proof else {}
    written = {f"evidence/{name}.json": as_json(body) for name, body in parts.items()}
    return written | {"evidence/report.html": html, "evidence/report.json": document}


def _series_by_rule(left_out: Mapping[tuple[str, str, str], str]) -> dict[str, int]:
    """How many series each rule keeps out, or keeps instances of out."""
    series = {(patient, name, rule) for (patient, name, _), rule in left_out.items()}
    return dict(Counter(rule for *_, rule in series))


def _checked(archive: Archive, told: Told, claim: PolicyClaim) -> dict[str, Any]:
    """What `check` found of the series, put together; the sealed release is verified once it is sealed."""
    proofs = Proofs(archive, told.people, claim)
    verdicts = [verdict for row in told.series if (verdict := proofs.kept(row)) is not None]
    certificate = conclude(told.release, verdicts, submitted={}, claim=claim)
    return certificate.document() | {"passed": not certificate.failures and len(verdicts) == len(told.series)}
