"""Quotes of drafts: how long they are valid, what each revision says, its print, and the links to accept it by.

A quote and its print never change. They go with the demo shop, and when the personal data of their customer are erased.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0029"

MAY_GO = """EXISTS (SELECT 1 FROM orders LEFT JOIN customer ON customer.id = orders.customer_id
    WHERE orders.id = {order} AND (orders.is_demo OR customer.erased_at IS NOT NULL))"""
#: table -> the order of a row that is about to go, and what is fixed
GUARDED = {
    "quote": ("OLD.order_id", "order_id, revision, language, made_on, valid_until, says, snapshot, made_at"),
    "quote_print": (
        "(SELECT quote.order_id FROM quote WHERE quote.id = OLD.quote_id)",
        "quote_id, content, sha256, printed_at",
    ),
}


def upgrade() -> None:
    op.add_column("shop", sa.Column("quote_days", sa.Integer(), nullable=False, server_default="30"))
    op.add_column("orders", sa.Column("quote_days", sa.Integer(), nullable=True))
    make_tables()
    op.execute(
        "ALTER TABLE outgoing_mail ADD COLUMN quote_id INTEGER CONSTRAINT fk_outgoing_mail_quote_id_quote"
        " REFERENCES quote (id)"
    )
    op.create_index("ix_outgoing_mail_quote_id", "outgoing_mail", ["quote_id"])
    for table, (order, fixed) in GUARDED.items():
        guard(table, MAY_GO.format(order=order), fixed)


def make_tables() -> None:
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("says", sa.String(64), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_quote_order_id_orders"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("order_id", "revision", name=op.f("uq_quote_order_id_revision")),
    )
    op.create_table(
        "quote_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["quote.id"], name=op.f("fk_quote_print_quote_id_quote"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_print")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_quote_print_quote_id")),
    )
    op.create_table(
        "quote_link",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["quote.id"], name=op.f("fk_quote_link_quote_id_quote"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_link")),
    )
    op.create_index("ix_quote_link_quote_id", "quote_link", ["quote_id"])


def guard(table: str, may_go: str, fixed: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} WHEN NOT ({may_go}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {fixed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: what is written here never changes'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({may_go}) THEN RAISE EXCEPTION '{table}: rows are never deleted'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_delete()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {fixed} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_index("ix_outgoing_mail_quote_id", table_name="outgoing_mail")
    op.drop_column("outgoing_mail", "quote_id")
    for table in ("quote_link", "quote_print", "quote"):
        op.drop_table(table)
    for table in () if is_sqlite else GUARDED:
        op.execute(f"DROP FUNCTION {table}_delete()")
    op.drop_column("orders", "quote_days")
    op.drop_column("shop", "quote_days")
