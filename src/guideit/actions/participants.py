"""Enrolment: everyone in the images or the tables gets a pseudonym and a date shift, once and for all."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from guideit.actions.archive import Archive
from guideit.actions.clean_tables import LoadedTables
from guideit.actions.doubtful_texts import refused_words
from guideit.actions.trials import DeclaredTrial, read_text
from guideit.deid.keys import Keys
from guideit.deid.subject import Identifier, Subject
from guideit.deid.tables import table_identifiers
from guideit.errors import Refused, UsageError
from guideit.ledger.engine import begin
from guideit.ledger.series import patients
from guideit.ledger.trials import identifiers, participants, put_identifiers, put_participants


@dataclass(frozen=True, kw_only=True)
class CrosswalkRow:
    """What the crosswalk says of a participant; `ids` are other names that tables may use."""

    pseudonym: str = ""
    site: str = ""
    arm: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """Every participant by source id, and the source id by every other id that tables use."""

    subjects: Mapping[str, Subject]
    aliases: Mapping[str, str]


def enrol(archive: Archive, declared: DeclaredTrial, loaded: LoadedTables) -> Enrolment:
    """Everyone in images, tables and crosswalk, with all that any of these knows of them.

    Raises:
        UsageError: The crosswalk is not there, lacks a column, or names a participant twice.
        Refused: Someone in the images is not in the crosswalk that must name everyone.
    """
    crosswalk = read_crosswalk(declared)
    keys = archive.keys(declared.trial.id)
    aliases = _aliases(crosswalk)
    with begin(archive.private) as conn:
        sources = {*patients(conn, declared.trial.id), *crosswalk}
        sources |= set() if crosswalk else _ids_in(loaded)
        _enrol_new(conn, declared, crosswalk, keys, sorted(sources))
        put_identifiers(conn, declared.trial.id, _named_in(loaded, {s: s for s in sources} | aliases))
        return Enrolment(subjects=_subjects(conn, declared.trial.id), aliases=aliases)


def read_crosswalk(declared: DeclaredTrial) -> dict[str, CrosswalkRow]:
    """The crosswalk by source id; empty where the trial has none."""
    names = declared.trial.participants
    if not names.crosswalk:
        return {}
    path = declared.folder / names.crosswalk
    rows = csv.DictReader(io.StringIO(read_text(path).lstrip("\ufeff")))
    wanted = [c for c in (names.source_id, names.pseudonym, names.site, names.arm) if c]
    missing = [column for column in wanted if column not in (rows.fieldnames or [])]
    if missing:
        raise UsageError(f"the crosswalk has no column {missing[0]!r}", where=names.crosswalk)
    found: dict[str, CrosswalkRow] = {}
    for number, row in enumerate(rows, start=2):
        source = (row[names.source_id] or "").strip()
        if source in found:
            raise UsageError("the crosswalk names a participant twice", where=f"{names.crosswalk} line {number}")
        quiet = {names.source_id, names.pseudonym, names.site, names.arm}
        found[source] = CrosswalkRow(
            pseudonym=_cell(row, names.pseudonym),
            site=_cell(row, names.site),
            arm=_cell(row, names.arm),
            ids=tuple(value.strip() for name, value in row.items() if name not in quiet and (value or "").strip()),
        )
    return found


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip() if column else ""


def _aliases(crosswalk: Mapping[str, CrosswalkRow]) -> dict[str, str]:
    """Other ids that name one participant only."""
    owners: dict[str, set[str]] = {}
    for source, row in crosswalk.items():
        for other in row.ids:
            owners.setdefault(other, set()).add(source)
    return {other: next(iter(found)) for other, found in owners.items() if len(found) == 1}


def _ids_in(loaded: LoadedTables) -> set[str]:
    """Everyone whom a table's first identifier column names."""
    found: set[str] = set()
    for table, raw in loaded.tables:
        names = [c.name for c in table.columns if c.role == "identifier" and c.name in raw.columns]
        if names:
            at = raw.columns.index(names[0])
            found |= {row[at].strip() for row in raw.rows if row[at].strip()}
    return found


def _named_in(loaded: LoadedTables, owners: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Identifiers that tables know, as rows of the ledger."""
    return [
        (source, identifier.kind, identifier.text)
        for table, raw in loaded.tables
        for source, found in table_identifiers(raw, table, owners).items()
        for identifier in found
    ]


def _enrol_new(
    conn: Connection,
    declared: DeclaredTrial,
    crosswalk: Mapping[str, CrosswalkRow],
    keys: Keys,
    sources: Sequence[str],
) -> None:
    trial = declared.trial
    known = {row["source_id"]: row for row in participants(conn, trial.id)}
    strangers = [s for s in sources if crosswalk and trial.participants.pseudonym and s not in crosswalk]
    if strangers:
        raise Refused(
            f"{len(strangers)} participants of the images are not in the crosswalk",
            where=trial.participants.crosswalk,
            do="add them, or leave `pseudonym` out of [participants] to have pseudonyms made from the key",
        )
    rows = []
    for source in sources:
        entry = crosswalk.get(source, CrosswalkRow())
        pseudonym = entry.pseudonym or keys.pseudonym(source, trial.participants.prefix or trial.id.upper())
        shift = keys.shift_days(source, trial.deidentification.shift_days)
        old = known.get(source, {})
        rows.append(
            {
                "source_id": source,
                "pseudonym": old.get("pseudonym", pseudonym),
                "shift_days": old.get("shift_days", shift),
                "site": entry.site,
                "arm": entry.arm,
            }
        )
    put_participants(conn, trial.id, rows)
    put_identifiers(conn, trial.id, [(source, "id", source) for source in sources])


def _subjects(conn: Connection, trial: str) -> dict[str, Subject]:
    """Everyone, each with what names them and the words that a person had taken out of the whole trial."""
    named, refused = identifiers(conn, trial), refused_words(conn, trial)
    return {
        row["source_id"]: Subject(
            source_id=row["source_id"],
            pseudonym=row["pseudonym"],
            shift_days=row["shift_days"],
            identifiers=refused | {Identifier(kind=k, text=t) for k, t in named.get(row["source_id"], ())},
            site=row["site"],
            arm=row["arm"],
        )
        for row in participants(conn, trial)
    }
