"""`guideit review`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from guideit.cli.review_options import Asked, ReviewCommand, asked
from guideit.cli.session import Session, now, session

if TYPE_CHECKING:
    from guideit.actions.archive import Archive
    from guideit.actions.review import Decision

app = typer.Typer(add_completion=False)


@app.command(cls=ReviewCommand)
def review(
    ctx: typer.Context,
    trial: str = typer.Argument(help="The trial's id."),
    accept: list[str] = typer.Option([], metavar="N", help="What finding N concerns may stay, and pass."),
    redact: list[str] = typer.Option([], metavar="N", help="What is drawn on N is blanked, or its text goes."),
    exclude: list[str] = typer.Option([], metavar="N", help="What finding N concerns stays back."),
    undo: list[str] = typer.Option([], metavar="N", help="Take back what was decided on N."),
) -> None:
    """List what holds a trial's release back, and decide on it.

    guideit review demo

    guideit review demo --sheet sheet.html

    guideit review demo --apply decisions.json --reason "looked at each"

    guideit review demo --accept 12 --reason "phantom, no person"

    guideit review demo --redact 14 --box 0,0,512,40 --same-layout --reason "banner of the scanner"

    N is a number, several (12,15,20-30), or a series' place. A sheet shows images: it is private.
    """
    cli, wanted = session(ctx), asked(ctx)
    verbs = {"accept": accept, "redact": redact, "exclude": exclude, "": undo}
    words = [(word, decision) for decision, given in verbs.items() for word in given]
    with cli.archive(write=bool(words or wanted.apply)) as archive:
        _act(cli, archive, trial, words, wanted)


def _act(cli: Session, archive: Archive, trial: str, words: list[tuple[str, str]], wanted: Asked) -> None:
    """One of: decide for one layout, decide, write a sheet, list."""
    from guideit.actions.review import decide_all
    from guideit.actions.review.decision_file import read_decisions

    items = _decisions(archive, trial, words, wanted)
    if wanted.same_layout:
        _for_one_layout(cli, archive, trial, items, wanted)
        return
    if wanted.apply:
        items = [*items, *read_decisions(archive, trial, wanted.apply, reason=wanted.reason)]
    done = decide_all(archive, trial, items, by=cli.by, now=now) if items else []
    sheet = _sheet(cli, archive, trial, wanted) if wanted.sheet else None
    _say(cli, archive, trial, wanted, done, sheet)


def _decisions(archive: Archive, trial: str, words: list[tuple[str, str]], wanted: Asked) -> list[Decision]:
    """What was typed, finding by finding.

    Raises:
        UsageError: A word names no finding, one is named twice, or a box has nothing to be drawn on.
    """
    from guideit.actions.review import Decision, findings
    from guideit.actions.review.address import named
    from guideit.actions.review.boxes import parse_box
    from guideit.errors import UsageError

    boxes = tuple(map(parse_box, wanted.box))
    if words and not wanted.reason.strip():
        raise UsageError("a decision needs its reason", do='add --reason "why"')
    rows = findings(archive, trial)
    found = {decision: _numbers(rows, words, decision, named) for decision in ("accept", "redact", "exclude", "")}
    numbers = [number for several in found.values() for number in several]
    if len(set(numbers)) < len(numbers):
        raise UsageError("one finding is decided on twice", do="name it once")
    if boxes and len(found["redact"]) != 1:
        raise UsageError("a box is drawn on one finding", do="--redact N --box left,top,right,bottom")
    return [
        Decision(finding=n, decision=decision, reason=wanted.reason, boxes=boxes if decision == "redact" else ())
        for decision, several in found.items()
        for n in several
    ]


def _numbers(rows: Any, words: list[tuple[str, str]], decision: str, named: Any) -> list[int]:
    return [number for word, said in words if said == decision for number in named(rows, word, decision)]


def _for_one_layout(cli: Session, archive: Archive, trial: str, items: list[Decision], wanted: Asked) -> None:
    """Preview, or do what was previewed.

    Raises:
        UsageError: Not exactly one decision is given.
        Refused: The set is not the one that was previewed.
    """
    from guideit.actions.review import decide_all
    from guideit.actions.review.alike import alike
    from guideit.cli.render_review import decided_lines, preview_lines
    from guideit.errors import UsageError

    if len(items) != 1:
        raise UsageError("--same-layout goes with one decision", do="--redact N --same-layout")
    found = alike(archive, trial, items[0])
    if wanted.yes:
        found.check(wanted.yes)
        done = decide_all(archive, trial, found.items, by=cli.by, now=now)
        cli.say({"trial": trial, "decided": [row["id"] for row in done]}, *decided_lines(done))
        return
    numbers = [item.finding for item in found.items]
    sheet = _sheet(cli, archive, trial, wanted, numbers) if wanted.sheet else None
    document = {
        "trial": trial,
        "findings": numbers,
        "places": found.places,
        "participants": found.participants,
        "left_alone": found.elsewhere,
        "token": found.token,
        "sheet": sheet,
    }
    cli.say(document, *preview_lines(found, sheet))


def _sheet(cli: Session, archive: Archive, trial: str, wanted: Asked, numbers: list[int] | None = None) -> str:
    """Write the contact sheet; returns where it lies."""
    from guideit.actions.review.sheet import write_sheet

    assert wanted.sheet is not None
    return str(write_sheet(archive, trial, wanted.sheet, by=cli.by, rule=wanted.only, numbers=numbers))


def _say(
    cli: Session, archive: Archive, trial: str, wanted: Asked, done: list[dict[str, Any]], sheet: str | None
) -> None:
    from guideit.actions.review import findings
    from guideit.actions.review.texts import texts_of
    from guideit.cli.render_review import review_page

    rows = [row for row in findings(archive, trial) if row["rule"].startswith(wanted.only)]
    texts = texts_of(archive, trial)
    document: dict[str, Any] = {
        "trial": trial,
        "findings": rows,
        "decided": [row["id"] for row in done],
        "sheet": sheet,
    }
    if wanted.with_texts:
        document["texts"] = texts
    cli.say(document, *review_page(trial, rows, texts=texts, every=wanted.every, done=done, sheet=sheet))
