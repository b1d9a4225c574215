"""Whole processes measured from outside: seconds, and the memory of the largest process."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Something to measure.

    Attributes:
        name: As in the table.
        version: Of the tool.
        command: From source and target folder.
        files: How many files it gets; slow peers get fewer, rates are per file.
        environment: Added to the process's.
    """

    name: str
    version: str
    command: Callable[[Path, Path], Sequence[str]]
    files: int
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Series:
    """Runs of one runner: seconds, and peak megabytes of one process."""

    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def rate(self, files: int) -> float:
        """Median files per second."""
        return files / statistics.median(self.seconds)


def once(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Run a command to its end.

    Raises:
        RuntimeError: It failed; a peer that fails has no rate.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | dict(environment)
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024
