"""`guideit risk`: what it prints, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guideit.actions.check import check
from guideit.actions.deidentify import deidentify
from guideit.cli.app import app
from guideit.testing.desk import TRIAL, instance, now, open_desk


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """One made-up person, for whom the trial states no threshold of its own."""
    with open_desk(tmp_path, trial=TRIAL.partition("[risk]")[0]) as desk:
        desk.put(one=instance(1, PatientAge="061Y"))
        desk.submit()
        deidentify(desk.archive, "small", by="steward", now=now)
        check(desk.archive, "small", by="steward", now=now)
    return tmp_path / "archive"


def test_above_the_threshold_is_exit_1(archive: Path) -> None:
    """One participant is alone, whatever is done."""
    done = CliRunner().invoke(app, ["risk", "small", "--archive", str(archive), "--json"])
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["holds"], said["access"], said["threshold"]) == (False, "controlled", 0.09)
    assert said["highest"] == [0.1, 0.3]
    assert said["by_participant"][0]["pseudonym"].startswith("SMALL-")
    assert [remedy["says"] for remedy in said["remedies"]] == ["release as enclave"]


def test_people_read_numbers_assumptions_and_remedies(archive: Path) -> None:
    done = CliRunner().invoke(app, ["risk", "small", "--archive", str(archive)])
    assert "0.1 to 0.3" in done.stdout
    assert "Both are assumed, not measured." in done.stdout
    assert "release as enclave" in done.stdout
    assert "Weberknecht" not in done.stdout
