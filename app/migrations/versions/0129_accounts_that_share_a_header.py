"""Recipes of several accounts with one header, and who else has a VAT number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0129"
down_revision = "0124"

COMPACT = "upper(replace(replace(replace(replace(vat_id, ' ', ''), '.', ''), '-', ''), '/', ''))"
HAS_NUMBER = sa.text("vat_id <> ''")
BANKS = "statement_recipe"


def upgrade() -> None:
    be_unique("digest", "account")
    for table in ("customer", "orders"):
        op.create_index(
            f"ix_{table}_vat_number",
            table,
            [sa.text(COMPACT)],
            sqlite_where=HAS_NUMBER,
            postgresql_where=HAS_NUMBER,
        )


def be_unique(*columns: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        was = next(iter(sa.inspect(op.get_bind()).get_unique_constraints(BANKS)))
        op.drop_constraint(str(was["name"]), BANKS)
        op.create_unique_constraint(None, BANKS, columns)
        return
    op.rename_table(BANKS, "before")  # SQLite changes no constraint of a table
    op.create_table(
        BANKS,
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
        sa.UniqueConstraint(*columns),
    )
    names = "id, digest, title, columns, decimal_mark, date_form, out_words, account, made_at, made_by"
    op.execute(f"INSERT INTO {BANKS} ({names}) SELECT {names} FROM before")
    op.drop_table("before")


def downgrade() -> None:
    for table in ("customer", "orders"):
        op.drop_index(f"ix_{table}_vat_number", table_name=table)
    op.execute(f"DELETE FROM {BANKS} WHERE id NOT IN (SELECT min(id) FROM {BANKS} GROUP BY digest)")
    be_unique("digest")
