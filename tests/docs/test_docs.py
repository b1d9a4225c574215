"""The docs as a tested contract: links lead somewhere, commands exist, options exist, code runs."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from guideit.cli.app import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LATER = {"describe", "request", "permit", "consent", "withdraw", "cost", "value", "diversity", "serve", "desk"}
"""Commands of the design that later issues bring; no page may show them as if they were there."""


def _ids(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    local = [t for t in targets if "://" not in t and not t.startswith("mailto:")]
    assert [t for t in local if not (page.parent / t).exists()] == []


@cache
def _help(command: str) -> str:
    environment = {"COLUMNS": "200", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", "guideit", *command.split(), "--help"],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return done.stdout


def _shown(page: Path) -> list[str]:
    """Command lines of a page: in indented or fenced blocks, and in code spans."""
    text = page.read_text("utf-8")
    fenced = "\n".join(re.findall(r"^```[a-z]*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    lines = re.findall(r"^ {4}(guideit [a-z].*)$", text, flags=re.MULTILINE)
    lines += re.findall(r"^(guideit [a-z].*)$", fenced, flags=re.MULTILINE)
    return lines + re.findall(r"`(guideit [a-z][^`]*)`", text)


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_commands_shown_exist_and_take_the_options_shown(page: Path) -> None:
    for line in _shown(page):
        words = line.split("#")[0].split()
        name = words[1]
        assert name in COMMANDS, f"{_ids(page)}: {line}"
        groups = {"trial", "audit"}
        command = f"{name} {words[2]}" if name in groups and len(words) > 2 and words[2].isalpha() else name
        for option in re.findall(r"(?<!\S)--[a-z-]+", line.split("#")[0]):
            assert option in _help(command), f"{_ids(page)}: {line}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"guideit {command}" in _help(command) or command in {"trial", "audit"}


def test_readme_opens_with_the_two_lines_that_do_all_set_up() -> None:
    lines = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("    ")]
    assert lines[0].split()[:2] == ["make", "demo"]
    assert lines[1].split()[:2] == ["make", "test"]


def test_no_page_names_a_machine() -> None:
    private = re.compile(r"(?<!\w)/work/|/tmp/|/root/")
    assert [_ids(page) for page in PAGES if private.search(page.read_text("utf-8"))] == []


def test_every_invariant_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_module_has_its_place_in_the_architecture() -> None:
    """A module that the page does not name, by itself or by the star of its family, has no owner."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    for room in ("trial", "dicom", "deid", "quality", "catalogue", "storage", "compute", "intake"):
        row = next(line for line in page.splitlines() if line.startswith(f"| `{room}` |"))
        modules = {path.stem for path in (ROOT / "src/guideit" / room).glob("*.py")} - {"__init__"}
        missing = {name for name in modules if f"`{name}`" not in row and f"`{name.split('_')[0]}_*`" not in row}
        assert missing == set(), room
