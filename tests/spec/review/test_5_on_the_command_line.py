"""`guideit review` as it is typed: what it lists, how findings are named, what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guideit.actions.review.address import named
from guideit.cli.app import app
from guideit.errors import GuideitError, UsageError
from guideit.testing.review_desk import CAPTURED, HEAD, ReviewDesk, review_desk

BANNER = (6, 4, 70, 14)


@dataclass(frozen=True)
class Terminal:
    archive: Path

    def types(self, *words: object, by: str = "steward") -> str:
        """What a line prints."""
        line = ["review", "small", *map(str, words), "--archive", str(self.archive), "--by", by]
        done = CliRunner(env={"COLUMNS": "220"}).invoke(app, line)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *words: object) -> GuideitError:
        """What a line is refused with."""
        with pytest.raises(GuideitError) as refused:
            self.types(*words)
        return refused.value

    def document(self, *words: object) -> Any:
        return json.loads(self.types(*words, "--json"))

    def numbers(self, rule: str) -> dict[str, int]:
        """Finding numbers of a rule by place."""
        rows = self.document()["findings"]
        return {row["place"]: row["id"] for row in rows if row["rule"] == rule}

    def state(self, number: int) -> str:
        return next(str(row["decision"]) for row in self.document()["findings"] if row["id"] == number)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Terminal, list[str], int]]:
    """A terminal, the places of three captured screens, and a finding in doubt on the first two."""
    with review_desk(tmp_path) as made:
        places = made.captures()
        number = made.doubt(places[0], BANNER)
        made.doubt(places[1], BANNER)
        made.text("aa11", "LEBER HUBER")
    yield Terminal(tmp_path / "archive"), places, number


Given = tuple[Terminal, list[str], int]


def test_it_lists_what_is_open_with_counts_and_what_to_type(desk: Given) -> None:
    out = desk[0].types()
    assert "10 findings, 9 that block are open." in out
    assert "guideit review small --sheet sheet.html" in out
    assert "open: accept, redact, exclude" in out


def test_what_is_decided_is_listed_where_asked(desk: Given) -> None:
    terminal, _, number = desk
    terminal.types("--exclude", number, "--reason", "x")
    assert not re.search(rf"│ {number} +│", terminal.types())
    assert re.search(rf"│ {number} +│.*exclude", terminal.types("--all"))


def test_texts_in_doubt_are_for_the_terminal_and_in_json_only_where_asked(desk: Given) -> None:
    terminal = desk[0]
    assert "LEBER HUBER" in terminal.types()
    assert "LEBER HUBER" not in terminal.types("--json")
    assert terminal.document("--with-texts")["texts"]["text/aa11"]["text"] == "LEBER HUBER"


def test_a_text_in_doubt_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    with review_desk(tmp_path) as made:
        made.text("aa11", "LEBER\x1b[2J\x1b]0;x\x07 \u202eREBUH")
    assert not re.search("[\x1b\x07\u202e]", Terminal(tmp_path / "archive").types())


def test_findings_are_named_by_number_several_or_place(desk: Given) -> None:
    terminal, places, number = desk
    captured = terminal.numbers(CAPTURED)
    terminal.types("--exclude", f"{captured[places[0]]},{captured[places[1]]}", "--reason", "x")
    assert [terminal.state(captured[place]) for place in places] == ["exclude", "exclude", ""]
    terminal.types("--exclude", places[2].rpartition("/")[2], "--reason", "x")
    assert terminal.state(captured[places[2]]) == "exclude"
    terminal.types("--undo", f"1-{number + 5}", "--reason", "x")
    assert {row["decision"] for row in terminal.document()["findings"]} == {""}


@pytest.mark.parametrize("word", ["x", "1-", "99-120", "0x1", "-3", "1-99999999"])
def test_a_word_that_names_no_finding_is_wrong_usage(word: str) -> None:
    with pytest.raises(UsageError):
        named([{"id": 1, "rule": HEAD, "place": "p/series/1", "decision": "", "waits": ""}], word, "accept")


def test_a_box_is_drawn_on_one_finding(desk: Given) -> None:
    terminal, _, number = desk
    assert "one finding" in str(terminal.refused("--box", "0,0,5,5", "--accept", number, "--reason", "x"))
    terminal.types("--redact", number, "--box", "0,80,40,96", "--reason", "x")
    assert terminal.state(number) == "redact"


def test_one_finding_is_decided_on_once(desk: Given) -> None:
    terminal, _, number = desk
    assert "twice" in str(terminal.refused("--accept", number, "--exclude", number, "--reason", "x"))


def test_a_layout_is_previewed_before_it_is_decided(desk: Given) -> None:
    terminal, _, number = desk
    line = ("--redact", number, "--same-layout", "--reason", "banner")
    out = terminal.types(*line)
    token = re.search(r"--yes ([0-9a-f]{12})", out)
    assert token
    assert "2 series of 2 participants" in out
    assert terminal.state(number) == ""
    assert "not the set" in str(terminal.refused(*line, "--yes", "0" * 12))
    assert terminal.types(*line, "--yes", token[1]).count("redact") == 2
    assert terminal.state(number) == "redact"


def test_the_previewed_set_can_be_looked_through(desk: Given) -> None:
    terminal, _, number = desk
    found = terminal.document("--redact", number, "--same-layout", "--reason", "x", "--sheet", "set.html")
    shown = set(re.findall(r'data-finding="(\d+)"', Path(found["sheet"]).read_text("utf-8")))
    assert shown == set(map(str, found["findings"]))


def test_decisions_saved_from_a_sheet_are_taken(desk: Given, tmp_path: Path) -> None:
    terminal = desk[0]
    sheet = Path(terminal.document("--sheet", "sheet.html", "--rule", HEAD)["sheet"])
    seen = re.findall(r'data-seen="([0-9a-f]+)"', sheet.read_text("utf-8"))[0]
    number = next(iter(terminal.numbers(HEAD).values()))
    row = {"finding": number, "rule": HEAD, "seen": seen, "decision": "exclude", "boxes": [], "reason": ""}
    body = {"kind": "guideit review decisions 1", "trial": "small", "decisions": [row]}
    (tmp_path / "decisions.json").write_text(json.dumps(body), "utf-8")
    assert "reason" in str(terminal.refused("--apply", tmp_path / "decisions.json"))
    terminal.types("--apply", tmp_path / "decisions.json", "--reason", "looked at it")
    assert terminal.state(number) == "exclude"


def test_half_a_decision_is_said(tmp_path: Path) -> None:
    with review_desk(tmp_path, settings="second_reader = true") as made:
        number = ReviewDesk.rows(made, HEAD)[0]["id"]
    terminal = Terminal(tmp_path / "archive")
    assert f"Finding {number}: waits for a second reader" in terminal.types("--accept", number, "--reason", "x", by="a")
    assert "1 are half decided" in terminal.types()
    assert f"Finding {number}: accept" in terminal.types("--accept", number, "--reason", "x", by="b")
