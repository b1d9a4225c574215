"""Evidence inside a release: what was done to each attribute, by which rule, what was found. Never a value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from guideit.deid.policy import Policy


def as_json(body: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted, indented, a newline at the end."""
    return (json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def policy_evidence(policy: Policy) -> dict[str, Any]:
    """The compiled policy: the settings it came from and its decision on every attribute."""
    settings = policy.settings
    return {
        "digest": policy.digest,
        "profile": "PS3.15 2026d Basic Application Level Confidentiality Profile",
        "settings": {
            "options": sorted(settings.options),
            "dates": policy.dates,
            "overrides": [{"target": o.target, "action": o.action, "why": o.why} for o in settings.overrides],
            "keep_words": sorted(settings.keep_words),
            "oldest_age": settings.oldest_age,
            "accept": sorted(settings.accept),
            "drop_modalities": sorted(settings.drop_modalities),
            "free_text": settings.free_text,
            "recogniser": settings.recogniser,
        },
        "decisions": policy.describe(),
    }


def deidentification_evidence(
    series: Iterable[Mapping[str, Any]], tables: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """How often each rule acted on each attribute, over the whole release."""
    attributes: dict[str, Counter[str]] = {}
    for row in series:
        for tag, rules in row["changes"].items():
            attributes.setdefault(tag, Counter()).update(rules)
    return {
        "attributes": {tag: dict(rules) for tag, rules in attributes.items()},
        "tables": {row["name"]: row["changes"] for row in tables},
    }


def findings_evidence(findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What was found and decided, counted by rule; places stay on the private side."""
    counted = Counter((row["rule"], row["severity"], row["decision"] or "open") for row in findings)
    rows = [{"rule": r, "severity": s, "decision": d, "count": n} for (r, s, d), n in sorted(counted.items())]
    return {"findings": rows}
