"""Making an archive can be killed at any moment too: the same line goes on, `init` and `share` alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from guideit.testing.example import ExampleTrial, make_example

BEGUN = ("private", "private/keys", "shared/shelf")
"""What lies there when the making was killed before its end."""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ExampleTrial:
    return make_example(tmp_path_factory.mktemp("example") / "trial", participants=3, scale=0.125)


def _type(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "guideit", *map(str, words), "--json"]
    environment = os.environ | {"GUIDEIT_WORKERS": "1"}
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("begun", BEGUN)
def test_init_goes_on(tmp_path: Path, begun: str) -> None:
    (tmp_path / "archive" / begun).mkdir(parents=True)
    assert _type(tmp_path, "init", "archive").returncode == 0
    assert _type(tmp_path, "trial", "show", "--archive", "archive").returncode == 0
    assert not list((tmp_path / "archive").rglob("*.new"))
    assert (tmp_path / "archive" / "private").stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_share_goes_on(tmp_path: Path, example: ExampleTrial) -> None:
    """Its line names an archive that is half made; the release comes all the same."""
    (tmp_path / "archive" / "private" / "quarantine").mkdir(parents=True)
    (tmp_path / "archive" / "private" / "guideit.toml.new").write_text("[wor", "utf-8")
    done = _type(tmp_path, "share", example.trial, *example.sources, "--release", "1.0", "--archive", "archive")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["certificate"]["passed"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, example: ExampleTrial) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "thesis.txt").write_text("years of work", "utf-8")
    done = _type(tmp_path, "share", example.trial, *example.sources, "--release", "1.0", "--archive", "archive")
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "archive").iterdir()] == ["thesis.txt"]
