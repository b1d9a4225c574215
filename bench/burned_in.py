"""How much planted text is found, how often clean pictures are touched, and what looking costs.

python -m bench.burned_in [--cases 1000] [--data ../shared/data] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from time import process_time

import numpy as np

from guideit.deid.pixels.find_text import find_text
from guideit.deid.pixels.frames import Opener, PixelFile, open_pixels
from guideit.deid.pixels.judge import TextSettings
from guideit.deid.pixels.reader import open_reader
from guideit.testing.backgrounds import Pixels, generated
from guideit.testing.burned import pixel_file
from guideit.testing.burned_corpus import Score, measured


def table(scores: Sequence[Score]) -> str:
    """Found, flagged and falsely blanked, in series and in single pictures."""
    lines = ["| | cases | blanked | blanked or held for review | median CPU s |", "|---|---:|---:|---:|---:|"]
    for name, planted, series in (
        ("planted, series", True, True),
        ("planted, single pictures", True, False),
        ("clean, series", False, True),
        ("clean, single pictures", False, False),
    ):
        some = [s for s in scores if s.series == series and (s.case.planted is not None) == planted]
        if some:
            blanked = np.mean([s.caught if planted else s.blanked > 0 for s in some])
            flagged = np.mean([s.caught_or_held if planted else s.flagged > 0 for s in some])
            seconds = np.median([s.seconds for s in some])
            lines.append(f"| {name} | {len(some)} | {blanked:.1%} | {flagged:.1%} | {seconds:.2f} |")
    return "\n".join(lines)


def cost(slices: int = 300, rounds: int = 3) -> str:
    """CPU seconds of looking at one clean series of 512 x 512 slices, files read included; and at one slice."""
    made = dict(generated(np.random.default_rng(1), 24))["generated CT"]
    files = [written(frame) for frame in made]
    openers = [opened(files[i % len(files)]) for i in range(slices)]
    series, single = (min(_seconds(some) for _ in range(rounds)) for some in (openers, openers[:1]))
    return f"{slices} slices: {series:.2f} CPU s; one slice: {single:.2f} CPU s"


def written(frame: Pixels) -> bytes:
    """A DICOM file with one frame."""
    target = BytesIO()
    pixel_file(frame).dataset.save_as(target, enforce_file_format=False, little_endian=True, implicit_vr=False)
    return target.getvalue()


def opened(data: bytes) -> Opener:
    """Reads the file when its turn comes, as a series on a disk is read."""

    def opener() -> PixelFile:
        file = open_pixels(data)
        assert file is not None
        return file

    return opener


def _seconds(openers: list[Opener]) -> float:
    start = process_time()
    find_text(openers, TextSettings(), open_reader())
    return process_time() - start


def _said(one: Score) -> None:
    case = one.case
    wrong = not one.caught if case.planted else one.flagged > 0
    if wrong:
        shares = f"blanked {one.blanked:.2f}, flagged {one.flagged:.2f}, held {one.caught_or_held}"
        sys.stderr.write(f"{case.background}: {shares}, {case.style} {case.planted}\n")


def measured_lines(cases: int, data: Path) -> list[str]:
    """Lines of the page: few cases, for the bench is run often; the soak test has a thousand."""
    scores = measured(cases, data if data.is_dir() else None, seed=1)
    return [f"## Text in pixels: {cases} planted lines", "", table(scores), "", cost()]


def main() -> None:
    """The whole measurement."""
    parser = argparse.ArgumentParser(prog="bench.burned_in", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    sys.stdout.write(cost() + "\n")
    sys.stdout.write(table(measured(wanted.cases, wanted.data, wanted.seed, _said)) + "\n")


if __name__ == "__main__":
    main()
