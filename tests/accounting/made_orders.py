"""Orders of several rates, and the invoices and credit notes of their parts, without a database."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from app.accounting.crediting import invoice_lines, parts_to_credit, rows_to_say
from app.accounting.totals import set_taxes, spread_discount, sum_up, tax_lines
from app.amounts.money import ZERO, decimals, rounded
from app.amounts.vat_sums import tax_on
from app.documents.snapshots import lines_of, vat_said
from app.models import Invoice, Order, OrderLine

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


def credited(invoice: Invoice, quantities: dict[int, Decimal], amounts: dict[int, Decimal]) -> Invoice:
    parts = parts_to_credit(invoice, quantities, amounts)
    note = Invoice(kind="credit_note", order=invoice.order, currency=invoice.currency, credits_id=invoice.id)
    note.lines.extend(invoice_lines(parts, sign=-1))
    note.net_total = sum((line.net for line in note.lines), ZERO)
    note.tax_total = sum((line.tax for line in note.lines), ZERO)
    note.total = note.net_total + note.tax_total
    return say(note)
