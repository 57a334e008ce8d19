"""How documents look: colour, paper, logo, columns of invoices, and their texts in each language.

Who may change the company, where the text below invoices was until now, may change these.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0140"
down_revision = "0133"

TEXTS = {
    "accent": (sa.String(length=7), "#1f2933"),
    "paper": (sa.String(length=30), "a4"),
    "logo_size": (sa.String(length=30), "medium"),
    "logo_place": (sa.String(length=30), "left"),
    "sku_on_invoices": (sa.String(length=30), "below"),
    "invoice_columns": (sa.JSON(), '["unit_price", "discount", "vat"]'),
    "footers": (sa.JSON(), "{}"),
    "page_foot": (sa.Text(), ""),
    "page_feet": (sa.JSON(), "{}"),
}
BEFORE, SINCE = "settings.company", "settings.documents"

ROLE = sa.table("role", sa.column("id", sa.Integer), sa.column("permissions", sa.JSON))


def upgrade() -> None:
    for name, (kind, usual) in TEXTS.items():
        op.add_column("shop", sa.Column(name, kind, nullable=False, server_default=usual))
    change_roles(lambda rights: [*rights, SINCE] if BEFORE in rights and SINCE not in rights else rights)


def downgrade() -> None:
    for name in TEXTS:
        op.drop_column("shop", name)
    change_roles(lambda rights: [right for right in rights if right != SINCE])


def change_roles(change: Callable[[list[str]], list[str]]) -> None:
    for role in op.get_bind().execute(sa.select(ROLE)).all():
        rights = change(role.permissions)
        if rights != role.permissions:
            op.execute(ROLE.update().where(ROLE.c.id == role.id).values(permissions=rights))
