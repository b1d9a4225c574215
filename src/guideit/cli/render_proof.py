"""A proof by planting as a data protection officer reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from guideit.actions.prove import Proved
from guideit.quality.planting.answers import KIND_WORDS, TEN
from guideit.quality.planting.score import BEST_PUBLISHED, NEEDED_OVERALL, ProofScore

_SHOWN = 12
"""Failures named; `--json` names all."""


def proof_page(done: Proved) -> Iterator[Table | str]:
    """The trial's own policy in full, then all policies beside each other."""
    own = done.own
    yield _sample(own, done.series, done.of_series)
    yield _kinds(own)
    yield _sums(own)
    if own.failures:
        yield _failures(own)
    yield from _notes(own)
    if len(done.scores) > 1:
        yield _policies(done.scores)
        yield (
            "All policies are asked for everything here, promised or not: leaked is also what a policy keeps on "
            "purpose, and text drawn into pixels where it does not look at them.\n"
        )
    for name, line in done.not_run.items():
        yield f"Not run: {name}, for a detector it asks for is not installed: {line}\n"
    yield _verdict(own)


def _sample(own: ProofScore, series: int, of_series: int) -> str:
    files = own.files
    return (
        f"Identifiers of made-up people ({', '.join(own.countries)}) were planted into a copy of {series} of the "
        f"{of_series} series, in {files.planted} files, and the trial's own policy was run on them.\n"
        f"Released: {files.released}; held back: {files.held_back}; held back, and cleaned all the same to see whether "
        f"they would have been clean: {files.reviewed}; lost: {files.lost}; not planted in: {files.unplantable}.\n"
    )


def _kinds(own: ProofScore) -> Table:
    table = Table("what was asked", "asked", "failed", "held back", title="What became of it", title_justify="left")
    for kind, counts in own.kinds.items():
        words = KIND_WORDS[kind] + ("" if kind in TEN else " *")
        table.add_row(words, f"{counts.total:,}", f"{counts.failed:,}", f"{counts.held_back:,}")
    return table


def _sums(own: ProofScore) -> str:
    return (
        "* not asked by the MIDI-B benchmark\n\n"
        f"Identifying things gone:      {_percent(own.removal)}   (required: 100 %)\n"
        f"All that was asked:           {_percent(own.overall)}   (required: {NEEDED_OVERALL:.1%})\n"
        f"The ten kinds of MIDI-B only: {_percent(own.ten)}   "
        f"(best published: {BEST_PUBLISHED:.2%}, on other data and other rules)\n"
        f"Bytes searched for every planted text: {own.searched:,}\n"
    )


def _percent(share: float | None) -> str:
    """Rounded down: 100 % is said of everything only."""
    return "nothing was asked" if share is None else f"{int(share * 1e6) / 1e4:.4f} %"


def _failures(own: ProofScore) -> Table:
    table = Table("what failed", "where", "how often", title="Failures", title_justify="left")
    ordered = sorted(own.failures.items(), key=lambda item: (-item[1], item[0]))
    for (kind, place), count in ordered[:_SHOWN]:
        table.add_row(KIND_WORDS[kind], place, f"{count:,}")
    if len(ordered) > _SHOWN:
        table.add_row(f"and {len(ordered) - _SHOWN} more, see --json", "", "")
    return table


def _notes(own: ProofScore) -> Iterator[str]:
    planted, released = own.unlooked
    if planted:
        yield (
            f"Not looked for: {planted} lines of text were drawn into pixels without a word in the header. This policy "
            f"does not look at pixels (clean-pixel-data does); {released} of them were released.\n"
        )
    if own.verifier:
        found = ", ".join(f"{rule} ({count})" for rule, count in sorted(own.verifier.items()))
        yield f"The ordinary check stopped some of it: {found}. Counted here all the same as if it had been released.\n"


def _policies(scores: Sequence[ProofScore]) -> Table:
    table = Table(title="Leak and retention by policy", title_justify="left")
    for head in ("policy", "planted", "leaked", "of them drawn, not looked for", "useful", "retained", "share"):
        table.add_column(head, justify="left" if head == "policy" else "right")
    for s in scores:
        numbers = (f"{number:,}" for number in (s.planted, s.leaked, s.unlooked[1], s.useful, s.kept))
        table.add_row(s.policy, *numbers, f"{s.retained:.1%}")
    return table


def _verdict(own: ProofScore) -> str:
    if own.passed:
        but = " Text drawn into pixels came through: the policy does not look for it." if own.unlooked[1] else ""
        return f"Passed: all that the policy removes is gone, and what it keeps was kept.{but}"
    if not own.files.seen:
        return "Not passed: nothing was released, so nothing was proved."
    return "Not passed. Every failure is named above by rule and place."
