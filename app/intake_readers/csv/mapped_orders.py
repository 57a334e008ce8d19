"""Reading an order from the rows of a CSV file whose columns are mapped.

Each row may be a line of the order; what is the order's own may stand in its first row or in each.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.intake_readers.addresses import read_house
from app.intake_readers.csv.fields import REQUIRED, title_of
from app.intake_readers.csv.lines import lines
from app.intake_readers.csv.mapping import Mapping
from app.intake_readers.csv.order_rows import OrderRows, more_tax_than_total
from app.intake_readers.csv.several import why_in_one
from app.intake_readers.csv.words import CANCELLED, FAILED, HELD, NOT_PAID, REFUNDED, SENT, says
from app.intake_readers.gift_cards import pay_by_card
from app.intake_readers.new_order import (
    NewAddress,
    NewCustomer,
    NewOrder,
    NewPayment,
    NewRefund,
    NewShipment,
    UnreadableOrder,
)
from app.intake_readers.payloads import FILE
from app.intake_readers.reading import IDENTIFIER, NOTE, SKU, TEXT, Fields
from app.models import Source


def refuse_without(mapping: Mapping) -> None:
    """Refuse a mapping that leaves out what every order needs."""
    missing = [name for name in REQUIRED if name not in mapping]
    if not missing and not ({"line_name", "line_sku", "total"} & mapping.columns.keys()):
        missing = ["total"]
    if missing:
        reason = _("No column is mapped to %(field)s, which every order needs.", field=title_of(missing[0]))
        raise UnreadableOrder(FILE, reason)


def read(order: Fields, *, mapping: Mapping, time_zone: str, source: Source) -> NewOrder:
    rows = OrderRows.of(order, mapping, time_zone)
    number = rows.identifier("number")
    if not number:
        raise rows.missing("number", _("the number of an order"))
    placed_at = rows.day("placed_at")
    if placed_at is None:
        raise rows.missing("placed_at", _("a date"))
    found, total, is_gross = lines(rows)
    warnings = [why for row in rows.rows if (why := why_in_one(row, rows.currency))]
    paid = payments(rows, total, placed_at)
    new = NewOrder(
        source=source,
        external_id=rows.identifier("external_id") or number,
        number=number,
        placed_at=placed_at,
        currency=rows.currency,
        total=total,
        tax_total=rows.maybe_amount("tax_total"),
        prices_include_tax=is_gross,
        lines=found,
        language=rows.language(),
        customer=customer(rows),
        billing=address(rows, "billing"),
        shipping=address(rows, "shipping"),
        payment_method=rows.text("payment_method"),
        payment_method_code=rows.text("payment_method"),
        shipping_method=rows.text("shipping_method"),
        customer_note=rows.text("customer_note", longest=NOTE),
        purchase_order=rows.text("purchase_order", longest=60),
        discount_codes=[code] if (code := rows.text("discount_code")) else [],
        payments=paid,
        refunds=refunds(rows, paid),
        shipments=shipments(rows, placed_at),
        held=bool(paid) and says(rows.text("status"), HELD),
        cancelled_at=cancelled_at(rows, placed_at),
        is_completed=is_completed(rows),
        has_failed=says(rows.text("status"), FAILED) or says(rows.text("payment_status"), FAILED),
        invoice_numbers=[number] if (number := rows.text("invoice_number", longest=IDENTIFIER)) else [],
        warnings=warnings,
    )
    if not new.cancelled_at and not new.has_failed:
        pay_by_card(new, [NewPayment(abs(rows.amount("gift_card")), placed_at, "Gift card", external_id="gift-card")])
    if (tax := new.tax_total or ZERO) > new.most_tax:
        raise rows.first("tax_total").refusal("tax_total", more_tax_than_total(tax, new.total))
    return new


def customer(rows: OrderRows) -> NewCustomer | None:
    name = rows.text("customer_name") or rows.words("first_name", "last_name")
    new = NewCustomer(
        name=name or name_of(rows, "billing"),
        company=rows.text("company") or rows.text("billing_company"),
        vat_id=rows.identifier("vat_id"),
        buyer_reference=rows.text("buyer_reference", longest=60),
        email=rows.identifier("email", longest=TEXT),
        phone=rows.text("phone", longest=60) or rows.text("billing_phone", longest=60),
        language=rows.language(),
    )
    return new if new.name or new.email or new.company else None


def name_of(rows: OrderRows, side: str) -> str:
    return rows.text(f"{side}_name") or rows.words(f"{side}_first_name", f"{side}_last_name")


def address(rows: OrderRows, side: str) -> NewAddress | None:
    """An address; one that has no name of its own is the customer's."""
    new = NewAddress(
        name=name_of(rows, side),
        company=rows.text(f"{side}_company"),
        **read_house(*[rows.text(f"{side}_{part}") for part in ("street", "house_number", "house_extension")]),
        street2=rows.text(f"{side}_street2"),
        postcode=rows.text(f"{side}_postcode", longest=60),
        city=rows.text(f"{side}_city"),
        region=rows.text(f"{side}_region"),
        country=rows.country(f"{side}_country"),
        phone=rows.text(f"{side}_phone", longest=60),
    )
    if new == NewAddress():
        return None
    new.name = new.name or rows.text("customer_name") or rows.words("first_name", "last_name")
    return new


def payments(rows: OrderRows, total: Decimal, placed_at: datetime) -> list[NewPayment]:
    """What is said to be paid: an amount, a status, or a date by itself."""
    paid_at, stated = rows.maybe_moment("paid_at"), rows.maybe_amount("paid_amount")
    is_paid = rows.is_paid()
    if is_paid is None:
        is_paid = paid_at is not None and not is_pending(rows)
    amount = stated if stated is not None else (total if is_paid else ZERO)
    if amount <= 0:
        return []
    reference = rows.identifier("payment_reference", longest=TEXT)
    method = rows.text("payment_method")
    return [NewPayment(amount, paid_at or placed_at, method, reference, is_derived=stated is None)]


def is_pending(rows: OrderRows) -> bool:
    """That a market place still waits for the money, which else is there when the order is placed."""
    columns = rows.rows[0].mapping.columns
    return columns.get("paid_at") == columns["placed_at"] and says(rows.text("status"), NOT_PAID)


def refunds(rows: OrderRows, paid: list[NewPayment]) -> list[NewRefund]:
    """What is said to have gone back: an amount, or by a status of its own all that came in."""
    refunded = abs(rows.amount("refunded"))
    if not refunded and says(rows.text("payment_status"), REFUNDED):
        refunded = sum((one.amount for one in paid), ZERO)
    return [NewRefund(refunded)] if refunded else []


def shipments(rows: OrderRows, placed_at: datetime) -> list[NewShipment]:
    """A parcel with everything, sent on its date or by the order's status; with neither, a code is one that waits."""
    sent_at, code = rows.maybe_moment("sent_at"), rows.identifier("tracking_code", longest=SKU)
    if sent_at is None and says(rows.text("status"), SENT):
        sent_at = rows.maybe_moment("paid_at") or placed_at
    if sent_at is None and not code:
        return []
    return [NewShipment({}, sent_at=sent_at, tracking_code=code, carrier=rows.text("carrier"))]


def is_completed(rows: OrderRows) -> bool:
    """That it was sent is enough, unless it says that it is not paid."""
    status = rows.text("status")
    is_done = says(status, SENT) and rows.is_paid() is not False
    return is_done or says(status, REFUNDED) or says(rows.text("payment_status"), REFUNDED)


def cancelled_at(rows: OrderRows, placed_at: datetime) -> datetime | None:
    stated = rows.maybe_moment("cancelled_at")
    return stated or (placed_at if says(rows.text("status"), CANCELLED) else None)
