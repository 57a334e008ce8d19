"""The logo of the shop, kept in the database, so that copies carry it along."""

from __future__ import annotations

from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    """As it was written of the terms: a table that is made anew on SQLite would lose the name of their key."""
    key = "CONSTRAINT fk_shop_logo_id_stored_file REFERENCES stored_file (id)"
    op.execute(f"ALTER TABLE shop ADD COLUMN logo_id INTEGER {key}")


def downgrade() -> None:
    op.drop_column("shop", "logo_id")
