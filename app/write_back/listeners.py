"""Who is told of what happens here: other programs, and the shops that orders come from.

One statement a transaction finds all of them, for nearly everything that is done asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import CompoundSelect, Row, and_, null, or_, select

from app.extensions import db
from app.models import Connection, Mailer, Order, ShopWriteKind, Source, StockMode, Telling, WebhookEndpoint

#: The column of a connection that says whether its shop is told of this.
CHOICES = {
    ShopWriteKind.SENT: Connection.tell_sent,
    ShopWriteKind.PAID: Connection.tell_paid,
    ShopWriteKind.CANCELLED: Connection.tell_cancelled,
    ShopWriteKind.REFUNDED: Connection.tell_refunded,
    ShopWriteKind.NOTE: Connection.tell_notes,
}

#: What these platforms never mail their customers about, so that it is mailed from here whoever mails the rest.
NEVER_MAILED = {
    Source.SHOPIFY: (ShopWriteKind.PAID,),
    Source.MAGENTO: (ShopWriteKind.CANCELLED,),
    Source.PRESTASHOP: (ShopWriteKind.REFUNDED,),
    Source.LIGHTSPEED: (ShopWriteKind.NOTE,),
    Source.ECWID: (ShopWriteKind.NOTE,),
}

#: What is asked of a connection, in this order.
OF_CONNECTION = (
    Connection.id,
    Connection.outside_shop_id,
    Connection.source,
    Connection.title,
    Connection.mailer,
    *CHOICES.values(),
)

IS_OPEN = (Connection.is_active, Connection.address != "")
TELLS_SOMETHING = or_(*(one != Telling.OFF for one in CHOICES.values()))

#: Connections whose shop can be told, and is told of something.
IS_TOLD = (*IS_OPEN, TELLS_SOMETHING)

#: Connections whose shop would be told of something, but that are switched off.
WOULD_TELL = (Connection.is_active.is_(False), Connection.address != "", TELLS_SOMETHING)

#: Connections whose shop counts the same pieces as Toonbank.
COUNTS = Connection.stock_mode != StockMode.OFF


@dataclass(frozen=True)
class Listener:
    """An endpoint of a program, and of what it wants to hear; empty: of all."""

    id: int
    events: frozenset[str]


@dataclass(frozen=True)
class ToldShop:
    """A connection by which a shop is told: of what, and who mails its customers about it."""

    id: int
    outside_shop_id: int
    source: str
    title: str
    mailer: Mailer
    choices: Mapping[ShopWriteKind, Telling]

    def mails(self, kind: ShopWriteKind) -> bool:
        """Whether the shop writes to the customer about this, so that nothing is mailed from here."""
        is_able = kind not in NEVER_MAILED.get(Source(self.source), ())
        return is_able and self.mailer == Mailer.SHOP and self.choices[kind] != Telling.OFF


@dataclass(frozen=True)
class Listeners:
    programs: list[Listener] = field(default_factory=list)
    shops: dict[int, ToldShop] = field(default_factory=dict)  # by the id of the outside shop
    counting: frozenset[int] = frozenset()  # ids of outside shops whose stock is compared with ours


def listeners() -> Listeners:
    """All of them; one statement a transaction."""
    info = db.session().info
    transaction = db.session().get_transaction()
    if info.get("listeners_of") is not transaction or "listeners" not in info:
        with db.session.no_autoflush:  # what is being written has no bearing on it
            rows = db.session.execute(everybody()).all()
        info["listeners"] = listeners_in(rows)
        info["listeners_of"] = db.session().get_transaction()
    found: Listeners = info["listeners"]
    return found


def everybody() -> CompoundSelect[*tuple[object, ...]]:
    """Endpoints belong to no shop; connections hear of no event by its name."""
    columns = (*OF_CONNECTION, Connection.stock_mode)
    none = [null().label(column.key) for column in columns[1:]]
    programs = select(WebhookEndpoint.events, WebhookEndpoint.id, *none).where(WebhookEndpoint.is_active)
    shops = select(null().label("events"), *columns).where(or_(and_(*IS_TOLD), COUNTS))
    return programs.union_all(shops)


def listeners_in(rows: Sequence[Row[*tuple[object, ...]]]) -> Listeners:
    """Of several connections of a shop that tell it something, the newest does."""
    programs = [Listener(row.id, frozenset(row.events)) for row in rows if row.outside_shop_id is None]
    of_shops = [row for row in rows if row.outside_shop_id is not None]
    shops = [shop for shop in map(shop_in, of_shops) if any(one != Telling.OFF for one in shop.choices.values())]
    counting = frozenset(row.outside_shop_id for row in of_shops if row.stock_mode != StockMode.OFF)
    by_shop = {shop.outside_shop_id: shop for shop in sorted(shops, key=lambda shop: shop.id)}
    return Listeners(programs, by_shop, counting)


def shop_in(row: Row[*tuple[object, ...]]) -> ToldShop:
    """Of the columns `OF_CONNECTION`."""
    told = {kind: Telling(getattr(row, column.key)) for kind, column in CHOICES.items()}
    return ToldShop(row.id, row.outside_shop_id, row.source, row.title, Mailer(row.mailer), told)


def listening_programs() -> list[Listener]:
    """The endpoints that are in use."""
    return listeners().programs


def counting_shops() -> frozenset[int]:
    """The ids of the outside shops whose stock is compared with ours; also those that rest, or are switched off."""
    return listeners().counting


def told_shop(order: Order) -> ToldShop | None:
    """The connection by which the order's own shop is told; no statement of an order that came from none."""
    if order.outside_shop_id is None or order.is_demo or order.is_draft:
        return None
    info = db.session().info
    if info.get("shown_shop_of") == (order.id, db.session().get_transaction()):
        shown: ToldShop | None = info["shown_shop"]
        return shown
    return listeners().shops.get(order.outside_shop_id)


def remember_shop(order: Order, row: Row[*tuple[object, ...]]) -> None:
    """A page has asked for `OF_CONNECTION` together with all else of this order, so that it takes no statement more."""
    info = db.session().info
    info["shown_shop_of"] = (order.id, db.session().get_transaction())
    info["shown_shop"] = shop_in(row) if row.outside_shop_id is not None else None
