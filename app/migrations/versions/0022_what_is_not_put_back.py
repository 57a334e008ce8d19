"""Pieces of which somebody said that they are not put back in stock, which code customers know, whose stock is kept.

What was said before is read out of movements: a return that was received, or a credit note of goods that never left,
without a movement of its own. A code that stands in a mail to the customer is known. The stock of a product that nobody
ever counted is not kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0024"

NOT_RESTOCKED = "not_restocked BIGINT DEFAULT 0 NOT NULL"
IN_RANGE = "not_restocked >= 0 AND not_restocked <= quantity"

RECEIVED = """(SELECT COALESCE(SUM(on_it.quantity), 0) FROM return_line AS on_it
    JOIN goods_return ON goods_return.id = on_it.return_id
    WHERE on_it.order_line_id = order_line.id AND goods_return.received_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM stock_movement WHERE stock_movement.order_line_id = order_line.id
        AND stock_movement.document = 'goods_return\\:' || goods_return.id || '\\:returned'))"""
NEVER_LEFT = """(SELECT COALESCE(SUM(-on_it.quantity), 0) FROM invoice_line AS on_it
    JOIN invoice ON invoice.id = on_it.invoice_id
    WHERE on_it.order_line_id = order_line.id AND invoice.kind = 'credit_note'
    AND NOT EXISTS (SELECT 1 FROM goods_return WHERE goods_return.credit_note_id = invoice.id)
    AND NOT EXISTS (SELECT 1 FROM stock_movement WHERE stock_movement.order_line_id = order_line.id
        AND stock_movement.document = 'invoice\\:' || invoice.id || '\\:returned'))"""

#: The mail of all that went at the same moment: it is known by the last of them.
TOLD_BY = """(SELECT max(outgoing_mail.id) FROM outgoing_mail JOIN shipment AS other
    ON outgoing_mail.once_key = 'sent\\:' || other.id
    WHERE other.order_id = shipment.order_id AND other.sent_at = shipment.sent_at)"""


def upgrade() -> None:
    op.execute(
        f"ALTER TABLE order_line ADD COLUMN {NOT_RESTOCKED} CONSTRAINT ck_order_line_not_restocked CHECK ({IN_RANGE})"
    )
    op.add_column("product", sa.Column("keeps_stock", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("shipment", sa.Column("not_sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shipment", sa.Column("told_code", sa.String(length=255), nullable=False, server_default=""))
    op.execute(
        "ALTER TABLE shipment ADD COLUMN mail_id INTEGER CONSTRAINT fk_shipment_mail_id_outgoing_mail"
        " REFERENCES outgoing_mail (id)"
    )
    op.create_index("ix_shipment_mail_id", "shipment", ["mail_id"])

    held = """(SELECT COALESCE(-SUM(stock_movement.quantity), 0) FROM stock_movement
        WHERE stock_movement.order_line_id = order_line.id)"""
    said = f"({RECEIVED} + {NEVER_LEFT})"
    least = "min" if is_sqlite() else "least"
    op.execute(f"""UPDATE order_line SET not_restocked = {least}({held}, {said}, quantity)
        WHERE product_id IS NOT NULL AND kind = 'product' AND (returned > 0 OR credited > 0) AND {held} > 0""")
    op.execute("""UPDATE product SET keeps_stock = false WHERE NOT EXISTS (SELECT 1 FROM stock_movement
        WHERE stock_movement.product_id = product.id AND stock_movement.kind = 'counted')""")
    op.execute(f"""UPDATE shipment SET mail_id = {TOLD_BY} WHERE sent_at IS NOT NULL""")
    op.execute("""UPDATE shipment SET told_code = tracking_code WHERE tracking_code <> '' AND EXISTS (
        SELECT 1 FROM outgoing_mail WHERE outgoing_mail.id = shipment.mail_id
        AND outgoing_mail.kind = 'track_and_trace' AND outgoing_mail.state <> 'withdrawn'
        AND outgoing_mail.body LIKE '%' || shipment.tracking_code || '%')""")


def downgrade() -> None:
    op.drop_index("ix_shipment_mail_id", table_name="shipment")
    op.drop_column("shipment", "mail_id")
    op.drop_column("shipment", "told_code")
    op.drop_column("shipment", "not_sent_at")
    op.drop_column("product", "keeps_stock")
    if not is_sqlite():  # SQLite's goes with its column
        op.drop_constraint("ck_order_line_not_restocked", "order_line")
    op.drop_column("order_line", "not_restocked")


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
