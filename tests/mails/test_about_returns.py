"""The customer is told how far a return is, and of the money that went back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note, credit_return
from app.actions.payments import enter_refund
from app.actions.returns import authorise_return, create_return, receive_return, reject_return, request_return
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due
from app.mails.words import day
from app.models import Order, OutgoingMail, Return
from app.queries import shop
from tests.documents.printed_text import shop_in_delft
from tests.factories import paid_order
from tests.looking import kinds_of_mail
from tests.mails.outgoing import connect
from tests.postbox import Postbox

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(database: None) -> Order:
    shop_in_delft()
    sent = paid_order(language="en", notify=False)
    mark_sent(sent, by=SYSTEM, notify=False)
    return sent


def two_mugs(order: Order) -> dict[int, Decimal]:
    return {order.lines[0].id: Decimal(2)}


def last_mail() -> OutgoingMail:
    return db.session.query(OutgoingMail).order_by(OutgoingMail.id.desc()).first()


def about_returns() -> list[str]:
    return [kind for kind in kinds_of_mail() if kind.startswith("return_")]


def requested(order: Order) -> Return:
    return request_return(order, by=SYSTEM, quantities=two_mugs(order), reason="Too blue")


def test_what_is_asked_for_is_confirmed(order: Order) -> None:
    requested(order)

    assert last_mail().subject == f"Your return RET00001 of order {order.number}"
    assert "2 × Stoneware mug" in last_mail().body
    assert "Reason: Too blue" in last_mail().body
    assert "Please wait with sending it" in last_mail().body


def test_who_may_send_it_back_is_told_where_to_and_by_when(order: Order) -> None:
    authorise_return(requested(order), by=SYSTEM, notify=True)

    assert "Send it to: Aardewerk Delft, Oude Delft 12, 2611 CC Delft, Netherlands" in last_mail().body
    assert f"At the latest on: {day(now() + timedelta(days=14), 'en')}" in last_mail().body
    assert "2 × Stoneware mug" in last_mail().body


def test_a_return_that_the_shop_creates_is_authorised_by_that(order: Order) -> None:
    create_return(order, by=SYSTEM, quantities=two_mugs(order), notify=True)

    assert about_returns() == ["return_authorised"]


def test_what_came_is_said_to_have_come(order: Order) -> None:
    goods_return = create_return(order, by=SYSTEM, quantities=two_mugs(order))
    receive_return(goods_return, by=SYSTEM, notify=True)

    assert about_returns() == ["return_received"]
    assert "We have received what you sent back" in last_mail().body
    assert "To be refunded" not in last_mail().body  # nothing is credited yet


def test_a_rejection_says_why(order: Order) -> None:
    reject_return(requested(order), by=SYSTEM, reason="It was worn", notify=True)

    assert "2 × Stoneware mug" in last_mail().body
    assert "Why: It was worn" in last_mail().body


def test_without_the_tick_nobody_is_told(order: Order) -> None:
    goods_return = create_return(order, by=SYSTEM, quantities=two_mugs(order))
    receive_return(goods_return, by=SYSTEM)

    assert about_returns() == []


def test_the_mails_arrive(order: Order, postbox: Postbox) -> None:
    connect(postbox)
    authorise_return(requested(order), by=SYSTEM, notify=True)
    db.session.commit()

    deliver_due(Postman())

    subjects = [mail["Subject"] for mail in postbox.mails]
    assert "You can send back return RET00001" in subjects


@pytest.mark.parametrize("language", ["nl", "de", "fr", "es"])
def test_the_address_names_the_country_in_the_customers_language(order: Order, language: str) -> None:
    order.language = language
    create_return(order, by=SYSTEM, quantities=two_mugs(order), notify=True)

    country = {"nl": "Nederland", "de": "Niederlande", "fr": "Pays-Bas", "es": "Países Bajos"}[language]
    assert country in last_mail().body
    assert shop().street in last_mail().body


def test_money_that_went_back_is_told_with_its_way_and_its_return(order: Order) -> None:
    goods_return = create_return(order, by=SYSTEM, quantities=two_mugs(order))
    credit_return(goods_return, by=SYSTEM)
    enter_refund(order, by=SYSTEM, amount=Decimal(20), method="iDEAL", notify=True)

    assert last_mail().subject == f"We have refunded €20.00 for order {order.number}"
    assert "By: iDEAL\nFor return: RET00001\nStill to be refunded for this order: €5.00" in last_mail().body


def test_a_refund_without_a_return_speaks_of_none(order: Order) -> None:
    enter_refund(order, by=SYSTEM, amount=Decimal(20), method="iDEAL", notify=True)

    assert "We have paid back €20.00" in last_mail().body
    assert "For return" not in last_mail().body


@pytest.mark.parametrize("act", ["cancel", "credit", "credit_return", "put_back"])
def test_other_mails_say_where_to_send_what_is_still_to_come(database: None, act: str) -> None:
    shop_in_delft()
    order = paid_order(language="en", notify=False)
    mugs = {order.lines[0].id: Decimal(2)}
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities=mugs), by=SYSTEM, notify=False)

    if act == "cancel":
        cancel_order(order, by=SYSTEM, take_back=True, credit=True, notify=True)
    elif act == "credit_return":
        credit_return(create_return(order, by=SYSTEM, quantities=mugs), by=SYSTEM, notify=True)
    else:
        how = {"sent": mugs, "quantities": mugs, "restock": act == "put_back"}
        create_credit_note(order.invoices[0], by=SYSTEM, notify=True, **how)

    told = last_mail().body
    assert ("RET00001 on the parcel" in told) == (act != "put_back")
    assert (f"at the latest on {day(now() + timedelta(days=14), 'en')}" in told) == (act != "put_back")


def test_who_got_nothing_is_asked_for_nothing(database: None) -> None:
    shop_in_delft()
    order = paid_order(language="en", notify=False)

    cancel_order(order, by=SYSTEM, credit=True, notify=True)

    assert "parcel" not in last_mail().body
