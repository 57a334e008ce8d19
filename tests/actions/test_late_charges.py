"""Late payment is charged beside the invoice as far as the law lets, seen everywhere, and waived again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app import queries
from app.accounting.late_payment import BUSINESS, CONSUMER
from app.actions.late_charges import charge_late_payment, say_charges, waive_late_charges
from app.actions.payments import enter_payment, take_back_payment
from app.actions.reminders import (
    orders_to_remind,
    remind_again,
    remind_by_itself,
    send_payment_reminder,
    stop_reminders,
)
from app.columns import now
from app.exports.double_entry import make_entries
from app.extensions import db
from app.history import SYSTEM
from app.models import MailState, MailText, Order, OutgoingMail
from app.operations.checks import closing_findings, ledger_findings, state_findings
from app.queries.periods import Period
from tests.factories import address, placed_order
from tests.looking import happened, refused_on

TOTAL = Decimal("67.75")
EVER = Period(None, None, "Europe/Amsterdam")


def overdue(days: int, *, company: str = "", country: str = "NL") -> Order:
    """Its invoice fell due so many days ago."""
    shop = queries.shop()
    term, shop.payment_term_days = shop.payment_term_days, -days
    order = placed_order(placed_at=now() - timedelta(days=days + 14), billing=address(country=country), language="en")
    order.company, shop.payment_term_days = company, term
    db.session.flush()
    return order


def reminded(order: Order, *, days_ago: int) -> OutgoingMail:
    mail = send_payment_reminder(order, by=SYSTEM)
    assert mail is not None
    order.reminded_at = mail.sent_at = now() - timedelta(days=days_ago)
    mail.state = MailState.SENT
    db.session.flush()
    return mail


def found(order: Order) -> list[str]:
    return [*ledger_findings(order), *state_findings(order), *closing_findings(order)]


def charged(order: Order) -> Decimal:
    """On its account of the journal, which balances."""
    entries = [one for one in make_entries(EVER) if one.order_number == order.number]
    assert sum(posting.amount for entry in entries for posting in entry.postings) == 0
    uses = [(one.account.use, one.amount) for entry in entries for one in entry.postings]
    return -sum((amount for use, amount in uses if use == "late_charges"), Decimal(0))


@pytest.mark.each_database
def test_a_business_is_charged_forty_euro_and_interest_beside_its_invoice(database: Flask) -> None:
    order = overdue(60, company="Atelier Noord")
    refused_on(order, "charge_late_payment", "Send a payment reminder first: it charges nothing.")
    reminded(order, days_ago=30)
    percent = BUSINESS["NL"].percent({"ecb": {queries.today() - timedelta(days=999): Decimal("2.15")}}, queries.today())
    interest = round(TOTAL * percent * 59 / 36500, 2)
    assert "€40.00" in say_charges(order)
    assert f"€{interest}" in say_charges(order)

    charge_late_payment(order, by=SYSTEM)

    whole = 40 + interest
    assert (order.open_amount, order.adjusted, order.invoiced, order.total) == (TOTAL + whole, whole, TOTAL, TOTAL)
    assert charged(order) == whole
    assert found(order) == []
    refused_on(order, "charge_late_payment", "All that may be charged until today is charged.")
    order.reminded_at = None
    mail = send_payment_reminder(order, by=SYSTEM)
    assert mail is not None
    assert (mail.kind, f"€{whole}" in mail.body, "Of this, costs and interest" in mail.body) == (
        "second_reminder", True, True,
    )  # fmt: skip

    payment = enter_payment(order, by=SYSTEM, amount=TOTAL)  # the invoice first
    assert (order.invoices[0].is_paid, order.open_amount, order.payment_status) == (True, whole, "partially_paid")
    take_back_payment(payment, by=SYSTEM)
    waive_late_charges(order, by=SYSTEM, reason="A good customer")

    assert (order.open_amount, order.adjusted, charged(order)) == (TOTAL, 0, 0)
    assert happened(order)[-1] == "late_waived"
    assert found(order) == []


@pytest.mark.usefixtures("database")
def test_a_dutch_consumer_is_charged_only_after_a_letter_that_named_the_costs() -> None:
    order = overdue(60)
    mail = reminded(order, days_ago=14)
    assert "within 14 days, counted from the day after you received this e-mail" in mail.body
    assert "collection costs of €40.00" in mail.body
    refused_on(order, "charge_late_payment", "Not before")
    mail.sent_at = now() - timedelta(days=15)
    assert charge_late_payment.why_not(order) == ""
    charge_late_payment(order, by=SYSTEM)
    assert charged(order) == 40 + round(TOTAL * 4 * 59 / 36500, 2)

    own_words = {"kind": "payment_reminder", "language": "en", "subject": "Please pay", "body": "Pay {open_amount}."}
    db.session.add(MailText(**own_words))
    db.session.commit()
    unnamed = overdue(60)
    assert "40.00" not in reminded(unnamed, days_ago=30).body
    refused_on(unnamed, "charge_late_payment", "Send a payment reminder first: it charges nothing.")


@pytest.mark.usefixtures("database")
def test_of_others_only_what_their_law_lets() -> None:
    german = overdue(40, country="DE")
    assert "collection costs" not in reminded(german, days_ago=30).body
    charge_late_payment(german, by=SYSTEM)
    percent = CONSUMER["DE"].percent({"de": {queries.today(): Decimal("1.27")}}, queries.today())
    assert charged(german) == round(TOTAL * percent * 29 / 36500, 2)  # no costs; interest since the reminder
    belgian = overdue(40, country="BE")
    assert "collection costs" not in reminded(belgian, days_ago=30).body
    refused_on(belgian, "charge_late_payment", "Only where your terms say so")
    queries.shop().late_terms = True
    refused_on(belgian, "charge_late_payment", "Send a payment reminder first")  # the one that went named no costs
    pole = overdue(40, country="PL")
    reminded(pole, days_ago=30)
    refused_on(pole, "charge_late_payment", "For customers of this country no law is known here")
    refused_on(placed_order(placed_at=now()), "charge_late_payment", "No invoice of this order is overdue.")


@pytest.mark.usefixtures("database")
def test_reminders_charge_by_themselves_from_the_one_that_the_shop_chose_and_stop_when_told() -> None:
    shop = queries.shop()
    shop.reminder_days, shop.reminders_since, shop.charged_from = [14, 74], now() - timedelta(days=999), 2
    order = overdue(61, company="Atelier Noord")  # 75 days ago
    mail = reminded(order, days_ago=30)
    assert mail.kind == "payment_reminder"
    order.automatic_reminders = 1
    stop_reminders(order, by=SYSTEM)
    assert list(orders_to_remind()) == []
    assert not remind_by_itself(order.id)
    remind_again(order, by=SYSTEM)
    assert list(orders_to_remind()) == [order.id]

    assert remind_by_itself(order.id)

    assert order.adjusted > 40
    body = db.session.scalars(select(OutgoingMail.body).where(OutgoingMail.kind == "second_reminder")).one()
    assert f"€{order.open_amount}" in body
    waive_late_charges(order, by=SYSTEM)
    shop.reminder_days, order.reminded_at = [14, 74, 75], now() - timedelta(days=2)
    assert remind_by_itself(order.id)
    assert order.adjusted == 0  # what was waived is not charged again by itself
