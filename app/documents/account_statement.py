"""What a customer's statement of account says: what is open per currency, since when it is due, and what to mention.

Like an invoice it says facts and no words, fixed when it is made, so that it can be drawn later as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from app.accounting.receivables import Age, OpenItem, age_on
from app.amounts.money import ZERO
from app.documents.einvoice_facts import Says
from app.documents.snapshots import ADDRESS, address_of, payment_reference, seller_of, structured_of
from app.documents.wording import words_in
from app.models import AddressKind, Customer, Order, OrderAddress, Shop

#: Letters of a bank's line of text.
LONGEST_REFERENCE = 140


def statement_of(
    customer: Customer, items: Sequence[OpenItem], shop: Shop, last_order: Order | None, today: date
) -> Says:
    """Per currency; the items by the day on which they fell due."""
    by_currency: dict[str, list[OpenItem]] = defaultdict(list)
    for item in items:
        by_currency[item.currency].append(item)
    return {
        "day": today.isoformat(),
        "seller": seller_of(shop),
        "buyer": addressee(customer, last_order),
        "accounts": [account_of(one, currency, today) for currency, one in sorted(by_currency.items())],
    }


def addressee(customer: Customer, last_order: Order | None) -> dict[str, str]:
    """By their own billing address, else by that of their last order."""
    own = next((one for one in customer.addresses if one.kind == AddressKind.BILLING), None)
    found = own or (last_order.billing if last_order else None) or OrderAddress()
    named = address_of(found)
    names = {"name": customer.name or named["name"], "company": customer.company or named["company"]}
    return {name: named[name] for name in ADDRESS} | names | {"vat_id": customer.vat_id}


def account_of(items: Sequence[OpenItem], currency: str, today: date) -> Says:
    ages = dict.fromkeys(Age, ZERO)
    for item in items:
        if not item.is_credit:
            ages[age_on(today, item.due_on)] += item.open
    total = sum((item.open for item in items), ZERO)
    return {
        "currency": currency,
        "items": [item_said(item, today) for item in items],
        "ages": {age.name: str(amount) for age, amount in ages.items()},
        "credit": str(sum((item.open for item in items if item.is_credit), ZERO)),
        "overdue": str(sum((amount for age, amount in ages.items() if age != Age.NOT_DUE), ZERO)),
        "total": str(total),
        **references_of([item for item in items if not item.is_credit]),
    }


def item_said(item: OpenItem, today: date) -> dict[str, str]:
    return {
        "kind": "invoice" if item.invoice else "to_come" if item.is_credit else "late_charges",
        "number": item.invoice.number if item.invoice else "",
        "order": item.order_number,
        "day": item.day.isoformat(),
        "due_on": "" if item.is_credit else item.due_on.isoformat(),
        "age": "" if item.is_credit else age_on(today, item.due_on).name,
        "total": str(item.total),
        "open": str(item.open),
    }


def references_of(owed: Sequence[OpenItem]) -> dict[str, str]:
    """What to mention when all of it is paid: as its one invoice asks, else the numbers of all, where they fit."""
    invoices = list(dict.fromkeys(item.invoice for item in owed if item.invoice))
    if len(invoices) == len(owed) == 1 and invoices[0]:
        return {"reference": payment_reference(invoices[0]), "structured": structured_of(invoices[0])}
    numbers = dict.fromkeys(item.invoice.number if item.invoice else item.order_number for item in owed)
    said = " ".join(numbers)
    return {"reference": said if len(said) <= LONGEST_REFERENCE else "", "structured": ""}


def name_of_statement(says: Says, language: str) -> str:
    """Of its file."""
    return f"{words_in(language)['account_statement'].replace(' ', '-')}-{says['day']}.pdf"
