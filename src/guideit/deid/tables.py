"""Clinical tables, private to clean: declared columns by their role, everything else removed and reported."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol

from guideit.deid.subject import Identifier, Subject
from guideit.deid.table_cells import ROLES, ColumnRule, Row, clean_cell
from guideit.deid.table_dates import MISSING, parse_day
from guideit.deid.table_formats import RawTable
from guideit.deid.table_roles import holds_age, identifier_kind, suggest_role
from guideit.deid.text import Cleaned
from guideit.trial.finding import Finding, Severity


class DeclaredColumn(Protocol):
    """A column as trial.toml declares it (`guideit.trial.model`)."""

    @property
    def name(self) -> str:
        """As in the source's header."""

    @property
    def role(self) -> str:
        """See `guideit.deid.table_cells.ROLES`."""

    @property
    def label(self) -> str:
        """For people."""

    @property
    def unit(self) -> str:
        """UCUM or as written."""

    @property
    def date_format(self) -> str:
        """Of a date; "" is ISO 8601."""

    @property
    def codelist(self) -> Mapping[str, str]:
        """Code to meaning; empty: any code."""


class DeclaredTable(Protocol):
    """A table as trial.toml declares it."""

    @property
    def id(self) -> str:
        """Names the released files."""

    @property
    def columns(self) -> Sequence[DeclaredColumn]:
        """In the order they are released."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRules:
    """What all tables of a trial are cleaned by.

    Attributes:
        subjects: Participants by the id they have in the sources, and by every other id tables use for them.
        dates: `shift`, `keep` or `remove`, as the policy has it for images.
        oldest_age: Ages above are written as this.
        pseudonym: Keyed pseudonym of an id that is no participant's.
        suspicious: Whether a text holds any participant's identifier or an identifying pattern.
        redact: Free text of a participant without identifiers, and what was done to it.
    """

    subjects: Mapping[str, Subject] = field(repr=False)
    dates: str
    oldest_age: int
    pseudonym: Callable[[str], str] = field(repr=False)
    suspicious: Callable[[str], bool] = field(repr=False)
    redact: Callable[[str, Subject], Cleaned] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanTable:
    """A de-identified table. Only `deid` builds one; `storage` seals nothing else.

    Attributes:
        id: The table's id in the trial.
        columns, rows: Cells as text, in declared column order and source row order.
        dictionary: Per column its role, label, unit, codes.
        changes: How often each rule acted, by `(column, rule)`.
        held_rows: Rows of unknown participants, and ragged ones, that stayed back.
        findings: What happened; no cell's value is in them.
        doubtful: What somebody must look at in free text that stays: `table:column`, rule, text as it would be
            released.
    """

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    dictionary: tuple[Mapping[str, object], ...]
    changes: Mapping[tuple[str, str], int]
    held_rows: int
    findings: tuple[Finding, ...]
    doubtful: tuple[tuple[str, str, str], ...] = field(repr=False, default=())


def clean_table(raw: RawTable, spec: DeclaredTable, rules: TableRules) -> CleanTable:
    """Clean one table.

    Undeclared columns go; a declared one that is missing, or that has no readable type, is a blocking
    finding. A row whose participant is not in the trial, or who cannot be told, is held back and counted.
    """
    columns = [column_rule(c) for c in spec.columns if c.name in raw.columns and c.name not in raw.unread]
    at = {c.name: raw.columns.index(c.name) for c in columns}
    changes: Counter[tuple[str, str]] = Counter()
    rows, doubtful, unknown = [], [], 0
    for cells in raw.rows:
        subject = _subject(cells, columns, at, rules.subjects)
        if subject is None:
            unknown += 1
            continue
        row = _row(cells, columns, at, subject, rules)
        clean = [clean_cell(cells[at[c.name]], c, row) for c in columns]
        changes.update((c.name, cell.rule) for c, cell in zip(columns, clean, strict=True) if cell.rule)
        for c, cell in zip(columns, clean, strict=True):
            if cell.spans or cell.doubts:
                changes.update({(c.name, rule): count for rule, count in cell.spans})
                doubtful += [(f"{spec.id}:{c.name}", rule, text) for rule, text in cell.doubts]
        rows.append(tuple(cell.text for cell in clean))
    removed = [name for name in raw.columns if name not in {c.name for c in spec.columns}]
    changes.update({(name or "(unnamed)", "table.column-undeclared"): len(rows) for name in removed})
    return CleanTable(
        id=spec.id,
        columns=tuple(c.name for c in columns),
        rows=tuple(rows),
        dictionary=tuple(_described(c, raw) for c in spec.columns if c.name in at),
        changes=dict(changes),
        held_rows=unknown + len(raw.ragged),
        findings=tuple(_findings(raw, spec, changes, unknown)),
        doubtful=tuple(doubtful),
    )


def column_rule(column: DeclaredColumn) -> ColumnRule:
    """A declared column as the cell rules need it; a birth date by SDTM's name is one whatever its role."""
    role = str(column.role)
    if role == "date" and (suggest_role(column.name) == "birth-date" or identifier_kind(column.name) == "date"):
        role = "birth-date"
    return ColumnRule(
        name=column.name,
        role=role,
        date_format=column.date_format or "",
        codes=frozenset(column.codelist or ()),
        age=holds_age(column.name, column.unit or ""),
    )


def _subject(
    cells: Sequence[str],
    columns: Sequence[ColumnRule],
    at: Mapping[str, int],
    subjects: Mapping[str, Subject],
) -> Subject | None:
    """The row's participant: all identifier columns that name one name the same; else nobody."""
    named = [cells[at[c.name]].strip() for c in columns if c.role == "identifier"]
    found = {subjects[cell].pseudonym: subjects[cell] for cell in named if cell in subjects}
    return next(iter(found.values())) if len(found) == 1 else None


def _row(
    cells: Sequence[str],
    columns: Sequence[ColumnRule],
    at: Mapping[str, int],
    subject: Subject,
    rules: TableRules,
) -> Row:
    days = (parse_day(cells[at[c.name]].strip(), c.date_format) for c in columns if c.role == "date")

    def identify(text: str) -> str:
        known = rules.subjects.get(text)
        return known.pseudonym if known else rules.pseudonym(text)

    return Row(
        pseudonym=subject.pseudonym,
        shift_days=subject.shift_days,
        dates=rules.dates,
        oldest_age=rules.oldest_age,
        day=max((d for d in days if d), default=None),
        identify=identify,
        suspicious=rules.suspicious,
        redact=lambda text: rules.redact(text, subject),
    )


def _described(column: DeclaredColumn, raw: RawTable) -> Mapping[str, object]:
    return {
        "name": column.name,
        "role": column_rule(column).role,
        "label": column.label or raw.labels.get(column.name, ""),
        "unit": column.unit or "",
        "codes": dict(column.codelist or {}),
    }


_SAYS: Mapping[str, tuple[Severity, str, str]] = {
    "table.column-undeclared": (
        Severity.WARN,
        "the column is not declared and was removed",
        "declare it in trial.toml",
    ),
    "table.date-invalid": (
        Severity.WARN,
        "{n} cells are no date of the declared form and were blanked",
        "give the column's date_format",
    ),
    "table.number-invalid": (
        Severity.WARN,
        "{n} cells are no number and were blanked",
        "check the column's role",
    ),
    "table.code-unknown": (
        Severity.WARN,
        "{n} cells are not in the codelist and were blanked",
        "complete the codelist",
    ),
    "table.identifier-found": (
        Severity.WARN,
        "{n} cells hold something identifying and were blanked",
        "look at the column; is it free-text?",
    ),
    "table.role-undecided": (
        Severity.BLOCK,
        "the column's role has no rule; all its cells were blanked",
        f"use one of {', '.join(sorted(ROLES))}",
    ),
}


def _findings(
    raw: RawTable, spec: DeclaredTable, changes: Mapping[tuple[str, str], int], unknown: int
) -> Iterable[Finding]:
    for column in spec.columns:
        place = f"{spec.id}:{column.name}"
        if column.name not in raw.columns:
            yield _finding("table.column-missing", place, "a declared column is not in the table")
        elif column.name in raw.unread:
            yield _finding("table.column-unreadable", place, "the column's type has no text form")
    if raw.ragged:
        lines = ", ".join(str(n) for n in raw.ragged[:10]) + (" ..." if len(raw.ragged) > 10 else "")
        says = f"{len(raw.ragged)} rows are narrower or wider than the header and were held back: rows {lines}"
        yield _finding("table.ragged-row", spec.id, says, do="repair the rows and submit the table again")
    if unknown:
        says = f"{unknown} rows belong to no participant of the trial and were held back"
        yield _finding("table.unknown-participant", spec.id, says, Severity.WARN, "complete the crosswalk")
    for (column_name, rule), count in sorted(changes.items()):
        if rule in _SAYS:
            severity, says, do = _SAYS[rule]
            yield _finding(rule, f"{spec.id}:{column_name}", says.format(n=count), severity, do)


def _finding(
    rule: str, place: str, says: str, severity: Severity = Severity.BLOCK, do: str = "check trial.toml"
) -> Finding:
    return Finding(rule=rule, severity=severity, place=place, says=says, do=do)


def table_identifiers(
    raw: RawTable, spec: DeclaredTable, subjects: Mapping[str, str]
) -> dict[str, frozenset[Identifier]]:
    """What a table knows about its participants that the images must not show.

    Collected from declared identifier and birth date columns, and from undeclared columns whose names say
    that they hold names, ids, birth dates, phones, mails or addresses.

    Args:
        raw: The table as received.
        spec: Its declaration.
        subjects: Every id tables use for a participant, to the source id they are collected under.

    Returns:
        Identifiers by source id; rows of nobody are left out.
    """
    columns = [column_rule(c) for c in spec.columns if c.name in raw.columns]
    at = {name: i for i, name in enumerate(raw.columns) if name}
    kinds = {c.name: "id" for c in columns if c.role == "identifier"}
    kinds |= {c.name: "date" for c in columns if c.role == "birth-date"}
    declared = {c.name for c in spec.columns}
    kinds |= {n: kind for n in at if n not in declared and (kind := identifier_kind(n))}
    formats = {c.name: c.date_format for c in columns}
    found: dict[str, set[Identifier]] = defaultdict(set)
    for cells in raw.rows:
        ids = {subjects[v] for c in columns if c.role == "identifier" and (v := cells[at[c.name]].strip()) in subjects}
        if len(ids) == 1:
            source = ids.pop()
            texts = ((kind, cells[at[name]].strip(), formats.get(name, "")) for name, kind in kinds.items())
            found[source].update(i for kind, text, form in texts for i in _identifier(kind, text, form))
    return {source: frozenset(identifiers) for source, identifiers in found.items()}


@lru_cache(maxsize=4096)
def _identifier(kind: str, text: str, date_format: str) -> tuple[Identifier, ...]:
    """The cell as an identifier; dates as written and as DICOM writes them."""
    if text.upper() in MISSING:
        return ()
    if kind != "date":
        return (Identifier(kind=kind, text=text),)
    day = parse_day(text, date_format) or _german(text)
    return (Identifier(kind="date", text=f"{day:%Y%m%d}"),) if day else (Identifier(kind="text", text=text),)


def _german(text: str) -> date | None:
    return parse_day(text, "%d.%m.%Y")
