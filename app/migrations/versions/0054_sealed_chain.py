"""A sealed chain over documents, money, history, mails and prints, and what the database leaves to be sealed.

What is there already is to be sealed, too: `init` does it when the migrations are done, in slices.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0051"

OF_DEMO_ORDER = "EXISTS (SELECT 1 FROM orders WHERE orders.id = {row}.order_id AND orders.is_demo)"
OF_DEMO_INVOICE = "EXISTS (SELECT 1 FROM invoice WHERE invoice.id = {row}.invoice_id AND invoice.is_demo)"

#: What is sealed: kind -> its table, and which rows are not, for they vanish with the demo shop.
SEALED = {
    "invoice": ("invoice", "{row}.is_demo"),
    "payment": ("payment", OF_DEMO_ORDER),
    "history": ("history", "{row}.is_demo"),
    "mail": ("outgoing_mail", "{row}.is_demo"),
    "print": ("print", OF_DEMO_INVOICE),
}

#: What personal erasure empties: kind -> table, columns, and when a change is one.
ERASED = {
    "history": (
        "history",
        "facts, actor_name",
        "CAST(OLD.facts AS TEXT) <> CAST(NEW.facts AS TEXT) OR OLD.actor_name <> NEW.actor_name",
    ),
    "mail": (
        "outgoing_mail",
        "to_name, to_address, subject, body",
        "OLD.to_name <> NEW.to_name OR OLD.to_address <> NEW.to_address OR OLD.body <> NEW.body",
    ),
    "payment": ("payment", "reason", "OLD.reason <> NEW.reason"),
}


def upgrade() -> None:
    make_tables()
    for kind, (table, unless) in SEALED.items():
        queue_new(kind, table, unless)
        rows = f"SELECT '{kind}', {table}.id FROM {table} WHERE NOT ({unless.format(row=table)}) ORDER BY {table}.id"
        op.execute(f"INSERT INTO unsealed (kind, record_id) {rows}")
    queue_sent()
    for kind, (table, columns, condition) in ERASED.items():
        queue_erased(kind, table, columns, condition)
    guard("seal", "number, hash, sealed_at, records")
    guard("sealed_record", "seal_number, kind, record_id, order_id, digest, content")


def make_tables() -> None:
    op.create_table(
        "unsealed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsealed")),
    )
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
    )
    op.create_table(
        "sealed_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_record")),
        sa.UniqueConstraint("kind", "record_id", name=op.f("uq_sealed_record_kind_record_id")),
    )


# --- what the database leaves to be sealed --------------------------------------------------------------------------


def queue_new(kind: str, table: str, unless: str) -> None:
    add = f"INSERT INTO unsealed (kind, record_id) VALUES ('{kind}', NEW.id);"
    trigger(f"{table}_is_to_seal", "AFTER INSERT", table, f"NOT ({unless.format(row='NEW')})", add)


def queue_sent() -> None:
    add = "INSERT INTO unsealed (kind, record_id) VALUES ('mail_sent', NEW.id);"
    condition = "NEW.state = 'sent' AND OLD.state <> 'sent' AND NOT NEW.is_demo"
    trigger("outgoing_mail_sent_is_to_seal", "AFTER UPDATE OF state", "outgoing_mail", condition, add)


def queue_erased(kind: str, table: str, columns: str, condition: str) -> None:
    """That it was emptied is sealed as well; and with the salt goes what could be guessed back from the digest."""
    forget = f"UPDATE sealed_record SET salt = NULL WHERE kind = '{kind}' AND record_id = NEW.id;"
    add = f"INSERT INTO unsealed (kind, record_id) VALUES ('{kind}_erased', NEW.id);"
    trigger(f"{table}_erased_is_to_seal", f"AFTER UPDATE OF {columns}", table, condition, forget + " " + add)


def guard(table: str, fixed: str) -> None:
    """Nobody deletes a row or changes what it says."""
    if is_sqlite():
        for name, when in ((f"{table}_is_kept", "DELETE"), (f"{table}_is_fixed", f"UPDATE OF {fixed}")):
            refuse = f"SELECT RAISE(ABORT, '{table}: what is written here never changes')"
            op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} BEGIN {refuse}; END")
        return
    for name, when in ((f"{table}_is_kept", "DELETE"), (f"{table}_is_fixed", f"UPDATE OF {fixed}")):
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")


def trigger(name: str, when: str, table: str, condition: str, body: str) -> None:
    if is_sqlite():
        op.execute(f"CREATE TRIGGER {name} {when} ON {table} WHEN ({condition}) BEGIN {body} END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF ({condition}) THEN {body} END IF; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def downgrade() -> None:
    names = {f"{table}_is_to_seal": table for table, _unless in SEALED.values()}
    names["outgoing_mail_sent_is_to_seal"] = "outgoing_mail"
    names |= {f"{table}_erased_is_to_seal": table for table, _columns, _condition in ERASED.values()}
    for name, table in names.items():
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite() else f" ON {table}"))
        if not is_sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("sealed_record", "seal", "unsealed"):
        op.drop_table(table)
