"""The certificate: what was examined, what was proved, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from guideit.quality.claim import check_claim
from guideit.quality.index import ReleaseIndex, check_index
from guideit.quality.inputs import PolicyClaim, Received, Verdict
from guideit.quality.series import same_everywhere
from guideit.trial.finding import Finding, Severity
from guideit.trial.release import Release

CHECKS: Mapping[str, tuple[str, str]] = {
    "seal": ("every object is there and is what the seal says; nothing else is", "objects"),
    "policy": ("the stated policy is the sealed one and nowhere weaker than PS3.15 Table E.1-1", "decisions"),
    "pack": ("packs hold their files and not a byte more", "packs"),
    "part10": ("files begin as they must, with no foreign meta information", "files"),
    "read": ("pydicom reads every file", "instances"),
    "structure": ("no byte of a file stands outside its elements, none of which stands twice", "instances"),
    "identity": ("names of files and folders are the released UIDs and pseudonyms", "instances"),
    "attestation": ("what was done is said in each object, and is what the policy does", "attested"),
    "conformance": ("every attribute is as the policy and PS3.15 Table E.1-1 ask", "attributes"),
    "form": ("every value has the form of its VR", "attributes"),
    "private": ("private elements are listed ones", "attributes"),
    "uid": ("UIDs are mapped, or the standard's own", "attributes"),
    "residue": ("no known identifier, and nothing of an identifying form", "attributes"),
    "index": ("the index names the release's files and leads to them", "indexed"),
    "mapping": ("UIDs are mapped one to one, each instance has its source", "uids"),
    "interval": ("dates are the source's, moved by one shift per participant; times are the source's", "dates"),
    "origin": ("what is said is said in the source too, but for what is written on purpose", "compared"),
    "needed": ("what interpretation needs is what it was", "needed"),
    "pixels": ("pixels are what they were, but where they are said to be treated", "pixels"),
    "face": ("where a face is said to be removed, pixels are changed", "faces"),
    "pixels-text": ("a second reader sees nothing in pixels that names the participant", "images-read"),
    "reference": ("references between objects resolve", "references"),
    "complete": ("each received instance is released, held back by a finding, or came later", "received"),
}
"""What each check proves, and the name of the count of what it examined."""
_PRIVATE = frozenset({"mapping", "interval", "origin", "needed", "pixels", "face", "reference", "complete"})
"""Checks that need the private side."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The result of reading a release again.

    Attributes:
        release: Its id. root: its root digest.
        with_private: Whether the private side was there to compare with.
        examined: How many of what were examined.
        findings: What failed, and notes.
        readers: What read released pixels for text.
    """

    release: str
    root: str
    with_private: bool
    examined: Mapping[str, int]
    findings: tuple[Finding, ...]
    readers: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that make the release unproved."""
        return tuple(f for f in self.findings if f.severity is Severity.BLOCK)

    @property
    def passed(self) -> bool:
        """Whether everything was proved and something was examined."""
        return not self.failures and self.examined.get("objects", 0) > 0

    def checks(self) -> list[tuple[str, str, str]]:
        """Each check with what it proves and its outcome: `passed`, `failed`, `nothing to examine`, or `not done`."""
        return [(name, says, self._outcome(name, counted)) for name, (says, counted) in CHECKS.items()]

    def _outcome(self, name: str, counted: str) -> str:
        if any(f.rule == f"verify.{name}" for f in self.failures):
            return "failed"
        if name in _PRIVATE and not self.with_private:
            return "not done"
        if name in {"policy", "index", "pixels-text"} and not self.examined.get(counted):
            return "not done"
        return "passed" if self.examined.get(counted) else "nothing to examine"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "release": self.release,
            "root": self.root,
            "passed": self.passed,
            "private_side": self.with_private,
            "checks": [
                {"check": name, "proves": says, "outcome": outcome, "examined": self.examined.get(CHECKS[name][1], 0)}
                for name, says, outcome in self.checks()
            ],
            "examined": dict(self.examined),
            "readers": list(self.readers),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def text(self) -> str:
        """For people and files: one line per check, then what failed."""
        outcome = "PASSED" if self.passed else "FAILED"
        lines = [f"{outcome}  release {self.release}  root {self.root}", ""]
        for name, says, result in self.checks():
            lines.append(f"{result:<18} {name:<12} {self.examined.get(CHECKS[name][1], 0):>9}  {says}")
        if self.examined.get("needed"):
            share = 100 * self.examined.get("retained", 0) / self.examined["needed"]
            lines += ["", f"retained: {share:.2f} % of {self.examined['needed']} values that interpretation needs"]
        if self.readers:
            read, seen = (self.examined.get(name, 0) for name in ("images-read", "words-seen"))
            lines += ["", f"pixels read for text by {', '.join(self.readers)}: {read} images, {seen} words seen"]
        lines += [""] if self.findings else []
        lines += [f"{f.severity.value:<6} {f.rule}  {f.place}: {f.says}" for f in self.findings]
        return "\n".join(lines) + "\n"


@dataclass
class _Joined:
    """What the verdicts of all series say together."""

    whole: Verdict = field(default_factory=Verdict)
    seen: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def add(self, verdict: Verdict, release: str) -> None:
        whole = self.whole
        for name, count in verdict.examined.items():
            whole.count(name, count)
        whole.findings.extend(verdict.findings)
        if whole.instances & verdict.instances:
            whole.fail("seal", release, "an instance stands in two series")
        whole.instances |= verdict.instances
        whole.references |= verdict.references
        whole.loose |= verdict.loose
        whole.files |= verdict.files
        whole.readers |= verdict.readers
        if not same_everywhere(verdict.uids, self.seen, self.owners):
            whole.fail("mapping", release, "a UID is mapped in two ways, or two UIDs to one")


def conclude(
    release: Release,
    verdicts: Iterable[Verdict],
    *,
    submitted: Mapping[str, Received] | None,
    claim: PolicyClaim | None = None,
    index: ReleaseIndex | None = None,
) -> Certificate:
    """Put what was found out about objects and series together.

    Args:
        release: What was read.
        verdicts: Of its objects and series.
        submitted: What became of each received instance, by released UID; None without the private side.
        claim: The release's stated policy, to be judged by the standard's table.
        index: The release's index, to be compared with the files.
    """
    joined = _Joined()
    for verdict in verdicts:
        joined.add(verdict, release.id)
    whole = joined.whole
    if claim is not None:
        check_claim(claim, release.policy_digest, whole)
    if index is not None:
        check_index(index, whole.files, whole)
    if len(whole.instances) != release.counts.instances:
        whole.fail("seal", release.id, "the seal counts other instances than there are")
    if submitted is not None:
        _mapped(joined, release, submitted)
        _references(whole.instances, whole.references, submitted, whole)
        _complete(whole.instances, submitted, whole)
    return Certificate(
        release=release.id,
        root=release.root,
        with_private=submitted is not None,
        examined=dict(sorted(whole.examined.items())),
        readers=tuple(sorted(whole.readers)),
        findings=tuple(sorted(whole.findings, key=lambda f: (f.severity, f.rule, f.place, f.says))),
    )


def _mapped(joined: _Joined, release: Release, submitted: Mapping[str, Received]) -> None:
    """Each instance was compared with its source, and no released UID comes from nowhere."""
    whole = joined.whole
    if whole.examined.get("compared", 0) < len(whole.instances):
        whole.fail("mapping", release.id, "an instance was not compared with its source")
    if whole.loose - joined.owners.keys() - submitted.keys():
        whole.fail("mapping", release.id, "a released UID stems from no source UID")


def _references(released: set[str], references: set[str], submitted: Mapping[str, Received], whole: Verdict) -> None:
    """A reference to something that was received must find it, unless it is held back."""
    for uid in sorted(references):
        whole.count("references")
        if uid in released or uid not in submitted:
            continue
        if submitted[uid] is Received.RELEASED:
            whole.fail("reference", uid, "a reference to a released instance does not resolve")
        else:
            note = Finding(
                rule="verify.reference-held",
                severity=Severity.NOTE,
                place=uid,
                says="a reference to an instance that is held back",
            )
            whole.findings.append(note)


def _complete(released: set[str], submitted: Mapping[str, Received], whole: Verdict) -> None:
    for uid, became in sorted(submitted.items()):
        whole.count("received")
        if became is Received.LOST or (became is Received.RELEASED and uid not in released):
            whole.fail("complete", uid, "a received instance is neither released nor held back by a finding")
