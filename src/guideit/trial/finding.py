"""A finding: something a check or a detector reports. It never carries a data value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a finding acts on the release."""

    BLOCK = "block"
    """What it concerns may not be released until a person decides or the input changes."""
    WARN = "warn"
    """Released, and said in the evidence."""
    NOTE = "note"
    """Counted only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a check found, where, by which rule.

    Attributes:
        rule: Stable dotted id, `room.what` (`intake.truncated`, `hold.head-volume`, `verify.residue`).
        severity: Whether it blocks.
        place: Where: a pseudonym, released UID, tag path `(0008,1030)`, `table:column`, or, on the
            private side only, the submitted file's number `submission/0001#000042`. Never a value.
        says: One plain sentence, written by us, without a data value.
        do: What the steward can do about it.
    """

    rule: str
    severity: Severity
    place: str
    says: str
    do: str = ""
