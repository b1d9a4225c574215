"""Pull the plug whenever you like: the same line goes on, and ends with the same bytes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from guideit.testing.example import ExampleTrial, make_example
from guideit.testing.kills import KilledShare, contents


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ExampleTrial:
    return make_example(tmp_path_factory.mktemp("example") / "trial", participants=3, scale=0.125)


def test_five_kills_change_nothing(example: ExampleTrial, tmp_path: Path) -> None:
    """One archive is filled at a stretch; the other is killed five times on its way. Their releases are the same,
    file by file. `make soak` does it fifty times."""
    whole, killed = (
        KilledShare(example=example, folder=tmp_path / "a"),
        KilledShare(example=example, folder=tmp_path / "b"),
    )
    whole.declare()
    whole.finish()
    killed.declare()
    moments = random.Random(5)
    for _ in range(5):
        killed.kill_after(moments.uniform(0.3, whole.done_at[0]))
        killed.look()
    killed.finish()
    assert contents(killed.release) == contents(whole.release)
    assert not (killed.archive / "private" / "work").exists()
