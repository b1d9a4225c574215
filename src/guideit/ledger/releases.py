"""Queries on sealed releases (shared side)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select

from guideit.ledger.engine import reading
from guideit.ledger.shared_tables import release, release_series
from guideit.trial.release import Release, release_from_json


def put_release(conn: Connection, sealed: Release, series: Iterable[Mapping[str, Any]], *, at: datetime) -> bool:
    """Record a sealed release and its series; False where it is recorded already."""
    if conn.scalar(select(release.c.id).where(release.c.id == sealed.id)):
        return False
    row = {"id": sealed.id, "trial": sealed.trial, "version": sealed.version, "root": sealed.root}
    conn.execute(release.insert().values(**row, seal=sealed.to_json(), sealed_at=at.isoformat()))
    rows = [{"release": sealed.id, **item} for item in series]
    if rows:
        conn.execute(release_series.insert(), rows)
    return True


def get_release(conn: Connection, id: str) -> Release | None:
    """A recorded release, or None."""
    seal = conn.scalar(select(release.c.seal).where(release.c.id == id))
    return release_from_json(seal) if seal else None


def sealed_at(ledger: Engine, id: str) -> str:
    """When a release was sealed, ISO 8601; empty where it is not recorded."""
    with reading(ledger) as conn:
        return conn.scalar(select(release.c.sealed_at).where(release.c.id == id)) or ""


def release_ids(conn: Connection, trial: str | None = None) -> list[str]:
    """Ids of recorded releases in the order of sealing."""
    query = select(release.c.id).order_by(release.c.sealed_at, release.c.id)
    return list(conn.scalars(query.where(release.c.trial == trial) if trial else query))
