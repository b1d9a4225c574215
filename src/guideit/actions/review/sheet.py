"""The contact sheet: one self-contained HTML page to look through findings and decide on them.

It shows images of participants and texts in doubt, so it is private: its owner's only, never below `shared/`.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

from guideit.actions.archive import Archive
from guideit.actions.review.cards import Card, card_html
from guideit.actions.review.decision_file import KIND, seen
from guideit.actions.review.decisions import findings
from guideit.actions.review.pictures import Size, pictures
from guideit.actions.review.places import SeriesThere, series_at
from guideit.actions.review.readers import ALONE, person, standing
from guideit.actions.review.rules import choice
from guideit.actions.review.texts import texts_of
from guideit.deid.pixels.regions import Region
from guideit.errors import NotUnderstood, Refused, UsageError
from guideit.ledger.engine import reading
from guideit.ledger.readings import readings
from guideit.ledger.regions import regions_at

MOST = 200
"""Cards of one sheet: more would not fit a browser's memory, or a person's patience."""


def write_sheet(
    archive: Archive, trial: str, target: Path, *, by: str, rule: str = "", numbers: Sequence[int] | None = None
) -> Path:
    """Write the open findings that people decide on as a page; returns where it lies.

    Args:
        archive: Opened.
        trial: Its id.
        target: A name alone is written into `private/review/`.
        by: Who will look at it: what they have read already, and waits for another, is left out.
        rule: Only rules that begin so.
        numbers: Only these findings.

    Raises:
        UsageError: There is no such trial, nothing is open, or the file cannot be written.
        Refused: The file would lie where releases are served from.
    """
    path = private_target(archive, target)
    rows = _waiting(archive, trial, by=by, rule=rule, numbers=numbers)
    if not rows:
        raise UsageError("nothing is open that you could decide on", do=f"guideit review {trial} --all")
    look = _Look.at(archive, trial, sorted(rows[:MOST], key=lambda row: (row["place"], row["rule"])))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _written(path, _page(trial, look, left=len(rows) - len(look.rows)))
    except OSError as wrong:
        raise UsageError("cannot be written", where=str(path), why=wrong.strerror or "") from wrong
    return path


def private_target(archive: Archive, target: Path) -> Path:
    """Where a sheet goes.

    Raises:
        UsageError: It is not named as a page.
        Refused: It would lie on the shared side.
    """
    if target.suffix.lower() not in {".html", ".htm"}:
        raise UsageError("a sheet is an HTML page", where=str(target), do="--sheet sheet.html")
    alone = target.name == str(target)
    path = (archive.plan.root / "private" / "review" / target if alone else target).resolve()
    shelf = archive.plan.shelf_url
    served = [archive.plan.root / "shared", *([] if "://" in shelf or not shelf else [Path(shelf)])]
    if any(path.is_relative_to(folder.resolve()) for folder in served):
        raise Refused(
            "a contact sheet is private", where=str(target), why="what lies there is served", do="--sheet sheet.html"
        )
    return path


def _waiting(
    archive: Archive, trial: str, *, by: str, rule: str, numbers: Sequence[int] | None
) -> list[dict[str, Any]]:
    """What this person can decide on."""
    with reading(archive.private) as conn:
        read = readings(conn, trial)
    return [
        row
        for row in findings(archive, trial, undecided=True)
        if choice(row["rule"]).means
        and row["rule"].startswith(rule)
        and (numbers is None or row["id"] in numbers)
        and not (row["waits"] == ALONE and person(by) in standing(read.get(row["id"], ())))
    ]


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is looked at: findings, and what lies at their places."""

    archive: Archive
    rows: Sequence[Mapping[str, Any]]
    series: Mapping[str, SeriesThere] = field(repr=False)
    regions: Mapping[str, list[tuple[Region, str]]] = field(repr=False)
    texts: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @classmethod
    def at(cls, archive: Archive, trial: str, rows: Sequence[Mapping[str, Any]]) -> _Look:
        places = {row["place"] for row in rows}
        with reading(archive.private) as conn:
            series = series_at(archive, conn, trial, places)
            regions = {place: regions_at(conn, trial, place) for place in places}
        return cls(archive=archive, rows=rows, series=series, regions=regions, texts=texts_of(archive, trial))

    def cards(self) -> Iterator[Card]:
        """One after the other: the pictures of one place only are in memory."""
        for place, rows in groupby(self.rows, key=lambda row: row["place"]):
            shown = self._shown(place)
            for row in rows:
                yield Card(row=row, seen=seen(row, self.regions[place]), text=self.texts.get(place), **shown)

    def _shown(self, place: str) -> dict[str, Any]:
        """What every card of a place shows."""
        there, regions = self.series.get(place), self.regions[place]
        if there is None:
            return {}
        said: dict[str, Any] = {"facts": _facts(there), "regions": regions, "images": _count(there)}
        paths = [self.archive.quarantine / image["location"] for image in there.pictures]
        try:
            return said | {"pictures": pictures(paths, _sizes(there), [region for region, _ in regions])}
        except NotUnderstood as reason:
            return said | {"unseen": reason.what}
        except OSError:
            return said | {"unseen": "the source file is not where it was"}


def _facts(there: SeriesThere) -> str:
    header = (there.pictures or there.instances)[0]["header"]
    words = [str(header.get("Modality") or "no modality"), _images(len(there.instances))]
    if header.get("Rows"):
        words.append(f"{header.get('Columns')} x {header['Rows']} pixels")
    return ", ".join(words)


def _count(there: SeriesThere) -> int:
    """Images, with their frames."""
    return sum(frames for _, _, frames in _sizes(there))


def _sizes(there: SeriesThere) -> list[Size]:
    """As the headers say; what says nothing is 1."""
    names = ("Rows", "Columns", "NumberOfFrames")
    found = ([max(int(header.get(name) or 1), 1) for name in names] for header in there.headers)
    return [(rows, columns, frames) for rows, columns, frames in found]


def _images(count: int) -> str:
    return "one instance" if count == 1 else f"{count:,} instances"


def _page(trial: str, look: _Look, *, left: int) -> Iterator[str]:
    style, script, page = (_text(f"sheet.{kind}") for kind in ("css", "js", "html"))
    head, tail = (
        Template(page)
        .substitute(
            policy=_content_policy(style, script),
            style=style,
            script=script,
            trial=escape(trial),
            kind=escape(KIND),
            count=f"{len(look.rows):,}",
            left=f"<p>{left:,} more are open: decide on these, then make another sheet.</p>" if left else "",
        )
        .split("<!-- cards -->")
    )
    yield head
    yield from map(card_html, look.cards())
    yield tail


def _text(name: str) -> str:
    return (files("guideit.actions.review") / name).read_text("utf-8")


def _content_policy(style: str, script: str) -> str:
    """Only this style, this script, and images inside the page; nothing is fetched or sent."""
    allowed = {"style-src": style, "script-src": script}
    rules = [f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items()]
    return "; ".join(["default-src 'none'", "img-src data:", *rules, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _written(path: Path, parts: Iterator[str]) -> None:
    """Whole or not at all, and its owner's only from the first byte on."""
    half = path.with_name(f".{path.name}.half")
    with suppress(FileNotFoundError):
        half.unlink()
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(parts)
    half.replace(path)
