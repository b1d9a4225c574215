"""The score of a proof: how much of what was asked for happened, what did not, and the policy's place on the curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from guideit.quality.planting.answers import KIND_WORDS, REMOVAL, TEN, Kind
from guideit.quality.planting.scoring import Result, useful

NEEDED_OVERALL = 0.999
"""Of all that was asked for, this much must have happened; of what is identifying, everything."""
BEST_PUBLISHED = 0.9993
"""The best score of the MIDI-B challenge (Pei et al. 2025, arXiv:2507.23608), on its own data and answer key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KindScore:
    """One kind of check: how often it passed and failed, and how often it could not be asked.

    `held_back`: the file stayed back; hidden by absence is no success and no failure.
    """

    passed: int = 0
    failed: int = 0
    held_back: int = 0

    @property
    def total(self) -> int:
        """How often it was asked."""
        return self.passed + self.failed


@dataclass(frozen=True, kw_only=True, slots=True)
class FileCounts:
    """What became of the planted files.

    `released` by the policy alone; `reviewed`: held back, and let pass as a reviewer might, to see their headers
    cleaned; `held_back` for good; `lost` without a finding; `unplantable`: files of the sample that could not be
    written again.
    """

    planted: int = 0
    released: int = 0
    reviewed: int = 0
    held_back: int = 0
    lost: int = 0
    unplantable: int = 0

    @property
    def seen(self) -> int:
        """How many came out, to be looked at."""
        return self.released + self.reviewed


@dataclass(frozen=True, kw_only=True)
class ProofScore:
    """What planting proved of one policy.

    Attributes:
        trial, policy: Which. digest: SHA-256 of the compiled policy. tool: name and version.
        files: What became of the planted files.
        kinds: Counts by kind of check.
        failures: How often each failed, by kind and place; never a value.
        cleaned: Identifying places that were to be cleaned and were, and how many were to be; dates among them.
        planted, leaked: For the curve: identifiers, and those still there, promised or not.
        useful, kept: For the curve: useful values and pixels, and those there as they were.
        unlooked: Burned-in lines that the header does not tell of and this policy does not look for, and those of
            them that were released.
        searched: Bytes searched. countries: whose people were made up.
        verifier: Rules by which the ordinary check found something, with counts.
    """

    trial: str
    policy: str
    digest: str
    tool: str
    files: FileCounts
    kinds: Mapping[Kind, KindScore]
    failures: Mapping[tuple[Kind, str], int] = field(default_factory=dict)
    planted: int = 0
    leaked: int = 0
    useful: int = 0
    kept: int = 0
    cleaned: tuple[int, int] = (0, 0)
    unlooked: tuple[int, int] = (0, 0)
    searched: int = 0
    countries: tuple[str, ...] = ()
    verifier: Mapping[str, int] = field(default_factory=dict)

    @property
    def removal(self) -> float | None:
        """Share of identifying places that were cleaned; None where nothing was asked."""
        return self.cleaned[0] / self.cleaned[1] if self.cleaned[1] else None

    @property
    def overall(self) -> float | None:
        """Share of all that was asked for."""
        return _share(self.kinds.values())

    @property
    def ten(self) -> float | None:
        """Share over the ten kinds of MIDI-B alone."""
        return _share(self.kinds[kind] for kind in TEN if kind in self.kinds)

    @property
    def leak(self) -> float:
        """Share of planted identifiers that came through."""
        return self.leaked / max(self.planted, 1)

    @property
    def retained(self) -> float:
        """Share of useful values and pixels that came through as they were."""
        return self.kept / max(self.useful, 1)

    @property
    def passed(self) -> bool:
        """All that is identifying gone, and at least 99.9 % of everything asked for; nothing asked is no pass."""
        if self.removal is None or self.overall is None or self.files.lost or not self.files.seen:
            return False
        return self.removal == 1.0 and self.overall >= NEEDED_OVERALL


def _share(scores: Iterable[KindScore]) -> float | None:
    counted = list(scores)
    total = sum(score.total for score in counted)
    return sum(score.passed for score in counted) / total if total else None


def kind_scores(results: Sequence[Result]) -> dict[Kind, KindScore]:
    """Counts by kind, in the order of `Kind`."""
    passed, failed, held = (Counter[Kind]() for _ in range(3))
    for result in results:
        if result.promised:
            (passed if result.passed else failed)[result.kind] += 1
        elif result.held:
            held[result.kind] += 1
    return {
        kind: KindScore(passed=passed[kind], failed=failed[kind], held_back=held[kind])
        for kind in Kind
        if passed[kind] + failed[kind] + held[kind]
    }


def scored(results: Sequence[Result], **more: Any) -> ProofScore:
    """The score of a run from its results; `more` are the other fields of `ProofScore`."""
    silent = [r for r in results if r.kind is Kind.PIXELS_HIDDEN and not r.promised and not r.held]
    secrets = [r for r in results if r.kind in REMOVAL or r.kind is Kind.DATE_SHIFTED]
    asked = [r for r in secrets if r.promised]
    kept = [r for r in results if useful(r)]
    return ProofScore(
        kinds=kind_scores(results),
        failures=dict(Counter((r.kind, r.place) for r in results if r.promised and not r.passed)),
        cleaned=(sum(not r.leak for r in asked), len(asked)),
        planted=len(secrets),
        leaked=sum(r.leak and not r.held for r in secrets),
        useful=len(kept),
        kept=sum(r.passed and not r.held for r in kept),
        unlooked=(len(silent), sum(r.leak for r in silent)),
        **more,
    )


def proof_evidence(score: ProofScore) -> dict[str, Any]:
    """The score as JSON for the evidence of a release: counts, rules and places, never a value."""
    return {
        "policy": score.policy,
        "policy_digest": score.digest,
        "tool": score.tool,
        "trial": score.trial,
        "passed": score.passed,
        "removal": score.removal,
        "identifying": {"cleaned": score.cleaned[0], "asked": score.cleaned[1]},
        "overall": score.overall,
        "ten_kinds": score.ten,
        "required": {"removal": 1.0, "overall": NEEDED_OVERALL},
        "best_published_midi_b": BEST_PUBLISHED,
        "countries": list(score.countries),
        "files": asdict(score.files),
        "bytes_searched": score.searched,
        "kinds": {kind.value: _kind(kind, counts) for kind, counts in score.kinds.items()},
        "failures": [
            {"kind": kind.value, "place": place, "count": count}
            for (kind, place), count in sorted(score.failures.items())
        ],
        "verifier": dict(sorted(score.verifier.items())),
        "not_looked_for": {"burned_in_lines": score.unlooked[0], "released": score.unlooked[1]},
        "curve": {
            "planted": score.planted,
            "leaked": score.leaked,
            "leak": score.leak,
            "useful": score.useful,
            "kept": score.kept,
            "retained": score.retained,
        },
    }


def _kind(kind: Kind, counts: KindScore) -> dict[str, Any]:
    return {
        "says": KIND_WORDS[kind],
        "passed": counts.passed,
        "failed": counts.failed,
        "held_back": counts.held_back,
        "total": counts.total,
        "midi_b": kind in TEN,
        "removal": kind in REMOVAL,
    }
