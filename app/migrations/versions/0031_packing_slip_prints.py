"""Packing slips are printed once and kept, as invoices are.

Nobody changes a print. It goes with the demo shop, and when the personal data of its customer are erased.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0020"

MAY_GO = """EXISTS (SELECT 1 FROM shipment JOIN orders ON orders.id = shipment.order_id
    LEFT JOIN customer ON customer.id = orders.customer_id
    WHERE shipment.id = OLD.shipment_id AND (shipment.is_demo OR customer.erased_at IS NOT NULL))"""
FIXED = "shipment_id, language, says, content, sha256, printed_at"


def upgrade() -> None:
    op.create_table(
        "packing_slip_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("says", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipment.id"],
            name=op.f("fk_packing_slip_print_shipment_id_shipment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packing_slip_print")),
        sa.UniqueConstraint(
            "shipment_id", "language", "says", name=op.f("uq_packing_slip_print_shipment_id_language_says")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgresql()


def guard_on_sqlite() -> None:
    op.execute(
        f"CREATE TRIGGER packing_slip_print_is_kept BEFORE DELETE ON packing_slip_print WHEN NOT ({MAY_GO}) "
        "BEGIN SELECT RAISE(ABORT, 'packing_slip_print: rows are never deleted'); END"
    )
    op.execute(
        f"CREATE TRIGGER packing_slip_print_is_fixed BEFORE UPDATE OF {FIXED} ON packing_slip_print "
        "BEGIN SELECT RAISE(ABORT, 'packing_slip_print: what is written here never changes'); END"
    )


def guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION packing_slip_print_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({MAY_GO}) THEN RAISE EXCEPTION 'packing_slip_print: rows are never deleted'; END IF; "
        "RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER packing_slip_print_is_kept BEFORE DELETE ON packing_slip_print "
        "FOR EACH ROW EXECUTE FUNCTION packing_slip_print_delete()"
    )
    op.execute(
        f"CREATE TRIGGER packing_slip_print_is_fixed BEFORE UPDATE OF {FIXED} ON packing_slip_print "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("packing_slip_print")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION packing_slip_print_delete()")
