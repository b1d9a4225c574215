"""The archive's way beside cp and sync: time, memory, and whether both grow in line."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree

from bench import corpus
from bench.measure import once

GUIDEIT = str(Path(sys.executable).parent / "guideit")
TRIAL = """[trial]
id = "bench"
title = "Bench"
licence = "CC0-1.0"
"""
STEPS = ("submit", "deidentify", "check", "release", "verify")
WORKERS = {"GUIDEIT_WORKERS": "2"}
Figures = tuple[float, float]
"""Seconds, and peak megabytes of one process."""


def measured(work: Path, source: Path, files: int, rounds: int) -> list[str]:
    """Lines of the page on the archive's way."""
    (work / "trial.toml").write_text(TRIAL, "utf-8")
    runs: dict[str, list[Figures]] = {name: [] for name in (_COPY, _WRITTEN, _SHARE, _REFERENCE)}
    steps: dict[str, list[Figures]] = {step: [] for step in STEPS}
    for _ in range(rounds):
        runs[_COPY].append(_copied(work, source))
        for step, figures in _stepwise(work, source).items():
            steps[step].append(figures)
        runs[_SHARE].append(_shared(work, source))
        runs[_REFERENCE].append(_shared(work, source, "--reference"))
    for turn in range(rounds):
        parts = [steps[step][turn] for step in ("submit", "deidentify", "release")]
        runs[_WRITTEN].append((sum(seconds for seconds, _ in parts), max(memory for _, memory in parts)))
    copy = statistics.median(seconds for seconds, _ in runs[_COPY])
    lines = [
        f"## The archive's way, two processes: {files:,} slices",
        "",
        "| | seconds | files/s | of cp + sync | peak MB of one process |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, taken in runs.items():
        median = statistics.median(second for second, _ in taken)
        lines.append(f"| {name} | {_row(median, files)} | {copy / median:.0%} | {_peak(taken):,.0f} |")
    return [*lines, "", *_each(steps, files)]


_COPY = "cp + sync"
_WRITTEN = "submit, deidentify, release: index, de-identify, hash, seal, durable"
_SHARE = "share: the same, every file read again by the verifier"
_REFERENCE = "share --reference: source bytes stay where they are"


def grown(work: Path, sizes: Sequence[int]) -> list[str]:
    """Lines on how time and memory grow with the number of slices."""
    lines = [
        "## Growth: share --reference, two processes",
        "",
        "| slices | seconds | ms each | peak MB of one process |",
        "|---:|---:|---:|---:|",
    ]
    for files in sizes:
        source = work / f"grown-{files}"
        corpus.make(source, files)
        seconds, memory = _shared(work, source, "--reference")
        rmtree(source)
        lines.append(f"| {files:,} | {seconds:.1f} | {1000 * seconds / files:.1f} | {memory:,.0f} |")
    return lines


def _row(seconds: float, files: int) -> str:
    return f"{seconds:.2f} | {files / seconds:,.0f}"


def _peak(figures: Sequence[Figures]) -> float:
    return max(memory for _, memory in figures)


def _each(steps: dict[str, list[Figures]], files: int) -> list[str]:
    lines = ["| step | seconds | files/s | peak MB of one process |", "|---|---:|---:|---:|"]
    for step, figures in steps.items():
        seconds = statistics.median(second for second, _ in figures)
        lines.append(f"| {step} | {_row(seconds, files)} | {_peak(figures):,.0f} |")
    return lines


def _copied(work: Path, source: Path) -> Figures:
    target = work / "copy"
    rmtree(target, ignore_errors=True)
    figures = once(["sh", "-c", f"cp -r {source} {target} && sync"], {})
    rmtree(target)
    return figures


def _shared(work: Path, source: Path, *options: str) -> Figures:
    archive = work / "archive"
    rmtree(archive, ignore_errors=True)
    line = ("share", str(work / "trial.toml"), str(source), "--release", "1.0", "--archive", str(archive))
    figures = _guideit(*line, *options)
    rmtree(archive)
    return figures


def _stepwise(work: Path, source: Path) -> dict[str, Figures]:
    archive = work / "archive"
    rmtree(archive, ignore_errors=True)
    _guideit("init", str(archive))
    _guideit("trial", "add", str(work / "trial.toml"), "--archive", str(archive))
    calls: dict[str, Sequence[str]] = {
        "submit": ("submit", "bench", str(source)),
        "deidentify": ("deidentify", "bench"),
        "check": ("check", "bench"),
        "release": ("release", "bench", "1.0"),
        "verify": ("verify", "bench/1.0"),
    }
    figures = {step: _guideit(*call, "--archive", str(archive)) for step, call in calls.items()}
    rmtree(archive)
    return figures


def _guideit(*arguments: str) -> Figures:
    return once([GUIDEIT, *arguments], WORKERS)
