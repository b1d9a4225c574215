"""Ledgers: migrated to what the code says, and an audit log that cannot be edited unseen."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from guideit.errors import LedgerError
from guideit.ledger import audit
from guideit.ledger.audit_tables import private_audit, private_head
from guideit.ledger.engine import METADATA, Side, begin, open_ledger
from guideit.ledger.lock import archive_lock

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_ledger(tmp_path / "private.db", "private")


def _events(engine: Engine, count: int) -> None:
    with begin(engine) as conn:
        for number in range(count):
            act = audit.Act(at=AT, by="me", act="trial.declare", about="demo", facts={"number": number})
            audit.append(conn, private_audit, act)


def _tamper(engine: Engine, *statements: str) -> None:
    """As someone with write access to the file would: triggers away, then edit."""
    with begin(engine) as conn:
        conn.execute(text("DROP TRIGGER audit_event_no_update"))
        conn.execute(text("DROP TRIGGER audit_event_no_delete"))
        for statement in statements:
            conn.execute(text(statement))


@pytest.mark.parametrize("side", ["private", "shared"])
def test_migrations_make_what_the_code_says(tmp_path: Path, side: Side) -> None:
    engine = open_ledger(tmp_path / "ledger.db", side)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), METADATA[side]) == []


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    open_ledger(tmp_path / "p.db", "private").dispose()
    before = (tmp_path / "p.db").read_bytes()
    open_ledger(tmp_path / "p.db", "private").dispose()
    assert (tmp_path / "p.db").read_bytes() == before


def test_an_archive_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    """It takes longer to import than most looks into a ledger do."""
    open_ledger(tmp_path / "p.db", "private").dispose()
    code = "import sys; from pathlib import Path; from guideit.ledger.engine import open_ledger"
    code += f"; open_ledger(Path({str(tmp_path / 'p.db')!r}), 'private'); print('alembic' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_a_database_of_a_newer_guideit_is_refused(tmp_path: Path, engine: Engine) -> None:
    with begin(engine) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerError, match="newer guideit"):
        open_ledger(tmp_path / "private.db", "private")


def test_private_database_is_its_owners_only(tmp_path: Path, engine: Engine) -> None:
    assert (tmp_path / "private.db").stat().st_mode & 0o077 == 0


def test_an_unbroken_log_is_proved(engine: Engine) -> None:
    _events(engine, 5)
    with begin(engine) as conn:
        proof = audit.verify(conn, private_audit)
    assert proof.events == 5
    assert len(proof.head) == 64


def test_an_event_is_gone_with_its_act(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), begin(engine) as conn:
        audit.append(conn, private_audit, audit.Act(at=AT, by="me", act="x", about="y", facts={}))
        raise ZeroDivisionError
    with begin(engine) as conn:
        assert audit.verify(conn, private_audit).events == 0


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET about='x'", "DELETE FROM audit_event"])
def test_the_database_itself_refuses_edits(engine: Engine, statement: str) -> None:
    _events(engine, 2)
    with pytest.raises(DBAPIError, match="append-only"), begin(engine) as conn:
        conn.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_event SET about='else' WHERE seq=2", 2),
        ("UPDATE audit_event SET facts='{\"number\": 7}' WHERE seq=3", 3),
        ("DELETE FROM audit_event WHERE seq=1", 1),
        ("DELETE FROM audit_event WHERE seq=3", 3),
        ("DELETE FROM audit_event WHERE seq=5", 5),
        ("UPDATE audit_event SET seq=seq+10 WHERE seq=4", 4),
    ],
)
def test_tampering_is_found_at_the_first_broken_event(engine: Engine, statement: str, broken: int) -> None:
    _events(engine, 5)
    _tamper(engine, statement)
    with pytest.raises(LedgerError, match=f"broken at event {broken}"), begin(engine) as conn:
        audit.verify(conn, private_audit)


def test_cutting_off_the_end_is_found(engine: Engine) -> None:
    _events(engine, 5)
    _tamper(engine, "DELETE FROM audit_event WHERE seq > 3")
    with pytest.raises(LedgerError, match="broken at event 4"), begin(engine) as conn:
        audit.verify(conn, private_audit)


def test_a_data_value_cannot_be_logged(engine: Engine) -> None:
    with pytest.raises(ValueError, match="neither"), begin(engine) as conn:
        facts = {"name": "Müller^Jürgen"}
        audit.append(conn, private_audit, audit.Act(at=AT, by="me", act="x", about="y", facts=facts))


def test_the_head_is_one_row(engine: Engine) -> None:
    _events(engine, 3)
    with begin(engine) as conn:
        assert len(conn.execute(private_head.select()).all()) == 1


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        archive_lock(tmp_path / "lock"),
        pytest.raises(LedgerError, match="another guideit"),
        archive_lock(tmp_path / "lock"),
    ):
        raise AssertionError("not reached")
    with archive_lock(tmp_path / "lock"):
        pass


def test_a_damaged_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "private.db").write_bytes(b"no database at all, but long enough to have a header" * 20)
    with pytest.raises(LedgerError, match="damaged") as broken:
        open_ledger(tmp_path / "private.db", "private")
    assert "backup" in broken.value.do


def test_a_database_that_another_program_holds_is_said(tmp_path: Path, engine: Engine) -> None:
    """A backup program, or somebody's sqlite3."""
    raw = engine.raw_connection()
    raw.cursor().execute("PRAGMA busy_timeout=1")  # not the ten seconds it has otherwise
    raw.close()
    other = sqlite3.connect(tmp_path / "private.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerError, match="holds this database"), begin(engine):
        raise AssertionError("not reached")
    other.close()
