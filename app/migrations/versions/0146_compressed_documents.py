"""What invoices and credit notes say is stored compressed on SQLite; PostgreSQL compresses long values by itself.

Slice by slice, each a transaction of its own in which the guard is taken away and put back: what is broken off goes on
where it was. A document says the same before and after, letter by letter, and no seal is made anew.
"""

from __future__ import annotations

from collections.abc import Callable

from alembic import op
from sqlalchemy import text

from app.compression.dictionaries import DOCUMENT_WORDS
from app.compression.texts import compress, uncompress

revision = "0146"
down_revision = "0143"

AT_ONCE = 2000

GUARD = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'invoice_is_fixed'"
NEXT = "SELECT id, snapshot FROM invoice WHERE typeof(snapshot) = :kind AND id > :last ORDER BY id LIMIT :most"


def upgrade() -> None:
    rewrite("text", lambda said: compress(said, DOCUMENT_WORDS))


def downgrade() -> None:
    rewrite("blob", uncompress)


def rewrite(kind: str, write: Callable[..., object]) -> None:
    database, last = op.get_bind(), 0
    if database.dialect.name != "sqlite":
        return
    guard = str(database.scalar(text(GUARD)))
    while rows := database.execute(text(NEXT), {"kind": kind, "last": last, "most": AT_ONCE}).all():
        last = rows[-1].id
        op.execute("DROP TRIGGER invoice_is_fixed")
        change = text("UPDATE invoice SET snapshot = :said WHERE id = :id")
        database.execute(change, [{"id": row.id, "said": write(row.snapshot)} for row in rows])
        op.execute(guard)
        op.execute("COMMIT")
        op.execute("BEGIN IMMEDIATE")
