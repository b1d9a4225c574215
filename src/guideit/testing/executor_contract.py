"""What every executor must hold to. Subclass it and give it one.

class TestMyExecutor(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Iterator[Executor]: ...
"""

from __future__ import annotations

import os
from concurrent.futures import Executor

import pytest

from guideit.compute.executors import run
from guideit.errors import NotUnderstood


def double(number: int) -> int:
    """A task."""
    return 2 * number


def refuse(number: int) -> int:
    """A task that refuses one input."""
    if number == 3:
        raise NotUnderstood("three is not understood", where="#3", why="odd", do="use four")
    return number


class ExecutorContract:
    """The contract of the seam in `guideit.compute.executors`."""

    def test_every_task_gives_its_result(self, executor: Executor) -> None:
        """None lost, none twice."""
        assert sorted(run(executor, double, range(50), in_flight=4)) == [2 * n for n in range(50)]

    def test_no_task_gives_no_result(self, executor: Executor) -> None:
        """An empty list of tasks ends at once."""
        assert list(run(executor, double, [], in_flight=4)) == []

    def test_tasks_are_drawn_as_they_are_needed(self, executor: Executor) -> None:
        """Never more than `in_flight` drawn ahead of the results taken."""
        drawn: list[int] = []

        def tasks() -> object:
            for number in range(30):
                drawn.append(number)
                yield number

        results = run(executor, double, tasks(), in_flight=3)  # type: ignore[arg-type]
        for taken, _ in enumerate(results, start=1):
            assert len(drawn) <= taken + 3

    def test_an_error_arrives_whole(self, executor: Executor) -> None:
        """With its where, why and do, across processes."""
        with pytest.raises(NotUnderstood) as caught:
            list(run(executor, refuse, range(6), in_flight=2))
        assert (caught.value.where, caught.value.why, caught.value.do) == ("#3", "odd", "use four")


def end_process(_: int) -> int:
    """A task that kills its worker."""
    os._exit(9)
