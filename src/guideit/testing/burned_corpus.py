"""A corpus of planted and clean pictures and series, and the score of what was found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray

from guideit.deid.pixels.find_text import TextFound, find_text
from guideit.deid.pixels.frames import Opener
from guideit.deid.pixels.judge import TextSettings
from guideit.deid.pixels.reader import open_reader
from guideit.deid.pixels.regions import Box, Region
from guideit.testing.backgrounds import Pixels, bundled, generated, real_series
from guideit.testing.burned import Case, plant, styles

Look = Callable[[Sequence[Opener]], TextFound]
LEAST_SIDE = 64
"""Pixels; smaller pictures cannot hold a line."""
FRAMES = 24
"""Of a series."""
COVERED = 0.9
"""Share of a line's ink that must be blanked on every frame with the line."""
HELD = 0.5
"""Share of a line's ink under regions, blanked and for review, from which whoever decides sees the line."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """What came of one case.

    Attributes:
        case: The case, frames left out.
        series: Whether it is a series.
        blanked, flagged: Least share of the line's ink, over the frames with it, that is blanked, and blanked or
            doubtful; without a line 1 where anything was blanked, and where anything was flagged, else 0.
        doubt: Whether a region for review lies over the line, or without one anywhere: a person decides then.
        seconds: Of computation, one process.
    """

    case: Case
    series: bool
    blanked: float
    flagged: float
    doubt: bool
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether the line is blanked."""
        return self.blanked >= COVERED

    @property
    def caught_or_held(self) -> bool:
        """Whether the line is blanked, or waits for a person with a region over it."""
        return self.caught or (self.doubt and self.flagged >= HELD)


def backgrounds(data: Path | None, rng: np.random.Generator, frames: int) -> list[tuple[str, list[Pixels]]]:
    """Every picture and series that is wide enough to hold a line; real ones where `data` is a folder."""
    real = list(real_series(data, frames)) if data is not None and data.is_dir() else []
    made = [*generated(rng, frames), *((f"{name}, 256", f) for name, f in generated(rng, frames, 256))]
    return [(n, f) for n, f in [*real, *bundled(), *made] if min(f[0].shape[:2]) >= LEAST_SIDE]


def corpus(grounds: Sequence[tuple[str, list[Pixels]]], rng: np.random.Generator, series: bool) -> Iterator[Case]:
    """Planted cases without end: of a series, the line is on all frames, on a run of them, or on one."""
    lines = styles(rng)
    fit = [g for g in grounds if len(g[1]) > 4] if series else list(grounds)
    while True:
        name, frames = fit[int(rng.integers(len(fit)))]
        if not series:
            frames = [frames[int(rng.integers(len(frames)))]]
        where = _where(len(frames), rng)
        style = next(lines)
        if (planted := plant(frames, style, where, rng)) is not None:
            yield Case(background=name, style=style, frames=planted[0], planted=(planted[1], where), ink=planted[2])


def _where(frames: int, rng: np.random.Generator) -> range:
    kind = rng.random()
    if kind < 0.6 or frames == 1:
        return range(frames)
    length = 1 if kind < 0.8 else int(rng.integers(2, max(frames // 2, 3)))
    start = int(rng.integers(frames - length + 1))
    return range(start, start + length)


def clean(grounds: Sequence[tuple[str, list[Pixels]]], every: int = 5) -> Iterator[Case]:
    """Nothing planted: every series, and every few frames of it alone."""
    for name, frames in grounds:
        if len(frames) > 4:
            yield Case(background=name, style=None, frames=frames)
        yield from (Case(background=name, style=None, frames=[frame]) for frame in frames[::every])


def score(case: Case, look: Look) -> Score:
    """Look, and compare."""
    start = process_time()
    found = look(case.openers)
    seconds = process_time() - start
    flagged = (*found.regions, *found.doubtful)
    return Score(
        case=Case(background=case.background, style=case.style, frames=(), planted=case.planted),
        series=len(case.frames) > 1,
        blanked=_covered(case, found.regions) if case.planted else float(bool(found.regions)),
        flagged=_covered(case, flagged) if case.planted else float(bool(flagged)),
        doubt=_covered(case, found.doubtful) > 0 if case.planted else bool(found.doubtful),
        seconds=seconds,
    )


def _covered(case: Case, regions: Sequence[Region]) -> float:
    """Least share of the line's ink under the regions, over the frames with the line."""
    assert case.planted is not None
    box, where = case.planted
    ink = case.ink if case.ink is not None else np.ones((box.bottom - box.top, box.right - box.left), np.bool_)
    under = (_under(case.frames[i].shape[:2], box, [r for r in regions if r.instance in (None, i)])[ink] for i in where)
    return min(float(part.mean()) for part in under)


def _under(shape: tuple[int, ...], box: Box, regions: Sequence[Region]) -> NDArray[np.bool_]:
    """Of the pixels of a place, those in regions."""
    under = np.zeros(shape, np.bool_)
    for region in regions:
        under[region.box.top : region.box.bottom, region.box.left : region.box.right] = True
    return under[box.top : box.bottom, box.left : box.right]


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
