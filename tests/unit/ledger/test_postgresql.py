"""Ledgers on PostgreSQL: the same tables, the same guards, the same release. A server of the test's own runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from guideit.errors import LedgerError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import METADATA, Side, begin, open_ledger

pytest.importorskip("psycopg", reason="no driver: pip install 'guideit[postgresql]'")
PROGRAMS = max(
    Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path("initdb"), key=lambda p: p.parts[-3]
).parent
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Server:
    """A server on a socket in a folder of its own; root may not run one, so `nobody` does where the test is root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._user: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}

    def start(self) -> None:
        if self._user:
            shutil.chown(self.folder, "nobody")
        self._type("initdb", "-D", "data", "-U", "guideit", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self._type("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")

    def stop(self) -> None:
        self._type("pg_ctl", "-D", "data", "-m", "immediate", "stop")

    def database(self, *options: str) -> str:
        """URL of a new database."""
        name = f"d{uuid.uuid4().hex}"
        self._type("createdb", "-h", str(self.folder), "-U", "guideit", *options, name)
        return f"postgresql+psycopg://guideit@/{name}?host={self.folder}"

    def _type(self, program: str, *words: str) -> None:
        line = [str(PROGRAMS / program), *words]
        done = subprocess.run(
            line, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **self._user,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if os.name == "nt" or not (PROGRAMS / "initdb").is_file():
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has 107 bytes at most
    made = Server(folder)
    try:
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder)


Database = Callable[..., str]


@pytest.fixture
def database(server: Server) -> Database:
    return server.database


@pytest.mark.parametrize("side", ["private", "shared"])
def test_migrations_make_what_the_code_says(database: Database, side: Side) -> None:
    engine = open_ledger(database(), side)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), METADATA[side]) == []
    engine.dispose()


def _events(url: str, count: int) -> Any:
    engine = open_ledger(url, "private")
    for number in range(count):
        with begin(engine) as conn:
            act = audit.Act(at=AT, by="me", act="trial.declare", about="demo", facts={"number": number})
            audit.append(conn, private_audit, act)
    return engine


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET about='x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_the_database_itself_refuses_edits(database: Database, statement: str) -> None:
    engine = _events(database(), 2)
    with pytest.raises(DBAPIError, match="append-only"), begin(engine) as conn:
        conn.execute(text(statement))
    with begin(engine) as conn:
        assert audit.verify(conn, private_audit).events == 2
    engine.dispose()


def test_tampering_is_found(database: Database) -> None:
    engine = _events(database(), 3)
    with begin(engine) as conn:
        conn.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        conn.execute(text("UPDATE audit_event SET about='else' WHERE seq=2"))
    with pytest.raises(LedgerError, match="broken at event 2"), begin(engine) as conn:
        audit.verify(conn, private_audit)
    engine.dispose()
