"""Queries on received instances and on cleaned series and tables (private side)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update

from guideit.ledger.private_tables import clean_series, clean_table, instance, source_file
from guideit.ledger.upsert import insert_or


def received_series(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """One row per received series: patient, study, series, modality, count; in a fixed order."""
    columns = (instance.c.patient, instance.c.series)
    query = (
        select(*columns, func.min(instance.c.modality).label("modality"), func.count().label("instances"))
        .where(instance.c.trial == trial_id)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def instances_of(conn: Connection, trial_id: str, patient: str, series: str) -> list[dict[str, Any]]:
    """The instances of one received series with the files they lie in, by SOP Instance UID."""
    query = (
        select(
            instance,
            source_file.c.blake3,
            source_file.c.location,
            source_file.c.size,
            source_file.c.submission,
        )
        .join(source_file, source_file.c.id == instance.c.file)
        .where((instance.c.trial == trial_id) & (instance.c.patient == patient) & (instance.c.series == series))
        .order_by(instance.c.sop)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def first_instances(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """One instance of each received series: patient, study, series, header; in a fixed order."""
    place = (instance.c.patient, instance.c.study, instance.c.series)
    first = select(func.min(instance.c.id)).where(instance.c.trial == trial_id).group_by(*place)
    query = select(*place, instance.c.header).where(instance.c.id.in_(first)).order_by(*place)
    return [dict(row) for row in conn.execute(query).mappings()]


def patients(conn: Connection, trial_id: str) -> list[str]:
    """Source ids of everyone with an instance, sorted."""
    query = select(instance.c.patient).where(instance.c.trial == trial_id).distinct()
    return sorted(conn.scalars(query))


def table_files(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """Received files that may be clinical tables, by source and name."""
    mine = (source_file.c.trial == trial_id) & (source_file.c.state == "table")
    query = select(source_file).where(mine).order_by(source_file.c.source, source_file.c.name)
    return [dict(row) for row in conn.execute(query).mappings()]


def received_counts(conn: Connection, trial_id: str) -> dict[str, int]:
    """How many files lie in each state."""
    query = select(source_file.c.state, func.count()).where(source_file.c.trial == trial_id)
    return {state: count for state, count in conn.execute(query.group_by(source_file.c.state))}


def clean_rows(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """Every cleaned series, by pseudonym and released UIDs."""
    order = (clean_series.c.pseudonym, clean_series.c.study_out, clean_series.c.series_out)
    query = select(clean_series).where(clean_series.c.trial == trial_id).order_by(*order)
    return [dict(row) for row in conn.execute(query).mappings()]


def put_clean_series(conn: Connection, trial_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add cleaned series, each replacing what its source series had before."""
    for row in rows:
        fresh = insert_or(conn, clean_series).values(trial=trial_id, verified="", **row)
        changed = {k: v for k, v in row.items() if k not in {"patient", "series"}} | {"verified": ""}
        conn.execute(fresh.on_conflict_do_update(index_elements=["trial", "patient", "series"], set_=changed))


def drop_clean_series(conn: Connection, ids: Iterable[int]) -> None:
    """Forget cleaned series that are held back now."""
    conn.execute(clean_series.delete().where(clean_series.c.id.in_(list(ids))))


def mark_verified(conn: Connection, marks: Mapping[int, str]) -> None:
    """Write what the verifier passed: row id -> digest of the facts it was proved with."""
    for id, digest in marks.items():
        conn.execute(update(clean_series).where(clean_series.c.id == id).values(verified=digest))


def clean_tables(conn: Connection, trial_id: str) -> list[dict[str, Any]]:
    """Every cleaned table, by name."""
    query = select(clean_table).where(clean_table.c.trial == trial_id).order_by(clean_table.c.name)
    return [dict(row) for row in conn.execute(query).mappings()]


def drop_clean_tables(conn: Connection, trial_id: str) -> None:
    """Forget every cleaned table of the trial."""
    conn.execute(clean_table.delete().where(clean_table.c.trial == trial_id))


def drop_clean_table(conn: Connection, trial_id: str, name: str) -> None:
    """Forget one cleaned table: it is held back."""
    conn.execute(clean_table.delete().where((clean_table.c.trial == trial_id) & (clean_table.c.name == name)))


def put_clean_table(conn: Connection, trial_id: str, row: Mapping[str, Any]) -> None:
    """Add a cleaned table, replacing the one of that name."""
    fresh = insert_or(conn, clean_table).values(trial=trial_id, **row)
    changed = {k: v for k, v in row.items() if k != "name"}
    conn.execute(fresh.on_conflict_do_update(index_elements=["trial", "name"], set_=changed))
