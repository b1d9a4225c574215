"""Declared clinical tables: found, read, cleaned with the images' pseudonyms and shifts, written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from guideit.actions.archive import Archive
from guideit.actions.clean_series import DOUBTS
from guideit.actions.doubtful_texts import write_doubts
from guideit.actions.population import population_size
from guideit.actions.trials import DeclaredTrial
from guideit.deid.policy import load_policy
from guideit.deid.risk.offsets import with_offsets
from guideit.deid.risk.protect import protect
from guideit.deid.subject import Subject
from guideit.deid.table_files import table_files
from guideit.deid.table_formats import RawTable, read_table
from guideit.deid.table_rules import table_rules
from guideit.deid.tables import CleanTable, clean_table
from guideit.errors import NotUnderstood
from guideit.ledger.engine import begin
from guideit.ledger.findings import replace_findings
from guideit.ledger.series import drop_clean_tables, put_clean_table
from guideit.ledger.series import table_files as received_tables
from guideit.storage.durable import flush_tree
from guideit.trial.finding import Finding, Severity
from guideit.trial.model import Table
from guideit.version import __version__


@dataclass(frozen=True, kw_only=True)
class LoadedTables:
    """The declared tables that were found, and what is said of those that were not or cannot be read.

    `digests` are SHA-256 of their files, by table id.
    """

    tables: tuple[tuple[Table, RawTable], ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = field(default=())


def load_tables(archive: Archive, declared: DeclaredTrial) -> LoadedTables:
    """Find each declared table beside trial.toml, else among the received files, and read it."""
    loaded: list[tuple[Table, RawTable]] = []
    findings: list[Finding] = []
    digests: dict[str, str] = {}
    with begin(archive.private) as conn:
        received = received_tables(conn, declared.trial.id)
    for table in declared.trial.tables:
        found = table_sources(archive, declared, received, table)
        if len(found) != 1:
            findings.append(_missing(table, len(found)))
            continue
        body = found[0].read_bytes()
        digests[table.id] = hashlib.sha256(body).hexdigest()
        try:
            loaded.append((table, read_table(body, name=PurePosixPath(table.file).name)))
        except NotUnderstood as reason:
            findings.append(_unreadable(table, reason))
    return LoadedTables(tables=tuple(loaded), findings=tuple(findings), digests=digests)


def table_sources(
    archive: Archive, declared: DeclaredTrial, received: Sequence[Mapping[str, object]], table: Table
) -> list[Path]:
    """Files that fit a declared table: those beside trial.toml, else those received."""
    return _files(declared, table.file) or _among(archive, received, table.file)


def _files(declared: DeclaredTrial, pattern: str) -> list[Path]:
    """Files beside trial.toml; a pattern cannot lead out of that folder."""
    if ".." in PurePosixPath(pattern).parts or PurePosixPath(pattern).is_absolute():
        return []
    return sorted(path for path in declared.folder.glob(pattern) if path.is_file())


def _among(archive: Archive, received: Sequence[Mapping[str, object]], pattern: str) -> list[Path]:
    """Received files whose path ends as the pattern says; the same bytes count once."""
    names = {
        str(row["blake3"]): archive.quarantine / str(row["location"])
        for row in received
        if fnmatch(str(row["name"]), pattern) or fnmatch(str(row["name"]), f"*/{pattern}")
    }
    return sorted(names.values())


def _missing(table: Table, count: int) -> Finding:
    says = "the declared table was not found" if not count else f"{count} files fit the declared table"
    return Finding(
        rule="table.not-found" if not count else "table.ambiguous",
        severity=Severity.WARN,
        place=f"table/{table.id}",
        says=says,
        do="put it beside trial.toml or submit it; `file` names it",
    )


def _unreadable(table: Table, reason: NotUnderstood) -> Finding:
    place = f"table/{table.id}"
    return Finding(rule="table.unreadable", severity=Severity.WARN, place=place, says=reason.what, do=reason.do)


def clean_tables(
    archive: Archive,
    declared: DeclaredTrial,
    loaded: LoadedTables,
    subjects: Mapping[str, Subject],
    aliases: Mapping[str, str],
) -> int:
    """Clean every loaded table, coarsen all together; returns how many are in the clean folder now.

    A table with a blocking finding stays back.
    """
    trial = declared.trial.id
    policy = load_policy(declared.trial.deidentification)
    rules = table_rules(policy, archive.keys(trial), subjects.values(), aliases)
    cleaned = [clean_table(raw, table, rules) for table, raw in loaded.tables]
    findings = [*loaded.findings, *(f for table in cleaned for f in table.findings)]
    passed = [t for t in cleaned if not any(f.severity is Severity.BLOCK for f in t.findings)]
    people = {s.pseudonym for s in subjects.values()}
    real, number = policy.dates == "keep", population_size(declared)
    passed = list(with_offsets(declared.trial, passed, people))
    protected = protect(declared.trial, passed, people, real_dates=real, population=number)
    inputs = table_inputs(archive, declared, loaded, subjects, aliases)
    rows = [_written(archive, table) | {"inputs": inputs[table.id]} for table in protected.tables]
    for table in protected.tables:
        write_doubts(archive.clean / f"{inputs[table.id]}{DOUBTS}", table.doubtful)
    flush_tree(archive.clean)
    with begin(archive.private) as conn:
        replace_findings(conn, trial, "table.", findings)
        replace_findings(conn, trial, "risk.table", protected.findings)
        drop_clean_tables(conn, trial)
        for row in rows:
            put_clean_table(conn, trial, row)
    return len(rows)


def table_inputs(
    archive: Archive,
    declared: DeclaredTrial,
    loaded: LoadedTables,
    subjects: Mapping[str, Subject],
    aliases: Mapping[str, str],
) -> dict[str, str]:
    """By table id, SHA-256 of all that decides a cleaned table: tool, policy, key, people, declarations, bytes.

    A table is coarsened with all others, so each depends on all.
    """
    trial = declared.trial
    everyone = [
        [s.source_id, s.pseudonym, s.shift_days, sorted([i.kind, i.text] for i in s.identifiers)]
        for s in sorted(subjects.values(), key=lambda subject: subject.source_id)
    ]
    common = [__version__, load_policy(trial.deidentification).digest, archive.keys(trial.id).id, everyone]
    tables = [(table, loaded.digests[table.id]) for table, _ in loaded.tables]
    common += [sorted(aliases.items()), repr((trial.risk, population_size(declared), trial.sites, tables))]
    shared = hashlib.sha256(json.dumps(common, ensure_ascii=True).encode()).hexdigest()
    return {table.id: hashlib.sha256(f"{shared} {table.id}".encode()).hexdigest() for table, _ in tables}


def _written(archive: Archive, table: CleanTable) -> dict[str, object]:
    """Write a table's files under their digests."""
    objects: list[list[object]] = []
    for path, body in sorted(table_files(table).items()):
        digest = hashlib.sha256(body).hexdigest()
        half = archive.work / f"{digest}.half"
        half.write_bytes(body)
        half.replace(archive.clean / f"{digest}.table")
        objects.append([path, len(body), digest])
    changes = {f"{column}|{rule}": count for (column, rule), count in sorted(table.changes.items())}
    return {"name": table.id, "objects": objects, "changes": changes}
