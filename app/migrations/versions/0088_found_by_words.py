"""Documents that customers, products, tickets, tasks, mails and what came in are found by, each kept by triggers.

Beside each record stand its words, without case and accents, as beside an order. SQLite indexes them with FTS5
trigrams, PostgreSQL with pg_trgm. What changes the record changes its document, whatever program does it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"

#: What a record is found by, a column after the other.
FOUND_BY = {
    "customer": ("name", "company", "email", "phone"),
    "product": ("name", "sku"),
    "shop_product": ("title", "variant", "sku", "external_id"),
    "ticket": ("subject", "name", "email"),
    "task": ("description",),
    "outgoing_mail": ("subject", "to_name", "to_address"),
    "arrival": ("origin", "external_id", "reason"),
    "security_event": ("account", "client", "detail"),
}

#: What words of one or two letters are looked for in, by how it begins. SQLite has indexes for that; those of
#: PostgreSQL are sorted as the database's language wants it.
FOUND_BY_BEGINNING = {
    "orders": ("number", "customer_name"),
    "customer": ("name", "company", "email"),
    "product": ("name", "sku"),
    "invoice": ("number",),
    "shipment": ("number",),
    "goods_return": ("number",),
}

#: Letters with accents, and those without.
FOLDED = {
    "a": "ÀÁÂÃÄÅàáâãäåĀāĂăĄą",
    "c": "ÇçĆćČč",
    "d": "ĎďĐđ",
    "e": "ÈÉÊËèéêëĒēĖėĘęĚě",
    "g": "Ğğ",
    "i": "ÌÍÎÏìíîïĪīĮįİı",
    "l": "ŁłĽľ",
    "n": "ÑñŃńŇň",
    "o": "ÒÓÔÕÖØòóôõöøŌōŐő",
    "r": "ŘřŔŕ",
    "s": "ŚśŠšŞşȘș",
    "t": "ŤťŢţȚț",
    "u": "ÙÚÛÜùúûüŪūŮůŰűŲų",
    "y": "ÝýŸÿ",
    "z": "ŹźŻżŽž",
    "ss": "ßẞ",
    "ae": "Ææ",
    "oe": "Œœ",
}

#: So many replacements in one expression: older versions of SQLite read no deeper one.
AT_ONCE = 12


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(function_on_postgresql())
    for name, columns in FOUND_BY.items():
        op.create_table(
            f"{name}_search",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("words", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                ["id"], [f"{name}.id"], name=op.f(f"fk_{name}_search_id_{name}"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}_search")),
        )
        (keep_on_sqlite if is_sqlite else keep_on_postgresql)(name, columns)
    op.create_index("ix_shop_product_state_title_id", "shop_product", ["state", "title", "id"])
    op.create_index("ix_shop_product_title_id", "shop_product", ["title", "id"])
    refused = sa.text("fold IS NOT NULL")
    for name, column in (("ix_security_event_refused", "id"), ("ix_security_event_refused_at", "at")):
        op.create_index(name, "security_event", [column], sqlite_where=refused, postgresql_where=refused)
    if not is_sqlite:
        for index, table, column in indexes_of_beginnings():
            op.execute(f"CREATE INDEX {index} ON {table} ({column} varchar_pattern_ops)")


def indexes_of_beginnings() -> list[tuple[str, str, str]]:
    """(name, table, column)"""
    tables = FOUND_BY_BEGINNING.items()
    return [(f"ix_{table}_{column}_begins", table, column) for table, columns in tables for column in columns]


def keep_on_sqlite(name: str, columns: tuple[str, ...]) -> None:
    documents = f"{name}_search"
    op.execute(f"INSERT INTO {documents} (id, words) SELECT id, {words_on_sqlite(name, columns)} FROM {name}")
    op.execute(
        f"CREATE VIRTUAL TABLE {documents}_fts USING fts5"
        f"(words, content='{documents}', content_rowid='id', tokenize='trigram')"
    )
    op.execute(f"INSERT INTO {documents}_fts({documents}_fts) VALUES ('rebuild')")
    add = f"INSERT INTO {documents}_fts(rowid, words) VALUES (NEW.id, NEW.words);"
    remove = f"INSERT INTO {documents}_fts({documents}_fts, rowid, words) VALUES ('delete', OLD.id, OLD.words);"
    for event, body in (("INSERT", add), ("DELETE", remove), ("UPDATE", remove + add)):
        op.execute(f"CREATE TRIGGER {documents}_{event.lower()} AFTER {event} ON {documents} BEGIN {body} END")
    op.execute(
        f"CREATE TRIGGER {name}_is_found AFTER INSERT ON {name} BEGIN "
        f"INSERT INTO {documents} (id, words) VALUES (NEW.id, {words_on_sqlite('NEW', columns)}); END"
    )
    op.execute(
        f"CREATE TRIGGER {name}_stays_found AFTER UPDATE OF {', '.join(columns)} ON {name} BEGIN "
        f"UPDATE {documents} SET words = {words_on_sqlite('NEW', columns)} WHERE id = NEW.id; END"
    )


def words_on_sqlite(row: str, columns: tuple[str, ...]) -> str:
    """Without accents by one step after the other."""
    text = " || ' ' || ".join(f"coalesce({row}.{column}, '')" for column in columns)
    pairs = [(letter, plain) for plain, letters in FOLDED.items() for letter in letters]
    steps = [f"w0(t) AS (SELECT lower({text}))"]
    for at in range(0, len(pairs), AT_ONCE):
        expression = "t"
        for letter, plain in pairs[at : at + AT_ONCE]:
            expression = f"replace({expression}, '{letter}', '{plain}')"
        steps.append(f"w{len(steps)}(t) AS (SELECT {expression} FROM w{len(steps) - 1})")
    return f"(WITH {', '.join(steps)} SELECT t FROM w{len(steps) - 1})"


def function_on_postgresql() -> str:
    one = [(letter, plain) for plain, letters in FOLDED.items() for letter in letters if len(plain) == 1]
    two = [(letter, plain) for plain, letters in FOLDED.items() for letter in letters if len(plain) > 1]
    from_, to = "".join(letter for letter, _ in one), "".join(plain for _, plain in one)
    expression = f"translate($1, '{from_}', '{to}')"
    for letter, plain in two:
        expression = f"replace({expression}, '{letter}', '{plain}')"
    return (
        "CREATE FUNCTION words_to_find(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ "
        f"SELECT lower({expression}) $$"
    )


def keep_on_postgresql(name: str, columns: tuple[str, ...]) -> None:
    documents = f"{name}_search"
    of_row = f"words_to_find(concat_ws(' ', {', '.join(columns)}))"
    op.execute(f"INSERT INTO {documents} (id, words) SELECT id, {of_row} FROM {name}")
    op.execute(f"CREATE INDEX ix_{documents}_words ON {documents} USING gin (words gin_trgm_ops)")
    of_new = f"words_to_find(concat_ws(' ', {', '.join(f'NEW.{column}' for column in columns)}))"
    op.execute(
        f"CREATE FUNCTION {name}_is_found() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO {documents} (id, words) VALUES (NEW.id, {of_new}) "
        "ON CONFLICT (id) DO UPDATE SET words = excluded.words; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name}_is_found AFTER INSERT OR UPDATE OF {', '.join(columns)} ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}_is_found()"
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_index("ix_security_event_refused_at", "security_event")
    op.drop_index("ix_security_event_refused", "security_event")
    op.drop_index("ix_shop_product_title_id", "shop_product")
    op.drop_index("ix_shop_product_state_title_id", "shop_product")
    for name in FOUND_BY:
        if is_sqlite:
            for trigger in (f"{name}_is_found", f"{name}_stays_found"):
                op.execute(f"DROP TRIGGER {trigger}")
            op.execute(f"DROP TABLE {name}_search_fts")
        else:
            op.execute(f"DROP FUNCTION {name}_is_found() CASCADE")
        op.drop_table(f"{name}_search")
    if not is_sqlite:
        for index, _table, _column in indexes_of_beginnings():
            op.execute(f"DROP INDEX {index}")
        op.execute("DROP FUNCTION words_to_find(text)")
