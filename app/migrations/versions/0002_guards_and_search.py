"""What the database itself refuses, and the full-text index of orders.

Issued documents, history and money rows are written once: triggers refuse to change or delete them, whatever program asks.
Rows of the demo shop may be deleted.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

DEMO_ROW = "OLD.is_demo"
OF_DEMO_INVOICE = "EXISTS (SELECT 1 FROM invoice WHERE invoice.id = OLD.invoice_id AND invoice.is_demo)"
OF_DEMO_SHIPMENT = "EXISTS (SELECT 1 FROM shipment WHERE shipment.id = OLD.shipment_id AND shipment.is_demo)"
OF_DEMO_ORDER = "EXISTS (SELECT 1 FROM orders WHERE orders.id = OLD.order_id AND orders.is_demo)"

#: table -> the condition under which a row may be deleted
KEPT = {
    "orders": DEMO_ROW,
    "invoice": DEMO_ROW,
    "invoice_line": OF_DEMO_INVOICE,
    "print": OF_DEMO_INVOICE,
    "shipment": DEMO_ROW,
    "payment": OF_DEMO_ORDER,
    "history": DEMO_ROW,
    "outgoing_mail": DEMO_ROW,
}

#: table -> the columns that never change
FIXED = {
    "orders": "number, source, external_id, currency",
    "invoice": "order_id, kind, number, credits_id, issued_at, due_on, language, currency, "
    "net_total, tax_total, total, snapshot, is_demo",
    "invoice_line": "invoice_id, order_line_id, position, quantity, net, tax",
    "print": "invoice_id, revision, language, content, sha256, printed_at",
    "shipment": "order_id, number, created_at, is_demo",
    "payment": "order_id, kind, amount, method, confirmed_itself, reference, external_id, reverses_id, paid_at",
    "history": "at, what, order_id, subject, actor_kind, actor_name, staff_id, facts, is_demo",
    "outgoing_mail": "kind, once_key, order_id, to_address, subject, body, invoice_id, message_id, is_demo",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
        search_on_sqlite()
    else:
        guard_on_postgresql()
        search_on_postgresql()


def guard_on_sqlite() -> None:
    for table, condition in KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} WHEN NOT ({condition}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END"
        )
    for table, columns in FIXED.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {columns} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: what is written here never changes'); END"
        )


def guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%: what is written here never changes', TG_TABLE_NAME; END $$"
    )
    for table, condition in KEPT.items():
        op.execute(
            f"CREATE FUNCTION {table}_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT ({condition}) THEN RAISE EXCEPTION '{table}: rows are never deleted'; END IF; "
            "RETURN OLD; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_delete()"
        )
    for table, columns in FIXED.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {columns} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def search_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE order_search_fts USING fts5"
        "(words, content='order_search', content_rowid='id', tokenize='trigram')"
    )
    add = "INSERT INTO order_search_fts(rowid, words) VALUES (NEW.id, NEW.words);"
    remove = "INSERT INTO order_search_fts(order_search_fts, rowid, words) VALUES ('delete', OLD.id, OLD.words);"
    for event, body in (("INSERT", add), ("DELETE", remove), ("UPDATE", remove + add)):
        op.execute(f"CREATE TRIGGER order_search_{event.lower()} AFTER {event} ON order_search BEGIN {body} END")


def search_on_postgresql() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE INDEX ix_order_search_words ON order_search USING gin (words gin_trgm_ops)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_is_kept")
        for table in FIXED:
            op.execute(f"DROP TRIGGER {table}_is_fixed")
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER order_search_{event}")
        op.execute("DROP TABLE order_search_fts")
        return
    op.execute("DROP INDEX ix_order_search_words")
    for table in KEPT:
        op.execute(f"DROP FUNCTION {table}_delete() CASCADE")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
