"""Verbs on the audit log."""

from __future__ import annotations

from guideit.actions.archive import Archive
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit, shared_audit
from guideit.ledger.engine import begin


def verify_audit(archive: Archive) -> dict[str, audit.AuditProof]:
    """Prove both sides' logs.

    Raises:
        LedgerError: An event was changed, removed or reordered; it names the first broken one.
    """
    proofs = {}
    for side, engine, table in (
        ("private", archive.private, private_audit),
        ("shared", archive.shared, shared_audit),
    ):
        with begin(engine) as conn:
            proofs[side] = audit.verify(conn, table)
    return proofs
