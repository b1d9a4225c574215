"""The certificate: what was examined, what was proved, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from guideit.quality.inputs import Verdict
from guideit.quality.series import same_everywhere
from guideit.trial.finding import Finding, Severity
from guideit.trial.release import Release

CHECKS: Mapping[str, str] = {
    "seal": "every object is there and is what the seal says; nothing else is",
    "pack": "packs hold their files and not a byte more",
    "part10": "files begin as they must, with no foreign meta information",
    "read": "pydicom reads every file",
    "identity": "names of files and folders are the released UIDs and pseudonyms",
    "attestation": "what was done is said in each object",
    "conformance": "every attribute is as the policy and PS3.15 Table E.1-1 ask",
    "form": "every value has the form of its VR",
    "private": "private elements are listed ones",
    "uid": "UIDs are mapped, or the standard's own",
    "residue": "no known identifier, and nothing of an identifying form",
    "mapping": "UIDs are mapped one to one, each instance has its source",
    "interval": "dates are the source's, moved by one shift per participant",
    "needed": "what interpretation needs is what it was",
    "pixels": "pixels are what they were",
    "reference": "references between objects resolve",
    "complete": "each received instance is released or held back with a reason",
}
"""What each check proves."""
_PRIVATE = frozenset({"mapping", "interval", "needed", "pixels", "reference", "complete"})
"""Checks that need the private side."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The result of reading a release again.

    Attributes:
        release: Its id. root: its root digest.
        with_private: Whether the private side was there to compare with.
        examined: How many of what were examined.
        findings: What failed, and notes.
    """

    release: str
    root: str
    with_private: bool
    examined: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that make the release unproved."""
        return tuple(f for f in self.findings if f.severity is Severity.BLOCK)

    @property
    def passed(self) -> bool:
        """Whether everything was proved and something was examined."""
        return not self.failures and self.examined.get("objects", 0) > 0

    def checks(self) -> list[tuple[str, str, str]]:
        """Each check with what it proves and its outcome: `passed`, `failed`, or `not done`."""
        failed = {f.rule.removeprefix("verify.") for f in self.failures}
        return [
            (name, says, "failed" if name in failed else "passed" if self._done(name) else "not done")
            for name, says in CHECKS.items()
        ]

    def _done(self, name: str) -> bool:
        return self.with_private or name not in _PRIVATE

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "release": self.release,
            "root": self.root,
            "passed": self.passed,
            "private_side": self.with_private,
            "checks": [{"check": name, "proves": says, "outcome": outcome} for name, says, outcome in self.checks()],
            "examined": dict(self.examined),
            "findings": [asdict(finding) for finding in self.findings],
        }


def conclude(release: Release, verdicts: Iterable[Verdict], *, submitted: Mapping[str, bool] | None) -> Certificate:
    """Put what was found out about objects and series together.

    Args:
        release: What was read.
        verdicts: Of its objects and series.
        submitted: Whether each received instance, by released UID, is in the release; None without the
            private side. False: held back.
    """
    whole = Verdict()
    seen: dict[str, str] = {}
    owners: dict[str, str] = {}
    released: set[str] = set()
    references: set[str] = set()
    for verdict in verdicts:
        for name, count in verdict.examined.items():
            whole.count(name, count)
        whole.findings.extend(verdict.findings)
        released |= verdict.instances
        references |= verdict.references
        if not same_everywhere(verdict.uids, seen, owners):
            whole.fail("mapping", release.id, "a UID is mapped in two ways, or two UIDs to one")
    _numbers(release, released, whole)
    if submitted is not None:
        _references(released, references, submitted, whole)
        _complete(released, submitted, whole)
    return Certificate(
        release=release.id,
        root=release.root,
        with_private=submitted is not None,
        examined=dict(sorted(whole.examined.items())),
        findings=tuple(whole.findings),
    )


def _numbers(release: Release, released: set[str], whole: Verdict) -> None:
    if len(released) != release.counts.instances:
        whole.fail("seal", release.id, "the seal counts other instances than there are")


def _references(released: set[str], references: set[str], submitted: Mapping[str, bool], whole: Verdict) -> None:
    """A reference to something that was received must find it, unless it is held back."""
    for uid in sorted(references):
        whole.count("references")
        if uid in released or uid not in submitted:
            continue
        if submitted[uid]:
            whole.fail("reference", uid, "a reference to a released instance does not resolve")
        else:
            note = Finding(
                rule="verify.reference-held",
                severity=Severity.NOTE,
                place=uid,
                says="a reference to an instance that is held back",
            )
            whole.findings.append(note)


def _complete(released: set[str], submitted: Mapping[str, bool], whole: Verdict) -> None:
    for uid, there in sorted(submitted.items()):
        whole.count("received")
        if there and uid not in released:
            whole.fail("complete", uid, "a received instance is neither released nor held back")
