"""One finding as a card of the contact sheet: HTML without a script or style of its own."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from guideit.actions.review.boxes import box_text
from guideit.actions.review.pictures import Picture
from guideit.actions.review.rules import choice
from guideit.deid.pixels.regions import Region

STATES: Mapping[str, str] = {
    "doubtful": "in doubt",
    "proposed": "will be blanked",
    "redact": "a person wants it blanked",
    "keep": "a person lets it stay",
}
"""What a region's state says to people."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card shows.

    Attributes:
        row: The finding, with `waits`.
        seen: Digest of what is shown of it.
        images: How many are there.
        facts: What kind of series it is, in a few words.
        unseen: Why there is no picture, where there should be one.
        text: The text in doubt, where that is what the finding is about: `text`, `places`, `count`.
    """

    row: Mapping[str, Any]
    seen: str
    images: int = 0
    facts: str = ""
    pictures: Sequence[Picture] = ()
    regions: Sequence[tuple[Region, str]] = ()
    unseen: str = ""
    text: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def draws(self) -> bool:
        """Whether regions are what it is about."""
        return choice(self.row["rule"]).draws


def card_html(card: Card) -> str:
    """The card."""
    return "\n".join(_parts(card)) + "\n"


def _parts(card: Card) -> Iterator[str]:
    row, number = card.row, card.row["id"]
    draws = " data-draws" if card.draws and card.pictures else ""
    yield (
        f'<article id="f{number}" class="card" tabindex="-1" aria-labelledby="h{number}" data-finding="{number}" '
        f'data-rule="{escape(row["rule"])}" data-seen="{card.seen}" data-kept="{_waiting(card)}"{draws}>'
    )
    yield f'<header><h2 id="h{number}"><span class="number">{number}</span> {_sentence(row["says"])}</h2>'
    yield f'<p class="rule"><code>{escape(row["rule"])}</code> <span class="acts">{_ACTS[row["severity"]]}</span></p>'
    yield f'<p class="place">{escape(row["place"])}</p>'
    if card.facts:
        yield f'<p class="facts">{escape(card.facts)}</p>'
    if row["waits"]:
        yield f'<p class="waits">{escape(_WAITS.get(row["waits"], row["waits"]))}</p>'
    yield "</header>"
    yield from _text(card)
    if card.unseen:
        yield f'<p class="unseen">Cannot be shown: {escape(card.unseen)}. Look at it at the source, or exclude it.</p>'
    yield from _shown(card)
    yield from _choices(card, number)
    yield "</article>"


_ACTS = {"block": "holds it back", "warn": "is said in the evidence", "note": "is counted"}
_WAITS = {
    "waits for a second reader": "One person has read this. Yours is the second reading.",
    "readers disagree": "Readers disagree: talk to each other. It stays open until it is excluded, or opened again "
    "and read anew.",
}


def _waiting(card: Card) -> int:
    """How many regions are there that redacting would blank."""
    return sum(1 for _, state in card.regions if state != "keep")


def _sentence(says: str) -> str:
    return escape(says[:1].upper() + says[1:])


def _text(card: Card) -> Iterator[str]:
    if card.text:
        places = ", ".join(map(str, card.text["places"]))
        yield f'<blockquote class="text">{escape(card.text["text"])}</blockquote>'
        yield f'<p class="facts">{card.text["count"]:,} times, in {escape(places)}</p>'


def _shown(card: Card) -> Iterator[str]:
    """Pictures with what is drawn on them, regions close up, and the same in words."""
    if not card.pictures:
        return
    yield '<div class="pictures">'
    for number, picture in enumerate(card.pictures):
        yield from _figure(card, number, picture)
    yield "</div>"
    if card.images > len(card.pictures):
        yield f'<p class="facts">Not all of its {card.images:,} images are shown; the decision is on all.</p>'
    if not (card.draws and card.regions):
        return
    close = {number: image for picture in card.pictures for number, image in picture.close}
    yield '<ol class="regions">'
    for number, (region, state) in enumerate(card.regions):
        image = (
            f'<img alt="Region {number + 1}, close up" src="{_data("png", close[number])}">' if number in close else ""
        )
        says = f"<code>{escape(box_text(region))}</code> {escape(region.rule)}"
        yield f'<li class="{state}"><span class="mark"></span>{says}: <strong>{STATES[state]}</strong>{image}</li>'
    yield "</ol>"


def _figure(card: Card, number: int, picture: Picture) -> Iterator[str]:
    drawn = picture.regions if card.draws else ()
    says = f"{picture.says}. {card.row['place']}. {len(drawn)} regions drawn."
    size = f'width="{picture.width}" height="{picture.height}"'
    yield f'<figure data-where="{picture.where}" data-width="{picture.width}" data-height="{picture.height}">'
    yield f'<div class="frame"><img alt="{escape(says)}" {size} src="{_data("webp", picture.image)}">'
    yield f'<svg viewBox="0 0 {picture.width} {picture.height}" aria-hidden="true">'
    yield from (_rectangle(card, at, picture) for at in drawn)
    yield f"</svg></div><figcaption>{escape(picture.says)}</figcaption></figure>"


def _rectangle(card: Card, at: int, picture: Picture) -> str:
    """A region: a dark and a light line, a pattern, and its number."""
    region, state = card.regions[at]
    box, size = region.box, max(picture.width, picture.height) / 36
    where = f'x="{box.left}" y="{box.top}" width="{box.right - box.left}" height="{box.bottom - box.top}"'
    above = box.top - size * 0.3 if box.top > size * 1.3 else box.bottom + size
    return (
        f'<g class="region {state}"><rect class="halo" {where}/><rect class="line" {where}/>'
        f'<text x="{box.left}" y="{above:.0f}" font-size="{size:.0f}">{at + 1}</text></g>'
    )


def _choices(card: Card, number: int) -> Iterator[str]:
    yield f"<fieldset><legend>Decision on finding {number}</legend>"
    for decision, means in choice(card.row["rule"]).means.items():
        id = f"{decision}{number}"
        yield (
            f'<label for="{id}"><input type="radio" id="{id}" name="d{number}" value="{decision}">'
            f"<span><strong>{decision}</strong> {escape(means)}</span></label>"
        )
    yield "</fieldset>"
    if card.draws and card.pictures:
        yield _BOXES.format(n=number)
    yield f'<p class="own"><label for="w{number}">Reason for this one, if it has its own</label>'
    yield f'<input type="text" id="w{number}" class="why" autocomplete="off"></p>'
    yield '<p class="state" role="status"></p>'


_BOXES = """<div class="boxes"><p>Drag on the picture to draw a box that is blanked too, or press <kbd>b</kbd>.</p>
<p><label for="b{n}">Box: left,top,right,bottom</label> <input type="text" id="b{n}" class="box" inputmode="numeric"
 autocomplete="off" placeholder="0,0,512,40"> <button type="button" class="add">Add box</button></p>
<p><label><input type="checkbox" class="alone"> on the picture I draw on only, not on the whole series</label></p>
<ul class="drawn" aria-label="Boxes drawn"></ul></div>"""


def _data(kind: str, body: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(body).decode()}"
