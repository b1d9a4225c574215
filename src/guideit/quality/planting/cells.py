"""Planting into clinical tables: rows of made-up people shaped like the trial's own, identifiers in every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guideit.quality.planting.answers import Check, Kind, PlantedCell
from guideit.quality.planting.forms import WORDS, long_form
from guideit.quality.planting.people import Persona

_KEPT = frozenset({"outcome", "code", "visit", "site", "arm", "number", "quasi-identifier"})
_BLANK = frozenset({"", "NA", "N/A", "NULL", "NONE", "NAN", "."})


@dataclass(frozen=True, kw_only=True)
class SourceTable:
    """A table as received, with what each declared column is.

    Attributes:
        id: Of the table.
        columns, rows: Cells as text.
        roles: By declared column; columns without one are not declared.
        date_formats: Of date columns that are not ISO 8601.
        codes: Allowed values of coded columns.
        ages: Columns that hold ages.
    """

    id: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    roles: Mapping[str, str]
    date_formats: Mapping[str, str]
    codes: Mapping[str, frozenset[str]]
    ages: frozenset[str] = frozenset()


def planted_rows(table: SourceTable, people: Sequence[Persona]) -> tuple[list[list[str]], list[PlantedCell]]:
    """Two rows a person: one with cells of the trial's own, one with an identifier in every cell that may hold text."""
    rows: list[list[str]] = []
    cells: list[PlantedCell] = []
    for turn, who in enumerate(people if table.rows else ()):
        for dirty in (False, True):
            source = table.rows[(2 * turn + dirty) % len(table.rows)]
            made = [
                _cell(table, name, text, who, dirty=dirty) for name, text in zip(table.columns, source, strict=True)
            ]
            cells += [
                PlantedCell(table=table.id, row=len(rows), column=name, person=who.number, check=check)
                for name, (_, checks) in zip(table.columns, made, strict=True)
                for check in checks
            ]
            rows.append([text for text, _ in made])
    return rows, cells


Made = tuple[str, tuple[Check, ...]]


def _cell(table: SourceTable, name: str, text: str, who: Persona, *, dirty: bool) -> Made:
    """The planted cell and what must become of it; of undeclared columns nothing may be there."""
    role = table.roles.get(name, "")
    if not role:
        return f"{who.given} {who.family}", (_check(Kind.TEXT_REMOVED, needles=(who.family, who.given)),)
    if role == "identifier":
        gone = _check(Kind.TEXT_REMOVED, needles=(who.patient_id,))
        return who.patient_id, (gone, _check(Kind.PATIENT_ID_CONSISTENT))
    if role == "birth-date":
        written = who.birth.strftime(table.date_formats.get(name) or "%Y-%m-%d")
        return written, (_check(Kind.TEXT_REMOVED, needles=(written,)),)
    if role == "date":
        return _dated(table, name, text)
    if role == "free-text":
        form, needles = long_form(who)
        words = (_check(Kind.TEXT_RETAINED, needles=WORDS),)
        return f"{' '.join(WORDS)}: {form}", (_check(Kind.TEXT_REMOVED, needles=needles), *words)
    return _coded(table, name, text, who, dirty=dirty)


def _dated(table: SourceTable, name: str, text: str) -> Made:
    """The trial's own date; intervals are reckoned of whole ISO 8601 days."""
    if text.strip().upper() in _BLANK:
        return text, ()
    moved = (_check(Kind.DATE_SHIFTED, value=text.strip()),)
    whole = len(text.strip()) >= 10 and not table.date_formats.get(name)
    return text, (*moved, _check(Kind.DATE_INTERVAL, value=text.strip())) if whole else moved


def _coded(table: SourceTable, name: str, text: str, who: Persona, *, dirty: bool) -> Made:
    role, codes = table.roles[name], table.codes.get(name, frozenset())
    if dirty:
        return who.mail, (_check(Kind.TEXT_REMOVED, needles=(who.mail,)),)
    plain = role in _KEPT and name not in table.ages and text.strip().upper() not in _BLANK
    if not plain or (codes and text.strip() not in codes):
        return text, ()
    return text, (_check(Kind.TEXT_RETAINED, value=text.strip()),)


def _check(kind: Kind, *, value: str = "", needles: tuple[str, ...] = ()) -> Check:
    return Check(kind=kind, place="", value=value, needles=needles)
