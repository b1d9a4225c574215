"""`guideit.toml` and the environment: what is not known is an error that says where, secrets are nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from guideit.actions.archive import init_archive
from guideit.errors import UsageError
from guideit.settings import FILE, TEMPLATE, find_archive, read_settings

URL = "postgresql+psycopg://steward@db.example/private"


def _archive(tmp_path: Path, text: str = TEMPLATE) -> Path:
    return init_archive(tmp_path / "archive", template=text)


def test_the_template_is_read_and_changes_nothing(tmp_path: Path) -> None:
    root = _archive(tmp_path)
    plan = read_settings(root, environ={}).plan
    assert plan == read_settings(_archive(tmp_path / "bare", ""), environ={}).plan.__class__(
        root=root, workers=plan.workers, shelf_url=str(root / "shared" / "shelf")
    )


def test_every_line_the_template_shows_can_be_uncommented(tmp_path: Path) -> None:
    """Whoever takes the hash away gets a setting, not an error."""
    shown = [line.removeprefix("# ") for line in TEMPLATE.splitlines() if line.startswith(("[", "# ")) and "=" in line]
    sections = [line for line in TEMPLATE.splitlines() if line.startswith("[")]
    assert len(shown) == 5
    text = TEMPLATE
    for line in shown:
        text = text.replace("# " + line, line)
    assert all(section in text for section in sections)
    assert read_settings(_archive(tmp_path, text), environ={}).plan.workers == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[work\n", "not valid TOML"),
        ("[works]\n", "does not know 'works'"),
        ("[work]\nworker = 2\n", "does not know 'worker'"),
        ("[work]\nworkers = 'many'\n", "whole number"),
        ("work = 2\n", "not a section"),
        ("[ledger]\nprivate = 'mysql://db/x'\n", "PostgreSQL"),
        ("[ledger]\nprivate = 'postgresql+psycopg://me:Geheim99@db/x'\n", "password"),
        ("[ledger]\nshared = 'postgresql+psycopg://me@db/x?password=Geheim99'\n", "password"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    root = _archive(tmp_path, text)
    with pytest.raises(UsageError, match=says) as wrong:
        read_settings(root, environ={})
    assert FILE in wrong.value.where
    assert "Geheim99" not in str(wrong.value)


def test_ledgers_are_named_in_the_file_or_the_environment(tmp_path: Path) -> None:
    """The environment goes first; neither URL is in what a log prints of the plan."""
    root = _archive(tmp_path, f"[ledger]\nprivate = '{URL}'\nshared = '{URL}2'\n")
    plan = read_settings(root, environ={"GUIDEIT_SHARED_LEDGER": f"{URL}3"}).plan
    assert (plan.private_url, plan.shared_url) == (URL, f"{URL}3")
    assert "db.example" not in repr(plan)


def test_a_password_in_the_environments_url_is_refused_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="password") as wrong:
        read_settings(_archive(tmp_path), environ={"GUIDEIT_PRIVATE_LEDGER": URL.replace("@", ":Geheim99@")})
    assert wrong.value.where == "GUIDEIT_PRIVATE_LEDGER"
    assert "Geheim99" not in str(wrong.value)


def test_workers_come_from_the_environment_first(tmp_path: Path) -> None:
    root = _archive(tmp_path, "[work]\nworkers = 3\n")
    assert read_settings(root, environ={}).plan.workers == 3
    assert read_settings(root, environ={"GUIDEIT_WORKERS": "1"}).plan.workers == 1


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    root = _archive(tmp_path)
    (root / FILE).write_bytes(b"\xff\xfe[work]")
    with pytest.raises(UsageError, match="UTF-8"):
        read_settings(root, environ={})


def test_a_shelf_is_named_from_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from where the line happens to be typed: a release would lie in a folder of its own each time."""
    monkeypatch.chdir(tmp_path)
    for number, (url, meant) in enumerate({"shared/shelf": "shared/shelf", "../disk": "../disk"}.items()):
        root = init_archive(tmp_path / f"a{number}", template=f"[shelf]\nurl = '{url}'\n")
        assert read_settings(root, environ={}).plan.shelf_url == str(root / meant)
    for number, url in enumerate(["s3://bucket/prefix", "file:/mnt/shelf"]):
        root = init_archive(tmp_path / f"far{number}", template=f"[shelf]\nurl = '{url}'\n")
        assert read_settings(root, environ={}).plan.shelf_url == url


def test_an_archive_is_found_upwards_and_by_name(tmp_path: Path) -> None:
    root = _archive(tmp_path)
    (root / "shared" / "deep").mkdir()
    assert find_archive(None, start=root / "shared" / "deep", environ={}) == root.resolve()
    assert find_archive(None, start=tmp_path, environ={"GUIDEIT_ARCHIVE": str(root)}) == root.resolve()
    with pytest.raises(UsageError, match="no archive here") as missing:
        find_archive(None, start=tmp_path, environ={})
    assert "guideit init" in missing.value.do
