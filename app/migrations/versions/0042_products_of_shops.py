"""What connected shops sell, which product that is here, and how many there are; whose number counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0047"

MOMENT = sa.DateTime(timezone=True)

#: Of a connection: name, type, and what it is for those that are there.
SETTINGS = (
    ("stock_mode", "VARCHAR(10) NOT NULL DEFAULT 'off'"),
    ("stock_wins", "VARCHAR(10) NOT NULL DEFAULT 'us'"),
    ("stock_place", "VARCHAR(120) NOT NULL DEFAULT ''"),
    ("stock_trouble", "VARCHAR(30)"),
    ("stock_detail", "TEXT NOT NULL DEFAULT ''"),
    ("stock_buffer", "INTEGER NOT NULL DEFAULT 0 CONSTRAINT ck_connection_stock_buffer CHECK (stock_buffer >= 0)"),
    (
        "catalogue_minutes",
        "INTEGER NOT NULL DEFAULT 30 CONSTRAINT ck_connection_catalogue_minutes CHECK (catalogue_minutes >= 5)",
    ),
)
#: Of a product of a shop: prices, rates and pieces.
EXACT = ("price", "vat_rate", "stock", "told", "base", "trying", "trying_base")
MOMENTS = ("stock_after", "stock_trouble_at")


def upgrade() -> None:
    for name, kind in SETTINGS:
        op.execute(f"ALTER TABLE connection ADD COLUMN {name} {kind}")
    for name in MOMENTS:
        op.add_column("connection", sa.Column(name, MOMENT, nullable=True))
    is_counting = sa.text("stock_mode <> 'off'")
    one_each = {"unique": True, "sqlite_where": is_counting, "postgresql_where": is_counting}
    op.create_index("ux_connection_stock", "connection", ["outside_shop_id"], **one_each)
    name = op.f("fk_stock_movement_outside_shop_id_outside_shop")
    op.execute(
        f"ALTER TABLE stock_movement ADD COLUMN outside_shop_id INTEGER CONSTRAINT {name} REFERENCES outside_shop (id)"
    )
    add_shop_products()


def add_shop_products() -> None:
    op.create_table(
        "shop_product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outside_shop_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(120), nullable=False),
        sa.Column("parent_id", sa.String(120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("sku", sa.String(120), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("variant", sa.String(255), nullable=False),
        *[sa.Column(name, sa.BigInteger(), nullable=True) for name in EXACT],
        sa.Column("includes_tax", sa.Boolean(), nullable=True),
        sa.Column("tax_class", sa.String(120), nullable=False),
        *[
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("is_offered", "is_shippable", "is_counted", "is_due")
        ],
        sa.Column("seen_at", MOMENT, nullable=False),
        *[sa.Column(name, MOMENT, nullable=True) for name in ("gone_at", "told_at", "differs_at", "leased_until")],
        sa.Column("base_movement_id", sa.Integer(), nullable=True),
        sa.Column("trying_movement_id", sa.Integer(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(30), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(255), nullable=False),
        sa.CheckConstraint(
            "(state IN ('matched', 'by_hand')) = (product_id IS NOT NULL)", name=op.f("ck_shop_product_product")
        ),
        sa.CheckConstraint("(base IS NULL) = (base_movement_id IS NULL)", name=op.f("ck_shop_product_base")),
        sa.CheckConstraint("(trying IS NULL) = (trying_base IS NULL)", name=op.f("ck_shop_product_trying")),
        sa.ForeignKeyConstraint(
            ["outside_shop_id"],
            ["outside_shop.id"],
            name=op.f("fk_shop_product_outside_shop_id_outside_shop"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_shop_product_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_product")),
        sa.UniqueConstraint("outside_shop_id", "external_id", name=op.f("uq_shop_product_outside_shop_id_external_id")),
    )
    op.create_index("ix_shop_product_product_id", "shop_product", ["product_id"])
    op.create_index("ix_shop_product_state_id", "shop_product", ["state", "id"])
    op.create_index("ix_shop_product_outside_shop_id_sku", "shop_product", ["outside_shop_id", "sku"])
    is_due, differs = sa.text("is_due"), sa.text("differs_at IS NOT NULL OR trouble IS NOT NULL")
    for name, columns, which in (
        ("ix_shop_product_due", ["due_at", "id"], is_due),
        ("ix_shop_product_differs", ["id"], differs),
    ):
        op.create_index(name, "shop_product", columns, sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    op.drop_table("shop_product")
    op.drop_index("ux_connection_stock", table_name="connection")
    op.execute("DELETE FROM pull WHERE kind IN ('products', 'catalogue')")
    op.execute("DELETE FROM look WHERE kind IN ('products', 'catalogue')")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:  # SQLite's go with their columns
        op.drop_constraint("fk_stock_movement_outside_shop_id_outside_shop", "stock_movement", type_="foreignkey")
        op.drop_constraint("ck_connection_stock_buffer", "connection")
        op.drop_constraint("ck_connection_catalogue_minutes", "connection")
    op.drop_column("stock_movement", "outside_shop_id")
    for name in (*MOMENTS, *(name for name, _kind in SETTINGS)):
        op.drop_column("connection", name)
