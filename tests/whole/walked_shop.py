"""A shop to walk about in, with an order of every sort, and what its other shop and its customers tell of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from app.actions import ACTIONS
from app.actions.api_keys import create_key
from app.actions.drafts import copy_order, discard_draft
from app.actions.endpoints import create_endpoint
from app.actions.memos import write_memo
from app.actions.quotes import accept_quote, send_quote
from app.actions.returns import request_return
from app.actions.shipments import mark_sent
from app.actions.stock import count_stock
from app.actions.tasks import add_task
from app.actions.texts import TextPlace, change_text, switch_mail_off
from app.actions.tickets import ask, reply
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewCustomer, NewPayment, NewRefund, NewShipment
from app.models import (
    Arrival,
    Customer,
    CustomStatus,
    EInvoiceWay,
    Fate,
    InvoiceMoment,
    Order,
    PaymentMethod,
    Product,
    Quote,
    ShippingMethod,
    Telling,
)
from app.queries import shop
from tests.arrange import order_14
from tests.every_action import overdue
from tests.factories import PLACED_AT, line, new_connection, new_order, outside_shop, paid_order, placed_order
from tests.situations import SITUATIONS
from tests.whole.entered import Form, all_of, amount, quantities

#: A step: what it is about, what it is called, and what does it.
Act = tuple[Order | None, str, Callable[[], Any]]

KOEN = "koen@example.org"


def arrange(random: Random) -> None:
    """A shop with some stock, an order of every sort, and something of all else that an action can be done to."""
    add_what_it_sells()
    connect_its_shop()
    add_usual_orders()
    for make in random.sample(list(SITUATIONS.values()), 5):
        as_most_shops_do()
        make()
    as_most_shops_do()
    add_what_else_there_is()
    draw_settings(random)


def add_what_it_sells() -> None:
    mug = Product(sku="MUG-30", name="Stoneware mug", price=Decimal("12.50"), vat_rate=Decimal(21), stock=Decimal(20))
    pot = Product(sku="POT-1", name="Teapot", price=Decimal("24.20"), vat_rate=Decimal(21))
    cost = {"cost": Decimal(5), "vat_rate": Decimal(21)}
    methods = [PaymentMethod(title="iDEAL", confirms_itself=True), PaymentMethod(title="Bank transfer", **cost)]
    ways = [ShippingMethod(title="Parcel post", **cost), ShippingMethod(title="In the shop", is_pick_up=True)]
    db.session.add_all([mug, pot, *methods, *ways, CustomStatus(title="Waiting for clay")])
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)


def connect_its_shop() -> None:
    """The shop that its orders come from is told some of what is done here, and the rest only when somebody says so."""
    asked = dict.fromkeys(("tell_paid", "tell_cancelled", "tell_refunded"), Telling.ASK)
    at = {"address": "https://mugs.example.org", "told_since": now()}
    db.session.add(new_connection(tell_sent=Telling.ON, tell_notes=Telling.ON, **asked, **at))
    db.session.commit()  # who is told is known once it is


def add_usual_orders() -> None:
    placed_order()
    paid_order(payment_method="iDEAL")
    placed_order(total=Decimal("67.72"))
    placed_order(currency="JPY", prices_include_tax=False, **in_yen())
    placed_order(currency="KWD", pick_up=True, **mixed_rates())
    placed_order(lines=[line("Sample", quantity="2", unit_price="0")], total=ZERO, tax_total=ZERO, held=True)
    placed_order(
        payments=[NewPayment(amount=Decimal("67.75"), paid_at=PLACED_AT, external_id="tr_9")],
        refunds=[NewRefund(amount=Decimal("12.50"), external_id="re_1")],
        shipments=[NewShipment(lines={"1": Decimal(1)}, sent_at=PLACED_AT, external_id="s_1")],
    )
    by_card = NewPayment(amount=Decimal(20), paid_at=PLACED_AT, method="Gift card", external_id="gc_1")
    placed_order(**discounted(), payments=[by_card], customer=NewCustomer(external_id="78", name="Koen", email=KOEN))


def as_most_shops_do() -> None:
    own = shop()
    own.invoice_moment, own.forbid_unpaid_shipping = InvoiceMoment.DIRECT, False


def draw_settings(random: Random) -> None:
    own = shop()
    own.invoice_moment = random.choice(list(InvoiceMoment))
    own.credit_notes_own_series = random.random() < 0.7
    own.forbid_unpaid_shipping = random.random() < 0.2
    own.mail_hold = random.choice([0, 0, 30])


def add_what_else_there_is() -> None:
    """Drafts, a quote, a ticket, a task, a memo, a return that is asked for, a customer without orders, a text of the
    shop's own, a mail that is off, a key that nobody uses, a webhook, and a payload that waits."""
    create_key("Old till", rights=["read"], by=SYSTEM)
    create_endpoint("Stock", url="https://stock.example.org/hook", events=[], by=SYSTEM)
    order = placed_order()
    write_memo(order, by=SYSTEM, text="Ring twice")
    add_task(order, by=SYSTEM, description="Call")
    ask(order, by=SYSTEM, subject="Glaze", text="Is it safe?")
    send_quote(copy_order(order, by=SYSTEM), by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    request_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    db.session.add(Customer(name="Noor", email="noor@example.org"))
    change_text(TextPlace("order_paid", "nl"), by=SYSTEM, subject="Betaald", body="Dank je wel.")
    switch_mail_off(TextPlace("order_sent", "nl"), by=SYSTEM)
    discard_draft(copy_order(order, by=SYSTEM), by=SYSTEM)
    shop().invoice_moment, shop().e_invoice_way = InvoiceMoment.MANUAL, EInvoiceWay.FOLDER
    for name in ("to_a_business_abroad", "vat_reversed"):
        SITUATIONS[name]()
    overdue()
    about = {"source": "woocommerce", "outside_shop": outside_shop(), "origin": "orders.json", "sha256": "1"}
    db.session.add(Arrival(**about, payload=json.dumps(order_14()), result=Fate.QUARANTINED, reason="Odd"))


def discounted() -> dict[str, Any]:
    """Two rates, and a discount on the whole order."""
    lines = [
        line("Bowl", quantity="4", unit_price="9.95", rate="9", external_id="1"),
        line("Stoneware mug", quantity="3", unit_price="12.50", sku="MUG-30", external_id="2"),
        line("Discount", quantity="1", unit_price="-7.73", rate="9", kind="discount", external_id="3"),
    ]
    stated = sum((one.total for one in lines), ZERO)
    return {"lines": lines, "total": stated, "tax_total": sum((one.taxes[0].amount for one in lines), ZERO)}


def in_yen() -> dict[str, Any]:
    lines = [line("Vase", quantity="3", unit_price="1001", rate="10", sku="MUG-30", external_id="1")]
    lines[0].taxes[0].amount = Decimal("300.3")
    return {"lines": lines, "total": Decimal(3303), "tax_total": Decimal(300)}


def mixed_rates() -> dict[str, Any]:
    lines = [
        line("Clay", quantity="1.5", unit_price="3.335", rate="9", external_id="1"),
        line("Book", quantity="2", unit_price="10.005", rate="0", sku="POT-1", external_id="2"),
        line("Discount", quantity="1", unit_price="-1.255", rate="9", kind="discount", external_id="3"),
    ]
    return {"lines": lines, "total": Decimal("23.758"), "tax_total": Decimal("0.31")}


# --- what comes from elsewhere --------------------------------------------------------------------------------------


def elsewhere(random: Random) -> Act:
    """The other shop tells more of an order; or its customer does something in My account."""
    orders = [one for one in all_of(Order) if not one.is_draft]
    return random.choice([asked_back, asked, replied, accepted, told, told, told])(random, random.choice(orders))


def asked_back(random: Random, order: Order) -> Act:
    gone = [one for one in all_of(Order) if any(line.shipped > line.returned for line in one.lines)]
    order = random.choice(gone or [order])
    action = ACTIONS["create_return"]
    form = Form(random, action, order, offered=action.choices(order))
    wanted = quantities(form, "quantities")
    return order, f"request_return {order} {wanted}", lambda: request_return(order, by=SYSTEM, quantities=wanted)


def asked(random: Random, order: Order) -> Act:
    return order, f"ask {order}", lambda: ask(order, by=SYSTEM, subject="Glaze", text="Is it safe?")


def replied(random: Random, order: Order) -> Act:
    if not order.tickets:
        return asked(random, order)
    return order, f"reply {order}", lambda: reply(order.tickets[0], by=SYSTEM, text="And?")


def accepted(random: Random, order: Order) -> Act:
    quotes = [one for one in all_of(Quote) if one.accepted_at is None]
    if not quotes:
        return asked(random, order)
    quote = random.choice(quotes)
    return quote.order, f"accept {quote}", lambda: accept_quote(quote, by=SYSTEM)


def told(random: Random, order: Order) -> Act:
    form = Form(random, ACTIONS["enter_payment"], order)
    news = new_order(
        payments=[NewPayment(amount(form), PLACED_AT, external_id=f"tr_{random.randint(1, 3)}")],
        refunds=[NewRefund(amount(form), external_id=f"re_{random.randint(1, 3)}")] if random.random() < 0.4 else [],
        shipments=[NewShipment({"1": Decimal(1)}, PLACED_AT, external_id=f"s_{random.randint(1, 3)}")]
        if random.random() < 0.5
        else [],
        cancelled_at=now() if random.random() < 0.1 else None,
    )
    news = replace(news, currency=order.currency)
    return order, f"update {order} {news}", lambda: update_order(order, news, by=SYSTEM)
