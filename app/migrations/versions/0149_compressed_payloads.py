"""Payloads that came in are stored compressed on SQLite, too; slice by slice, as in 0146."""

from __future__ import annotations

from collections.abc import Callable

from alembic import op
from sqlalchemy import text

from app.compression.dictionaries import PAYLOAD_WORDS
from app.compression.texts import shortest, uncompress

revision = "0149"
down_revision = "0146"

AT_ONCE = 2000

NEXT = "SELECT id, payload FROM arrival WHERE typeof(payload) = :kind AND id > :last ORDER BY id LIMIT :most"


def upgrade() -> None:
    rewrite("text", lambda said: shortest(said, PAYLOAD_WORDS))


def downgrade() -> None:
    rewrite("blob", uncompress)


def rewrite(kind: str, write: Callable[..., object]) -> None:
    database, last = op.get_bind(), 0
    if database.dialect.name != "sqlite":
        return
    change = text("UPDATE arrival SET payload = :said WHERE id = :id")
    while rows := database.execute(text(NEXT), {"kind": kind, "last": last, "most": AT_ONCE}).all():
        last = rows[-1].id
        database.execute(change, [{"id": row.id, "said": write(row.payload)} for row in rows])
        op.execute("COMMIT")
        op.execute("BEGIN IMMEDIATE")
