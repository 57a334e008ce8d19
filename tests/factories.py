"""Orders for tests: plain functions, each argument for what a test is about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.actions.outside_shops import keep_shop, shop_named
from app.history import SYSTEM
from app.intake.placing import place_order
from app.intake_readers.new_order import NewAddress, NewCustomer, NewLine, NewOrder, NewPayment, NewTax
from app.models import WITHOUT_SHOP, Connection, Order, OutsideShop, ShopKey

PLACED_AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
external_ids = itertools.count(5001)

#: A shop as every invoice has to name it.
COMPANY = {
    "name": "Huis & Haard", "street": "Stadhuisplein 1", "postcode": "3811 LM", "city": "Amersfoort", "country": "NL",
    "vat_id": "NL123456789B13",
}  # fmt: skip


def placed_order(**stated: Any) -> Order:
    """An order in the current session, as if it had come from an outside shop."""
    return place(new_order(**stated))


def paid_order(**stated: Any) -> Order:
    """An order that the payment provider has confirmed."""
    new = new_order(**stated)
    new.payments = [NewPayment(amount=new.total, paid_at=PLACED_AT, method=new.payment_method, external_id="tr_1")]
    return place(new)


def place(new: NewOrder, **how: Any) -> Order:
    """An order that came from the only shop of its platform, unless another is given."""
    shop = how.pop("shop", None) or shop_key(new.source)
    return place_order(new, **{"by": SYSTEM, "shop": shop, **how})


def shop_key(source: str = "woocommerce", title: str = "") -> ShopKey | None:
    """The shop of this name, by default that of the platform, made when there is none; None for those without shop."""
    return None if source in WITHOUT_SHOP else outside_shop(source, title).key


def outside_shop(source: str = "woocommerce", title: str = "") -> OutsideShop:
    return keep_shop(shop_named(source, title or f"Only {source}"))


def new_order(**stated: Any) -> NewOrder:
    """What a reader gives: three mugs and a teapot to Delft, 21 % VAT included, 67.75 with shipping."""
    external_id = str(next(external_ids))
    order = NewOrder(
        source="woocommerce",
        external_id=external_id,
        number=external_id,
        placed_at=PLACED_AT,
        currency="EUR",
        total=Decimal("67.75"),
        prices_include_tax=True,
        lines=[mugs(), teapot(), shipping_cost()],
        tax_total=Decimal("11.76"),
        language="nl",
        customer=NewCustomer(external_id="77", name="Femke Jansen", email="femke@example.org", phone="+31 15 555 0101"),
        billing=address(),
        shipping=address(),
        payment_method="Bank transfer",
        shipping_method="Parcel post",
    )
    for name, value in stated.items():
        setattr(order, name, value)
    if "tax_total" not in stated and order.tax_total > order.total:
        order.tax_total = sum((tax.amount for line in order.lines for tax in line.taxes), Decimal(0))
    return order


def mugs() -> NewLine:
    return line("Stoneware mug", quantity="3", unit_price="12.50", sku="MUG-30", external_id="1")


def teapot() -> NewLine:
    return line("Teapot", quantity="1", unit_price="24.20", sku="POT-1", external_id="2")


def shipping_cost() -> NewLine:
    return line("Parcel post", quantity="1", unit_price="6.05", kind="shipping", external_id="3")


def line(name: str, *, quantity: str, unit_price: str, rate: str = "21", **stated: Any) -> NewLine:
    """A line whose prices include VAT at this rate."""
    total = Decimal(quantity) * Decimal(unit_price)
    tax = (total * Decimal(rate) / (100 + Decimal(rate))).quantize(Decimal("0.01"))
    return NewLine(
        name=name,
        quantity=Decimal(quantity),
        unit_price=Decimal(unit_price),
        total=total,
        taxes=[NewTax(name="VAT", amount=tax, rate=Decimal(rate))],
        **stated,
    )


def address(**stated: Any) -> NewAddress:
    delft = {"name": "Femke Jansen", "street": "Markt 87", "postcode": "2611 GS", "city": "Delft", "country": "NL"}
    return NewAddress(**{**delft, **stated})


def new_connection(source: str = "woocommerce", **stated: Any) -> Connection:
    """A connection of the only shop of its platform; not in the session yet."""
    shop = stated.pop("outside_shop", None) or outside_shop(source)
    facts = {"title": "Mugs", "key": "the-key", "secret": "the-secret", "notify": True, **stated}
    return Connection(source=source, outside_shop=shop, **facts)
