"""Executors: in this process, and in others that may die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest

from guideit.compute.executors import open_executor, run
from guideit.errors import GuideitError
from guideit.testing.executor_contract import ExecutorContract, end_process


class TestInline(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        with open_executor(1) as executor:
            yield executor


class TestProcesses(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        with open_executor(2) as executor:
            yield executor

    def test_a_worker_that_dies_is_an_error_that_says_how_to_go_on(self, executor: Executor) -> None:
        with pytest.raises(GuideitError, match="worker process died"):
            list(run(executor, end_process, range(2), in_flight=2))


OWNER = """
import sys, time
from guideit.compute.executors import open_executor, run
import test_sleeper
with open_executor(2) as executor:
    list(run(executor, test_sleeper.sleep, [sys.argv[1] + "/a", sys.argv[1] + "/b"], in_flight=2))
"""
SLEEPER = """
import os, pathlib, time
def sleep(path):
    pathlib.Path(path).write_text(str(os.getpid()))
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_workers_end_with_their_owner_even_by_sigkill(tmp_path: Path) -> None:
    (tmp_path / "test_sleeper.py").write_text(SLEEPER)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], env=environment)
    pids = [int(_text_of(tmp_path / name)) for name in ("a", "b")]
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in pids if _runs(pid)]


def _text_of(path: Path) -> str:
    deadline = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, "the worker did not start"
        time.sleep(0.05)
    return path.read_text()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and ") Z " in state.read_text())
