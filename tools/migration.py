"""Draft a migration from the difference between the tables in code and the last revision.

python -m tools.migration private "what changes"
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from guideit.ledger.engine import METADATA, Side, open_ledger

VERSIONS = Path("src/guideit/ledger/migrations")
PAGE = '''"""{title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}
'''


def draft(side: Side, title: str) -> Path:
    """Write the next revision's file for `side` and return its path; read it before you commit it."""
    folder = VERSIONS / side / "versions"
    existing = sorted(p.stem for p in folder.glob("0*.py"))
    number = f"{len(existing) + 1:04d}"
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_ledger(Path(scratch) / "ledger.db", side)
        with engine.connect() as conn:
            script = produce_migrations(MigrationContext.configure(conn), METADATA[side])
        engine.dispose()
    assert script.upgrade_ops is not None
    page = PAGE.format(
        title=title,
        revision=number,
        down=existing[-1][:4] if existing else None,
        upgrade=render_python_code(script.upgrade_ops).strip(),
    )
    path = folder / f"{number}_{'_'.join(title.lower().split()[:4])}.py"
    path.write_text(page, "utf-8")
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{draft(sys.argv[1], ' '.join(sys.argv[2:]))}\n")  # type: ignore[arg-type]
