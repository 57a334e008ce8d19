"""What will never go has a counter, and open packing slips can be changed and withdrawn.

Dropped is what was credited before it went, and what a cancelled order did not send. What of it lay on open packing
slips is taken off them, the newest first; one that would be empty is withdrawn.
"""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0025"

NOT_SHORT = "dropped >= 0 AND shipped + dropped <= quantity"
SENT_OR_WITHDRAWN = "sent_at IS NULL OR withdrawn_at IS NULL"

CAME_BACK = """(SELECT COALESCE(SUM(return_line.quantity), 0)
    FROM goods_return JOIN return_line ON return_line.return_id = goods_return.id
    WHERE goods_return.order_id = order_line.order_id AND goods_return.credit_note_id IS NOT NULL
    AND return_line.order_line_id = order_line.id)"""

CANCELLED = "SELECT id FROM orders WHERE cancelled_at IS NOT NULL AND NOT is_draft"

#: Something of the order went, or is to go.
GOES = """EXISTS (SELECT 1 FROM order_line WHERE order_line.order_id = orders.id AND kind = 'product'
    AND (shipped > 0 OR quantity > dropped))"""
HAS_GOODS = """EXISTS (SELECT 1 FROM order_line WHERE order_line.order_id = orders.id AND kind = 'product'
    AND quantity > 0)"""
OWES = "payment_status IN ('not_paid', 'partially_paid')"

PACKED = """SELECT shipment_line.id, shipment_line.shipment_id, shipment_line.order_line_id, shipment_line.quantity,
    order_line.quantity - order_line.shipped - order_line.dropped AS to_ship
    FROM shipment_line JOIN shipment ON shipment.id = shipment_line.shipment_id
    JOIN order_line ON order_line.id = shipment_line.order_line_id
    WHERE shipment.sent_at IS NULL AND shipment.withdrawn_at IS NULL ORDER BY shipment_line.id"""


def upgrade() -> None:
    add_columns()
    drop_what_never_goes()
    take_off_open_slips()
    restate()
    make_index_of_open_orders("'completed', 'credited', 'cancelled', 'draft'")


def add_columns() -> None:
    """On SQLite with their conditions at once: so no table is made anew."""
    op.add_column("shipment", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE order_line ADD COLUMN dropped BIGINT DEFAULT '0' NOT NULL "
            f"CONSTRAINT ck_order_line_dropped CHECK ({NOT_SHORT})"
        )
        op.execute(
            "ALTER TABLE shipment ADD COLUMN withdrawn_at DATETIME "
            f"CONSTRAINT ck_shipment_withdrawn_at CHECK ({SENT_OR_WITHDRAWN})"
        )
        return
    op.add_column("order_line", sa.Column("dropped", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("shipment", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_order_line_dropped"), "order_line", NOT_SHORT)
    op.create_check_constraint(op.f("ck_shipment_withdrawn_at"), "shipment", SENT_OR_WITHDRAWN)


def drop_what_never_goes() -> None:
    op.execute(
        "UPDATE order_line SET dropped = quantity - shipped "
        f"WHERE kind = 'product' AND quantity > shipped AND order_id IN ({CANCELLED})"
    )
    op.execute(f"""UPDATE order_line SET dropped = CASE
            WHEN credited - {CAME_BACK} < quantity - shipped THEN credited - {CAME_BACK} ELSE quantity - shipped END
        WHERE kind = 'product' AND credited > {CAME_BACK} AND order_id NOT IN ({CANCELLED})""")


def take_off_open_slips() -> None:
    op.execute(
        "UPDATE shipment SET withdrawn_at = (SELECT cancelled_at FROM orders WHERE orders.id = shipment.order_id) "
        f"WHERE sent_at IS NULL AND order_id IN ({CANCELLED})"
    )
    connection = op.get_bind()
    packed = defaultdict(list)
    for row in connection.execute(sa.text(PACKED)):
        packed[row.order_line_id].append(row)
    left, taken = {}, {}
    for rows in packed.values():
        too_much = sum(row.quantity for row in rows) - rows[0].to_ship
        for row in reversed(rows):
            less = max(0, min(row.quantity, too_much))
            too_much -= less
            left[row.id] = row.quantity - less
            if less:
                taken[row.id] = row.shipment_id
    slips = {row.shipment_id for rows in packed.values() for row in rows if left[row.id]}
    for slip in set(taken.values()) - slips:
        connection.execute(sa.text("UPDATE shipment SET withdrawn_at = CURRENT_TIMESTAMP WHERE id = :id"), {"id": slip})
    for slip in set(taken.values()) & slips:
        connection.execute(sa.text("UPDATE shipment SET revision = 2 WHERE id = :id"), {"id": slip})
    for line in [line for line, slip in taken.items() if slip in slips]:
        change = "UPDATE shipment_line SET quantity = :left WHERE id = :id" if left[line] else GONE
        connection.execute(sa.text(change), {"id": line, **({"left": left[line]} if left[line] else {})})


GONE = "DELETE FROM shipment_line WHERE id = :id"


def restate() -> None:
    """Orders of which nothing went and nothing is to go say so."""
    op.execute(f"UPDATE orders SET shipment_status = 'nothing_to_ship' WHERE cancelled_at IS NULL AND NOT {GOES}")
    nothing_owed = f"NOT is_draft AND cancelled_at IS NULL AND NOT {OWES}"
    op.execute(
        f"UPDATE orders SET status = 'completed' WHERE {nothing_owed} AND status = 'on_hold' "
        "AND shipment_status = 'shipped'"
    )
    op.execute(
        f"UPDATE orders SET status = 'credited' WHERE {nothing_owed} AND shipment_status = 'nothing_to_ship' "
        f"AND (status <> 'on_hold' OR {HAS_GOODS}) AND ({HAS_GOODS} OR (total > 0 AND credited >= total))"
    )


def downgrade() -> None:
    op.execute("UPDATE orders SET status = 'awaiting_shipment' WHERE status = 'credited'")
    op.execute(
        f"UPDATE orders SET shipment_status = 'not_shipped' WHERE shipment_status = 'nothing_to_ship' AND {HAS_GOODS}"
    )
    op.execute("UPDATE orders SET shipment_status = 'shipped' WHERE shipment_status = 'nothing_to_ship'")
    make_index_of_open_orders("'completed', 'cancelled', 'draft'")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_shipment_withdrawn_at"), "shipment")
        op.drop_constraint(op.f("ck_order_line_dropped"), "order_line")
    op.drop_column("shipment", "withdrawn_at")
    op.drop_column("shipment", "revision")
    op.drop_column("order_line", "dropped")


def make_index_of_open_orders(over: str) -> None:
    """`over` are the statuses of orders that are not open."""
    op.drop_index("ix_orders_open_placed_at", table_name="orders")
    where = sa.text(f"status NOT IN ({over})")
    op.create_index(
        "ix_orders_open_placed_at", "orders", ["placed_at", "id"], sqlite_where=where, postgresql_where=where
    )
