"""The rest of the desk: credit notes' returns, stock movements, drafts, tasks, custom statuses, mail texts, jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

#: Guarded like the tables of 0002: table -> the condition under which a row may be deleted.
KEPT = {"goods_return": "OLD.is_demo", "stock_movement": "OLD.is_demo"}

#: table -> the columns that never change, and unless when
FIXED = {
    "orders": ("number, source, external_id, currency", "OLD.is_draft"),
    "outgoing_mail": (
        "kind, once_key, order_id, to_address, subject, body, invoice_id, file_id, message_id, is_demo",
        "",
    ),
    "goods_return": ("order_id, number, created_at, is_demo", ""),
    "stock_movement": ("product_id, quantity, kind, document, order_id, order_line_id, moved_at, is_demo", ""),
}

#: role -> the groups of rights that came with these tables
NEW_RIGHTS = {
    "owner": ["refunds", "credit", "returns", "tasks", "texts", "exports", "tickets"],
    "office": ["refunds", "credit", "returns", "tasks", "tickets"],
    "packer": ["tasks"],
}

#: table -> its new columns. Plain SQL, for SQLite can't add a constraint to a column afterwards.
COLUMNS = {
    "customer": ["merged_into_id INTEGER CONSTRAINT fk_customer_merged_into_id_customer REFERENCES customer (id)"],
    "orders": [
        "custom_status_id INTEGER CONSTRAINT fk_orders_custom_status_id_custom_status REFERENCES custom_status (id)",
        "copied_from_id INTEGER CONSTRAINT fk_orders_copied_from_id_orders REFERENCES orders (id)",
        "has_open_task BOOLEAN DEFAULT FALSE NOT NULL",
        "reminders INTEGER DEFAULT 0 NOT NULL",
        "automatic_reminders INTEGER DEFAULT 0 NOT NULL",
        "reminded_at MOMENT",
    ],
    "outgoing_mail": [
        "file_id INTEGER CONSTRAINT fk_outgoing_mail_file_id_stored_file REFERENCES stored_file (id)",
    ],
    "shop": [
        "terms_id INTEGER CONSTRAINT fk_shop_terms_id_stored_file REFERENCES stored_file (id)",
        "credit_notes_own_series BOOLEAN DEFAULT TRUE NOT NULL",
        "hide_email_on_invoices BOOLEAN DEFAULT FALSE NOT NULL",
        "hide_phone_on_invoices BOOLEAN DEFAULT FALSE NOT NULL",
        "forbid_unpaid_shipping BOOLEAN DEFAULT FALSE NOT NULL",
        "return_days INTEGER DEFAULT 14 NOT NULL",
        "reminder_days JSON DEFAULT '[]' NOT NULL",
        "reminders_since MOMENT",
        "mails_off JSON DEFAULT '[]' NOT NULL",
        "maps VARCHAR(30) DEFAULT 'built_in' NOT NULL",
        "maps_key VARCHAR(255) DEFAULT '' NOT NULL",
    ],
}


def upgrade() -> None:
    op.create_table(
        "custom_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("colour", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_status")),
        sa.UniqueConstraint("title", name=op.f("uq_custom_status_title")),
    )
    op.create_table(
        "mail_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_text")),
        sa.UniqueConstraint("kind", "language", name=op.f("uq_mail_text_kind_language")),
    )
    op.create_table(
        "past_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("prefix", sa.String(length=60), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_series")),
    )
    op.create_table(
        "return_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_action")),
        sa.UniqueConstraint("title", name=op.f("uq_return_action_title")),
    )
    op.create_table(
        "return_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_reason")),
        sa.UniqueConstraint("title", name=op.f("uq_return_reason_title")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("task", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "running", "done", "failed", name="jobstate", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("actor_name", sa.String(length=255), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=255), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_job_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_state_id", "job", ["state", "id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "in_progress", "done", name="taskstatus", native_enum=False, length=30),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_task_assignee_id_staff")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_task_order_id_orders"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_assignee_id_status_due_at", "task", ["assignee_id", "status", "due_at"], unique=False)
    op.create_index(op.f("ix_task_order_id"), "task", ["order_id"], unique=False)
    op.create_index("ix_task_status_due_at", "task", ["status", "due_at"], unique=False)
    op.create_table(
        "goods_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "authorised", "received", "completed", "rejected", name="returnstatus", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_note_id", sa.Integer(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["invoice.id"], name=op.f("fk_goods_return_credit_note_id_invoice")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_goods_return_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return")),
        sa.UniqueConstraint("credit_note_id", name=op.f("uq_goods_return_credit_note_id")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_return_number")),
    )
    op.create_index(op.f("ix_goods_return_order_id"), "goods_return", ["order_id"], unique=False)
    op.create_index("ix_goods_return_status_id", "goods_return", ["status", "id"], unique=False)
    op.create_table(
        "stock_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("document", sa.String(length=60), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=255), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_stock_movement_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_line.id"],
            name=op.f("fk_stock_movement_order_line_id_order_line"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stock_movement_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint("document", "order_line_id", name=op.f("uq_stock_movement_document_order_line_id")),
    )
    op.create_index(op.f("ix_stock_movement_order_id"), "stock_movement", ["order_id"], unique=False)
    op.create_index("ix_stock_movement_product_id_id", "stock_movement", ["product_id", "id"], unique=False)
    op.create_table(
        "return_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_line_quantity")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_return_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["goods_return.id"], name=op.f("fk_return_line_return_id_goods_return"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint("return_id", "order_line_id", name=op.f("uq_return_line_return_id_order_line_id")),
    )
    add_columns()
    op.create_index(
        "ix_orders_custom_status_placed_at", "orders", ["custom_status_id", "placed_at", "id"], unique=False
    )
    op.create_index("ix_orders_is_draft_placed_at", "orders", ["is_draft", "placed_at", "id"], unique=False)
    count_what_is_in_stock()
    give_new_rights()
    if is_sqlite():
        guard_on_sqlite()
    else:
        guard_on_postgresql()


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def add_columns() -> None:
    moment = "DATETIME" if is_sqlite() else "TIMESTAMP WITH TIME ZONE"
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column.replace('MOMENT', moment)}")


def count_what_is_in_stock() -> None:
    """From now on the stock of a product is the sum of its movements; the first one is what is there."""
    op.execute(
        "INSERT INTO stock_movement (product_id, quantity, kind, moved_at, entered_by, is_demo) "
        "SELECT id, stock, 'counted', CURRENT_TIMESTAMP, 'Toonbank', is_demo FROM product WHERE stock <> 0"
    )


def give_new_rights() -> None:
    """The roles that every shop has get the rights of what is new."""
    role = sa.table("role", sa.column("name", sa.String), sa.column("permissions", sa.JSON))
    for name, added in NEW_RIGHTS.items():
        had = op.get_bind().scalar(sa.select(role.c.permissions).where(role.c.name == name))
        if had is not None:
            rights = [*had, *(right for right in added if right not in had)]
            op.execute(role.update().where(role.c.name == name).values(permissions=rights))


def guard_on_sqlite() -> None:
    for table, condition in KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} WHEN NOT ({condition}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END"
        )
    for table, (columns, unless) in FIXED.items():
        op.execute(f"DROP TRIGGER IF EXISTS {table}_is_fixed")
        op.execute(
            f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {columns} ON {table} {when(unless)}"
            f"BEGIN SELECT RAISE(ABORT, '{table}: what is written here never changes'); END"
        )


def guard_on_postgresql() -> None:
    for table, condition in KEPT.items():
        op.execute(
            f"CREATE FUNCTION {table}_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT ({condition}) THEN RAISE EXCEPTION '{table}: rows are never deleted'; END IF; "
            "RETURN OLD; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_delete()"
        )
    for table, (columns, unless) in FIXED.items():
        op.execute(f"DROP TRIGGER IF EXISTS {table}_is_fixed ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {columns} ON {table} "
            f"FOR EACH ROW {when(unless)}EXECUTE FUNCTION refuse_change()"
        )


def when(unless: str) -> str:
    return f"WHEN (NOT {unless}) " if unless else ""


def downgrade() -> None:
    """The guards of `orders` and `outgoing_mail` go back to what they were."""
    if is_sqlite():
        for table in FIXED:
            op.execute(f"DROP TRIGGER {table}_is_fixed")
    else:
        for table in FIXED:
            op.execute(f"DROP TRIGGER {table}_is_fixed ON {table}")
    op.drop_index("ix_orders_is_draft_placed_at", table_name="orders")
    op.drop_index("ix_orders_custom_status_placed_at", table_name="orders")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.split()[0])
    for table in KEPT:
        op.execute(f"DROP TRIGGER {table}_is_kept" + ("" if is_sqlite() else f" ON {table}"))
        if not is_sqlite():
            op.execute(f"DROP FUNCTION {table}_delete()")
    for table in (
        "return_line", "stock_movement", "goods_return", "task", "job", "stored_file",
        "return_reason", "return_action", "past_series", "mail_text", "custom_status",
    ):  # fmt: skip
        op.drop_table(table)
    guard_again()


def guard_again() -> None:
    for table, columns in (
        ("orders", "number, source, external_id, currency"),
        ("outgoing_mail", "kind, once_key, order_id, to_address, subject, body, invoice_id, message_id, is_demo"),
    ):
        refuse = (
            f"BEGIN SELECT RAISE(ABORT, '{table}: what is written here never changes'); END"
            if is_sqlite()
            else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"CREATE TRIGGER {table}_is_fixed BEFORE UPDATE OF {columns} ON {table} {refuse}")
