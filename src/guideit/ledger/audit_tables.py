"""The audit log's tables, the same on each side, and the triggers that guard them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

from guideit.ledger.private_tables import private
from guideit.ledger.shared_tables import shared


def _audit_event(metadata: MetaData) -> Table:
    return Table(
        "audit_event",
        metadata,
        Column("seq", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ... without gaps
        Column("at", String, nullable=False),  # ISO 8601, UTC
        Column("by", String, nullable=False),  # account or operating-system user
        Column("act", String, nullable=False),  # `trial.declare`, `release.seal`, ...
        Column("about", String, nullable=False),  # id of what it concerns; never a data value
        Column("facts", JSON, nullable=False),  # counts, digests and ids
        Column("previous", String, nullable=False),  # hash of the event before
        Column("hash", String, nullable=False, unique=True),
    )


def _audit_head(metadata: MetaData) -> Table:
    return Table(
        "audit_head",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
        Column("seq", Integer, nullable=False),
        Column("hash", String, nullable=False),
    )


private_audit, private_head = _audit_event(private), _audit_head(private)
shared_audit, shared_head = _audit_event(shared), _audit_head(shared)


def head_of(table: Table) -> Table:
    """The head's table on the same side as an audit log."""
    return table.metadata.tables["audit_head"]


SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL_GUARDS = (
    "CREATE FUNCTION audit_event_append_only() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only()",
)
"""What the first migration runs after making the tables, so that not even a bug of ours edits the log."""
