"""Orders that another shop invoices are invoiced elsewhere: a fact of the order, and a choice of what brings orders in.

Orders that are here already keep what they have; files and connections that are here already ask for invoices of open
orders. The database refuses an invoice of an order that is invoiced elsewhere, and the other way round.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0013"

CHOOSING = ("connection", "import_batch", "arrival")

#: name -> (table, when, condition)
GUARDS = {
    "invoice_is_made_here": (
        "invoice",
        "INSERT",
        "EXISTS (SELECT 1 FROM orders WHERE orders.id = NEW.order_id AND orders.invoiced_elsewhere_at IS NOT NULL)",
    ),
    "order_is_invoiced_here": (
        "orders",
        "UPDATE OF invoiced_elsewhere_at",
        "NEW.invoiced_elsewhere_at IS NOT NULL AND EXISTS (SELECT 1 FROM invoice WHERE invoice.order_id = NEW.id)",
    ),
}
REFUSAL = "this order is invoiced elsewhere, or here: not both"


def upgrade() -> None:
    op.add_column("orders", sa.Column("invoiced_elsewhere_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("elsewhere_number", sa.String(255), nullable=False, server_default=""))
    for table in CHOOSING:
        op.add_column(table, sa.Column("invoices_for", sa.String(30), nullable=False, server_default="open"))
    if not is_sqlite():
        for name, (_table, _when, condition) in GUARDS.items():
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition} THEN"
                f" RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
            )
    for name, (table, when, condition) in GUARDS.items():
        does = (
            f"WHEN ({condition}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            if is_sqlite()
            else f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} {does}")


def downgrade() -> None:
    for name, (table, _when, _condition) in GUARDS.items():
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite() else f" ON {table}"))
        if not is_sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    for table in CHOOSING:
        op.drop_column(table, "invoices_for")
    op.drop_column("orders", "elsewhere_number")
    op.drop_column("orders", "invoiced_elsewhere_at")


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
