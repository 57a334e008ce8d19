"""Copying what was stated into the columns of an order, its lines and its addresses."""

from __future__ import annotations

from decimal import Decimal

from app.actions.addresses import stated_address
from app.actions.products_of_lines import products_of_shop
from app.amounts.money import ZERO, plain
from app.intake_readers.new_order import NewAddress, NewCustomer, NewLine, NewOrder, NewTax
from app.models import AddressKind, OrderAddress, OrderLine


def contact_columns(
    person: NewCustomer | None, billing: NewAddress | None, shipping: NewAddress | None
) -> dict[str, str]:
    """How the customer is reached, by what is said of them and in their addresses."""
    return {
        "company": first(billing and billing.company, person and person.company),
        "vat_id": (person.vat_id if person else "")[:60],
        "email": first(person and person.email, billing and billing.email, shipping and shipping.email),
        "phone": first(person and person.phone, billing and billing.phone, shipping and shipping.phone)[:60],
    }


def totals(new: NewOrder) -> dict[str, Decimal]:
    """The order's totals as stated, and what its lines and taxes add up to."""
    tax = tax_of(new)
    lines = sum((line.total for line in new.lines), ZERO)
    tax_total = new.tax_total if new.tax_total is not None else tax
    return {
        "total": new.total,
        "tax_total": plain(tax_total),
        "net_total": plain(new.total - tax_total),
        "computed_total": plain(lines if new.prices_include_tax else lines + tax),
    }


def tax_of(new: NewOrder) -> Decimal:
    return sum((tax.amount for line in new.lines for tax in line.taxes), ZERO)


def copied_lines(lines: list[NewLine], shop_id: int | None = None) -> list[OrderLine]:
    """With the products of the catalogue that they are there, or that have the same SKU."""
    known = products_of_shop(shop_id, [line.sku for line in lines], [line.product_key for line in lines])
    return [
        copied_line(line, position, known.product_of(line.sku, line.product_key))
        for position, line in enumerate(lines, start=1)
    ]


def copied_line(line: NewLine, position: int, product_id: int | None) -> OrderLine:
    return OrderLine(
        position=position,
        kind=line.kind,
        external_id=line.external_id,
        product_id=product_id,
        sku=line.sku[:120],
        name=line.name[:500],
        variant=line.variant[:255],
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        total=line.total,
        taxes=[copied_tax(tax) for tax in line.taxes],
        tax_total=sum((t.amount for t in line.taxes), ZERO),
    )


def copied_tax(tax: NewTax) -> dict[str, str | None]:
    base = {} if tax.base is None else {"base": str(plain(tax.base))}
    return {"name": tax.name, "rate": rate_text(tax.rate), "amount": str(tax.amount), **base}


def rate_text(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)


def copy_addresses(billing: NewAddress | None, shipping: NewAddress | None) -> list[OrderAddress]:
    both = ((AddressKind.BILLING, billing), (AddressKind.SHIPPING, shipping))
    return [OrderAddress(kind=kind, **stated_address(given)) for kind, given in both if given]


def customer_name_of(new: NewOrder) -> str:
    addresses = [address for address in (new.billing, new.shipping) if address]
    person = new.customer
    names = [a.name for a in addresses] + [person.name if person else ""] + [a.company for a in addresses]
    return first(*names, person and person.company)


def first(*values: object) -> str:
    """The first text that is not blank, at most 255 letters of it."""
    return next((str(value)[:255] for value in values if value and str(value).strip()), "")
