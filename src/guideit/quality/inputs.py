"""What the verifier is given. Plain values: where they come from is the caller's business."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from guideit.trial.finding import Finding, Severity


@dataclass(frozen=True, kw_only=True)
class Person:
    """A participant as the private side knows one.

    Attributes:
        pseudonym: The released name.
        shift_days: Days that were added to every date.
        identifiers: `(kind, text)` of everything known that names them.
    """

    pseudonym: str
    shift_days: int
    identifiers: frozenset[tuple[str, str]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PolicyClaim:
    """What a release says its policy is (`evidence/policy.json`).

    Attributes:
        digest: SHA-256 of the compiled policy.
        options: Options of PS3.15 in force. dates: `shift`, `keep` or `remove`.
        overrides: Targets of the trial's exceptions, as it wrote them.
        decisions: Action code and rule by tag (`00100010`) or private element (`0019xx0C CREATOR`).
        oldest_age: Ages above, in years, may not stand; None for any.
    """

    digest: str
    options: frozenset[str]
    dates: str
    overrides: tuple[str, ...]
    decisions: Mapping[str, tuple[str, str]] = field(repr=False)
    oldest_age: int | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> PolicyClaim:
        """From the parsed JSON.

        Raises:
            KeyError: It is none.
        """
        settings = body["settings"]
        return cls(
            digest=body["digest"],
            options=frozenset(settings["options"]),
            dates=settings["dates"],
            overrides=tuple(item["target"] for item in settings["overrides"]),
            decisions={row["tag"]: (row["action"], row["rule"]) for row in body["decisions"]},
            oldest_age=settings.get("oldest_age"),
        )


@dataclass(frozen=True, kw_only=True)
class SeriesTask:
    """One series pack to be read again.

    Attributes:
        number: The task's number.
        place: `participant/study/series` as released.
        pack: The pack's file.
        claim: The policy in force.
        person: Whose it is, given the private side.
        sources: Source file by released SOP Instance UID, given the private side.
        others: `(kind, text)` of everything known of any participant, given the private side.
        again: Whether its files are to be read. If not, only the pack's digest is taken anew, for whom holds a
            verdict on those bytes.
        treated: What the cleaning says it did to pixels, given the private side; None where it did nothing.
        read_text: Whether released pixels are read for text; None as the policy says (`clean-pixel-data`).
    """

    number: int
    place: str
    pack: Path
    claim: PolicyClaim
    person: Person | None = None
    sources: Mapping[str, Path] = field(default_factory=dict, repr=False)
    others: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    again: bool = True
    treated: Path | None = None
    read_text: bool | None = None

    @property
    def reads_text(self) -> bool:
        """Whether released pixels are to be read for text."""
        return "clean-pixel-data" in self.claim.options if self.read_text is None else self.read_text


@lru_cache(maxsize=1024)
def _shared(*columns: tuple[str, str]) -> Mapping[str, str]:
    """One mapping for all files that say the same: a release has as many as files."""
    return dict(columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """One released file: its `participant/study/series`, where its bytes lie in the pack, and index columns."""

    place: str
    offset: int
    length: int
    header: Mapping[str, str]


class Received(StrEnum):
    """What became of a received instance: in the release, held back by a finding, submitted later; or none of it."""

    RELEASED = "released"
    HELD = "held"
    LATER = "later"
    LOST = "lost"


_SETS = ("references", "instances", "loose", "readers")


@dataclass(kw_only=True)
class Verdict:
    """What reading gave: how much was examined by each check, and what was found.

    Attributes:
        uids: Released UID by source UID, as both files say.
        references: Released UIDs of instances that this series refers to.
        instances: Released SOP Instance UIDs.
        loose: Released UIDs that stand where the source has another number of UIDs.
        files: Where each instance lies, by released SOP Instance UID.
        pack: Size in bytes and SHA-256 of the pack that was read.
        readers: What read released pixels for text.
    """

    number: int = 0
    examined: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    uids: dict[str, str] = field(default_factory=dict, repr=False)
    references: set[str] = field(default_factory=set, repr=False)
    instances: set[str] = field(default_factory=set, repr=False)
    loose: set[str] = field(default_factory=set, repr=False)
    files: dict[str, Located] = field(default_factory=dict, repr=False)
    pack: tuple[int, str] = (0, "")
    readers: set[str] = field(default_factory=set)

    @property
    def failed(self) -> bool:
        """Whether anything found makes what was read unproved; warnings and notes do not."""
        return any(finding.severity is Severity.BLOCK for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """What stands in it but its number, as JSON values."""
        return {
            "examined": self.examined,
            "findings": [asdict(finding) for finding in self.findings],
            "uids": self.uids,
            **{name: sorted(getattr(self, name)) for name in _SETS},
            "files": {uid: [f.place, f.offset, f.length, dict(f.header)] for uid, f in self.files.items()},
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any], number: int) -> Verdict:
        """Back from `as_json`.

        Raises:
            KeyError, TypeError, ValueError: It is none.
        """
        files = {
            uid: Located(place=sys.intern(place), offset=offset, length=length, header=_shared(*header.items()))
            for uid, (place, offset, length, header) in body["files"].items()
        }
        findings = [Finding(**{**f, "severity": Severity(f["severity"])}) for f in body["findings"]]
        verdict = cls(number=number, examined=dict(body["examined"]), uids=dict(body["uids"]), files=files)
        verdict.findings.extend(findings)
        for name in _SETS:
            getattr(verdict, name).update(body[name])
        return verdict

    def count(self, check: str, number: int = 1) -> None:
        """`number` more things were examined by `check`."""
        self.examined[check] = self.examined.get(check, 0) + number

    def fail(self, rule: str, place: str, says: str, do: str = "") -> None:
        """Something is not as it must be; each rule and place once."""
        self._add(Finding(rule=f"verify.{rule}", severity=Severity.BLOCK, place=place, says=says, do=do))

    def warn(self, rule: str, place: str, says: str) -> None:
        """Something that a person should know and that does not make the release unproved."""
        self._add(Finding(rule=f"verify.{rule}", severity=Severity.WARN, place=place, says=says))

    def _add(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)
