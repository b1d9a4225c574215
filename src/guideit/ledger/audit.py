"""The audit log: append-only and hash-linked, written in the transaction of the act it records.

Each event's hash covers its own facts and the hash before. The head, the last number and hash, is kept
in `audit_head` by the same transaction, so that cutting off the end is found too; who wants proof against
someone able to rewrite the whole database keeps the printed head elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from guideit.errors import LedgerError
from guideit.ledger.audit_tables import head_of
from guideit.ledger.upsert import insert_or

GENESIS = "0" * 64
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#@+ -]{0,200}")


@dataclass(frozen=True, kw_only=True)
class AuditProof:
    """An unbroken log: how many events, and the last one's hash."""

    events: int
    head: str


@dataclass(frozen=True, kw_only=True)
class Act:
    """What was done: when, by whom, which act, on what, with which counts, digests and ids."""

    at: datetime
    by: str
    act: str
    about: str
    facts: Mapping[str, Any]


def append(conn: Connection, table: Table, act: Act) -> int:
    """Record an act; returns its number.

    Raises:
        ValueError: A fact is neither a number, a digest nor an id: it could carry a data value.
    """
    _refuse_values({"act": act.act, "about": act.about} | dict(act.facts))
    head = head_of(table)
    seq, previous = conn.execute(select(head.c.seq, head.c.hash)).one_or_none() or (0, GENESIS)
    event = {
        "seq": seq + 1,
        "at": act.at.astimezone(UTC).isoformat(),
        "by": act.by,
        "act": act.act,
        "about": act.about,
        "facts": dict(act.facts),
        "previous": previous,
    }
    digest = _hash(event)
    conn.execute(table.insert().values(**event, hash=digest))
    fresh = insert_or(conn, head).values(id=1, seq=seq + 1, hash=digest)
    changed = {"seq": seq + 1, "hash": digest}
    conn.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=changed))
    return seq + 1


def verify(conn: Connection, table: Table) -> AuditProof:
    """Read every event and prove the chain.

    Raises:
        LedgerError: The number of the first event that was changed, removed, reordered or cut off.
    """
    seq, previous = 0, GENESIS
    for row in conn.execute(select(table).order_by(table.c.seq)).mappings():
        event = {name: row[name] for name in ("seq", "at", "by", "act", "about", "facts", "previous")}
        if row["seq"] != seq + 1 or row["previous"] != previous or row["hash"] != _hash(event):
            raise _broken(table, seq + 1)
        seq, previous = row["seq"], row["hash"]
    head = head_of(table)
    kept = conn.execute(select(head.c.seq, head.c.hash)).one_or_none() or (0, GENESIS)
    if tuple(kept) != (seq, previous):
        raise _broken(table, seq + 1)
    return AuditProof(events=seq, head=previous)


def _broken(table: Table, seq: int) -> LedgerError:
    side = "private" if "participant" in table.metadata.tables else "shared"
    return LedgerError(
        f"the audit log is broken at event {seq}",
        where=f"{side} side",
        why="an event was changed, removed, reordered or cut off",
        do="compare with a backup, and tell the data protection officer",
    )


def _hash(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(event, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _refuse_values(facts: Mapping[str, Any]) -> None:
    for name, fact in facts.items():
        if fact is None or isinstance(fact, bool | int | float):
            continue
        if not (isinstance(fact, str) and (fact == "" or _ID.fullmatch(fact))):
            raise ValueError(f"audit fact {name!r} is neither a number nor an id")
