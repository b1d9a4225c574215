"""Opening a ledger: SQLite by default, PostgreSQL by URL; migrated by Alembic before anyone reads it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, event

from guideit.errors import LedgerError
from guideit.ledger import audit_tables  # noqa: F401 both sides' metadata hold their audit log
from guideit.ledger.private_tables import private
from guideit.ledger.shared_tables import shared

Side = Literal["private", "shared"]
METADATA: dict[Side, MetaData] = {"private": private, "shared": shared}


def open_ledger(place: Path | str, side: Side) -> Engine:
    """Open the ledger of one side, bringing its schema up to date.

    Args:
        place: A file (SQLite), or a SQLAlchemy URL.
        side: Which tables it holds.

    Raises:
        LedgerError: It was written by a newer guideit.
    """
    engine = _sqlite(place, side) if isinstance(place, Path) else create_engine(place)
    _migrate(engine, side)
    return engine


@contextmanager
def begin(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error."""
    with engine.begin() as conn:
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent look that takes no lock: writers go on meanwhile."""
    with engine.execution_options(reading=True).connect() as conn:
        yield conn


def _sqlite(path: Path, side: Side) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600 if side == "private" else 0o644)
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare(raw: Any, _record: Any) -> None:
    """WAL with full durability: a committed event survives a power cut."""
    raw.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_immediate(conn: Connection) -> None:
    """Take the write lock at once, unless only reading: a transaction never fails half way for lack of it."""
    conn.exec_driver_sql("BEGIN" if conn.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def _script(side: Side) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(files("guideit.ledger") / "migrations" / side))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _migrate(engine: Engine, side: Side) -> None:
    script = _script(side)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with engine.connect() as conn:
        if _up_to_date(conn, script):
            return
    with engine.begin() as conn:
        environment = EnvironmentContext(Config(), script, fn=lambda rev, _: script._upgrade_revs("head", rev))
        environment.configure(connection=conn, target_metadata=METADATA[side])
        environment.run_migrations()


def _up_to_date(conn: Connection, script: ScriptDirectory) -> bool:
    current = MigrationContext.configure(conn).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise LedgerError(
            "this database was written by a newer guideit",
            where=str(conn.engine.url.database),
            do="upgrade guideit",
        )
    return current == script.get_current_head()
