"""Which shops can't be read or told just now: for Home, where somebody sees it who can do something about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, literal, or_, select, text, union_all

from app.columns import now
from app.connections.failures import REMEDIES, SENTENCES, Remedy
from app.extensions import db
from app.models import DIFFERS, Connection, Pull, PullKind, PullState, ShopProduct, Trouble
from app.write_back.listeners import COUNTS

#: What passes by itself is told of when it has failed so often in a row, or lasts so long.
FAILURES = 3
LASTS = timedelta(minutes=5)
MOST_OUTAGES = 5

PASSING = [trouble for trouble, remedy in REMEDIES.items() if remedy == Remedy.WAIT]


@dataclass(frozen=True)
class Outage:
    connection_id: int
    title: str
    trouble: Trouble
    product: str = ""  # the first that it is about, where it is about products
    others: int = 0  # so many more of them

    def __str__(self) -> str:
        products = f"{self.product} (+{self.others})" if self.others else self.product
        return ": ".join(filter(None, (self.title, products, str(SENTENCES[self.trouble]))))


def outages() -> list[Outage]:
    """One for each connection, in one statement over what is but a few rows for each shop."""
    of_no_product = (literal("").label("product"), literal(0).label("products"))
    unread = (
        select(Connection.id, Connection.title, Pull.trouble, *of_no_product)
        .join(Pull, Pull.connection_id == Connection.id)
        .where(Pull.kind != PullKind.WEBHOOKS, Pull.state == PullState.WAITING, Pull.trouble.is_not(None))
        .where(or_(Pull.trouble.not_in(PASSING), Pull.attempts >= FAILURES))
    )
    since = Connection.tell_trouble_at
    untold = select(Connection.id, Connection.title, Connection.tell_trouble, *of_no_product).where(
        Connection.tell_trouble.is_not(None),
        or_(Connection.tell_trouble.not_in(PASSING), since < now() - LASTS),
    )
    uncompared = select(Connection.id, Connection.title, Connection.stock_trouble, *of_no_product).where(
        Connection.stock_trouble.is_not(None),
        or_(Connection.stock_trouble.not_in(PASSING), Connection.stock_trouble_at < now() - LASTS),
    )
    refused = (
        select(Connection.id, Connection.title, ShopProduct.trouble, func.min(ShopProduct.title), func.count())
        .join(ShopProduct, ShopProduct.outside_shop_id == Connection.outside_shop_id)
        .where(text(f"({DIFFERS})"), ShopProduct.trouble.is_not(None), COUNTS)
        .group_by(Connection.id, Connection.title, ShopProduct.trouble)
    )
    is_read = (Connection.is_active, Connection.address != "")
    rows = (
        union_all(*[query.where(*is_read) for query in (refused, unread, untold, uncompared)])
        .order_by("id")
        .limit(MOST_OUTAGES * len(PullKind))
    )
    told = db.session.execute(rows).all()
    found = {
        connection_id: Outage(connection_id, title, trouble, product, max(0, products - 1))
        for connection_id, title, trouble, product, products in told
        if trouble
    }
    return list(found.values())[:MOST_OUTAGES]
