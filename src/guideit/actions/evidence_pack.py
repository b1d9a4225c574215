"""The evidence of a release as a data protection officer reads it: looked for, found, done, remaining, not looked for.

Pure: facts in, a JSON document and a page out; the page shows what the document says and nothing else. Neither
holds a private value, and no small number about people.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guideit.actions.evidence import as_json
from guideit.actions.evidence_gaps import not_looked_for
from guideit.actions.evidence_page import page
from guideit.actions.evidence_words import attribute_name, changed_how, option_words, rule_words
from guideit.disclosure import count, counts
from guideit.trial.release import Counts

FORMAT = "guideit.evidence/1"
Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class EvidenceFacts:
    """What the evidence is made from. Plain values, as the other evidence files hold them.

    Attributes:
        release: Its id `trial/version`. title, date, tool: as the seal says them.
        counts: What the release holds.
        policy: `policy_evidence`. deidentification: `deidentification_evidence`. findings: `findings_evidence`.
        left_out: Series left out by rule.
        pixels: `pixels_evidence`; None where nobody looked at pixels.
        risk: `risk_evidence`; None where risk was not assessed.
        planting: `proof_evidence`; None where nothing was planted.
        verifier: A certificate's document, before or after sealing; None where there is none yet.
    """

    release: str
    title: str
    date: str
    tool: str
    counts: Counts
    policy: Facts = field(repr=False)
    deidentification: Facts = field(repr=False)
    findings: Facts = field(repr=False)
    left_out: Mapping[str, int] = field(default_factory=dict)
    pixels: Facts | None = None
    risk: Facts | None = None
    planting: Facts | None = None
    verifier: Facts | None = None


def evidence_report(facts: EvidenceFacts) -> tuple[bytes, bytes]:
    """`evidence/report.html` and `evidence/report.json`; the same facts give the same bytes."""
    document = as_json(report(facts))
    return page(json.loads(document)).encode(), document


def report(facts: EvidenceFacts) -> dict[str, Any]:
    """The document: one member for each section of the page."""
    return {
        "format": FORMAT,
        "release": {
            "id": facts.release,
            "title": facts.title,
            "date": facts.date,
            "tool": facts.tool,
            "participants": count(facts.counts.participants),
            "studies": facts.counts.studies,
            "series": facts.counts.series,
            "instances": facts.counts.instances,
            "tables": facts.counts.tables,
        },
        "policy": _policy(facts.policy),
        "looked_for": _looked_for(facts),
        "found": _found(facts),
        "done": _done(facts),
        "remains": _remains(facts),
        "not_looked_for": not_looked_for(
            pixels=facts.pixels, risk=facts.risk, planting=facts.planting, verifier=facts.verifier
        ),
        "verified": _verified(facts.verifier),
    }


def _policy(policy: Facts) -> dict[str, Any]:
    settings = policy["settings"]
    return {
        "profile": policy["profile"],
        "digest": policy["digest"],
        "options": [{"option": option, "says": option_words(option)} for option in settings["options"]],
        "dates": {"shift": "moved, by one number of days for each participant", "keep": "left as they were"}.get(
            settings["dates"], "removed"
        ),
        "exceptions": [
            {"target": each["target"], "action": each["action"], "why": each["why"]} for each in settings["overrides"]
        ],
        "accepted": [{"rule": rule, "says": rule_words(rule)} for rule in settings.get("accept", ())],
    }


def _row(what: str, how: str, where: str, extent: str) -> dict[str, str]:
    return {"what": what, "how": how, "where": where, "extent": extent}


def _looked_for(facts: EvidenceFacts) -> list[dict[str, str]]:
    """What was looked for, how, where, and how much was looked at."""
    images = f"{facts.counts.instances:,} files"
    rows = [
        _row(
            "Attributes that identify",
            "each attribute decided by PS3.15 Table E.1-1 and its options; what nobody decided on is removed",
            "DICOM headers, nested items and private elements",
            f"{images}, {len(facts.policy['decisions']):,} rules",
        ),
        _row(
            "What is known to name a participant",
            "names, numbers and dates of each participant in their spellings",
            "texts of headers, structured reports and tables",
            f"{images}, {facts.counts.tables} tables",
        ),
        _row(
            "What has the form of an identifier",
            "telephone numbers, mail addresses, links, record numbers, names with titles",
            "texts that the policy cleans",
            f"{images}, {facts.counts.tables} tables",
        ),
    ]
    if facts.pixels:
        looked = facts.pixels.get("looked") or {}
        extent = ", ".join(f"{number:,} {kind}" for kind, number in looked.items()) or "nothing"
        readers = ", ".join(facts.pixels.get("readers") or ()) or "the detector of the pixels extra"
        rows.append(_row("Text burned into pixels", readers, "single images and projections of series", extent))
    if facts.pixels and facts.pixels.get("faces"):
        series = count(sum(facts.pixels["faces"].values()))
        how = "registration with a template of a head, outline of the skin"
        rows.append(_row("Faces", how, "CT, MR and PET series that may show a head", f"{series} series"))
    if facts.risk:
        how = "a stated attacker tries to tell one person from the others"
        rows.append(_row("People who stand out", how, "tables, headers and images together", _people(facts)))
    if facts.planting:
        files = facts.planting.get("curve", {}).get("planted", 0)
        how = "made-up identifiers planted into a copy of the data, then looked for in what the policy let through"
        rows.append(_row("Whatever the policy lets through", how, "headers, pixels, tables", f"{files:,} planted"))
    return rows


def _people(facts: EvidenceFacts) -> str:
    return f"participants: {count(facts.counts.participants)}"


def _found(facts: EvidenceFacts) -> dict[str, Any]:
    """Findings by rule; places stay on the private side."""
    findings = [
        {**row, "count": count(row["count"]), "says": rule_words(row["rule"])} for row in facts.findings["findings"]
    ]
    found: dict[str, Any] = {"findings": findings}
    if facts.pixels:
        found["text_in_pixels"] = facts.pixels.get("regions") or {}
        found["faces"] = counts(facts.pixels.get("faces") or {})
    return found


def _done(facts: EvidenceFacts) -> dict[str, Any]:
    """Attributes and columns by what was done to them, pixels, and what was left out."""
    attributes = [
        {"attribute": tag, "name": attribute_name(tag), "rule": rule, "done": changed_how(rule), "count": number}
        for tag, rules in facts.deidentification["attributes"].items()
        for rule, number in sorted(rules.items())
    ]
    by_done: Counter[str] = Counter()
    for row in attributes:
        by_done[row["done"]] += row["count"]
    done: dict[str, Any] = {
        "summary": dict(sorted(by_done.items())),
        "attributes": sorted(attributes, key=lambda row: (-row["count"], row["attribute"], row["rule"])),
        "tables": facts.deidentification["tables"],
        "left_out": [
            {"rule": rule, "says": rule_words(rule), "series": told}
            for rule, told in sorted(counts(facts.left_out).items())
        ],
    }
    if facts.pixels:
        done["pixels"] = {
            "series_looked_at": facts.pixels.get("series", 0),
            "files_changed": facts.pixels.get("instances", 0),
            "regions_blanked": sum((facts.pixels.get("regions") or {}).values()),
            "faces_removed": counts(facts.pixels.get("faces") or {}).get("face", 0),
        }
    return done


def _remains(facts: EvidenceFacts) -> dict[str, Any]:
    """What a recipient could still use: what the policy keeps, warnings, the risk, what planting let through."""
    warned = [
        {"rule": row["rule"], "says": rule_words(row["rule"]), "count": count(row["count"])}
        for row in facts.findings["findings"]
        if row["severity"] == "warn" or row["decision"] == "accept"
    ]
    kept = [option_words(o) for o in facts.policy["settings"]["options"] if o.startswith("retain-")]
    return {
        "kept_on_purpose": kept,
        "warnings": warned,
        "risk": facts.risk,
        "planting": _planting(facts.planting),
    }


def _planting(told: Facts | None) -> dict[str, Any] | None:
    if told is None:
        return None
    names = ["passed", "removal", "overall", "ten_kinds", "required", "best_published_midi_b", "kinds"]
    names += ["not_looked_for", "curve"]
    return {name: told[name] for name in names if name in told}


def _verified(told: Facts | None) -> dict[str, Any] | None:
    """The certificate's checks; findings by rule, without places."""
    if told is None:
        return None
    failed: Counter[tuple[str, str]] = Counter((f["rule"], str(f["severity"])) for f in told.get("findings", ()))
    checks: Sequence[Facts] = told["checks"]
    return {
        "passed": told["passed"],
        "private_side": told["private_side"],
        "readers": list(told.get("readers", ())),
        "checks": [dict(check) for check in checks],
        "findings": [
            {"rule": rule, "severity": severity, "says": rule_words(rule), "count": count(number)}
            for (rule, severity), number in sorted(failed.items())
        ],
    }
