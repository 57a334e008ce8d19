"""Passwords and secrets are encrypted where they stand: of the mail server, of connections and of webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.encryption.sealed import seal, unseal

revision = "0052"
down_revision = "0054"

#: table -> the column that held a secret in clear
CLEAR = {"shop": "smtp_password", "connection": "secret", "webhook_endpoint": "secret"}


def upgrade() -> None:
    overwrite_what_goes()
    for table, name in CLEAR.items():
        op.add_column(table, sa.Column(f"{name}_sealed", sa.Text(), nullable=False, server_default=""))
        for row_id, clear in rows(table, name):
            write(table, f"{name}_sealed", row_id, seal(clear))
            write(table, name, row_id, "")
        op.drop_column(table, name)


def downgrade() -> None:
    for table, name in CLEAR.items():
        op.add_column(table, sa.Column(name, sa.String(255), nullable=False, server_default=""))
        for row_id, sealed in rows(table, f"{name}_sealed"):
            write(table, name, row_id, unseal(sealed))
        op.drop_column(table, f"{name}_sealed")


def rows(table: str, name: str) -> list[tuple[int, str]]:
    one = sa.table(table, sa.column("id"), sa.column(name))
    found = op.get_bind().execute(sa.select(one.c.id, one.c[name]).where(one.c[name] != ""))
    return [(row_id, secret) for row_id, secret in found]


def write(table: str, name: str, row_id: int, text: str) -> None:
    one = sa.table(table, sa.column("id"), sa.column(name))
    op.get_bind().execute(sa.update(one).where(one.c.id == row_id).values({name: text}))


def overwrite_what_goes() -> None:
    """SQLite leaves what is replaced where it stood, unless it is told otherwise."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")
