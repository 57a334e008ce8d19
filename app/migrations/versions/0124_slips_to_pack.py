"""The packing slips that lie open are found without looking at those that went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0124"
down_revision = "0116"

LIES_OPEN = sa.text("sent_at IS NULL AND withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_shipment_open", "shipment", ["id"], sqlite_where=LIES_OPEN, postgresql_where=LIES_OPEN)


def downgrade() -> None:
    op.drop_index("ix_shipment_open", table_name="shipment")
