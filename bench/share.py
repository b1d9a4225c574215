"""The archive's way beside cp and sync: time, memory, and whether both grow in line."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree

from bench.measure import once

GUIDEIT = str(Path(sys.executable).parent / "guideit")
TRIAL = """[trial]
id = "bench"
title = "Bench"
licence = "CC0-1.0"
"""
STEPS = ("submit", "deidentify", "check", "release", "verify")
WORKERS = {"GUIDEIT_WORKERS": "2"}


def measured(work: Path, source: Path, files: int, rounds: int) -> list[str]:
    """Lines of the page on the archive's way."""
    (work / "trial.toml").write_text(TRIAL, "utf-8")
    copies: list[float] = []
    steps: dict[str, list[tuple[float, float]]] = {step: [] for step in STEPS}
    for _ in range(rounds):
        copies.append(_copied(work, source))
        for step, figures in _stepwise(work, source).items():
            steps[step].append(figures)
    copy = files / statistics.median(copies)
    lines = [
        f"## The archive's way, two processes: {files:,} slices",
        "",
        "| | seconds | files/s | of cp + sync | peak MB of one process |",
        "|---|---:|---:|---:|---:|",
        f"| cp + sync | {statistics.median(copies):.2f} | {copy:,.0f} | 100% | |",
    ]
    for name, parts in {
        "submit, deidentify, release (index, de-identify, hash, seal, durable)": ("submit", "deidentify", "release"),
        "the same with the verifier before sealing": ("submit", "deidentify", "check", "release"),
        "share: all of it, the sealed release verified again": STEPS,
    }.items():
        seconds = sum(statistics.median(figures[0] for figures in steps[part]) for part in parts)
        memory = max(figures[1] for part in parts for figures in steps[part])
        rate = files / seconds
        lines.append(f"| {name} | {seconds:.2f} | {rate:,.0f} | {rate / copy:.0%} | {memory:,.0f} |")
    return [*lines, "", *_each(steps, files)]


def _each(steps: dict[str, list[tuple[float, float]]], files: int) -> list[str]:
    lines = ["| step | seconds | files/s | peak MB of one process |", "|---|---:|---:|---:|"]
    for step, figures in steps.items():
        seconds = statistics.median(f[0] for f in figures)
        lines.append(f"| {step} | {seconds:.2f} | {files / seconds:,.0f} | {max(f[1] for f in figures):,.0f} |")
    return lines


def _copied(work: Path, source: Path) -> float:
    target = work / "copy"
    rmtree(target, ignore_errors=True)
    seconds, _ = once(["sh", "-c", f"cp -r {source} {target} && sync"], {})
    rmtree(target)
    return seconds


def _stepwise(work: Path, source: Path) -> dict[str, tuple[float, float]]:
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


def _guideit(*arguments: str) -> tuple[float, float]:
    return once([GUIDEIT, *arguments], WORKERS)
