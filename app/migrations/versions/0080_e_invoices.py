"""E-invoices that were made, and what a rate of 0 % stands for in the shop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0066"

#: Like a print, it goes with the demo shop only.
MAY_GO = "EXISTS (SELECT 1 FROM invoice WHERE invoice.id = OLD.invoice_id AND invoice.is_demo)"
FIXED = "invoice_id, revision, format, content, sha256, made_at"


def upgrade() -> None:
    op.create_table(
        "e_invoice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=30), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_e_invoice_invoice_id_invoice"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_e_invoice")),
        sa.UniqueConstraint("invoice_id", "revision", "format", name=op.f("uq_e_invoice_invoice_id_revision_format")),
    )
    op.add_column("shop", sa.Column("zero_rate", sa.String(length=20), nullable=False, server_default=""))
    guard()


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER e_invoice_is_kept BEFORE DELETE ON e_invoice WHEN NOT ({MAY_GO}) "
            "BEGIN SELECT RAISE(ABORT, 'e_invoice: rows are never deleted'); END"
        )
        op.execute(
            f"CREATE TRIGGER e_invoice_is_fixed BEFORE UPDATE OF {FIXED} ON e_invoice "
            "BEGIN SELECT RAISE(ABORT, 'e_invoice: what is written here never changes'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION e_invoice_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({MAY_GO}) THEN RAISE EXCEPTION 'e_invoice: rows are never deleted'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER e_invoice_is_kept BEFORE DELETE ON e_invoice FOR EACH ROW EXECUTE FUNCTION e_invoice_delete()"
    )
    op.execute(
        f"CREATE TRIGGER e_invoice_is_fixed BEFORE UPDATE OF {FIXED} ON e_invoice "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_column("shop", "zero_rate")
    op.drop_table("e_invoice")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION e_invoice_delete()")
