"""VAT on invoices: which taxes a line bears, what they add up to per rate, and what the law wants said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.models import Invoice, InvoiceLine, Order, OrderLine, Shop
from app.money import ZERO, plain

#: Member states, as the first two letters of a VAT id: Greece writes EL.
EU = frozenset("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


@dataclass(frozen=True)
class Tax:
    name: str
    rate: str | None  # percent; None when the outside shop stated none
    amount: Decimal


def taxes_of(bill: InvoiceLine, line: OrderLine) -> list[Tax]:
    """The taxes of the billed part, in the proportions of the whole line; 0 % where none is stated.

    A tax goes by its rate alone; where lines bear several, as in Canada, they need their names.
    """
    has_several = any(len(each.taxes) > 1 for each in line.order.lines)
    stated = [
        (t["name"] if has_several or t["rate"] is None else "", t["rate"], Decimal(t["amount"])) for t in line.taxes
    ]
    if not stated:
        return [Tax("", "0", bill.tax)]
    whole = sum((amount for _, _, amount in stated), ZERO)
    shares = [amount / whole for _, _, amount in stated] if whole else [ZERO] * len(stated)
    amounts = [bill.tax * share for share in shares]
    amounts[0] += bill.tax - sum(amounts, ZERO)
    return [Tax(name, as_rate(rate), part) for (name, rate, _), part in zip(stated, amounts, strict=True)]


def as_rate(rate: str | None) -> str | None:
    return None if rate is None else str(plain(Decimal(rate)))


def vat_rows(invoice: Invoice, order: Order) -> list[dict[str, Any]]:
    """Per tax its base and amount: [{"name", "rate", "base": Decimal, "tax": Decimal}], highest rate first.

    What bears no tax at all, as a difference stated by the shop, has neither name nor rate.
    """
    by_id = {line.id: line for line in order.lines}
    rows: dict[tuple[str, str | None], dict[str, Any]] = {}
    for bill in invoice.lines:
        taxes = taxes_of(bill, by_id[bill.order_line_id]) if bill.order_line_id else [Tax("", None, bill.tax)]
        for tax in taxes:
            row = rows.setdefault((tax.name, tax.rate), {"name": tax.name, "rate": tax.rate, "base": ZERO, "tax": ZERO})
            row["base"] += bill.net
            row["tax"] += tax.amount
    return sorted(rows.values(), key=lambda row: (-Decimal(row["rate"] or -1), row["name"]))


def is_supply_inside_eu(invoice: Invoice, order: Order, shop: Shop) -> bool:
    """Whether this is surely a VAT-free supply to a business in another member state.

    Surely: no VAT, both parties have a VAT id, of different member states, and the goods leave the seller's.
    """
    seller, buyer = vat_country(shop.vat_id), vat_country(order.vat_id)
    to = order.shipping or order.billing
    goes_to = vat_country(to.country) if to else ""
    states_differ = seller != buyer and seller != goes_to
    return invoice.tax_total == 0 and invoice.net_total != 0 and states_differ and {seller, buyer, goes_to} <= EU


def vat_country(code: str) -> str:
    """The member state of a VAT id or country code, as VAT ids write it."""
    state = code.strip()[:2].upper()
    return "EL" if state == "GR" else state
