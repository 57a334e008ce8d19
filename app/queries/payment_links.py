"""The page of its own shop on which a customer pays what is open of an order.

Its shop states it, or says by a pattern where it is. A customer is led to that shop's own host and to no other: what
comes in from outside could lead them anywhere, in a mail that bears our name.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from app.models import Order, OutsideShop

#: Where `Order.stated` keeps the page that its shop told last.
PAYMENT_LINK = "payment_link"
#: What stands in the pattern for the order: the number that its customer knows, or its id in the shop.
NUMBER, ID = "{number}", "{id}"


def payment_link(order: Order) -> str:
    """ "" unless something is open, and the shop has such a page."""
    if order.is_draft or order.cancelled_at or order.open_amount <= 0 or order.outside_shop is None:
        return ""
    shop = order.outside_shop
    stated = (order.stated or {}).get(PAYMENT_LINK)
    if isinstance(stated, str) and is_of_shop(stated, shop):
        return stated
    page = pattern_filled(shop.payment_page, order)
    return page if is_of_shop(page, shop) else ""


def is_of_shop(link: str, shop: OutsideShop) -> bool:
    host = (urlsplit(link).hostname or "") if link else ""
    return bool(shop.host) and host.removeprefix("www.") == shop.host


def pattern_filled(pattern: str, order: Order) -> str:
    return pattern.replace(NUMBER, quote(order.external_number, safe="")).replace(ID, quote(order.external_id, safe=""))
