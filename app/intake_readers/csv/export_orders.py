"""Reading orders from CSV with the columns of Shopify's order export, which other shops' tools write too.

Source: https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.intake_readers.csv.order_rows import more_tax_than_total, the_same
from app.intake_readers.new_order import (
    NewAddress,
    NewCustomer,
    NewLine,
    NewOrder,
    NewPayment,
    NewRefund,
    NewShipment,
    NewTax,
    UnreadableOrder,
)
from app.intake_readers.reading import NAME, NOTE, SKU, TEXT, Fields, in_short
from app.intake_readers.shopify_facts import PAID
from app.intake_readers.shopify_lines import share_tax
from app.models import LineKind, Source

#: Beside the cells of an order: where its first row stands in the file.
ROW = "(row)"


#: What two orders of one name differ by.
OF_ORDER = ("Id", "Email", "Created at", "Currency")


def read(order: Fields) -> NewOrder:
    placed_at = order.moment("Created at")
    total, currency = order.amount("Total"), order.currency("Currency")
    found = lines(order)
    for tax in taxes(order):
        share_tax(tax, [line for line in found if line.kind == LineKind.PRODUCT], currency)
    new = NewOrder(
        source=Source.CSV,
        external_id=order.identifier("id", required=True),
        number=order.identifier("Name", required=True),
        placed_at=placed_at,
        currency=currency,
        total=total,
        tax_total=order.maybe_amount("Taxes"),
        prices_include_tax=prices_include_tax(order, total),
        lines=found,
        customer=customer(order),
        billing=address(order, "Billing"),
        shipping=address(order, "Shipping"),
        payment_method=order.text("Payment Method"),
        payment_method_code=order.text("Payment Method"),
        shipping_method=order.text("Shipping Method"),
        customer_note=order.text("Notes", longest=NOTE),
        discount_codes=[code] if (code := order.text("Discount Code")) else [],
        payments=payments(order, total, placed_at),
        refunds=[NewRefund(refunded)] if (refunded := order.amount("Refunded Amount", ZERO)) > 0 else [],
        shipments=[NewShipment({}, sent_at=sent_at)] if (sent_at := order.maybe_moment("Fulfilled at")) else [],
        cancelled_at=order.maybe_moment("Cancelled at"),
        is_completed=is_completed(order),
        has_failed=order.text("Financial Status") in ("voided", "expired") and order.is_empty("Fulfilled at"),
        channel=order.text("Source"),
    )
    refuse_several(order)
    if new.tax_total and new.tax_total > new.most_tax:
        field = _("row %(row)s, %(column)s", row=order.value.get(ROW, 2), column="Taxes")
        raise UnreadableOrder(field, more_tax_than_total(new.tax_total, total))
    return new


def refuse_several(order: Fields) -> None:
    """Refuse rows that have a name in common and are of two orders."""
    for name in OF_ORDER:
        stated = list(dict.fromkeys(text for row in order.objects("rows") if (text := row.text(name))))
        if len(stated) > 1:
            field = _("row %(row)s, %(column)s", row=order.value.get(ROW, 2), column=name)
            found = ", ".join(stated[:2])
            raise UnreadableOrder(
                field, _("Found %(found)s, expected %(expected)s.", found=in_short(found), expected=the_same())
            )


def is_completed(order: Fields) -> bool:
    status = order.text("Financial Status")
    return status == "refunded" or (status in PAID and order.text("Fulfillment Status") == "fulfilled")


def prices_include_tax(order: Fields, total: Decimal) -> bool:
    """They do when the total is reached without adding the taxes."""
    if order.is_empty("Subtotal") or not order.amount("Taxes", ZERO):
        return False
    return order.amount("Subtotal") + order.amount("Shipping", ZERO) == total


def lines(order: Fields) -> list[NewLine]:
    products = [product_line(row) for row in order.objects("rows") if not row.is_empty("Lineitem name")]
    return [*products, *shipping_lines(order), *discount_lines(order, products)]


def product_line(row: Fields) -> NewLine:
    quantity, price = row.quantity("Lineitem quantity"), row.amount("Lineitem price")
    discount = row.amount("Lineitem discount", ZERO)
    return NewLine(
        name=row.text("Lineitem name", longest=NAME),
        quantity=quantity,
        unit_price=price,
        total=row.exact("Lineitem price", price * quantity - discount),
        discount=discount,
        sku=row.identifier("Lineitem sku", longest=SKU),
    )


def shipping_lines(order: Fields) -> list[NewLine]:
    cost, method = order.amount("Shipping", ZERO), order.text("Shipping Method", longest=NAME)
    if not cost and not method:
        return []
    return [NewLine(method or "Shipping", Decimal(1), unit_price=cost, total=cost, kind=LineKind.SHIPPING)]


def discount_lines(order: Fields, products: list[NewLine]) -> list[NewLine]:
    """The discount of the whole order, as far as no line accounts for it."""
    left = order.amount("Discount Amount", ZERO) - sum((line.discount for line in products), ZERO)
    if left <= 0:
        return []
    name = order.text("Discount Code", longest=NAME) or "Discount"
    return [NewLine(name, Decimal(1), unit_price=-left, total=-left, kind=LineKind.DISCOUNT)]


def taxes(order: Fields) -> list[NewTax]:
    """The taxes of the whole order, each named with its rate: "NL BTW 21%"."""
    stated = [(f"Tax {position} Name", f"Tax {position} Value") for position in range(1, 6)]
    found = [tax(order.text(name, longest=60), order.amount(value)) for name, value in stated if order.text(value)]
    total = order.amount("Taxes", ZERO)
    return found or ([NewTax("Tax", total)] if total else [])


def tax(name: str, amount: Decimal) -> NewTax:
    rate = re.search(r"(\d{1,2}(?:\.\d{1,4})?) ?%", name)
    return NewTax(name or "Tax", amount, rate=Decimal(rate[1]) if rate else None)


def customer(order: Fields) -> NewCustomer | None:
    email = order.identifier("Email", longest=TEXT)
    new = NewCustomer(name=order.text("Billing Name"), email=email, phone=order.text("Phone", longest=60).lstrip("'"))
    return new if new.email or new.name else None


def address(order: Fields, kind: str) -> NewAddress | None:
    """An address; exports guard postcodes and phone numbers against spreadsheets by an apostrophe."""
    new = NewAddress(
        name=order.text(f"{kind} Name"),
        company=order.text(f"{kind} Company"),
        street=order.text(f"{kind} Address1") or order.text(f"{kind} Street"),
        street2=order.text(f"{kind} Address2"),
        postcode=order.text(f"{kind} Zip", longest=60).lstrip("'"),
        city=order.text(f"{kind} City"),
        region=order.text(f"{kind} Province"),
        country=order.country(f"{kind} Country"),
        phone=order.text(f"{kind} Phone", longest=60).lstrip("'"),
    )
    return None if new == NewAddress() else new


def payments(order: Fields, total: Decimal, placed_at: datetime) -> list[NewPayment]:
    status, paid = order.text("Financial Status"), ZERO
    is_derived = status in PAID
    if is_derived:
        paid = total
    elif status == "partially_paid":
        paid = order.exact("Outstanding Balance", total - order.amount("Outstanding Balance"))
    reference = order.identifier("Payment Reference", longest=TEXT)
    paid_at = order.maybe_moment("Paid at") or placed_at
    method = order.text("Payment Method")
    return [NewPayment(paid, paid_at, method, reference, is_derived=is_derived)] if paid > 0 else []
