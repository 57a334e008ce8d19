"""What taxes are called: as the order's source does, which the shop may say in each language."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.accounting.tax_rows import named_tax
from app.extensions import db
from app.models import OrderLine, Shop, WordKind

#: So many lines of the newest orders tell which taxes there are: reading all of a large shop takes minutes.
NEWEST_LINES = 500


def tax_names_in_use(of: Shop) -> list[str]:
    """Those of the newest orders, and those that are said in some language; not VAT as such, which has its word."""
    known = of.own_words.get(WordKind.TAX, {})
    return sorted(name for name in {*stated_names(), *known} if named_tax(name, "", has_vat=bool(of.vat_id)))


def stated_names() -> Iterator[str]:
    newest = select(OrderLine.taxes).order_by(OrderLine.id.desc()).limit(NEWEST_LINES)
    for taxes in db.session.scalars(newest):
        yield from (tax["name"] for tax in taxes)
