"""What must hold of documents after any sequence: credit notes take no more than their invoice says, line by line and
rate by rate, and all of it where all is credited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from app.accounting.tax_rows import printed_rows
from app.amounts.money import ZERO
from app.models import Invoice, InvoiceKind, Order


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def is_billing(document: Invoice) -> bool:
    return document.kind == InvoiceKind.INVOICE or document.makes_anew


def broken_documents(order: Order) -> Iterator[str]:
    for invoice in (one for one in order.invoices if one.kind == InvoiceKind.INVOICE):
        notes = [one for one in order.invoices if one.credits_id == invoice.id]
        yield from broken_credit(invoice, notes)
        yield from broken_rates(invoice, notes)
    numbers = [document.number for document in order.invoices]
    if len(set(numbers)) < len(numbers):
        yield f"a number stands twice: {numbers}"


def broken_credit(invoice: Invoice, notes: list[Invoice]) -> Iterator[str]:
    """Of no line and no rate more is credited than is invoiced."""
    says, credited = sums_of([invoice]), sums_of(notes)
    for about, sums in credited.items():
        for name, back in sums.items():
            whole = says[about][name]
            if not min(whole, ZERO) <= -back <= max(whole, ZERO):
                yield f"{-back} {name} of {about} is credited, of {whole} on {invoice.number}"


def sums_of(documents: Iterable[Invoice]) -> dict[str, dict[str, Decimal]]:
    """Per order line and per rate what the documents say in all."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for document in documents:
        for line in document.lines:
            about = f"line {line.order_line_id}"
            sums[about]["pieces"] += line.quantity
            sums[about]["net"] += line.net
            sums[about]["tax"] += line.tax
        for (_name, rate), row in printed_rows(document.snapshot).items():
            sums[f"rate {rate}"]["base"] += row.base
            sums[f"rate {rate}"]["tax"] += row.tax
    return sums


def broken_rates(invoice: Invoice, notes: list[Invoice]) -> Iterator[str]:
    """An invoice of which all is credited and its credit notes print nothing in all, for each rate."""
    left = sums_of([invoice, *notes])
    is_credited = not any(sums["pieces"] for sums in left.values())
    if is_credited and not total(document.total for document in [invoice, *notes]):
        rates = {about: dict(sums) for about, sums in left.items() if about.startswith("rate")}
        if any(amount for sums in rates.values() for amount in sums.values()):
            yield f"{invoice.number} is credited, but its rates don't close: {rates}"
