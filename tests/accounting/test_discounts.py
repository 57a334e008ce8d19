"""Of goods that had a discount on the whole order, so much goes back as was paid for them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.billing import bill, parts_to_bill, to_invoice
from app.accounting.crediting import billed, can_be_credited, left_to_credit
from app.accounting.discounts import goods_of, price_paid
from app.accounting.tax_rows import TaxRow, said_rows, summed
from app.amounts.money import ZERO, decimals
from app.models import Invoice, Order
from tests.accounting.made_orders import credited, orders, say


@settings(max_examples=60)
@given(order=orders(), data=st.data())
def test_what_was_paid_for_goods_goes_back_and_all_of_it_closes_at_0(order: Order, data: st.DataObject) -> None:
    invoice = Invoice(id=1, kind="invoice", order=order, currency=order.currency)
    bill(invoice, order, parts_to_bill(order, to_invoice(order)))
    say(invoice)
    unit, gross = Decimal(1).scaleb(-decimals(order.currency)), order.prices_include_tax
    discounts = [line for line in order.lines if line.kind == "discount"]
    goods = goods_of(order, discounts[0]) if discounts else []
    off, price = sum((line.total for line in discounts), ZERO), sum((line.total for line in goods), ZERO)
    documents, whole = [invoice], billed(invoice.lines)

    for line in data.draw(st.permutations(order.lines)):
        left = left_to_credit(invoice)
        if line.kind == "discount" or not left[line.id].quantity:
            continue
        paid = price_paid(order, line.id, whole, left)
        share = off * line.total / price if line in goods else ZERO
        assert abs(paid - (line.total + share)) <= unit * len(order.lines)
        if paid > 1 and data.draw(st.booleans()):
            amount = paid - unit
            documents.append(credited(invoice, {}, {line.id: amount}))
            assert taken_in(documents[-1], gross=gross) == amount
            paid = price_paid(order, line.id, whole, left_to_credit(invoice))
            assert paid == unit
        if paid >= 0:
            documents.append(credited(invoice, {line.id: left_to_credit(invoice)[line.id].quantity}, {}))

    assert not can_be_credited(invoice)
    assert set(summed(said_rows(document) for document in documents).values()) <= {TaxRow()}


def taken_in(note: Invoice, *, gross: bool) -> Decimal:
    return -sum((line.net + line.tax if gross else line.net for line in note.lines if line.order_line_id), ZERO)
