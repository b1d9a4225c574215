"""How much planted text is found, how often clean pictures are touched, and what looking costs.

python -m bench.burned_in [--cases 1000] [--data ../shared/data] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np

from guideit.deid.pixels.find_text import find_text
from guideit.deid.pixels.judge import TextSettings
from guideit.deid.pixels.reader import open_reader
from guideit.testing.burned_corpus import COVERED, Score, backgrounds, clean, corpus, score

FRAMES = 24
"""Of a series."""


def measured(cases: int, data: Path | None, seed: int, say: Callable[[Score], None] = lambda _: None) -> list[Score]:
    """Scores of planted cases, two fifths of them series, and of every clean background."""
    rng = np.random.default_rng(seed)
    grounds = backgrounds(data, rng, FRAMES)
    series, single = corpus(grounds, rng, series=True), corpus(grounds, rng, series=False)
    look = partial(find_text, settings=TextSettings(), reader=open_reader())
    scores = []
    for case in chain(islice(series, cases * 2 // 5), islice(single, cases - cases * 2 // 5), clean(grounds)):
        scores.append(score(case, look))
        say(scores[-1])
    return scores


def table(scores: Sequence[Score]) -> str:
    """Found, flagged and falsely blanked, in series and in single pictures."""
    lines = ["| | cases | blanked | blanked or for review | median CPU s |", "|---|---:|---:|---:|---:|"]
    for name, planted, series in (
        ("planted, series", True, True),
        ("planted, single pictures", True, False),
        ("clean, series", False, True),
        ("clean, single pictures", False, False),
    ):
        some = [s for s in scores if s.series == series and (s.case.planted is not None) == planted]
        if some:
            blanked, flagged = (
                np.mean([v >= COVERED for v in vs]) for vs in ([s.blanked for s in some], [s.flagged for s in some])
            )
            seconds = np.median([s.seconds for s in some])
            lines.append(f"| {name} | {len(some)} | {blanked:.1%} | {flagged:.1%} | {seconds:.2f} |")
    return "\n".join(lines)


def _said(one: Score) -> None:
    wrong = one.blanked < COVERED if one.case.planted else one.flagged > 0
    if wrong:
        sys.stderr.write(
            f"{one.case.background}: blanked {one.blanked:.2f}, flagged {one.flagged:.2f}, {one.case.style} {one.case.planted}\n"
        )


def main() -> None:
    """The whole measurement."""
    parser = argparse.ArgumentParser(prog="bench.burned_in", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    sys.stdout.write(table(measured(wanted.cases, wanted.data, wanted.seed, _said)) + "\n")


if __name__ == "__main__":
    main()
