"""What goes wrong is said with what to type; the exit code tells whose turn it is; no value is ever repeated."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from guideit.testing.example_toml import trial_toml

NAME = "Wohlgemuth"
"""A patient's name, planted where errors could pick it up."""


def _type(folder: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "guideit", *map(str, words)],
        cwd=folder, env=os.environ | {"GUIDEIT_WORKERS": "1"} | environment,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of one declared trial."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "trial.toml").write_text(trial_toml(), "utf-8")
    assert _type(folder, "init", "archive").returncode == 0
    assert _type(folder, "trial", "add", "trial.toml", "--archive", "archive").returncode == 0
    return folder


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("init archive", "already an archive"),
        ("trial show", "guideit init archive"),
        ("trial show --archive nowhere", "guideit init nowhere"),
        ("trial show other --archive archive", "known: example"),
        ("trial add nowhere.toml --archive archive", "cannot be read"),
        ("submit other . --archive archive", "guideit trial add trial.toml"),
        ("submit example nowhere --archive archive", "no such folder"),
        ("deidentify other --archive archive", "guideit trial add trial.toml"),
        ("check other --archive archive", "guideit trial add trial.toml"),
        ("review other --archive archive", "guideit trial add trial.toml"),
        ("review example --accept 7 --archive archive", '--reason "why"'),
        ("review example --accept 7 --reason x --archive archive", "guideit review TRIAL"),
        ("release other 1.0 --archive archive", "guideit trial add trial.toml"),
        ("release example 1/0 --archive archive", "--release 1.0"),
        ("release example 1.0 --date tomorrow --archive archive", "--date 2026-"),
        ("verify example/1.0 --archive archive", "on the shelf: none yet"),
        ("share nowhere.toml . --release 1.0 --archive archive", "cannot be read"),
        ("share trial.toml . --archive archive", "--release"),
        ("share", "guideit share --help"),
        ("trial draft --usdm nowhere.json", "cannot be read"),
        ("deid nowhere out", "no such folder"),
        ("deid . out", "folder beside it"),
        ("deid archive out --key nowhere", "cannot be read"),
        ("deid archive out --key trial.toml", "hex"),
        ("demo --to archive", "--to ANOTHER"),
        ("shre", "guideit --help"),
        ("review example --acept 7", "guideit review --help"),
    ],
)
def test_wrong_usage_is_exit_2_and_says_what_to_type(made: Path, line: str, says: str) -> None:
    """On standard error, without a traceback; nothing on standard output."""
    done = _type(made, *line.split(), COLUMNS="200")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "text",
    [
        f'[trial]\nid = "{NAME}"\n',
        f'[trial]\nid = "x"\nlicence = "{NAME}\n',
        f"{NAME} = 1\n",
    ],
    ids=["value", "torn", "key"],
)
def test_a_wrong_trial_toml_is_exit_2_and_names_the_line(made: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "t.toml").write_text(text, "utf-8")
    done = _type(made, "trial", "add", tmp_path / "t.toml", "--archive", "archive")
    assert done.returncode == 2
    assert "t.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_writer_is_exit_1_and_says_who_works(made: Path) -> None:
    from guideit.ledger.lock import archive_lock

    with archive_lock(made / "archive" / "private" / "lock"):
        done = _type(made, "check", "example", "--archive", "archive")
    assert done.returncode == 1
    assert f"process {os.getpid()}" in done.stderr


def test_a_fault_of_guideits_own_is_exit_3_and_keeps_values_to_itself(made: Path) -> None:
    """Here a record that guideit never writes; its text is in the fault's message, which is not shown."""
    with sqlite3.connect(made / "archive" / "private" / "private.db") as ledger:
        values = ("example", "copy", "open", f"{{{NAME}^Erna}}", "2026-01-02T00:00:00+00:00")
        ledger.execute("INSERT INTO submission (trial, mode, state, sources, begun_at) VALUES (?, ?, ?, ?, ?)", values)
    try:
        done = _type(made, "submit", "example", "trial.toml", "--archive", "archive")
    finally:
        with sqlite3.connect(made / "archive" / "private" / "private.db") as ledger:
            ledger.execute("DELETE FROM submission")
    assert done.returncode == 3
    assert "GUIDEIT_DEBUG=1" in done.stderr
    assert NAME not in done.stderr


@pytest.mark.parametrize("kind", ["damaged", "nested", "text"])
def test_what_is_said_of_a_bad_file_does_not_name_it(made: Path, tmp_path: Path, kind: str) -> None:
    """Hospitals name files and folders after patients: findings have numbers, the terminal has counts."""
    source = tmp_path / "export" / f"{NAME}, Erna"
    source.mkdir(parents=True)
    body = {"damaged": b"\0" * 128 + b"DICM\x08\x00", "nested": b"PK\x03\x04" + b"\0" * 40, "text": b"Erna"}[kind]
    (source / f"{NAME}.dcm").write_bytes(body)
    said = [_type(made, "submit", "example", tmp_path / "export", "--archive", "archive")]
    said.append(_type(made, "review", "example", "--archive", "archive"))
    said.append(_type(made, "review", "example", "--archive", "archive", "--json"))
    said.append(_type(made, "deid", tmp_path / "export", tmp_path / "out"))
    assert [done.returncode for done in said][:3] == [0, 0, 0]
    assert said[3].returncode in {0, 1}
    assert not [done.args[3] for done in said if NAME in done.stdout + done.stderr]


def test_a_file_where_a_folder_must_be_is_said_by_what_was_typed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for line in (("init", "file"), ("init", "file/archive")):
        done = _type(tmp_path, *line)
        assert done.returncode == 1
        assert done.stderr.startswith(f"guideit: {line[1]}: cannot be written or read")


def test_what_a_folder_held_back_is_said_by_rule_in_words(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.dcm").write_bytes(b"\0" * 128 + b"DICM\x08\x00")
    done = _type(tmp_path, "deid", "in", "out")
    assert done.returncode == 1
    assert "1  deid.not-understood: a file that could not be understood to its last byte" in done.stdout
    assert "--report FILE" in done.stdout
    assert "--report FILE" not in _type(tmp_path, "deid", "in", "again", "--report", "held.json").stdout
