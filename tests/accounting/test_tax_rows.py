"""However an order of several rates is invoiced and credited in parts: each document says per tax what is true."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.billing import bill, parts_to_bill, to_invoice
from app.accounting.crediting import can_be_credited, left_to_credit, parts_to_credit, rows_to_say, taken_of
from app.accounting.tax_rows import Key, Rows, TaxRow, once, rows_of_order, said_rows, summed
from app.accounting.totals import set_taxes, spread_discount, sum_up, tax_lines
from app.actions.credit_notes import all_that_is_left
from app.amounts.allocation import total_of
from app.amounts.money import ZERO, decimals, rounded
from app.amounts.vat_sums import tax_on
from app.documents.snapshots import lines_of, vat_said
from app.models import Invoice, InvoiceLine, Order, OrderLine

CURRENCIES = ("EUR", "EUR", "JPY", "KWD")
RATES = ("0", "5.5", "9", "21", "25.5")
QUANTITIES = ("1", "2", "3", "12", "1.5")


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Goods of several rates with a discount on the whole, shipping and fees; taxes as Toonbank computes them."""
    currency, gross = draw(st.sampled_from(CURRENCIES)), draw(st.booleans())
    unit = Decimal(1).scaleb(-decimals(currency))
    order = Order(currency=currency, prices_include_tax=gross, invoices=[], payments=[], reminders=0, total=ZERO)
    for number in range(1, draw(st.integers(1, 8)) + 1):
        kind = "product" if number == 1 else draw(st.sampled_from(["product", "product", "shipping", "fee"]))
        quantity = Decimal(draw(st.sampled_from(QUANTITIES)) if kind == "product" else 1)
        total = draw(st.integers(0, 20_000)) * unit
        line = new_line(order, number, kind, quantity, total)
        set_taxes(line, [("VAT", Decimal(draw(st.sampled_from(RATES))), ZERO)])
    tax_lines(order)
    goods = sum((line.total for line in order.lines if line.kind == "product"), ZERO)
    if discount := draw(st.sampled_from([ZERO, goods, draw(st.integers(0, int(goods / unit))) * unit])):
        spread_discount(new_line(order, len(order.lines) + 1, "discount", Decimal(1), -discount))
    elif draw(st.booleans()):
        split_line(draw, order, unit)
    sum_up(order)
    return order


def split_line(draw: st.DrawFn, order: Order, unit: Decimal) -> None:
    """Shipping of several parcels, on goods of two rates, with its taxes as a shop states them."""
    halves = [draw(st.integers(0, 2000)) * unit for _ in range(2)]
    quantity = Decimal(draw(st.sampled_from(QUANTITIES)))
    line = new_line(order, len(order.lines) + 1, "shipping", quantity, sum(halves, ZERO))
    gross = order.prices_include_tax
    for rate, price in zip(("21", "9"), halves, strict=True):
        tax = tax_on(price, Decimal(rate), order.currency, included=gross)
        base = price - tax if gross else price
        line.taxes = [*line.taxes, {"name": "VAT", "rate": rate, "amount": str(tax), "base": str(base)}]
        line.tax_total += tax


def new_line(order: Order, number: int, kind: str, quantity: Decimal, total: Decimal) -> OrderLine:
    line = OrderLine(
        id=number, kind=kind, name=kind, variant="", sku="", position=number, quantity=quantity, total=total,
        unit_price=total, discount=ZERO, taxes=[], tax_total=ZERO, invoiced=ZERO, credited=ZERO,
    )  # fmt: skip
    order.lines.append(line)
    return line


def some_of(data: st.DataObject, most: dict[int, Decimal]) -> dict[int, Decimal]:
    taken = {}
    for line_id, quantity in most.items():
        part = data.draw(st.sampled_from([ZERO, quantity, Decimal(data.draw(st.integers(0, int(quantity))))]))
        if part > 0:
            taken[line_id] = part
    return taken


def say(document: Invoice) -> Invoice:
    """What of the snapshot later documents and the exports read."""
    rows = rows_to_say(document)
    tax = sum((row.tax for row in rows.values()), ZERO)
    document.snapshot = {
        "lines": lines_of(document, document.order, rows),
        "vat": vat_said(rows, document.currency),
        "net": str(rounded(document.total, document.currency) - tax),
        "tax": str(tax),
    }
    return document


def invoices_in_parts(data: st.DataObject, order: Order) -> list[Invoice]:
    ids, made = itertools.count(1), []
    while left := to_invoice(order):
        taken = left if len(made) == 3 else some_of(data, left) or left
        parts = parts_to_bill(order, taken)
        invoice = Invoice(id=next(ids), kind="invoice", order=order, currency=order.currency)
        bill(invoice, order, parts)
        made.append(say(invoice))
    return made


def credited(invoice: Invoice, quantities: dict[int, Decimal], amounts: dict[int, Decimal]) -> Invoice:
    parts = parts_to_credit(invoice, quantities, amounts)
    note = Invoice(kind="credit_note", order=invoice.order, currency=invoice.currency, credits_id=invoice.id)
    for line_id, part in parts:
        note.lines.append(InvoiceLine(order_line_id=line_id, quantity=-part.quantity, net=-part.net, tax=-part.tax))
    note.net_total = sum((line.net for line in note.lines), ZERO)
    note.tax_total = sum((line.tax for line in note.lines), ZERO)
    note.total = note.net_total + note.tax_total
    return say(note)


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
