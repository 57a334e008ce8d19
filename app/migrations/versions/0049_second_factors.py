"""Second factors: the secret of an authenticator app and the last code that was taken, recovery codes, who needs one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.add_column("shop", sa.Column("factor_roles", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("staff", sa.Column("totp_secret", sa.Text, nullable=False, server_default=""))
    op.add_column("staff", sa.Column("totp_step", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"])


def downgrade() -> None:
    op.drop_table("recovery_code")
    for name in ("totp_step", "totp_secret"):
        op.drop_column("staff", name)
    op.drop_column("shop", "factor_roles")
