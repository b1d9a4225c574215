"""Every reading of a finding is kept, a person's second one too; decisions taken before are the first readings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EARLIER = """
INSERT INTO reading (finding, reader, decision, reason, at)
SELECT id, decided_by, decision, reason, decided_at FROM finding
WHERE decision <> '' AND id NOT IN (SELECT finding FROM reading)
"""


def upgrade() -> None:
    with op.batch_alter_table("reading") as batch:
        batch.drop_constraint("uq_reading_reader", type_="unique")
    op.create_index("ix_reading_finding", "reading", ["finding"])
    op.execute(sa.text(EARLIER))
