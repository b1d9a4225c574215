"""`decisions.json`: what a person decided on a contact sheet, checked against what they saw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.review.boxes import box_text, parse_box
from guideit.actions.review.decisions import Decision
from guideit.deid.pixels.regions import Region
from guideit.errors import Refused, UsageError
from guideit.ledger.engine import reading
from guideit.ledger.findings import get_finding
from guideit.ledger.regions import regions_at

KIND = "guideit review decisions 1"
_LARGEST = 32 << 20


def read_decisions(archive: Archive, trial_id: str, path: Path, *, reason: str) -> list[Decision]:
    """The decisions in a file; `reason` is that of each which states none.

    Raises:
        UsageError: It is no such file, or is of another trial.
        Refused: A finding, or what is drawn on it, is not what the sheet showed.
    """
    rows = _rows(path, trial_id)
    with reading(archive.private) as conn:
        return [_decision(conn, trial_id, row, path, reason) for row in rows]


def seen(row: Mapping[str, Any], regions: Iterable[tuple[Region, str]]) -> str:
    """Digest of what a sheet shows of a finding: 16 hex digits."""
    facts = [
        row["rule"],
        row["place"],
        row["decision"],
        *sorted(f"{state} {box_text(region)}" for region, state in regions),
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _rows(path: Path, trial_id: str) -> list[Mapping[str, Any]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError("too large for a file of decisions", where=str(path))
        body = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as wrong:
        raise UsageError("cannot be read as decisions", where=str(path), do="save them from the sheet") from wrong
    if not isinstance(body, dict) or body.get("kind") != KIND or not isinstance(body.get("decisions"), list):
        raise UsageError("holds no decisions", where=str(path), do="save them from the sheet")
    if body.get("trial") != trial_id:
        raise UsageError("these decisions are of another trial", where=str(path))
    rows: list[Mapping[str, Any]] = body["decisions"]
    numbers = [row.get("finding") if isinstance(row, dict) else None for row in rows]
    if not rows or any(type(number) is not int for number in numbers) or len(set(numbers)) < len(numbers):
        raise UsageError("each decision names one finding", where=str(path), do="save them from the sheet")
    return rows


def _decision(conn: Connection, trial: str, row: Mapping[str, Any], path: Path, reason: str) -> Decision:
    found = get_finding(conn, row["finding"])
    place = found["place"]
    if row.get("seen") != seen(found, regions_at(conn, trial, place)):
        raise Refused(
            f"finding {row['finding']} is not what the sheet showed",
            why="it was looked at or decided on again since",
            do=f"make a new sheet: guideit review {trial} --sheet FILE.html",
        )
    boxes, own = row.get("boxes", []), row.get("reason", "")
    if not isinstance(boxes, list) or not isinstance(own, str) or not isinstance(row.get("decision"), str):
        raise UsageError("a decision is not as the sheet writes it", where=str(path))
    drawn = tuple(parse_box(str(box)) for box in boxes)
    return Decision(finding=found["id"], decision=row["decision"], reason=own.strip() or reason, boxes=drawn)
