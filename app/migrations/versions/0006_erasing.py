"""Personal data may be erased from what else never changes: from mails, and from the facts of history.

Emptying is all that is let through; what was written can still not be rewritten.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

MAIL = "kind, once_key, order_id, to_address, subject, body, invoice_id, file_id, message_id, is_demo"
MAIL_ALWAYS = "kind, once_key, order_id, invoice_id, file_id, message_id, is_demo"
HISTORY = "at, what, order_id, subject, actor_kind, actor_name, staff_id, facts, is_demo"
HISTORY_ALWAYS = "at, what, order_id, subject, actor_kind, staff_id, is_demo"

ERASED_MAIL = "(NEW.to_address = '' AND NEW.subject = '' AND NEW.body = '')"
#: Facts are JSON, which PostgreSQL compares as text only; a customer's own name is that of the actor.
ERASED_HISTORY = "(CAST(NEW.facts AS TEXT) = '{}' AND (NEW.actor_name = OLD.actor_name OR NEW.actor_name = ''))"


def upgrade() -> None:
    drop("outgoing_mail", "outgoing_mail_is_fixed")
    guard("outgoing_mail", "outgoing_mail_is_fixed", MAIL_ALWAYS)
    guard("outgoing_mail", "outgoing_mail_text_is_fixed", "to_address, subject, body", ERASED_MAIL)
    drop("history", "history_is_fixed")
    guard("history", "history_is_fixed", HISTORY_ALWAYS)
    guard("history", "history_facts_are_fixed", "facts, actor_name", ERASED_HISTORY)


def downgrade() -> None:
    drop("history", "history_facts_are_fixed")
    drop("history", "history_is_fixed")
    guard("history", "history_is_fixed", HISTORY)
    drop("outgoing_mail", "outgoing_mail_text_is_fixed")
    drop("outgoing_mail", "outgoing_mail_is_fixed")
    guard("outgoing_mail", "outgoing_mail_is_fixed", MAIL)


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def guard(table: str, name: str, columns: str, unless: str = "") -> None:
    when = f"WHEN (NOT {unless}) " if unless else ""
    refuse = (
        f"{when}BEGIN SELECT RAISE(ABORT, '{table}: what is written here never changes'); END"
        if is_sqlite()
        else f"FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} {refuse}")


def drop(table: str, name: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite() else f" ON {table}"))
