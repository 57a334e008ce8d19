"""A shop may hand over a key by itself: by which token, for which address, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0040"

TEXTS = ("key_digest", "key_address")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("connection", sa.Column(name, sa.String(255), nullable=False, server_default=""))
    op.add_column("connection", sa.Column("key_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for name in ("key_until", *TEXTS):
        op.drop_column("connection", name)
