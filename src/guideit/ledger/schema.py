"""Bringing a ledger's schema up to date, by Alembic."""

from __future__ import annotations

import logging
from importlib.resources import files

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData

from guideit.errors import LedgerError


def migrate(engine: Engine, side: str, metadata: MetaData) -> None:
    """Run the migrations of one side (`private` or `shared`) that a database has not had.

    Raises:
        LedgerError: It was written by a newer guideit.
    """
    script = _script(side)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with engine.connect() as conn:
        _check_known(conn, script)
    with engine.begin() as conn:
        environment = EnvironmentContext(Config(), script, fn=lambda rev, _: script._upgrade_revs("head", rev))
        environment.configure(connection=conn, target_metadata=metadata)
        environment.run_migrations()


def _script(side: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(files("guideit.ledger") / "migrations" / side))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _check_known(conn: Connection, script: ScriptDirectory) -> None:
    current = MigrationContext.configure(conn).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise LedgerError(
            "this database was written by a newer guideit",
            where=str(conn.engine.url.database),
            do="upgrade guideit",
        )
