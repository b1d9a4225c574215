"""What `guideit review` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from guideit.actions.review.alike import Alike
from guideit.actions.review.rules import choice

_MOST = 100
"""Findings that are listed; a person does not read more."""


def review_page(
    trial: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    texts: Mapping[str, Mapping[str, Any]],
    every: bool,
    done: Sequence[Mapping[str, Any]],
    sheet: str | None,
) -> Iterator[Any]:
    """What was decided just now, the findings, how many there are, and what to type next."""
    yield from decided_lines(done)
    shown = [row for row in _open_first(rows) if every or not row["decision"]]
    if shown:
        yield _table(shown[:_MOST], texts)
    if len(shown) > _MOST:
        yield f"... and {len(shown) - _MOST:,} more: add --rule PREFIX to see fewer, or --json to see all"
    yield _counts(rows)
    yield from _next(trial, rows, sheet)


def decided_lines(done: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What became of each decision; many of one kind in one line."""
    counted = Counter(row["decision"] or row["waits"] or "open again" for row in done)
    if len(done) > 20:
        yield from (f"{count:,} findings: {became}" for became, count in counted.items())
        return
    for row in done:
        yield f"Finding {row['id']}: {row['decision'] or row['waits'] or 'open again'}"


def preview_lines(found: Alike, sheet: str | None) -> Iterator[str]:
    """What one decision would be applied to."""
    decision = found.items[0].decision
    yield f"{decision} would be decided on {len(found.items):,} series of {found.participants:,} participants:"
    for item, place in list(zip(found.items, found.places, strict=True))[:_MOST]:
        yield f"  {item.finding}  {place}"
    if len(found.items) > _MOST:
        yield f"  ... and {len(found.items) - _MOST:,} more: add --json to see all"
    if found.elsewhere:
        yield f"{found.elsewhere:,} more have the same layout and text elsewhere: they are left alone."
    yield f"Look at them: {sheet}" if sheet else "Look at them: the same line with --sheet FILE.html"
    yield f"Nothing is decided yet. Decide on these: the same line with --yes {found.token}"


def _open_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: bool(row["decision"]))  # stable: blocking ones first in each part


def _table(rows: Sequence[Mapping[str, Any]], texts: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Findings", title_justify="left")
    for name in ("N", "rule", "acts", "where", "what", "decision"):
        table.add_column(name, overflow="fold")
    for row in rows:
        says = row["says"]
        if row["place"] in texts:
            says += f": “{texts[row['place']]['text']}” ({texts[row['place']]['count']:,} times)"
        decision = row["decision"] or row["waits"] or _may_be_decided(row)
        table.add_row(str(row["id"]), row["rule"], row["severity"], row["place"], says, decision)
    return table


def _may_be_decided(row: Mapping[str, Any]) -> str:
    allowed = choice(row["rule"]).means
    return f"open: {', '.join(allowed)}" if allowed else "not yours to decide"


def _counts(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "No findings."
    waiting = [row for row in rows if not row["decision"] and choice(row["rule"]).means]
    blocking = sum(1 for row in waiting if row["severity"] == "block")
    half = sum(1 for row in rows if row["waits"])
    decided = Counter(row["decision"] for row in rows if row["decision"])
    parts = [f"{len(rows):,} findings", f"{blocking:,} that block are open", f"{half:,} are half decided"]
    parts += [f"{decided[word]:,} {past}" for word, past in _PAST.items() if decided[word]]
    return ", ".join(part for part in parts if not part.startswith("0 are")) + "."


_PAST = {"accept": "accepted", "redact": "redacted", "exclude": "excluded"}


def _next(trial: str, rows: Sequence[Mapping[str, Any]], sheet: str | None) -> Iterator[str]:
    if sheet:
        yield f"Contact sheet (private: it shows images): {sheet}"
        yield f"Open it in a browser, decide, save, then: guideit review {trial} --apply decisions.json --reason WHY"
        return
    if any(not row["decision"] and choice(row["rule"]).means for row in rows):
        yield f"See them:        guideit review {trial} --sheet sheet.html"
        yield f"Decide on one:   guideit review {trial} --accept N --reason WHY   (or --redact, --exclude)"
    elif any(row["decision"] for row in rows):
        yield f"All decided. Next: guideit deidentify {trial} && guideit check {trial}"
