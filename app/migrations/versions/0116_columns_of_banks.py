"""Which column is what in the CSV of a bank that nobody knows, and the files that wait for it to be said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0116"
down_revision = "0111"


def upgrade() -> None:
    op.create_table(
        "statement_recipe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("decimal_mark", sa.String(length=1), nullable=False),
        sa.Column("date_form", sa.String(length=3), nullable=False),
        sa.Column("out_words", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    is_unknown = sa.text("form = 'unknown'")
    op.create_index(
        "ix_statement_file_unknown",
        "statement_file",
        ["read_at", "id"],
        sqlite_where=is_unknown,
        postgresql_where=is_unknown,
    )


def downgrade() -> None:
    op.drop_index("ix_statement_file_unknown", table_name="statement_file")
    op.drop_table("statement_recipe")
