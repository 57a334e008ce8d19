"""The number of a house and its extension, apart from the line of the street, where a source says them apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"

TABLES = ("order_address", "customer_address")


def upgrade() -> None:
    for table in TABLES:
        for name in ("house_number", "house_extension"):
            op.add_column(table, sa.Column(name, sa.String(60), nullable=False, server_default=""))


def downgrade() -> None:
    """The line of the street says both."""
    for table in TABLES:
        for name in ("house_number", "house_extension"):
            op.drop_column(table, name)
