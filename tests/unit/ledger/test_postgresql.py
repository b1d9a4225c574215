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

from guideit.actions.archive import ArchivePlan, init_archive, open_archive
from guideit.actions.audit import verify_audit
from guideit.actions.share import Shared, ShareRequest, share
from guideit.errors import LedgerError, UsageError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit
from guideit.ledger.engine import METADATA, Side, begin, open_ledger, reading
from guideit.settings import TEMPLATE
from guideit.testing.example import ExampleTrial, make_example

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


def test_both_sides_in_one_database_are_refused(database: Database) -> None:
    url = database()
    open_ledger(url, "private").dispose()
    with pytest.raises(LedgerError, match="other side") as refused:
        open_ledger(url, "shared")
    assert "[ledger]" in refused.value.do
    open_ledger(url, "private").dispose()


def test_a_database_that_sorts_by_a_language_is_refused(database: Database) -> None:
    """A release has its rows in the ledger's order: `lesion_1` and `lesion1` may not change places."""
    url = database("-T", "template0", "--locale-provider=icu", "--icu-locale=en-US")
    with pytest.raises(LedgerError, match="sort") as refused:
        open_ledger(url, "private")
    assert "--locale C" in refused.value.do


def test_a_server_that_does_not_answer_is_said(database: Database) -> None:
    url = "postgresql+psycopg://guideit:Geheim99@127.0.0.1:1/nowhere"
    with pytest.raises(LedgerError, match="cannot be reached") as lost:
        open_ledger(url, "private")
    assert "Geheim99" not in str(lost.value)


def test_a_connection_cut_in_a_transaction_is_said_and_nothing_of_it_stays(database: Database) -> None:
    engine = _events(database(), 1)
    with pytest.raises(LedgerError, match="cannot be reached"), begin(engine) as conn:
        audit.append(conn, private_audit, audit.Act(at=AT, by="me", act="x", about="y", facts={}))
        with begin(engine) as other:
            mine = conn.scalar(text("SELECT pg_backend_pid()"))
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        conn.scalar(text("SELECT 1"))
    with begin(engine) as conn:
        assert audit.verify(conn, private_audit).events == 1
    engine.dispose()


def test_what_is_no_url_is_said() -> None:
    with pytest.raises(UsageError, match="no URL"):
        open_ledger("postgresql//Meier", "private")


def test_a_look_sees_one_state(database: Database) -> None:
    """As on SQLite: what is written meanwhile is not half seen."""
    engine = _events(database(), 1)
    with reading(engine) as conn:
        assert audit.verify(conn, private_audit).events == 1
        with begin(engine) as other:
            audit.append(other, private_audit, audit.Act(at=AT, by="me", act="x", about="y", facts={}))
        assert audit.verify(conn, private_audit).events == 1
    with reading(engine) as conn:
        assert audit.verify(conn, private_audit).events == 2
    engine.dispose()


def _share(root: Path, example: ExampleTrial, private: str = "", shared: str = "") -> tuple[Shared, Shared]:
    """Twice the same line: what the first did, and the second found to do."""
    init_archive(root, template=TEMPLATE)
    plan = ArchivePlan(root=root, shelf_url=str(root / "shared/shelf"), private_url=private, shared_url=shared)
    request = ShareRequest(
        trial=example.trial, sources=example.sources, version="1.0", date="2026-01-02", secret=bytes(range(32))
    )
    done = []
    for _ in range(2):
        with open_archive(plan, write=True) as archive:
            done.append(share(archive, request, by="steward", now=lambda: AT))
            assert verify_audit(archive)["shared"].events >= 1
    return done[0], done[1]


def test_a_release_is_the_same_from_either_database(database: Database, tmp_path: Path) -> None:
    """And the same line again finds nothing to do; no SQLite file is made."""
    example = make_example(tmp_path / "trial", participants=3, scale=0.25)
    sqlite, _ = _share(tmp_path / "sqlite", example)
    done, again = _share(tmp_path / "pg", example, database(), database())
    assert done.release == sqlite.release
    assert done.certificate.passed
    assert again.release == done.release
    assert again.submitted.instances == again.deidentified.cleaned == again.checked.passed == 0
    assert not list((tmp_path / "pg").rglob("*.db"))
