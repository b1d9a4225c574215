"""The contact sheet: what it shows, where it may lie, and how it is worked with by keys alone."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guideit.actions.review import Decision, decide_all
from guideit.actions.review.decision_file import read_decisions
from guideit.actions.review.sheet import write_sheet
from guideit.errors import Refused, UsageError
from guideit.testing.browser import Page, chromium, open_page
from guideit.testing.desk import now
from guideit.testing.review_desk import CAPTURED, HEAD, SMALL, ReviewDesk, review_desk

BANNER = (6, 4, 70, 14)
CONTRASTS = r"""
(() => {
  const part = (v) => (v /= 255, v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  const luma = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  const numbers = (text) => text.match(/[\d.]+/g).map(Number);
  const paper = (e) => {
    const colour = e ? numbers(getComputedStyle(e).backgroundColor) : [255, 255, 255];
    return colour.length < 4 || colour[3] > 0 ? colour.slice(0, 3) : paper(e.parentElement);
  };
  const words = "h1, h2, p, label, legend, code, li, summary, button, strong, kbd, figcaption, span.acts";
  return [...document.querySelectorAll(words)].filter((e) => e.textContent.trim()).map((e) => {
    const ink = luma(numbers(getComputedStyle(e).color).slice(0, 3));
    const [light, dark] = [ink, luma(paper(e))].sort((x, y) => y - x);
    return [`${e.tagName}.${e.className}`, (light + .05) / (dark + .05)];
  });
})()"""
"""Contrast of each piece of text to what lies behind it (WCAG 2.2, contrast ratio)."""
browser = pytest.mark.skipif(not chromium(), reason="no Chromium to open the sheet in")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReviewDesk]:
    with review_desk(tmp_path) as desk:
        yield desk


def _sheet(desk: ReviewDesk, name: str = "sheet.html", *, by: str = "steward", rule: str = "") -> Path:
    return write_sheet(desk.archive, SMALL, Path(name), by=by, rule=rule)


def _decisions(desk: ReviewDesk, page: Page, folder: Path) -> list[Decision]:
    """What the page saves, read back."""
    page.press("s")
    target = folder / "downloads" / "decisions.json"
    for _ in range(100):
        if target.exists():
            break
        time.sleep(0.05)
    return read_decisions(desk.archive, SMALL, target, reason="seen")


# What it is


def test_it_has_a_card_for_each_open_finding_that_people_decide_on(desk: ReviewDesk) -> None:
    desk.doubt(desk.captures()[0], BANNER)
    desk.decide(desk.rows(HEAD)[0]["id"], "exclude")
    shown = set(re.findall(r'data-finding="(\d+)"', _sheet(desk).read_text("utf-8")))
    assert shown == {str(row["id"]) for row in desk.rows() if not row["decision"]}


def test_it_needs_nothing_from_anywhere_and_its_policy_says_so(desk: ReviewDesk) -> None:
    text = _sheet(desk).read_text("utf-8")
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in text
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert links
    assert [link[:40] for link in links if not link.startswith(("data:image/", "#"))] == []
    assert not re.search(r"\bon[a-z]+=|\bstyle=", re.sub(r"<script>.*</script>", "", text, flags=re.S))


def test_it_shows_pictures_and_names_nobody(desk: ReviewDesk) -> None:
    desk.doubt(desk.captures()[0], BANNER)
    text = _sheet(desk).read_text("utf-8")
    assert text.count("data:image/webp") == 7  # two findings on each of three captures, and the one in doubt
    assert "6,4,70,14" in text
    assert not any(name in text for name in ("Weberknecht", "Adalbert", "QX4821775", "RT5550001"))


def test_a_text_in_doubt_is_shown_as_it_is_and_not_as_markup(desk: ReviewDesk) -> None:
    desk.text("aa11", '<b>Leber</b> "x" & y')
    text = _sheet(desk).read_text("utf-8")
    assert "&lt;b&gt;Leber&lt;/b&gt; &quot;x&quot; &amp; y" in text
    assert "3 times, in (0008,103E)" in text


def test_pixels_that_cannot_be_shown_are_said_and_the_rest_is_there(desk: ReviewDesk) -> None:
    for file in (desk.archive.quarantine).rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-4000])
    text = _sheet(desk).read_text("utf-8")
    assert "Cannot be shown" in text
    assert text.count("<article") == len(desk.rows())


# Where it may lie


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")
def test_it_lies_on_the_private_side_and_is_its_owners_only(desk: ReviewDesk) -> None:
    path = _sheet(desk)
    assert path.parent == (desk.archive.plan.root / "private" / "review").resolve()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("where", ["shared/sheet.html", "shared/shelf/sheet.html", "private/../shared/sheet.html"])
def test_it_is_not_written_where_releases_are_served_from(desk: ReviewDesk, where: str) -> None:
    with pytest.raises(Refused, match="private"):
        _sheet(desk, str(desk.archive.plan.root / where))
    assert list((desk.archive.plan.root / "shared").rglob("*.html")) == []


def test_a_link_does_not_lead_it_there(desk: ReviewDesk, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(desk.archive.plan.root / "shared", target_is_directory=True)
    with pytest.raises(Refused):
        _sheet(desk, str(tmp_path / "way" / "sheet.html"))


def test_a_sheet_of_nothing_is_not_written(desk: ReviewDesk) -> None:
    with pytest.raises(UsageError, match="nothing is open"):
        _sheet(desk, rule="faces.")


def test_what_a_person_has_read_waits_for_another(tmp_path: Path) -> None:
    with review_desk(tmp_path, settings="second_reader = true") as desk:
        number = desk.rows(HEAD)[0]["id"]
        desk.decide(number, "accept", by="anna")
        card = f'data-finding="{number}"'
        assert card not in _sheet(desk, by="Anna").read_text("utf-8")
        text = _sheet(desk, by="bert").read_text("utf-8")
        assert card in text
        assert "Yours is the second reading" in text
        assert "anna" not in text  # a second reading is worth most to whom the first is unknown


# Working with it


@browser
def test_it_is_worked_with_by_keys_alone(desk: ReviewDesk, tmp_path: Path) -> None:
    desk.doubt(desk.captures()[0], BANNER)
    with open_page(_sheet(desk), tmp_path / "browser") as page:
        order = page.value("cards.map(card => Number(card.dataset.finding))")
        page.press("a", "ArrowDown", "x", "j", "j", "k")
        assert page.value("Number(document.activeElement.dataset.finding)") == order[2]
        assert page.value("documentOf().decisions.map(d => [d.finding, d.decision])") == [
            [order[0], "accept"],
            [order[1], "exclude"],
        ]
        page.press("u")
        assert page.value("documentOf().decisions.length") == 1
        assert page.value("document.querySelector('#progress').textContent") == "1 of 8 decided."
        assert page.complaints == []


@browser
def test_a_box_is_drawn_by_keys_and_by_the_mouse(desk: ReviewDesk, tmp_path: Path) -> None:
    number = next(row["id"] for row in desk.rows(CAPTURED) if row["place"] == desk.captures()[0])
    with open_page(_sheet(desk, rule=CAPTURED), tmp_path / "browser") as page:
        page.value(f"go(cards.findIndex(card => card.dataset.finding === '{number}'))")
        page.value("scrollTo({behavior: 'instant', top: cards[here].offsetTop})")
        page.press("b", "ArrowRight", "ArrowDown")
        page.press("ArrowRight", shift=True)
        page.press("Enter")
        assert page.value("state.get(cards[here]).boxes") == ["47,45,87,55"]
        left, top, width = page.value(
            "(r => [r.left, r.top, r.width])(cards[here].querySelector('svg').getBoundingClientRect())"
        )
        scale = width / 128
        page.drag((left + 10 * scale, top + 20 * scale), (left + 50 * scale, top + 30 * scale))
        assert page.value("state.get(cards[here]).boxes[1]") == "10,20,50,30"
        assert page.value("cards[here].querySelectorAll('.mine').length") == 2
        decided = _decisions(desk, page, tmp_path / "browser")
        assert page.complaints == []
    decide_all(desk.archive, SMALL, decided, by="steward", now=now)
    place = desk.captures()[0]
    assert desk.regions(place) == [((47, 45, 87, 55), "redact"), ((10, 20, 50, 30), "redact")]


@browser
def test_typing_a_reason_decides_nothing(desk: ReviewDesk, tmp_path: Path) -> None:
    with open_page(_sheet(desk), tmp_path / "browser") as page:
        page.value("document.querySelector('#why').focus()")
        page.press(*"raxu")
        assert page.value("documentOf().decisions") == []
        assert page.value("document.querySelector('#line').textContent").endswith('--reason "raxu"')


@browser
def test_a_decision_that_a_rule_does_not_know_is_not_taken(desk: ReviewDesk, tmp_path: Path) -> None:
    with open_page(_sheet(desk, rule=HEAD), tmp_path / "browser") as page:
        page.press("r")
        assert page.value("documentOf().decisions") == []
        assert "cannot be decided so" in page.value("cards[0].querySelector('.state').textContent")


@browser
@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_told_from_their_background(desk: ReviewDesk, tmp_path: Path, dark: bool) -> None:
    """Contrast of 4.5 to 1 (WCAG 2.2, 1.4.3), light and dark."""
    desk.doubt(desk.captures()[0], BANNER)
    with open_page(_sheet(desk), tmp_path / "browser", dark=dark) as page:
        found = page.value(CONTRASTS)
    assert len(found) > 50
    assert [item for item in found if item[1] < 4.5] == []


@browser
def test_every_field_has_a_name_and_every_image_says_what_it_is(desk: ReviewDesk, tmp_path: Path) -> None:
    desk.doubt(desk.captures()[0], BANNER)
    with open_page(_sheet(desk), tmp_path / "browser", size=(400, 900)) as page:
        nameless = "[...document.querySelectorAll('input')].filter(i => !i.labels.length && !i.ariaLabel).length"
        assert page.value(nameless) == 0
        assert page.value("[...document.images].filter(i => i.alt.length < 10).length") == 0
        assert page.value("document.documentElement.scrollWidth <= innerWidth")


# Bringing it back


def _file(folder: Path, body: object) -> Path:
    path = folder / "decisions.json"
    path.write_text(json.dumps(body), "utf-8")
    return path


def _saved(desk: ReviewDesk, decision: str = "exclude") -> dict[str, object]:
    text = _sheet(desk, rule=HEAD).read_text("utf-8")
    seen = re.findall(r'data-seen="([0-9a-f]+)"', text)[0]
    row = {"finding": desk.rows(HEAD)[0]["id"], "rule": HEAD, "seen": seen, "decision": decision, "boxes": []}
    return {"kind": "guideit review decisions 1", "trial": SMALL, "decisions": [row]}


def test_saved_decisions_are_taken_with_one_reason_or_their_own(desk: ReviewDesk, tmp_path: Path) -> None:
    items = read_decisions(desk.archive, SMALL, _file(tmp_path, _saved(desk)), reason="seen")
    assert [(item.decision, item.reason) for item in items] == [("exclude", "seen")]


def test_what_changed_since_the_sheet_was_made_is_looked_at_anew(desk: ReviewDesk, tmp_path: Path) -> None:
    path = _file(tmp_path, _saved(desk))
    desk.decide(desk.rows(HEAD)[0]["id"], "exclude")
    with pytest.raises(Refused, match="not what the sheet showed"):
        read_decisions(desk.archive, SMALL, path, reason="seen")


@pytest.mark.parametrize(
    "body",
    [
        [], {}, {"kind": "guideit review decisions 1", "trial": "other", "decisions": []},
        {"kind": "guideit review decisions 1", "trial": SMALL, "decisions": []},
        {"kind": "guideit review decisions 1", "trial": SMALL, "decisions": ["x"]},
        {"kind": "guideit review decisions 1", "trial": SMALL, "decisions": [{"finding": 1}, {"finding": 1}]},
        {"kind": "guideit review decisions 1", "trial": SMALL, "decisions": [{"finding": True}]},
        {"kind": "guideit review decisions 1", "trial": SMALL, "decisions": [{"finding": 999}]},
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_wrong_usage(desk: ReviewDesk, tmp_path: Path, body: object) -> None:
    with pytest.raises(UsageError):
        read_decisions(desk.archive, SMALL, _file(tmp_path, body), reason="seen")
