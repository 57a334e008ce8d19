"""Reading orders of other platforms: a payload goes in, one NewOrder comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask_babel import gettext as _

from app.amounts.money import LARGEST, MOST_PIECES, ZERO
from app.columns import storable
from app.intake_readers import bigcommerce, ecwid, lightspeed, magento, prestashop, shopify, shopware, woocommerce
from app.intake_readers.csv import files
from app.intake_readers.csv.mapping import Mapping
from app.intake_readers.hosts import hosts_of
from app.intake_readers.new_order import NewOrder, UnreadableOrder
from app.intake_readers.payloads import FILE, Payload, payloads
from app.intake_readers.reading import IDENTIFIER, Fields, in_short
from app.intake_readers.shopify_graphql_fields import own_number
from app.models import Source

READERS: dict[Source, Callable[[Fields], NewOrder]] = {
    Source.WOOCOMMERCE: woocommerce.read,
    Source.SHOPIFY: shopify.read,
    Source.LIGHTSPEED: lightspeed.read,
    Source.ECWID: ecwid.read,
    Source.BIGCOMMERCE: bigcommerce.read,
    Source.MAGENTO: magento.read,
    Source.PRESTASHOP: prestashop.read,
    Source.SHOPWARE: shopware.read_order,
}

#: Whose orders stand in tables, in CSV or a spreadsheet.
TABLES = (Source.ETSY, Source.BOL, Source.AMAZON, Source.EBAY, Source.SQUARESPACE, Source.CSV)

SOURCES = (*READERS, *TABLES)

#: What people call them.
PLATFORMS: dict[str, str] = {
    Source.WOOCOMMERCE: "WooCommerce",
    Source.SHOPIFY: "Shopify",
    Source.LIGHTSPEED: "Lightspeed",
    Source.ECWID: "Ecwid",
    Source.BIGCOMMERCE: "BigCommerce",
    Source.MAGENTO: "Magento",
    Source.PRESTASHOP: "PrestaShop",
    Source.SHOPWARE: "Shopware",
    Source.ETSY: "Etsy",
    Source.BOL: "bol",
    Source.AMAZON: "Amazon",
    Source.EBAY: "eBay",
    Source.SQUARESPACE: "Squarespace",
    Source.CSV: "CSV",
}


@dataclass(frozen=True)
class Found:
    """One thing found in a payload: the order it holds, or the problem that kept it from being read."""

    external_id: str
    raw: str  # its own text, as given; reading it again finds the same
    order: NewOrder | None = None
    problem: UnreadableOrder | None = None
    hosts: tuple[str, ...] = ()  # host names of its shop, as it states them


def orders_in(
    source: str, text: str, *, currency: str = "", mapping: Mapping | None = None, time_zone: str = "UTC"
) -> Iterator[Found]:
    """Read every order of a csv text, or of a JSON text from any of the other sources.

    `currency` is the shop's own, for orders that state none (Lightspeed's and Ecwid's never do). `mapping` says which
    column of a csv text is what, where it isn't a known export; `time_zone` is the shop's own, for its moments.
    What can't be read is found too, with its problem; no text makes this raise.
    """
    try:
        parts, read = taken_apart(source, text, mapping, time_zone)
        yield from (read_payload(payload, read, currency, source, time_zone) for payload in parts)
    except UnreadableOrder as problem:
        yield Found("", storable(text), problem=problem)


def taken_apart(
    source: str, text: str, mapping: Mapping | None, time_zone: str
) -> tuple[Iterator[Payload], Callable[[Fields], NewOrder]]:
    known = Source(source)
    return files.taken_apart(text, mapping, time_zone, known) if known in TABLES else (payloads(text), READERS[known])


def count_in(source: str, text: str, *, mapping: Mapping | None = None, time_zone: str = "UTC") -> int:
    """How many things `orders_in` finds, without reading them."""
    count = 0
    try:
        for _payload in taken_apart(source, text, mapping, time_zone)[0]:
            count += 1
    except UnreadableOrder:
        count += 1
    return count


def only_order_in(source: str, text: str, *, currency: str = "", time_zone: str = "UTC") -> Found:
    """The one order of a payload that holds one, as an event does; a problem when it holds none."""
    nothing = UnreadableOrder(FILE, _("There is no order in it."))
    orders = orders_in(source, text, currency=currency, time_zone=time_zone)
    return next(iter(orders), Found("", storable(text), problem=nothing))


def read_payload(
    payload: Payload, read: Callable[[Fields], NewOrder], currency: str, source: str, time_zone: str
) -> Found:
    raw = storable(payload.raw)
    if not isinstance(payload.value, dict):
        return Found("", raw, problem=UnreadableOrder(FILE, _("This is not an order. Expected a JSON object.")))
    order = Fields(payload.beside | payload.value, shop_currency=currency, shop_zone=time_zone)
    hosts = hosts_of(source, payload.value)
    try:
        new = within_range(read(order))
        return Found(new.external_id, raw, order=new, hosts=hosts)
    except UnreadableOrder as problem:
        problem.external_id = own_id(payload.value)
        return Found(problem.external_id, raw, problem=problem, hosts=hosts)


def own_id(value: dict[str, object]) -> str:
    """The id as far as it can be told, also of an order that can't be read."""
    found_id = value.get("legacyResourceId", value.get("id", value.get("entity_id")))
    is_id = isinstance(found_id, (str, int)) and not isinstance(found_id, bool)
    return storable(str(own_number(found_id)))[:IDENTIFIER] if is_id else ""


def within_range(order: NewOrder) -> NewOrder:
    """Refuse an order whose amounts are each storable but together are not, or whose quantities are none."""
    for line in order.lines:
        if line.quantity >= MOST_PIECES:
            reason = _(
                "“%(name)s” is there %(many)s times. Is that a bar code, in the column of quantities?",
                name=in_short(line.name),
                many=f"{line.quantity:f}",
            )
            raise UnreadableOrder("quantity", reason)
    amounts = [order.total, *(line.total for line in order.lines), *(payment.amount for payment in order.payments)]
    amounts += [tax.amount for line in order.lines for tax in line.taxes]
    if sum((abs(amount) for amount in amounts), ZERO) >= LARGEST:
        raise UnreadableOrder("total", _("The amounts add up to more than %(most)s.", most=f"{LARGEST:f}"))
    return order


__all__ = [
    "PLATFORMS",
    "SOURCES",
    "TABLES",
    "Found",
    "Mapping",
    "NewOrder",
    "UnreadableOrder",
    "count_in",
    "only_order_in",
    "orders_in",
]
