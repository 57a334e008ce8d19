"""However an order is invoiced and credited in parts: invoices add up to it, and credit notes to the invoices."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.billing import bill, parts_to_bill, to_invoice
from app.accounting.crediting import (
    billed,
    can_be_credited,
    invoice_lines,
    left_to_credit,
    parts_to_credit,
    rows_to_say,
)
from app.accounting.tax_rows import TaxRow, said_rows, summed
from app.actions.credit_notes import all_that_is_left, refuse_too_much
from app.amounts.money import ZERO, decimals, rounded
from app.documents.snapshots import vat_said
from app.models import Invoice, Order, OrderLine

CURRENCIES = ("EUR", "JPY", "KWD")
QUANTITIES = ("1", "2", "3", "7", "1.5", "0.333")
RATES = ("0", "5.5", "9", "21")
PARTS_OF_UNITS = ("0", "0.5", "0.0049", "0.333333")  # as other systems state their lines


@st.composite
def orders(draw: st.DrawFn) -> Order:
    currency, gross = draw(st.sampled_from(CURRENCIES)), draw(st.booleans())
    unit = Decimal(1).scaleb(-decimals(currency))
    lines = [line_of(draw, number, unit, gross=gross) for number in range(1, draw(st.integers(1, 4)) + 1)]
    computed = sum((line.total + (ZERO if gross else line.tax_total) for line in lines), ZERO)
    total = rounded(computed, currency) + draw(st.integers(-4, 4)) * unit
    return Order(
        currency=currency, prices_include_tax=gross, total=total, computed_total=computed, lines=lines, invoices=[]
    )


def line_of(draw: st.DrawFn, number: int, unit: Decimal, *, gross: bool) -> OrderLine:
    amount = (draw(st.integers(0, 20_000)) + Decimal(draw(st.sampled_from(PARTS_OF_UNITS)))) * unit
    rate = Decimal(draw(st.sampled_from(RATES)))
    tax = amount * rate / ((100 + rate) if gross else 100)
    tax = tax.quantize(unit) if draw(st.booleans()) else tax.quantize(Decimal("0.000001"))
    return OrderLine(
        id=number,
        kind=draw(st.sampled_from(["product", "shipping", "payment"])),
        quantity=Decimal(draw(st.sampled_from(QUANTITIES))),
        total=amount,
        tax_total=tax,
        taxes=[{"name": "VAT", "rate": str(rate), "amount": str(tax)}],
        invoiced=ZERO,
        credited=ZERO,
    )


def some_of(draw: st.DrawFn, most: dict[int, Decimal]) -> dict[int, Decimal]:
    """Quantities of some lines, in whole pieces or all there is."""
    taken = {}
    for line_id, quantity in most.items():
        whole = int(quantity)
        part = draw(st.sampled_from([ZERO, quantity, Decimal(draw(st.integers(0, whole)))]))
        if part:
            taken[line_id] = part
    return taken


def invoices_in_parts(data: st.DataObject, order: Order) -> list[Invoice]:
    ids, made = itertools.count(1), []
    while left := to_invoice(order):
        taken = left if len(made) == 3 else data.draw(st.composite(some_of)(left)) or left
        parts = parts_to_bill(order, taken)
        invoice = Invoice(id=next(ids), kind="invoice", order=order, currency=order.currency)
        bill(invoice, order, parts)
        say(invoice)
        made.append(invoice)
    return made


def credited(invoice: Invoice, quantities: dict[int, Decimal], amounts: dict[int, Decimal]) -> Invoice:
    refuse_too_much(invoice, quantities, amounts)
    parts = parts_to_credit(invoice, quantities, amounts)
    note = Invoice(kind="credit_note", order=invoice.order, currency=invoice.currency, credits_id=invoice.id)
    note.lines.extend(invoice_lines(parts, sign=-1))
    note.net_total = sum((line.net for line in note.lines), ZERO)
    note.tax_total = sum((line.tax for line in note.lines), ZERO)
    note.total = note.net_total + note.tax_total
    say(note)
    return note


def say(document: Invoice) -> None:
    """What of the snapshot later documents read."""
    rows = rows_to_say(document)
    tax = sum((row.tax for row in rows.values()), ZERO)
    document.snapshot = {
        "lines": [{"taxes": [{"base": "0"}]}],  # it keeps bases
        "vat": vat_said(rows, document.currency),
        "net": str(rounded(document.total, document.currency) - tax),
        "tax": str(tax),
    }


def credit_in_parts(data: st.DataObject, invoice: Invoice) -> list[Invoice]:
    notes: list[Invoice] = []
    unit = Decimal(1).scaleb(-decimals(invoice.currency))
    gross = invoice.order.prices_include_tax
    for _ in range(data.draw(st.integers(0, 5))):
        left = {line_id: part for line_id, part in left_to_credit(invoice).items() if line_id is not None}
        quantities = data.draw(st.composite(some_of)({i: part.quantity for i, part in left.items()}))
        prices = {
            i: part.in_units(invoice.currency).price(gross=gross) for i, part in left.items() if i not in quantities
        }
        amounts = {
            i: data.draw(st.integers(1, int(price / unit))) * unit
            for i, price in prices.items()
            if price > 0 and data.draw(st.booleans())
        }
        if quantities or amounts:
            notes.append(credited(invoice, quantities, amounts))
            assert_nothing_is_over(invoice)
    if rest := {i: quantity for i, quantity in all_that_is_left(invoice).items() if quantity}:
        notes.append(credited(invoice, rest, {}))
    return notes


def assert_nothing_is_over(invoice: Invoice) -> None:
    whole = billed(invoice.lines)
    for line_id, part in left_to_credit(invoice).items():
        units = part.in_units(invoice.currency)
        if line_id is not None and whole[line_id].quantity:  # else it only settles the rounding of another line's tax
            assert part.quantity >= 0
            assert (units.net >= 0, units.tax >= 0) == (True, True), (line_id, part)


@settings(max_examples=40)
@given(order=orders(), data=st.data())
def test_invoices_and_credit_notes_close_whatever_the_parts(order: Order, data: st.DataObject) -> None:
    invoices = invoices_in_parts(data, order)
    assert sum((invoice.total for invoice in invoices), ZERO) == order.total
    assert all(rounded(invoice.total, order.currency) == invoice.total for invoice in invoices)

    for invoice in invoices:
        notes = credit_in_parts(data, invoice)

        assert not can_be_credited(invoice)
        all_of_it = [invoice, *notes]
        assert sum((one.net_total for one in all_of_it), ZERO) == 0
        assert sum((one.tax_total for one in all_of_it), ZERO) == 0
        assert sum((one.total for one in all_of_it), ZERO) == 0
        per_line = billed(line for one in all_of_it for line in one.lines)
        assert {(part.quantity, part.net, part.tax) for part in per_line.values()} <= {(0, 0, 0)}
        assert all(rounded(one.total, order.currency) == one.total for one in all_of_it)
        assert_rates_close(all_of_it)


def assert_rates_close(documents: list[Invoice]) -> None:
    for document in documents:
        rows, says = said_rows(document), document.snapshot
        assert sum((row.base for row in rows.values()), ZERO) == Decimal(says["net"])
        assert sum((row.tax for row in rows.values()), ZERO) == Decimal(says["tax"])
    assert set(summed(said_rows(document) for document in documents).values()) <= {TaxRow()}


def test_a_difference_whose_money_was_taken_before_closes_with_the_last_part() -> None:
    """Lines of 0.004 and 1.006, stated as 1.00: the first credit note takes the whole difference of a cent."""
    lines = [
        OrderLine(
            id=number,
            kind="product",
            quantity=Decimal(1),
            total=total,
            tax_total=tax,
            taxes=[],
            invoiced=ZERO,
            credited=ZERO,
        )
        for number, total, tax in ((1, Decimal("0.004"), Decimal("0.01")), (2, Decimal("1.006"), ZERO))
    ]
    order = Order(
        currency="EUR",
        prices_include_tax=True,
        total=Decimal(1),
        computed_total=Decimal("1.01"),
        lines=lines,
        invoices=[],
    )
    invoice = Invoice(id=1, kind="invoice", order=order, currency="EUR")
    bill(invoice, order, parts_to_bill(order, to_invoice(order)))
    say(invoice)

    notes = [credited(invoice, {line_id: Decimal(1)}, {}) for line_id in (2, 1)]

    assert not can_be_credited(invoice)
    assert invoice.total + sum(note.total for note in notes) == 0
