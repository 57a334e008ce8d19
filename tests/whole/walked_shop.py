"""A shop to walk about in, with an order of every sort, and what its other shop and its customers tell of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from app.actions.drafts import copy_order
from app.actions.returns import request_return
from app.actions.tickets import ask, reply
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment, NewRefund, NewShipment
from app.models import CustomStatus, InvoiceMoment, Order, PaymentMethod, Product
from app.queries import shop
from tests.factories import PLACED_AT, line, new_order, paid_order, placed_order
from tests.whole.moves import all_of, amount, quantities

#: A step: what it is about, what it is called, and what does it.
Act = tuple[Order | None, str, Callable[[], Any]]


def arrange(random: Random) -> None:
    """A shop with some stock, and an order of every sort."""
    own = shop()
    own.invoice_moment = random.choice(list(InvoiceMoment))
    own.credit_notes_own_series = random.random() < 0.7
    own.forbid_unpaid_shipping = random.random() < 0.2
    db.session.add_all(
        [
            Product(sku="MUG-30", name="Stoneware mug", price=Decimal("12.50"), vat_rate=Decimal(21)),
            Product(sku="POT-1", name="Teapot", price=Decimal("24.20"), vat_rate=Decimal(21)),
            PaymentMethod(title="iDEAL", confirms_itself=True),
            CustomStatus(title="Waiting for clay"),
        ]
    )
    db.session.flush()
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
    copy_order(placed_order(), by=SYSTEM)


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
    order = random.choice([one for one in all_of(Order) if not one.is_draft])
    what = random.randint(0, 4)
    if what == 0:
        return (
            order,
            f"request_return {order}",
            lambda: request_return(order, by=SYSTEM, quantities=quantities(random, "quantities", order)),
        )
    if what == 1:
        return order, f"ask {order}", lambda: ask(order, by=SYSTEM, subject="Glaze", text="Is it safe?")
    if what == 2 and order.tickets:
        return order, f"reply {order}", lambda: reply(order.tickets[0], by=SYSTEM, text="And?")
    told = new_order(
        payments=[NewPayment(amount(random, order), PLACED_AT, external_id=f"tr_{random.randint(1, 3)}")],
        refunds=[NewRefund(amount(random, order), external_id=f"re_{random.randint(1, 3)}")]
        if random.random() < 0.4
        else [],
        shipments=[NewShipment({"1": Decimal(1)}, PLACED_AT, external_id=f"s_{random.randint(1, 3)}")]
        if random.random() < 0.5
        else [],
        cancelled_at=now() if random.random() < 0.1 else None,
    )
    return order, f"update {order} {told}", lambda: update_order(order, told, by=SYSTEM)
