"""Orders and customers are known by their shop and the id there, no longer by the platform alone.

What is there is put to shops by what is known: each connection becomes a shop, and what came through it belongs to that
shop. All else of a platform belongs to its one connection's shop, or to a shop of the platform's name where it has none
or several. Such shops are marked as mixed: orders of another shop of that platform may be among theirs, and those are
still found when that shop tells of them.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0016"

PLATFORMS = {
    "woocommerce": "WooCommerce",
    "shopify": "Shopify",
    "lightspeed": "Lightspeed",
    "ecwid": "Ecwid",
    "bigcommerce": "BigCommerce",
    "magento": "Magento",
    "csv": "CSV",
}

WITHOUT_SHOP = "('staff', 'api', 'seed')"
DEFAULT = "(SELECT shop_id FROM default_shop WHERE default_shop.source = {0}.source AND default_shop.is_demo = {1})"

#: What of each table has a shop, and which one; those of the tables before are known by then.
SHOP_OF = {
    "connection": "(SELECT shop_id FROM connection_shop WHERE connection_id = connection.id)",
    "import_batch": DEFAULT.format("import_batch", "FALSE"),
    "orders": f"""CASE WHEN orders.source IN {WITHOUT_SHOP} THEN NULL ELSE COALESCE(
        (SELECT connection.outside_shop_id FROM arrival JOIN connection ON connection.id = arrival.connection_id
         WHERE arrival.order_id = orders.id AND connection.source = orders.source ORDER BY arrival.id LIMIT 1),
        {DEFAULT.format("orders", "orders.is_demo")}) END""",
    "customer": f"""CASE WHEN customer.external_id IS NULL OR customer.source IN {WITHOUT_SHOP} THEN NULL ELSE COALESCE(
        (SELECT orders.outside_shop_id FROM orders WHERE orders.source = customer.source
         AND orders.customer_id = COALESCE(customer.merged_into_id, customer.id) ORDER BY orders.id LIMIT 1),
        {DEFAULT.format("customer", "FALSE")}) END""",
    "arrival": f"""COALESCE(
        (SELECT outside_shop_id FROM connection WHERE connection.id = arrival.connection_id),
        (SELECT outside_shop_id FROM orders WHERE orders.id = arrival.order_id AND orders.source = arrival.source),
        {DEFAULT.format("arrival", "FALSE")})""",
}

#: Where every row has one.
ALWAYS = ("connection", "import_batch", "arrival")

KNOWN_BY = {
    "orders": f"outside_shop_id IS NOT NULL OR source IN {WITHOUT_SHOP}",
    "customer": f"outside_shop_id IS NOT NULL OR external_id IS NULL OR source IN {WITHOUT_SHOP}",
}


def upgrade() -> None:
    if not is_sqlite():
        op.execute("SET LOCAL statement_timeout = 0")
    op.create_table(
        "outside_shop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("is_mixed", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_shop")),
        sa.UniqueConstraint("source", "title", name=op.f("uq_outside_shop_source_title")),
    )
    op.execute("ALTER TABLE import_batch ADD COLUMN host VARCHAR(255) DEFAULT '' NOT NULL")
    make_shops()
    for table, shop in SHOP_OF.items():
        add_shop(table, shop)
        if table in KNOWN_BY:
            op.create_index(
                f"ix_{table}_without_shop",
                table,
                ["external_id", "source"],
                unique=True,
                sqlite_where=sa.text("outside_shop_id IS NULL"),
                postgresql_where=sa.text("outside_shop_id IS NULL"),
            )
        if table == "orders":
            op.create_index(
                "ix_orders_placed_outside_shop_id_placed_at",
                "orders",
                ["outside_shop_id", "placed_at", "id"],
                sqlite_where=sa.text("is_draft IS 0"),
                postgresql_where=sa.text("is_draft IS false"),
            )
        else:
            op.create_index(f"ix_{table}_outside_shop_id", table, ["outside_shop_id"])
    drop_what_nothing_refers_to()
    check_references()


# --- the shops ------------------------------------------------------------------------------------------------------


def make_shops() -> None:
    op.execute("CREATE TEMPORARY TABLE connection_shop (connection_id INTEGER, shop_id INTEGER)")
    op.execute("CREATE TEMPORARY TABLE default_shop (source VARCHAR(60), is_demo BOOLEAN, shop_id INTEGER)")
    of_platform: dict[str, list[int]] = {}
    for connection_id, source, title in rows("SELECT id, source, title FROM connection ORDER BY id"):
        shop_id = make_shop(source, title or PLATFORMS.get(source, source))
        of_platform.setdefault(source, []).append(shop_id)
        run(
            "INSERT INTO connection_shop VALUES (:connection_id, :shop_id)",
            connection_id=connection_id,
            shop_id=shop_id,
        )
    for source, is_demo in platforms_without_connection():
        connected = [] if is_demo else of_platform.get(source, [])
        title = PLATFORMS.get(source, source)
        shop_id = connected[0] if len(connected) == 1 else make_shop(source, title, is_demo=is_demo)
        run(
            "INSERT INTO default_shop VALUES (:source, :is_demo, :shop_id)",
            source=source,
            is_demo=is_demo,
            shop_id=shop_id,
        )


def platforms_without_connection() -> list[tuple[str, bool]]:
    """Platforms of which something is here that may not have come through a connection, and whether it is the demo's."""
    found = rows(
        f"""SELECT source, is_demo FROM orders WHERE source NOT IN {WITHOUT_SHOP}
        UNION SELECT source, FALSE FROM customer WHERE external_id IS NOT NULL AND source NOT IN {WITHOUT_SHOP}
        UNION SELECT source, FALSE FROM import_batch UNION SELECT source, FALSE FROM arrival ORDER BY 1, 2"""
    )
    return [(source, bool(is_demo)) for source, is_demo in found]


def make_shop(source: str, title: str, *, is_demo: bool = False) -> int:
    """Titles are told apart by a number where two connections have the same one."""
    title = f"{title} (demo)" if is_demo else title
    taken = {one for (one,) in rows("SELECT title FROM outside_shop WHERE source = :source", source=source)}
    names = [title, *(f"{title[:110]} ({number})" for number in range(2, len(taken) + 3))]
    shop = {"source": source, "title": next(name for name in names if name not in taken), "is_demo": is_demo}
    run(
        "INSERT INTO outside_shop (source, title, host, is_mixed, is_demo, created_at, version) "
        "VALUES (:source, :title, '', :is_mixed, :is_demo, CURRENT_TIMESTAMP, 1)",
        is_mixed=not is_demo,
        **shop,
    )
    return int(rows("SELECT id FROM outside_shop WHERE source = :source AND title = :title", **shop)[0][0])


def drop_what_nothing_refers_to() -> None:
    used = " UNION ".join(f"SELECT outside_shop_id FROM {table} WHERE outside_shop_id IS NOT NULL" for table in SHOP_OF)
    op.execute(f"DELETE FROM outside_shop WHERE id NOT IN ({used})")
    op.execute("DROP TABLE connection_shop")
    op.execute("DROP TABLE default_shop")
    op.execute(
        "UPDATE outside_shop SET file_read_at = "
        "(SELECT MAX(created_at) FROM import_batch WHERE import_batch.outside_shop_id = outside_shop.id)"
    )


# --- a column for the shop ------------------------------------------------------------------------------------------


def add_shop(table: str, shop: str) -> None:
    if is_sqlite():
        make_anew(table, with_shop, {"outside_shop_id": shop})
        return
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN outside_shop_id INTEGER "
        f"CONSTRAINT fk_{table}_outside_shop_id_outside_shop REFERENCES outside_shop (id)"
    )
    op.execute(f"UPDATE {table} SET outside_shop_id = {shop}")
    if table in ALWAYS:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN outside_shop_id SET NOT NULL")
    if table in KNOWN_BY:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_source_external_id")
        for constraint in constraints(table):
            op.execute(f"ALTER TABLE {table} ADD {constraint}")


def constraints(table: str) -> list[str]:
    return [
        f"CONSTRAINT uq_{table}_external_id_outside_shop_id UNIQUE (external_id, outside_shop_id)",
        f"CONSTRAINT ck_{table}_outside_shop_id CHECK ({KNOWN_BY[table]})",
    ]


def with_shop(table: str, made_by: str) -> str:
    """The statement that makes the table, with the shop behind the platform."""
    needed = " NOT NULL" if table in ALWAYS else ""
    shop = (
        f"outside_shop_id INTEGER{needed} "
        f"CONSTRAINT fk_{table}_outside_shop_id_outside_shop REFERENCES outside_shop (id)"
    )
    made_by = re.sub(r"(\bsource VARCHAR\(60\)(?: NOT NULL)?),", rf"\1, {shop},", made_by, count=1)
    if table in KNOWN_BY:
        old = rf"CONSTRAINT uq_{table}_source_external_id UNIQUE \(source, external_id\)"
        made_by = re.sub(old, ", ".join(constraints(table)), made_by)
    return made_by


def without_shop(table: str, made_by: str) -> str:
    made_by = re.sub(r"outside_shop_id INTEGER[^,]*REFERENCES outside_shop \(id\),\s*", "", made_by, count=1)
    if table in KNOWN_BY:
        known_by = ", ".join(constraints(table))
        made_by = made_by.replace(known_by, f"CONSTRAINT uq_{table}_source_external_id UNIQUE (source, external_id)")
    return made_by


def make_anew(table: str, changed: object, added: dict[str, str], *, without: tuple[str, ...] = ()) -> None:
    """Make a table anew with its rows, indexes and triggers: SQLite can't drop a constraint. References to it stay."""
    (made_by,) = rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table", table=table)[0]
    beside = rows(
        "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        table=table,
    )
    columns = [name for (name,) in rows(f"SELECT name FROM pragma_table_info('{table}')") if name not in without]
    body = changed(table, made_by[made_by.index("(") :])  # type: ignore[operator]
    op.execute("PRAGMA legacy_alter_table=ON")
    op.get_bind().exec_driver_sql(f"CREATE TABLE {table}_anew {body}")
    op.execute(
        f"INSERT INTO {table}_anew ({', '.join([*columns, *added])}) "
        f"SELECT {', '.join([*columns, *added.values()])} FROM {table}"
    )
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")
    op.execute("PRAGMA legacy_alter_table=OFF")
    for (statement,) in beside:
        if not any(name in statement for name in without):
            op.get_bind().exec_driver_sql(statement)


def check_references() -> None:
    """References were not watched meanwhile."""
    if is_sqlite() and (broken := rows("PRAGMA foreign_key_check")):
        raise RuntimeError(f"references that lead nowhere: {broken[:10]}")


# --- and back -------------------------------------------------------------------------------------------------------


def downgrade() -> None:
    """Fails where two shops of one platform have an order or a customer of the same id: those were impossible before."""
    for table in reversed(SHOP_OF):
        if is_sqlite():
            make_anew(table, without_shop, {}, without=("outside_shop_id",))
            continue
        if table in KNOWN_BY:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_outside_shop_id")
        op.execute(f"ALTER TABLE {table} DROP COLUMN outside_shop_id")
        if table in KNOWN_BY:
            name = f"uq_{table}_source_external_id"
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (source, external_id)")
    op.drop_column("import_batch", "host")
    op.drop_table("outside_shop")
    check_references()


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def rows(statement: str, **values: object) -> list[sa.Row[tuple[object, ...]]]:
    return list(op.get_bind().execute(sa.text(statement), values))


def run(statement: str, **values: object) -> None:
    op.get_bind().execute(sa.text(statement), values)
