"""Parcels that got lost: when that was found, and how many pieces of each line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0031"

LOST = "lost BIGINT DEFAULT 0 NOT NULL CONSTRAINT ck_shipment_line_lost CHECK (lost >= 0 AND lost <= quantity)"


def upgrade() -> None:
    op.add_column("shipment", sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"ALTER TABLE shipment_line ADD COLUMN {LOST}")


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":  # SQLite's goes with its column
        op.drop_constraint("ck_shipment_line_lost", "shipment_line")
    op.drop_column("shipment_line", "lost")
    op.drop_column("shipment", "lost_at")
