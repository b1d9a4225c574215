"""The command line: what it prints, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guideit.actions import clean_series
from guideit.cli.app import app
from guideit.deid.values import Values
from guideit.quality.planting.people import persona
from guideit.quality.planting.residue import of_people
from guideit.testing.desk import instance, open_desk

runner = CliRunner()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one series of one participant."""
    folder = tmp_path_factory.mktemp("command")
    with open_desk(folder) as desk:
        desk.put(a=instance(1), b=instance(2))
        desk.submit()
    return folder / "archive"


def _prove(root: Path, *words: object) -> Any:
    line = ["prove", "small", "--archive", str(root), *map(str, words)]
    return runner.invoke(app, line, env={"GUIDEIT_WORKERS": "1", "COLUMNS": "160"})


def test_a_data_protection_officer_can_read_it(root: Path, tmp_path: Path) -> None:
    """What was planted, what was asked, what failed, what was not looked for; and the curve beside it."""
    done = _prove(root, "--policy", "basic", "--plot", tmp_path / "curve.html")
    assert done.exit_code == 0, done.output
    for words in (
        "made-up people (DE, GB, FR)",
        "Identifying things gone",
        "100.0000 %",
        "Passed: all that the policy removes is gone",
    ):
        assert words in done.output
    page = (tmp_path / "curve.html").read_text("utf-8")
    assert page.count("<circle") == 2
    assert "own" in page and "basic" in page
    assert "src=" not in page and "href=" not in page
    told = done.output + page
    assert not [text for text in of_people([persona("DE", 1)]) if text in told]


def test_a_broken_cleaner_exits_with_1_and_is_named_by_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if texts that are to be cleaned were passed on as they are, and nothing were looked for in the end."""
    whole = Values.apply

    def passes_on(self: Values, decision: Any, tag: int, vr: str, value: bytes, encodings: tuple[str, ...]) -> Any:
        done = whole(self, decision, tag, vr, value, encodings)
        return done._replace(value=value) if tag == 0x0008103E else done  # Series Description

    monkeypatch.setattr(Values, "apply", passes_on)
    monkeypatch.setattr(clean_series, "_engine", clean_series._engine.__wrapped__)  # one from before is not broken
    monkeypatch.setattr("guideit.deid.known.KnownIdentifiers.residue", lambda self, data: False)
    done = _prove(root, "--policy", "own", "--json")
    assert done.exit_code == 1, done.output
    document = json.loads(done.stdout)
    own = document["scores"][0]
    assert document["passed"] is own["passed"] is False
    assert own["removal"] < 1
    places = {f["place"] for f in own["failures"] if f["kind"] == "text-removed"}
    assert places == {"(0008,103E)", "(0040,0275)(0008,103E)"}
    assert own["verifier"]


def test_a_policy_that_is_not_there_exits_with_2(root: Path) -> None:
    done = _prove(root, "--policy", "opne")
    assert getattr(done.exception, "exit_code", None) == 2
