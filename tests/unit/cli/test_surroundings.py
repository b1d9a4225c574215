"""guideit in poor surroundings: no home, no user name, nothing writable, few characters, a closed pipe."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from guideit.cli.session import Session


def _type(folder: Path, *words: object, env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    line = [sys.executable, "-m", "guideit", *map(str, words)]
    needed = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}  # Windows cannot without
    return subprocess.run(line, cwd=folder, env=needed | env, capture_output=True, check=False)


@pytest.mark.parametrize("env", [{}, {"HOME": ""}, {"HOME": "/nowhere"}], ids=["none", "empty", "nowhere"])
def test_no_home_is_needed(tmp_path: Path, env: dict[str, str]) -> None:
    assert _type(tmp_path, "init", "archive", env=env).returncode == 0
    shown = _type(tmp_path, "trial", "show", "--archive", "archive", "--json", env=env)
    assert json.loads(shown.stdout) == {"trials": [], "releases": []}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number; the audit log needs somebody."""
    if not hasattr(os, "getuid"):
        pytest.skip("users have names here")
    import pwd

    def nobody_knows(uid: int) -> None:
        raise KeyError(uid)

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody_knows)
    with pytest.raises((KeyError, OSError)):
        getpass.getuser()
    assert Session().by == f"uid-{os.getuid()}"
    assert Session(account="steward").by == "steward"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_any_character_set_will_do(tmp_path: Path, encoding: str) -> None:
    """What it does not have is written as an escape; JSON stays JSON."""
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for line in (["init", "Jürgen様"], ["--help"], ["share", "--help"]):
        assert _type(tmp_path, *line, env=env).returncode == 0
    assert _type(tmp_path, "init", "Jürgen様", env=env).returncode == 2
    made = _type(tmp_path, "init", "Käthe花", "--json", env=env)
    assert json.loads(made.stdout.decode(encoding)) == {"archive": "Käthe花"}


def test_a_c_locale_will_do(tmp_path: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert _type(tmp_path, "init", "archive", env=env).returncode == 0
    refused = _type(tmp_path, "init", "archive", env=env)
    assert (refused.returncode, b"already an archive" in refused.stderr) == (2, True)


def test_a_draft_is_utf_8_in_any_terminal(tmp_path: Path) -> None:
    """It is piped into trial.toml, which is read as UTF-8."""
    study = Path(__file__).parents[3] / ".." / "shared" / "standards" / "usdm" / "CDISC_Pilot_Study.json"
    if not study.is_file():
        pytest.skip("../shared/standards/usdm is not here")
    text = study.read_text("utf-8")
    (tmp_path / "study.json").write_text(text.replace("Xanomeline", "Xänomeline"), "utf-8")
    drafts = [
        _type(tmp_path, "trial", "draft", "--usdm", "study.json", env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
        for encoding in ("ascii", "utf-8")
    ]
    assert [draft.returncode for draft in drafts] == [0, 0]
    assert drafts[0].stdout == drafts[1].stdout
    assert "Xänomeline" in drafts[0].stdout.decode("utf-8")


@pytest.mark.parametrize("name", ["a[b]c", "[/x]", "[red]d", "-- e"])
def test_brackets_in_names_are_brackets(tmp_path: Path, name: str) -> None:
    """Not markup that colours, swallows or fails."""
    made = _type(tmp_path, "init", "--", name, env={})
    assert made.returncode == 0
    assert f"Made an archive in {name}." in made.stdout.decode()


@pytest.mark.parametrize("env", [{"TERM": "xterm-256color"}, {"TERM": "dumb"}, {}], ids=["xterm", "dumb", "none"])
def test_piped_output_has_no_escape_codes(tmp_path: Path, env: dict[str, str]) -> None:
    for line in (["--help"], ["share", "--help"], ["init", "a"], ["init", "a"], ["share"], ["trial", "show"]):
        done = _type(tmp_path, *line, env=env)
        assert b"\x1b" not in done.stdout + done.stderr


def test_a_reader_that_stops_reading_makes_no_noise(tmp_path: Path) -> None:
    """`guideit share --help | head -1`."""
    if os.name == "nt":
        pytest.skip("pipes are others here")
    script = f"'{sys.executable}' -m guideit share --help | true"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.fixture
def sealed_off(tmp_path: Path) -> Path:
    """A folder nobody writes to: the kernel's where we are root, whom permissions do not stop."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        if not Path("/sys/kernel").is_dir():
            pytest.skip("root may write everywhere here")
        return Path("/sys/kernel")
    folder = tmp_path / "sealed"
    folder.mkdir()
    folder.chmod(0o555)
    return folder


def test_a_folder_nobody_may_write_to_is_said(sealed_off: Path, tmp_path: Path) -> None:
    """Whether one stands in it or names it; no fault of guideit's, so exit 1."""
    (tmp_path / "source").mkdir()
    lines: list[list[object]] = [["init", "x"], ["demo"], ["deid", tmp_path / "source", "out"]]
    lines.append(["init", sealed_off / "x"])
    for line in lines:
        done = _type(sealed_off, *line, env={})
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"cannot be written or read" in done.stderr


def test_what_only_reads_works_where_nothing_can_be_written(sealed_off: Path, tmp_path: Path) -> None:
    """The archive lies elsewhere; standing in a folder one may not write to is no hindrance."""
    archive = tmp_path / "archive"
    assert _type(tmp_path, "init", "archive", env={}).returncode == 0
    for line in (["--version"], ["trial", "show"], ["audit", "verify"]):
        words = line if line == ["--version"] else [*line, "--archive", archive]
        assert _type(sealed_off, *words, env={}).returncode == 0
