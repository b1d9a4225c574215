"""What `guideit review` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from guideit.actions.review.alike import Alike
from guideit.actions.review.rules import choice

_MOST = 100
"""Findings that are listed; a person does not read more."""
_PAST = {"accept": "accepted", "redact": "redacted", "exclude": "excluded"}
_SEVERITY = {"block": "blocks", "warn": "warning", "note": "note"}


def review_page(
    trial: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    texts: Mapping[str, Mapping[str, Any]],
    every: bool,
    done: Sequence[Mapping[str, Any]],
    sheet: str | None,
) -> Iterator[Any]:
    """What was decided just now, the findings, how many there are, and what to type next.

    Where a sheet was written, the findings are on it and not listed again.
    """
    yield from decided_lines(done)
    shown = [row for row in _open_first(rows) if every or not row["decision"]]
    if shown and not sheet:
        yield from _listed(shown[:_MOST], texts)
    if len(shown) > _MOST and not sheet:
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


def _listed(rows: Sequence[Mapping[str, Any]], texts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Findings of one rule under one heading, each with its number and its place on a line of its own."""
    for (rule, severity, _), group in groupby(rows, key=lambda row: (row["rule"], row["severity"], row["decision"])):
        same = list(group)
        all_say = {row["says"] for row in same}
        about = f": {same[0]['says']}" if len(all_say) == 1 else ""
        yield f"{rule} ({_SEVERITY.get(severity, severity)}){about}"
        if not same[0]["decision"] and severity == "block":
            yield f"  {_may_be_decided(rule)}"
        for row in same:
            parts = [row["place"], row["says"] if len(all_say) > 1 else "", _text_in_doubt(row, texts)]
            parts.append(_PAST.get(row["decision"], row["decision"]) or row["waits"])
            yield f"  {row['id']:>4}  " + "  ".join(part for part in parts if part)
        yield ""


def _text_in_doubt(row: Mapping[str, Any], texts: Mapping[str, Mapping[str, Any]]) -> str:
    found = texts.get(row["place"])
    return f"“{found['text']}” ({found['count']:,} times)" if found else ""


def _may_be_decided(rule: str) -> str:
    allowed = choice(rule).means
    if not allowed:
        return "nothing to decide: it stands until the input or the policy changes"
    return f"decide: {', '.join(allowed)}"


def _counts(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "No findings."
    waiting = [row for row in rows if not row["decision"] and choice(row["rule"]).means]
    blocking = sum(1 for row in waiting if row["severity"] == "block")
    half = sum(1 for row in rows if row["waits"])
    decided = Counter(row["decision"] for row in rows if row["decision"])
    number = "1 finding" if len(rows) == 1 else f"{len(rows):,} findings"
    parts = [number, f"{blocking:,} that block are open", f"{half:,} are half decided"]
    parts += [f"{decided[word]:,} {past}" for word, past in _PAST.items() if decided[word]]
    return ", ".join(part for part in parts if not part.startswith("0 are")) + "."


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
