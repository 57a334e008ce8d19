"""Lists as people want them: views under a name, private or everybody's, and columns, rows and density per person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0096"
down_revision = "0093"


def upgrade() -> None:
    op.create_table(
        "list_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_list_view_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_view")),
    )
    op.create_index("ix_list_view_list_staff_id", "list_view", ["list", "staff_id"], unique=False)
    op.create_index(op.f("ix_list_view_staff_id"), "list_view", ["staff_id"], unique=False)
    op.create_table(
        "list_look",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("is_dense", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_list_look_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "list", name=op.f("pk_list_look")),
    )


def downgrade() -> None:
    op.drop_table("list_look")
    op.drop_index(op.f("ix_list_view_staff_id"), table_name="list_view")
    op.drop_index("ix_list_view_list_staff_id", table_name="list_view")
    op.drop_table("list_view")
