"""What asks for somebody is said with the same words on the order's page, above the list and on Home."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.credit_notes import credit_order
from app.actions.payments import enter_payment, enter_refund
from app.actions.returns import request_return
from app.actions.shipments import mark_sent
from app.actions.tickets import ask
from app.extensions import db
from app.history import SYSTEM
from app.models import Arrival, Fate, InvoiceMoment, MailState, Order, OutgoingMail, Product, ShopWriteState, Trouble
from app.pages.labels import CONCERN
from app.queries import order_numbered, shop
from app.queries.concerns import ORDERS_OF, Concern
from tests.clients import Client
from tests.every_action import changed_there, untold
from tests.factories import address, line, outside_shop, paid_order, placed_order
from tests.looking import words


def paid(order: Order, amount: str) -> Order:
    enter_payment(order, by=SYSTEM, amount=Decimal(amount), notify=False)
    return order


def refunded(order: Order, amount: str) -> Order:
    enter_refund(order, by=SYSTEM, amount=Decimal(amount))
    return order


def sent(order: Order) -> Order:
    mark_sent(order, by=SYSTEM, notify=False)
    return order


def credited(order: Order) -> Order:
    credit_order(order, by=SYSTEM)
    return order


def not_invoiced() -> Order:
    shop().invoice_moment = InvoiceMoment.MANUAL
    return paid(placed_order(), "67.75")


def short() -> Order:
    db.session.add(Product(name="Bowl", sku="BW-1", stock=Decimal(2)))
    db.session.flush()
    return placed_order(lines=[line("Bowl", quantity="5", unit_price="10", sku="BW-1")], total=Decimal(50))


def waiting_for_seller() -> Order:
    shop().seller_demanded = True
    return placed_order()


def asked() -> Order:
    order = placed_order()
    ask(order, by=SYSTEM, subject="Where is it?", text="I wait.")
    return order


def return_asked() -> Order:
    order = sent(paid_order())
    request_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)}, reason="", note="")
    return order


def changed_at_its_shop() -> Order:
    order = placed_order(shop=outside_shop("woocommerce"))
    payload = {"source": order.source, "external_id": order.external_id, "sha256": "0", "payload": "{}"}
    db.session.add(Arrival(**payload, outside_shop_id=order.outside_shop_id, result=Fate.QUARANTINED, reason="Odd"))
    return order


def mail_failed() -> Order:
    order = placed_order()
    for mail in db.session.scalars(select(OutgoingMail).where(OutgoingMail.order_id == order.id)):
        mail.state = MailState.FAILED
    return order


def not_told() -> Order:
    order = untold()
    for write in order.shop_writes:
        write.state, write.trouble, write.last_error = ShopWriteState.REFUSED, Trouble.NOT_THERE, "Invalid ID."
    return order


#: How an order comes to it, what is said beside the word, and what the button does.
SITUATIONS: dict[Concern, tuple[Callable[[], Order], str, str]] = {
    Concern.NEEDS_DECISION: (lambda: refunded(paid_order(), "67.75"), "€67.75 of this order went back", "Cancel order"),
    Concern.TO_PAY_BACK: (lambda: credited(sent(paid_order())), "€67.75", "Enter refund"),
    Concern.PAID_TOO_MUCH: (lambda: paid(paid_order(), "5"), "€5.00", "Enter refund"),
    Concern.PART_PAID: (lambda: paid(placed_order(), "20"), "€47.75 is still open.", "Enter payment"),
    Concern.UNCREDITED: (lambda: refunded(sent(paid_order()), "10"), "€10.00", "Create credit note"),
    Concern.NOT_INVOICED: (not_invoiced, "€67.75", "Create invoice"),
    Concern.INVOICE_WAITS: (waiting_for_seller, "Still missing: Name, Street and number", "Create invoice"),
    Concern.SHORT: (short, "5 to go with this order, but 3 more are sold", "Products"),
    Concern.ADDRESS_UNKNOWN: (
        lambda: placed_order(shipping=address(postcode="", city="Nergenshuizen")), "This place is unknown.", "Edit",
    ),
    Concern.QUESTION: (asked, "", "Answer"),
    Concern.RETURN_ASKED: (return_asked, "RET00001", "Authorise or reject"),
    Concern.CHANGED_THERE: (changed_there, "€67.75 → 3 × Stoneware mug, 1 × Teapot, 1 × Parcel post · €70.75", "Keep"),
    Concern.UNREAD_UPDATE: (changed_at_its_shop, "could not be read", "Open"),
    Concern.TO_TELL: (untold, "Told shop: Paid", "Tell the shop Leave it"),
    Concern.NOT_TOLD: (not_told, "Told shop was not told: Paid. That is not there any more in the shop. (Invalid ID.)",
                       "Try again Leave it"),
    Concern.MAIL_FAILED: (mail_failed, "mail could not be sent", "Outbox"),
}  # fmt: skip


def concerns_on(client: Client, number: str) -> list[str]:
    """Each line under the title, as people read it."""
    page = client.get(f"/admin/order/{number}").text
    strip = re.search(r'<ul class="concerns".*?</ul>', page, re.S)
    return [words(item) for item in re.findall(r"<li>(.*?)</li>", strip[0], re.S)] if strip else []


def test_every_concern_has_a_situation() -> None:
    assert set(SITUATIONS) == set(Concern) == set(CONCERN)


@pytest.mark.parametrize("concern", Concern)
def test_it_is_said_under_the_title_with_the_button_that_answers_it(
    client: Client, in_app: Any, concern: Concern
) -> None:
    make, text, does = SITUATIONS[concern]
    with in_app():
        number = make().number

    (said,) = [one for one in concerns_on(client, number) if one.startswith(str(CONCERN[concern].text))]
    assert text in said
    assert said.endswith(does)


@pytest.mark.parametrize("concern", ORDERS_OF)
def test_the_list_and_home_say_it_in_the_same_words(client: Client, in_app: Any, concern: Concern) -> None:
    with in_app():
        placed_order()  # that has nothing of it
        number = SITUATIONS[concern][0]().number
    word = str(CONCERN[concern].text)

    shown = client.get(f"/admin/order/?view={concern}").text
    assert re.findall(r'class="row-link"[^>]*>(\w+)<', shown) == [number]
    assert word in words(shown)
    home = words(client.get("/admin/").text)
    assert (word if concern == Concern.NEEDS_DECISION else f"{word}: 1") in home


def test_an_order_with_nothing_to_say_says_nothing(client: Client, in_app: Any) -> None:
    with in_app():
        number = paid_order().number

    assert concerns_on(client, number) == []
    assert "Attention" not in client.get("/admin/order/").text


def test_each_is_gone_when_it_is_answered(client: Client, in_app: Any) -> None:
    with in_app():
        number = paid(paid_order(), "5").number
    assert len(concerns_on(client, number)) == 1
    with in_app():
        refunded(order_numbered(number), "5")

    assert concerns_on(client, number) == []
