"""Opening a ledger: SQLite by default, PostgreSQL by URL; migrated by Alembic before anyone reads it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from guideit.errors import LedgerError, UsageError
from guideit.ledger import audit_tables  # noqa: F401 both sides' metadata hold their audit log
from guideit.ledger.private_tables import private
from guideit.ledger.shared_tables import shared

Side = Literal["private", "shared"]
METADATA: dict[Side, MetaData] = {"private": private, "shared": shared}


def open_ledger(place: Path | str, side: Side) -> Engine:
    """Open the ledger of one side, bringing its schema up to date.

    Args:
        place: A file (SQLite), or the URL of a PostgreSQL database, which this side has to itself.
        side: Which tables it holds.

    Raises:
        LedgerError: It was written by a newer guideit, is damaged, or is busy; on PostgreSQL also: it does not answer,
            holds the other side, or sorts by a language.
        UsageError: The URL is none.
    """
    engine = _sqlite(place, side) if isinstance(place, Path) else _postgresql(place, side)
    with _lost_said(engine):
        if not _up_to_date(engine, side):
            from guideit.ledger.schema import migrate  # imports Alembic, which most commands do not need

            migrate(engine, side, METADATA[side])
    return engine


@contextmanager
def begin(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error.

    Raises:
        LedgerError: The database's server went away.
    """
    with _lost_said(engine), engine.begin() as conn:
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent look that takes no lock: writers go on meanwhile; raises as `begin` does."""
    with _lost_said(engine), engine.execution_options(reading=True).connect() as conn:
        yield conn


def _sqlite(path: Path, side: Side) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600 if side == "private" else 0o644)
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _postgresql(url: str, side: Side) -> Engine:
    """Transactions look at one state of the database from their beginning on, as SQLite's do."""
    try:
        engine = create_engine(url, isolation_level="REPEATABLE READ")
    except ArgumentError as wrong:
        raise UsageError("this is no URL of a database", where=f"{side} ledger", do=_SETTING) from wrong
    except ModuleNotFoundError as missing:
        raise LedgerError("PostgreSQL's driver is not installed", do="pip install 'guideit[postgresql]'") from missing
    with reading(engine) as conn:
        _check_order(conn)
        _check_side(conn, side)
    return engine


_SETTING = "say [ledger] in guideit.toml: postgresql+psycopg://user@host/database"
_BYTE_ORDER = "SELECT 'Z' < '_' AND '_' < 'a' AND 'z' < U&'\\00E9'"


def _check_order(conn: Connection) -> None:
    """Rows reach a release in their order, which must be SQLite's: by bytes, in no language's alphabet."""
    if conn.scalar(text("SHOW server_encoding")) != "UTF8" or not conn.scalar(text(_BYTE_ORDER)):
        raise LedgerError(
            "this database does not sort text by the bytes of UTF-8",
            where=str(conn.engine.url.database),
            do="make it anew: createdb --template template0 --encoding UTF8 --locale C DATABASE",
        )


def _check_side(conn: Connection, side: Side) -> None:
    """The two trust zones never share a database."""
    other = METADATA["shared" if side == "private" else "private"]
    if set(inspect(conn).get_table_names()) & (other.tables.keys() - METADATA[side].tables.keys()):
        raise LedgerError(
            "this database holds the other side's ledger",
            where=str(conn.engine.url.database),
            do="give each side a database of its own: [ledger] in guideit.toml",
        )


@contextmanager
def _lost_said(engine: Engine) -> Iterator[None]:
    """Work with a database that may not be there.

    Raises:
        LedgerError: Its server is away, its file is damaged, or another program holds it.
    """
    try:
        yield
    except DatabaseError as failed:
        kind = _kind(failed)
        if kind is None:
            raise
        what, do = _LOST[kind]
        raise LedgerError(what, where=str(engine.url.database), do=do) from failed


_LOST = {
    "away": (
        "the database's server cannot be reached",
        "see that it runs and lets you in (PGPASSWORD or ~/.pgpass), then type the same line again",
    ),
    "busy": ("another program holds this database", "wait for it to end, then type the same line again"),
    "damaged": ("this database is damaged, or none", "put it back from its backup"),
}
_SQLITE = {5: "busy", 6: "busy", 11: "damaged", 26: "damaged"}
"""SQLITE_BUSY, _LOCKED, _CORRUPT and _NOTADB."""


def _kind(failed: DatabaseError) -> str | None:
    """Which of `_LOST` it is; None: another error."""
    if isinstance(failed.orig, sqlite3.Error):
        return _SQLITE.get(getattr(failed.orig, "sqlite_errorcode", 0) & 0xFF)
    answered = getattr(failed.orig, "sqlstate", None) and not failed.connection_invalidated
    return None if answered or not isinstance(failed, OperationalError) else "away"


def _prepare(raw: Any, _record: Any) -> None:
    """WAL with full durability: a committed event survives a power cut."""
    raw.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_immediate(conn: Connection) -> None:
    """Take the write lock at once, unless only reading: a transaction never fails half way for lack of it."""
    conn.exec_driver_sql("BEGIN" if conn.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def _up_to_date(engine: Engine, side: Side) -> bool:
    """Whether a ledger's schema is this guideit's newest: revisions are numbered as their files are."""
    versions = files("guideit.ledger") / "migrations" / side / "versions"
    newest = max(file.name[:4] for file in versions.iterdir() if file.name[:4].isdigit())
    with engine.connect() as conn:
        if not inspect(conn).has_table("alembic_version"):
            return False
        return conn.scalars(text("SELECT version_num FROM alembic_version")).all() == [newest]
