"""Whose id an order or a customer has, where a program brought it: two programs may have the same.

The orders of before belong to the program that history names; their customers to the program of their first order.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0081"

GIVE_ORDERS_TO_PROGRAMS = """
UPDATE orders SET program = COALESCE((
    SELECT substr(history.actor_name, 1, 120) FROM history
    WHERE history.order_id = orders.id AND history.what = 'order_placed' AND history.actor_kind = 'program'
    ORDER BY history.id LIMIT 1
), '')
WHERE source = 'api'
"""
GIVE_CUSTOMERS_TO_PROGRAMS = """
UPDATE customer SET program = COALESCE((
    SELECT orders.program FROM orders
    WHERE orders.customer_id = COALESCE(customer.merged_into_id, customer.id) AND orders.source = 'api'
    ORDER BY orders.id LIMIT 1
), '')
WHERE source = 'api' AND external_id IS NOT NULL
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("SET LOCAL statement_timeout = 0")
    for table in ("orders", "customer"):
        op.add_column(table, sa.Column("program", sa.String(120), nullable=False, server_default=""))
    op.execute(GIVE_ORDERS_TO_PROGRAMS)
    op.execute(GIVE_CUSTOMERS_TO_PROGRAMS)
    for table in ("orders", "customer"):
        know_by(table, ["external_id", "source", "program"])


def downgrade() -> None:
    for table in ("orders", "customer"):
        know_by(table, ["external_id", "source"])
        op.drop_column(table, "program")


def know_by(table: str, columns: list[str]) -> None:
    name, where = f"ix_{table}_without_shop", sa.text("outside_shop_id IS NULL")
    op.drop_index(name, table)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
