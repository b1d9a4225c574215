"""The evidence pack says what the facts say, in every section, and nothing that gives a person away."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from guideit.actions.evidence_pack import EvidenceFacts, evidence_report, report
from guideit.actions.evidence_page import SECTIONS, page
from guideit.testing.evidence_facts import evidence_facts
from guideit.trial.release import Counts

NOTHING = {"pixels": None, "risk": None, "planting": None, "verifier": None}


class _Page(HTMLParser):
    """Reads a page: its ids, headings, links, and whether every element that is opened is closed."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attrs[name] for each, attrs in self.tags if each == tag and name in attrs]


def _page(facts: EvidenceFacts) -> str:
    return evidence_report(facts)[0].decode()


def _plain(facts: EvidenceFacts) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", _page(facts).split("</style>")[1]))


@pytest.mark.parametrize("changes", [{}, NOTHING], ids=["everything", "nothing but headers"])
def test_every_section_is_there_and_can_be_reached(changes: dict[str, Any]) -> None:
    read = _Page(_page(evidence_facts(**changes)))
    assert read.open == []
    assert set(read.attributes("h2", "id")) == {id for id, _ in SECTIONS}
    assert set(read.attributes("a", "href")) == {f"#{id}" for id, _ in SECTIONS}


def test_it_needs_nothing_from_elsewhere() -> None:
    text = _page(evidence_facts())
    read = _Page(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in read.tags}
    assert "url(" not in text
    assert "http" not in text


def test_it_can_be_read_by_everybody() -> None:
    read = _Page(_page(evidence_facts()))
    assert read.attributes("html", "lang") == ["en"]
    tables = [tag for tag, _ in read.tags if tag == "table"]
    captions = [tag for tag, _ in read.tags if tag == "caption"]
    assert len(tables) == len(captions) > 5
    assert all(scope in {"col", "row"} for scope in read.attributes("th", "scope"))
    assert len(read.attributes("th", "scope")) == len([tag for tag, _ in read.tags if tag == "th"])


def _colours(scheme: str) -> dict[str, tuple[float, float, float]]:
    text = _page(evidence_facts())
    block = text.split("prefers-color-scheme:dark")[1] if scheme == "dark" else text.split("@media")[0]
    found = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", block.split("}}")[0]))
    wide = {
        name: value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:]) for name, value in found.items()
    }
    return {n: (int(v[1:3], 16) / 255, int(v[3:5], 16) / 255, int(v[5:7], 16) / 255) for n, v in wide.items()}


def _luminance(colour: tuple[float, float, float]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    colours = _colours(scheme)
    for name in ("ink", "soft", "link", "good", "bad", "warn"):
        for ground in ("paper", "tint"):
            low, high = sorted((_luminance(colours[name]), _luminance(colours[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (scheme, name, ground)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert evidence_report(evidence_facts()) == evidence_report(evidence_facts())


def test_the_page_shows_what_the_document_says() -> None:
    html, document = evidence_report(evidence_facts())
    assert page(json.loads(document)) == html.decode()


@pytest.mark.parametrize(
    "what", ["Voices", "Video", "Teeth", "Gait", "Skin", "Handwriting", "single slices", "recipients"]
)
def test_what_nobody_looks_for_is_said(what: str) -> None:
    assert what in _plain(evidence_facts())


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("pixels", "nobody looked at them"),
        ("risk", "Not assessed: nobody computed"),
        ("planting", "no made-up identifiers were planted"),
        ("verifier", "Not verified yet."),
    ],
)
def test_what_was_not_done_for_this_release_is_said(missing: str, says: str) -> None:
    assert says not in _plain(evidence_facts())
    assert says in _plain(evidence_facts(**{missing: None}))


def test_a_verification_that_failed_is_said_first() -> None:
    verifier = dict(evidence_facts().verifier or {}, passed=False)
    text = _plain(evidence_facts(verifier=verifier))
    assert text.index("Verification failed.") < text.index("What was looked for")


def test_what_was_checked_before_sealing_is_not_said_of_the_sealed_release() -> None:
    verifier: dict[str, Any] = dict(evidence_facts().verifier or {})
    assert "every byte, beside the source data" in _plain(evidence_facts(verifier=verifier))
    verifier["checks"] = [c | {"outcome": "nothing to examine"} for c in verifier["checks"] if c["check"] == "seal"]
    assert "Every series was read again before sealing, beside" in _plain(evidence_facts(verifier=verifier))


def test_a_risk_above_the_threshold_is_said_first() -> None:
    risk = dict(evidence_facts().risk or {}, holds=False)
    assert "The risk that remains is above the threshold of 0.09." in _plain(evidence_facts(risk=risk))


def test_a_threshold_above_the_usual_is_said_with_its_reason() -> None:
    risk = dict(evidence_facts().risk or {}, threshold=0.5, highest=[0.1, 0.3], reason="published already")
    told = _plain(evidence_facts(risk=risk))
    assert "not above the threshold of 0.5." in told
    assert "threshold is 0.09. Why the trial has another: published already." in told


def test_text_in_pixels_that_the_policy_does_not_look_for_is_said_of_the_proof() -> None:
    planting = dict(evidence_facts().planting or {}, not_looked_for={"burned_in_lines": 60, "released": 51})
    assert "does not look for 51 of 60 lines came through" in _plain(evidence_facts(planting=planting))


def test_numbers_follow_the_facts() -> None:
    body = report(evidence_facts())
    assert body["done"]["summary"] == {
        "cleaned": 824, "emptied": 412, "mapped to a new UID": 1648, "removed": 96, "replaced by a dummy": 412,
    }  # fmt: skip
    assert body["done"]["pixels"]["regions_blanked"] == 75
    assert {row["name"] for row in body["done"]["attributes"]} >= {"Patient's Name", "Referenced SOP Instance UID"}


def test_small_counts_of_people_are_not_told_nor_what_gives_them_away() -> None:
    pixels = dict(evidence_facts().pixels or {}, faces={"face": 3, "none": 21})
    few = Counts(participants=3, studies=9, series=24, instances=400, tables=0)
    body = report(evidence_facts(pixels=pixels, counts=few, left_out={"hold.head-volume": 2}))
    assert body["release"]["participants"] == "fewer than 5"
    assert body["found"]["faces"]["face"] == body["done"]["pixels"]["faces_removed"] == "fewer than 5"
    assert body["found"]["faces"]["none"] == "not told"
    assert body["done"]["left_out"][0]["series"] == "fewer than 5"


def test_no_place_of_a_finding_is_told() -> None:
    verifier = dict(evidence_facts().verifier or {})
    verifier["findings"] = [{"rule": "verify.text-doubt", "severity": "warn", "place": "DEMO-AAAA/2.25.1", "says": "x"}]
    html, document = evidence_report(evidence_facts(verifier=verifier))
    assert b"DEMO-AAAA" not in html + document


def test_what_a_trial_writes_is_text_not_markup() -> None:
    text = _page(evidence_facts(title="<script>alert('a & b')</script>"))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_nothing_is_escaped_twice() -> None:
    assert "committee&#x27;s" in _page(evidence_facts())
    assert "&amp;" not in _page(evidence_facts())


def test_what_is_kept_on_purpose_is_among_what_remains() -> None:
    body = report(evidence_facts())
    assert any("sex, age" in each for each in body["remains"]["kept_on_purpose"])
    assert {w["rule"] for w in body["remains"]["warnings"]} >= {"verify.text-doubt", "text.detected"}
