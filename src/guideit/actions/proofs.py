"""What the verifier found out about a cleaned series, kept beside it on the private side.

`share` checks every series and verifies the sealed release minutes later. A pack whose bytes are by their digest
those that were checked, with the same people, policy and tool, would give the same verdict: it is taken from here.
`guideit verify` reads everything anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.clean_series import PIXELS
from guideit.actions.private_facts import PrivateFacts
from guideit.quality.inputs import PolicyClaim, Verdict
from guideit.version import __version__


class Proofs:
    """Verdicts of one trial's cleaned series, each under a mark of everything it holds for."""

    def __init__(self, archive: Archive, facts: PrivateFacts, claim: PolicyClaim) -> None:
        self._archive, self._facts = archive, facts
        self._common = _digest([__version__, claim.digest, sorted(facts.everyone)])

    def mark(self, row: Mapping[str, Any]) -> str:
        """SHA-256 of what a verdict holds for: tool, policy, the pack's bytes, everything known of anybody."""
        person = self._facts.people[row["pseudonym"]]
        return _digest([self._common, row["sha256"], person.shift_days, sorted(person.identifiers), self._treated(row)])

    def _treated(self, row: Mapping[str, Any]) -> str:
        """Digest of what the cleaning says it did to pixels; empty where it did nothing."""
        path = self._archive.clean / f"{row['inputs']}{PIXELS}"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

    def keep(self, row: Mapping[str, Any], verdict: Verdict) -> None:
        """Write a verdict without findings; it is whole or not there."""
        target = self._archive.clean / f"{row['inputs']}.proof"
        half = self._archive.work / target.name
        half.write_text(json.dumps({"mark": self.mark(row), "verdict": verdict.as_json()}), "utf-8")
        half.replace(target)

    def kept(self, row: Mapping[str, Any]) -> Verdict | None:
        """The verdict on exactly this pack; None where it is for something else, is damaged or not there."""
        path = self._archive.clean / f"{row['inputs']}.proof"
        if not path.is_file():
            return None
        try:
            body = json.loads(path.read_text("utf-8"))
            return Verdict.from_json(body["verdict"], row["id"]) if body["mark"] == self.mark(row) else None
        except (ValueError, KeyError, TypeError):
            return None  # the series is then read again

    def is_kept(self, row: Mapping[str, Any]) -> bool:
        """Whether the series passed as it is now, by its row."""
        return bool(row["verified"]) and row["verified"] == self.mark(row)


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()
