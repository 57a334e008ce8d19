"""The logo of the shop, kept in the database, so that copies carry it along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"

KEY = "fk_shop_logo_id_stored_file"


def upgrade() -> None:
    with op.batch_alter_table("shop") as shop:
        shop.add_column(sa.Column("logo_id", sa.Integer(), nullable=True))
        shop.create_foreign_key(KEY, "stored_file", ["logo_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("shop") as shop:
        shop.drop_constraint(KEY, type_="foreignkey")
        shop.drop_column("logo_id")
