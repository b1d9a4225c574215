"""Alembic's environment: the connection is handed in by `guideit.ledger.engine`."""

from alembic import context

context.run_migrations()
