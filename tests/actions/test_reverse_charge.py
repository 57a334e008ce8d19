"""VAT reversed to a business in another member state: to the cent, and back exactly as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.actions.invoices import issue_invoice
from app.actions.lines import edit_lines, lines_now
from app.actions.payments import enter_payment
from app.actions.reverse_charge import charge_vat_again, reverse_charge
from app.documents.vat_texts import vat_sentences
from app.documents.wording import words_in
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake_readers.new_order import NewCustomer
from app.models import History, InvoiceMoment, Order
from app.operations import checks
from app.queries import shop
from tests.documents.printed_text import shop_in_delft
from tests.factories import address, line, placed_order

pytestmark = pytest.mark.usefixtures("database")


def order_of(vat_id: str = "BE0456810810", country: str = "BE", **facts: Any) -> Order:
    shop_in_delft()
    shop().vat_id, shop().invoice_moment = "NL853746333B01", InvoiceMoment.MANUAL
    to = address(company="Kopje BV", country=country, postcode="9000", city="Gent")
    buyer = NewCustomer(name="Jan", company="Kopje BV", vat_id=vat_id, email="jan@example.org")
    return placed_order(customer=buyer, billing=to, shipping=to, **facts)


def facts_of(order: Order) -> list[object]:
    amounts = [order.total, order.tax_total, order.net_total, order.computed_total, order.payment_status]
    lines = [(one.unit_price, one.discount, one.total, one.tax_total, one.taxes) for one in order.lines]
    return [*amounts, lines]


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("price", ["12.50", "0.07", "99.99"])
def test_vat_goes_to_the_cent_and_comes_back_as_it_was(included: bool, price: str) -> None:
    quantity = Decimal(7)
    lines = [line("Mug", quantity="7", unit_price=price), line("Book", quantity="3", unit_price="4.99", rate="9")]
    total = quantity * Decimal(price) + Decimal("14.97")
    tax = sum((tax.amount for one in lines for tax in one.taxes), Decimal(0))
    total += Decimal(0) if included else tax
    order = order_of(lines=lines, total=total, tax_total=tax, prices_include_tax=included)
    was, net = facts_of(order), order.net_total

    reverse_charge(order, by=SYSTEM, reason="They gave their number late")

    assert (order.total, order.tax_total) == (net, 0)
    assert sum(one.total for one in order.lines) == order.total
    assert order.ledger.open == order.total
    charge_vat_again(order, by=SYSTEM)
    assert facts_of(order) == was
    assert order.before_reversal is None
    said = [one.what for one in db.session.query(History).filter_by(order_id=order.id).order_by(History.id)]
    assert said[-2:] == [Happened.VAT_REVERSED, Happened.VAT_CHARGED_AGAIN]


def test_its_invoice_says_why_and_nothing_is_reversed_any_more_after_it() -> None:
    order = order_of()
    reverse_charge(order, by=SYSTEM)
    says = issue_invoice(order, by=SYSTEM).snapshot

    assert (says["tax"], [row["rate"] for row in says["vat"]]) == ("0.00", ["0"])
    assert list(vat_sentences(says, words_in("en"))) == [words_in("en")["supply_inside_eu"]]
    db.session.commit()
    assert list(checks.findings()) == []
    for action in (reverse_charge, charge_vat_again):
        with pytest.raises(ActionRefused, match="There is an invoice"):
            action(order, by=SYSTEM)


def test_what_was_paid_with_vat_is_too_much_without_it() -> None:
    order = order_of()
    paid = order.total
    enter_payment(order, by=SYSTEM, amount=paid)

    reverse_charge(order, by=SYSTEM)

    assert order.ledger.open == order.total - paid < 0


def test_where_products_changed_since_it_does_not_come_back_by_itself() -> None:
    order = order_of()
    reverse_charge(order, by=SYSTEM)
    now = lines_now(order)
    edit_lines(order, by=SYSTEM, lines=now["lines"][:1], order_discount=Decimal(0))  # type: ignore[index]
    before = facts_of(order)

    with pytest.raises(ActionRefused, match="changed since VAT was reversed"):
        charge_vat_again(order, by=SYSTEM)
    assert facts_of(order) == before


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"vat_id": ""}, "enter the customer’s VAT number"),
        ({"vat_id": "NL004495445B01"}, "another member state"),
        ({"vat_id": "US123456789"}, "another member state"),
        ({"vat_id": "BE0456810811"}, "not a VAT number of that country"),
        ({"country": "NL"}, "stay in your own country"),
    ],
)
def test_it_is_refused_where_the_law_would_not_have_it(facts: dict[str, str], reason: str) -> None:
    order = order_of(**facts)
    before = facts_of(order)

    with pytest.raises(ActionRefused, match=reason):
        reverse_charge(order, by=SYSTEM)
    assert facts_of(order) == before


def test_a_small_business_and_an_order_without_vat_have_none_to_reverse() -> None:
    order = order_of()
    reverse_charge(order, by=SYSTEM)
    assert reverse_charge.why_not(order) == "There is no VAT on this order."
    shop().is_small_business = True
    assert "Only a shop with a VAT number" in reverse_charge.why_not(order)
