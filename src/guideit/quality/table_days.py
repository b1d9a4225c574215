"""Days in released tables beside those of their sources: each is the source's, moved by its participant's shift.

No row is matched with a row. What is shown: every day that a released row names for a participant is, moved back,
a day that stands in a source row of that participant. A day that was not moved, or by another shift, is none.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from guideit.quality.inputs import Person
from guideit.quality.needles import plain
from guideit.quality.written_dates import days_in

Days = Mapping[str, frozenset[str]]
"""Days that may stand in a released table, `YYYYMMDD`, by pseudonym."""
_BETWEEN = re.compile(r"[,;|\t\"]+")
_CELL = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def released_days(sources: Iterable[bytes], people: Iterable[Person], dates: str) -> Days:
    """What may stand in the released tables.

    Args:
        sources: Every source table's bytes: CSV, Parquet or Dataset-JSON.
        people: All participants.
        dates: What the policy does with dates: `shift`, `keep` or `remove`.
    """
    found: dict[str, set[str]] = defaultdict(set)
    everyone = list(people)
    known = {text: person for person in everyone for kind, text in person.identifiers if kind == "id"}
    for row in (cells for body in sources for cells in _rows(body)) if dates != "remove" else ():
        days = {day for cell in row for day in days_in(plain(cell))}
        for person in {known[cell].pseudonym: known[cell] for cell in row if cell in known}.values() if days else ():
            shift = person.shift_days if dates == "shift" else 0
            found[person.pseudonym] |= {_moved(day, shift) for day in days}
    return {person.pseudonym: frozenset(found[person.pseudonym]) for person in everyone}


def stray_day(row: Iterable[str], days: Days) -> bool:
    """Whether a released row that names a participant has a day that is none of theirs."""
    cells = list(row)
    allowed = [days[cell] for cell in cells if cell in days]
    found = {"".join(match.groups()) for cell in cells if (match := _CELL.fullmatch(cell))}
    return bool(allowed) and not found <= frozenset().union(*allowed)


def _moved(day: str, shift: int) -> str:
    try:
        moved = date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(days=shift)
    except (ValueError, OverflowError):
        return ""
    return f"{moved:%Y%m%d}" if moved.year > 999 else ""


def _rows(body: bytes) -> Iterator[list[str]]:
    """A source table's rows as texts; what is no table that can be read gives none, so no day of it is allowed."""
    if body[:4] == b"PAR1":
        yield from _parquet(body)
        return
    text = _text(body)
    if text.lstrip()[:1] in {"{", "["}:
        yield from _json(text)
        return
    for line in text.splitlines():
        yield [cell.strip() for cell in (line, *_BETWEEN.split(line))]


def _text(body: bytes) -> str:
    codec = next((codec for mark, codec in _MARKS.items() if body.startswith(mark)), "utf-8")
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _parquet(body: bytes) -> Iterator[list[str]]:
    try:
        table = pq.ParquetFile(io.BytesIO(body)).read(use_threads=False)
    except (pa.ArrowException, OSError):
        return
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        yield [str(cell) for cell in row if cell is not None]


def _loaded(texts: Iterable[str]) -> list[Any]:
    """Arrays and objects, one of each text; nothing where one of them is none."""
    try:
        return [json.loads(text) for text in texts if text.strip()[:1] in {"{", "["}]
    except ValueError:
        return []


def _json(text: str) -> Iterator[list[str]]:
    """Every array or object of plain values, at any depth: in Dataset-JSON these are its rows."""
    waiting = _loaded([text]) or _loaded(text.splitlines())
    while waiting:
        one = waiting.pop()
        values = list(one.values() if isinstance(one, dict) else one)
        waiting += [value for value in values if isinstance(value, dict | list)]
        yield [str(value) for value in values if isinstance(value, str | int)]
