"""The shop's own words in each language: methods, reasons, solutions and delivery times.

Who may change the texts on documents may change these.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0142"
down_revision = "0137"

BEFORE, SINCE = "settings.documents", "settings.own_words"

ROLE = sa.table("role", sa.column("id", sa.Integer), sa.column("permissions", sa.JSON))


def upgrade() -> None:
    op.add_column("shop", sa.Column("own_words", sa.JSON(), nullable=False, server_default="{}"))
    change_roles(lambda rights: [*rights, SINCE] if BEFORE in rights and SINCE not in rights else rights)


def downgrade() -> None:
    op.drop_column("shop", "own_words")
    change_roles(lambda rights: [right for right in rights if right != SINCE])


def change_roles(change: Callable[[list[str]], list[str]]) -> None:
    for role in op.get_bind().execute(sa.select(ROLE)).all():
        rights = change(role.permissions)
        if rights != role.permissions:
            op.execute(ROLE.update().where(ROLE.c.id == role.id).values(permissions=rights))
