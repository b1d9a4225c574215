"""Every command on one trial: what `--json` promises, how it exits, and that no output names a participant."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from guideit.testing.example import ExampleTrial, make_example


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """A steward typing one line after the other, each once with and once without `--json`."""

    folder: Path
    example: ExampleTrial
    said: dict[str, Said] = field(default_factory=dict)

    def types(self, name: str, *words: object) -> Said:
        line = [sys.executable, "-m", "guideit", *map(str, words)]
        environment = os.environ | {"GUIDEIT_WORKERS": "1"}
        done = subprocess.run(
            line, cwd=self.folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        self.said[name] = Said(done.returncode, done.stdout, done.stderr)
        return self.said[name]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    example = make_example(folder / "trial", participants=3, scale=0.25)
    desk = Desk(folder, example)
    inside = ("--archive", "archive", "--json", "--by", "steward")
    desk.types("init", "init", "archive", "--json")
    desk.types("nothing yet", "trial", "show", "--archive", "archive")
    desk.types("trial add", "trial", "add", example.trial, *inside)
    desk.types("refused: nothing clean", "release", "example", "1.0", "--archive", "archive")
    desk.types("submit", "submit", "example", *example.sources, *inside)
    desk.types("deidentify", "deidentify", "example", *inside)
    desk.types("refused: not checked", "release", "example", "1.0", "--archive", "archive")
    desk.types("check", "check", "example", *inside)
    desk.types("review", "review", "example", *inside)
    desk.types("release", "release", "example", "1.0", "--date", "2026-01-02", *inside)
    desk.types("verify", "verify", "example/1.0", *inside)
    desk.types("verify folder", "verify", "archive/shared/shelf/example/1.0", "--json")
    desk.types("trial show", "trial", "show", *inside)
    desk.types("audit verify", "audit", "verify", *inside)
    desk.types("share", "share", example.trial, *example.sources, "--release", "1.0", "--date", "2026-01-02", *inside)
    desk.types("deid", "deid", example.sources[0], "clean", "--report", "private-report.json", "--json")
    for name in ("trial show", "audit verify", "review"):
        desk.types(f"{name}, plain", *name.split(), *(["example"] if name == "review" else []), "--archive", "archive")
    desk.types("verify, plain", "verify", "example/1.0", "--archive", "archive")
    desk.types("share, plain", "share", example.trial, *example.sources, "--release", "1.0", "--archive", "archive",
               "--date", "2026-01-02")  # fmt: skip
    desk.types("deid, plain", "deid", example.sources[0], "clean2")
    return desk


FIELDS = {
    "init": {"archive"},
    "trial add": {"id", "digest"},
    "submit": {"submission", "instances", "tables", "duplicates", "conflicts", "set_aside", "seen_before"},
    "deidentify": {"cleaned", "unchanged", "held", "tables"},
    "check": {"passed", "failed", "tables_failed"},
    "review": {"trial", "findings"},
    "release": {"id", "root", "date", "counts", "objects"},
    "verify": {"release", "root", "passed", "private_side", "checks", "examined", "findings"},
    "verify folder": {"release", "root", "passed", "private_side", "checks", "examined", "findings"},
    "trial show": {"trials", "releases"},
    "audit verify": {"private", "shared"},
    "share": {"release", "submitted", "deidentified", "checked", "certificate"},
    "deid": {"written", "skipped", "duplicates", "held", "by_rule"},
}


@pytest.mark.parametrize("name", FIELDS)
def test_json_is_one_document_with_the_promised_fields(desk: Desk, name: str) -> None:
    """On standard output; standard error stays empty, so a script may treat any word there as trouble."""
    assert FIELDS[name] <= set(desk.said[name].document)
    assert desk.said[name].err == ""


def test_numbers_in_json_are_what_happened(desk: Desk) -> None:
    document = {name: desk.said[name].document for name in FIELDS}
    assert document["submit"]["instances"] == desk.example.instances
    assert document["release"]["counts"]["series"] == document["check"]["passed"]
    assert document["verify"]["root"] == document["release"]["root"] == document["share"]["release"]["root"]
    assert document["verify"]["private_side"] and not document["verify folder"]["private_side"]
    assert document["share"]["submitted"]["instances"] == 0
    assert document["trial show"]["releases"] == ["example/1.0"]
    assert document["audit verify"]["private"]["events"] > 5
    assert {finding["severity"] for finding in document["review"]["findings"]} <= {"block", "warn", "note"}


def test_exit_0_is_done_and_1_is_held_back_or_refused(desk: Desk) -> None:
    """`deid` has no review, so what it holds back is its exit code; an archive keeps it as findings."""
    codes = {name: said.code for name, said in desk.said.items()}
    assert desk.said["deid"].document["held"] > 0
    not_done = {"deid": 1, "deid, plain": 1, "refused: nothing clean": 1, "refused: not checked": 1}
    assert codes == dict.fromkeys(codes, 0) | not_done


def test_a_refusal_says_what_to_type(desk: Desk) -> None:
    for name, line in {"nothing clean": "guideit review example", "not checked": "guideit check example"}.items():
        said = desk.said[f"refused: {name}"]
        assert f"→ {line}" in said.err
        assert said.out == ""


def test_a_piped_output_has_no_escape_codes(desk: Desk) -> None:
    assert [name for name, said in desk.said.items() if "\x1b" in said.out + said.err] == []


def _identifiers(example: ExampleTrial) -> set[str]:
    """Names in every script, source ids, and birth dates as they are written."""
    found = set()
    for person in example.people:
        for group in person.name.split("="):
            found |= {part for part in re.split(r"[\^=]", group) if len(part) > 1}
        found |= {person.source_id, f"{person.birth:%Y%m%d}", f"{person.birth:%Y-%m-%d}", f"{person.birth:%d.%m.%Y}"}
    return found


def test_no_output_names_a_participant(desk: Desk) -> None:
    """Their folders, files and headers are full of names; nothing of it comes to the terminal."""
    identifiers = _identifiers(desk.example)
    sources = [str(path) for path in desk.example.sources[0].rglob("*")]
    assert any(identifier in path for identifier in identifiers for path in sources)  # the search can find something
    leaks = {
        (name, word) for name, said in desk.said.items() for word in identifiers if word in said.out + said.err
    }  # fmt: skip
    assert not {name for name, _ in leaks}


def test_a_report_that_names_files_is_made_only_where_asked(desk: Desk) -> None:
    report = json.loads((desk.folder / "private-report.json").read_text("utf-8"))
    assert len(report["held"]) == desk.said["deid"].document["held"]
    assert "--report FILE" in desk.said["deid, plain"].out
