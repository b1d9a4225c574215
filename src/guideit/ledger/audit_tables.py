"""The audit log's table, one on each side, same columns (see `guideit.ledger.audit`)."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table

from guideit.ledger.private_tables import private
from guideit.ledger.shared_tables import shared


def _audit_event(metadata: MetaData) -> Table:
    return Table(
        "audit_event",
        metadata,
        Column("seq", Integer, primary_key=True),  # 1, 2, 3 ... without gaps
        Column("at", String, nullable=False),  # ISO 8601, UTC
        Column("by", String, nullable=False),  # account or operating-system user
        Column("act", String, nullable=False),  # `trial.add`, `submission.complete`, `release.seal`, ...
        Column("about", String, nullable=False),  # id of what it concerns; never a data value
        Column("facts", JSON, nullable=False),  # counts and digests
        Column("previous", String, nullable=False),  # hash of the event before
        Column("hash", String, nullable=False, unique=True),
    )


private_audit = _audit_event(private)
shared_audit = _audit_event(shared)
