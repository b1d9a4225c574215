"""The last proof by planting of a trial, kept on the private side for the evidence of a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.evidence import as_json
from guideit.actions.trials import declared_trial
from guideit.deid.policy import load_policy
from guideit.version import __version__


def proof_path(archive: Archive, trial_id: str) -> Path:
    """Where the last proof of a trial is kept: `private/clean/proof-<trial>.json`."""
    return archive.clean / f"proof-{trial_id}.json"


def keep_proof(archive: Archive, trial_id: str, body: Mapping[str, Any]) -> None:
    """Keep a proof; it is whole or not there. `policy_digest` and `tool` say what it is of."""
    target = proof_path(archive, trial_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = archive.work / target.name
    half.write_bytes(as_json(body))
    half.replace(target)


def kept_proof(archive: Archive, trial_id: str) -> dict[str, Any] | None:
    """The last proof as evidence of a release: only of the policy and the guideit that are in force now."""
    path = proof_path(archive, trial_id)
    if not path.is_file():
        return None
    try:
        body: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError:
        return None  # damaged: there is no proof until the next one
    policy = load_policy(declared_trial(archive, trial_id).trial.deidentification)
    current = (policy.digest, f"guideit {__version__}")
    return body if (body.get("policy_digest"), body.get("tool")) == current else None
