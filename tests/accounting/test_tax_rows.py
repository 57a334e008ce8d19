"""However an order of several rates is invoiced and credited in parts: each document says per tax what is true."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.billing import bill, parts_to_bill, to_invoice
from app.accounting.crediting import (
    can_be_credited,
    left_to_credit,
    taken_of,
)
from app.accounting.tax_rows import Key, Rows, TaxRow, once, rows_of_order, said_rows, summed
from app.actions.credit_notes import all_that_is_left
from app.amounts.allocation import total_of
from app.amounts.money import ZERO, decimals, rounded
from app.models import Invoice, Order
from tests.accounting.made_orders import credited, orders, say, some_of


def invoices_in_parts(data: st.DataObject, order: Order) -> list[Invoice]:
    ids, made = itertools.count(1), []
    while left := to_invoice(order):
        taken = left if len(made) == 3 else some_of(data, left) or left
        parts = parts_to_bill(order, taken)
        invoice = Invoice(id=next(ids), kind="invoice", order=order, currency=order.currency)
        bill(invoice, order, parts)
        made.append(say(invoice))
    return made


def credit_in_parts(data: st.DataObject, invoice: Invoice) -> list[Invoice]:
    notes: list[Invoice] = []
    for _ in range(data.draw(st.integers(0, 4))):
        left = {i: part.quantity for i, part in left_to_credit(invoice).items() if i is not None and part.quantity > 0}
        quantities = some_of(data, left)
        amounts = some_amounts(data, invoice, quantities)
        if is_allowed(invoice, quantities, amounts):
            notes.append(credited(invoice, quantities, amounts))
    if rest := {i: quantity for i, quantity in all_that_is_left(invoice).items() if quantity}:
        notes.append(credited(invoice, rest, {}))
    return notes


def some_amounts(data: st.DataObject, invoice: Invoice, quantities: dict[int, Decimal]) -> dict[int, Decimal]:
    """Amounts of lines of which no quantity is taken, at most what is left of them."""
    gross, unit = invoice.order.prices_include_tax, Decimal(1).scaleb(-decimals(invoice.currency))
    left = {line_id: part.price(gross=gross) for line_id, part in left_to_credit(invoice).items()}
    return {
        line_id: data.draw(st.integers(1, int(price / unit))) * unit
        for line_id, price in left.items()
        if line_id is not None and line_id not in quantities and price > 0 and data.draw(st.integers(0, 3)) == 0
    }


def is_allowed(invoice: Invoice, quantities: dict[int, Decimal], amounts: dict[int, Decimal]) -> bool:
    """Discounts are credited together with products, such that the customer owes nothing for it."""
    most = sum((part.in_units(invoice.currency).gross for part in left_to_credit(invoice).values()), ZERO)
    return bool(quantities or amounts) and ZERO <= total_of(taken_of(invoice, quantities, amounts)[0]) <= most


@settings(max_examples=100)
@given(order=orders(), data=st.data())
def test_each_document_says_one_base_per_tax(order: Order, data: st.DataObject) -> None:
    assert_true(rows_of_order(order), order.net_total, order.tax_total, order)
    assert_by_rate(rows_of_order(order), order.currency)
    invoices = invoices_in_parts(data, order)
    assert something_of(summed(said_rows(invoice) for invoice in invoices)) == something_of(rows_of_order(order))
    for invoice in invoices:
        documents = [invoice, *credit_in_parts(data, invoice)]

        for document in documents:
            assert_true(said_rows(document), document.snapshot["net"], document.snapshot["tax"], order)
            assert once(said_rows(document), Decimal(document.snapshot["net"])) == {
                key: row.base for key, row in said_rows(document).items()
            }
            assert_lines_add_up(document)
        assert not can_be_credited(invoice)
        assert set(summed(said_rows(document) for document in documents).values()) <= {TaxRow()}


def something_of(rows: Rows) -> Rows:
    return {key: row for key, row in rows.items() if row != TaxRow()}


def assert_true(rows: Rows, net: str | Decimal, tax: str | Decimal, order: Order) -> None:
    """Bases add up to the net, taxes to the tax, and each tax is its rate of its base within a unit of rounding.

    Of a part it may be one more, where the lines that are left can't take over so much tax; and another one where an
    outside shop rounded the taxes of a line by itself.
    """
    most = 3 if any(len(line.taxes) > 1 and line.kind == "shipping" for line in order.lines) else 2
    assert sum((row.base for row in rows.values()), ZERO) == Decimal(net)
    assert sum((row.tax for row in rows.values()), ZERO) == Decimal(tax)
    unit = Decimal(1).scaleb(-decimals(order.currency))
    for (_name, rate), row in rows.items():
        assert abs(row.base * Decimal(rate or 0) / 100 - row.tax) < most * unit, (rate, row)


def assert_by_rate(rows: Rows, currency: str) -> None:
    unit = Decimal(1).scaleb(-decimals(currency))
    for (_name, rate), row in rows.items():
        assert abs(rounded(row.base * Decimal(rate or 0) / 100, currency) - row.tax) <= unit


def assert_lines_add_up(document: Invoice) -> None:
    """The parts of the lines add up to the rows. A unit that rounding left may stand in a row that no line bears."""
    unit = Decimal(1).scaleb(-decimals(document.currency))
    sums: dict[Key, TaxRow] = {}
    for tax in (tax for line in document.snapshot["lines"] for tax in line["taxes"]):
        key = tax["name"], tax["rate"]
        sums[key] = sums.get(key, TaxRow()) + TaxRow(Decimal(tax["base"]), Decimal(tax["tax"]))
    rows = said_rows(document)
    assert something_of(sums) == {key: row for key, row in something_of(rows).items() if key in sums}
    assert all(max(abs(row.base), abs(row.tax)) <= unit for key, row in rows.items() if key not in sums)
