"""When sign-ins end and who they were proved by, from where; browsers that are known; a time zone of one's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0052"

#: setting -> what every shop begins with
LIMITS = {"signin_hours": "12", "signin_days": "30", "fresh_minutes": "15"}


def upgrade() -> None:
    for name, begins in LIMITS.items():
        op.add_column("shop", sa.Column(name, sa.Integer, nullable=False, server_default=begins))
    op.add_column("staff", sa.Column("time_zone", sa.String(60), nullable=False, server_default=""))
    op.add_column("staff_session", sa.Column("address", sa.String(60), nullable=False, server_default=""))
    # Nobody knows of those who are signed in now whether they asked to stay so: nobody is signed out by this.
    op.add_column("staff_session", sa.Column("stays", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("staff_session", sa.Column("proved_at", sa.DateTime(timezone=True)))
    op.create_table(
        "staff_browser",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_browser_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_browser")),
    )
    op.create_index(op.f("ix_staff_browser_staff_id"), "staff_browser", ["staff_id"])


def downgrade() -> None:
    op.drop_table("staff_browser")
    for name in ("proved_at", "stays", "address"):
        op.drop_column("staff_session", name)
    op.drop_column("staff", "time_zone")
    for name in LIMITS:
        op.drop_column("shop", name)
