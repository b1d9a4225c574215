"""Measure guideit beside its peers and print a table of ratios.

python -m bench [--files 2000] [--rounds 3] [--grow 20000] [--write]
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from bench import burned_in, corpus, faces, peers, redaction, risk, share
from bench.measure import Runner, Series, once

PAGE = Path("docs/benchmarks.md")
BYTES = 540_000
"""Of one slice, about."""


def interleaved(runners: list[Runner], work: Path, sources: dict[int, Path], rounds: int) -> dict[str, Series]:
    """Each runner in turn, round after round, so that a slow minute of the machine hits all."""
    measured = {runner.name: Series() for runner in runners}
    for turn in range(rounds + 1):
        for runner in runners:
            target = work / "out"
            shutil.rmtree(target, ignore_errors=True)
            seconds, megabytes = once(runner.command(sources[runner.files], target), runner.environment)
            if turn:  # the first round fills the page cache
                measured[runner.name].seconds.append(seconds)
                measured[runner.name].megabytes.append(megabytes)
            sys.stderr.write(f"{runner.name}: {runner.files / seconds:,.0f} files/s\n")
    shutil.rmtree(work / "out", ignore_errors=True)
    return measured


def table(runners: list[Runner], measured: dict[str, Series]) -> str:
    """Rates, and what share of guideit's and of cp's they are."""
    rates = {r.name: measured[r.name].rate(r.files) for r in runners}
    ours, copy = rates["guideit deid, 1 process"], rates["cp"]
    lines = ["| | version | files/s | of cp | guideit (1 process) is | peak MB |", "|---|---|---:|---:|---:|---:|"]
    for runner in runners:
        rate, memory = rates[runner.name], max(measured[runner.name].megabytes)
        shares = f"{rate / copy:.0%} | {ours / rate:.1f}x"
        lines.append(f"| {runner.name} | {runner.version} | {rate:,.0f} | {shares} | {memory:,.0f} |")
    return "\n".join(lines)


def machine() -> str:
    """The machine in a line."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return f"{model}, {os.cpu_count()} cores, {platform.platform()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []


def folders(files: int, rounds: int) -> list[str]:
    """Lines of the page on a folder in and a folder out."""
    few = min(files, 400)
    room = in_memory(3 * files * BYTES)
    with tempfile.TemporaryDirectory(dir=room) as folder:
        work = Path(folder)
        elements = corpus.make(work / "full", files)
        corpus.make(work / "few", few)
        runners, missing = peers.runners(files, few, work)
        measured = interleaved(runners, work, {few: work / "few", files: work / "full"}, rounds)
    return [
        f"## De-identify: {files:,} CT slices, 512 x 512, 16 bit, {elements} elements each",
        "",
        f"From and to {'a file system in memory, so that no disk is measured' if room else 'the disk'}.",
        "",
        table(runners, measured),
        "",
        "A peak as low as that of `cp` is the measuring process's own: what is below it is not seen.",
        "",
        *(f"Not measured: {line}" for line in missing),
    ]


def archives(files: int, rounds: int, grow: int) -> list[str]:
    """Lines of the page on the archive's way, on the disk: what it writes is durable."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        corpus.make(work / "full", files)
        lines = share.measured(work, work / "full", files, rounds)
        shutil.rmtree(work / "full")
        return [*lines, "", *share.grown(work, [1000, grow])]


def in_memory(size: int) -> Path | None:
    """A folder in memory with room for `size` bytes, where the system has one."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > size else None


def main() -> None:
    """The whole bench."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-share", action="store_true")
    parser.add_argument("--grow", type=int, default=5000, metavar="SLICES", help="largest share; 20000 needs 25 GB")
    parser.add_argument("--planted", type=int, default=50, help="lines of text planted into pixels")
    parser.add_argument("--write", action="store_true", help=f"write the result to {PAGE}")
    wanted = parser.parse_args()
    page = [
        "# Benchmarks",
        "",
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}, Python {platform.python_version()}; "
        f"`make bench`. Runs interleaved, medians of {wanted.rounds}.",
        "",
        *folders(wanted.files, wanted.rounds),
    ]
    if not wanted.skip_share:
        page += ["", *archives(wanted.files, wanted.rounds, wanted.grow)]
    page += ["", *risk.measured(), "", *redaction.measured()]
    if find_spec("rapidocr") is not None:
        page += ["", *burned_in.measured_lines(wanted.planted, Path("../shared/data"))]
    if find_spec("SimpleITK") is not None:
        page += ["", *faces.measured()]
    text = "\n".join(page) + "\n"
    sys.stdout.write(text)
    if wanted.write:
        PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
