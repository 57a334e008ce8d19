"""Whatever is done to orders, in whatever order: the books close. A walk of random actions, the same for each seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from app.accounting.allotting import settling_payments
from app.accounting.crediting import left_to_pay
from app.actions import ACTIONS, Action
from app.actions.drafts import copy_order
from app.actions.goods import quantities_to_pack
from app.actions.lines import EditedLine, as_edited, listed
from app.actions.returns import request_return
from app.actions.tickets import ask, reply
from app.amounts.money import ZERO, decimals
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment, NewRefund, NewShipment
from app.models import (
    Customer,
    CustomStatus,
    Invoice,
    InvoiceMoment,
    Memo,
    Order,
    OrderLine,
    OutgoingMail,
    Payment,
    PaymentMethod,
    Product,
    Return,
    Shipment,
    Task,
    Ticket,
)
from app.operations import checks
from app.queries import shop
from tests.factories import PLACED_AT, line, new_order, paid_order, placed_order

STEPS = 120
KINDS = (Order, Invoice, Shipment, Return, Payment, Memo, Task, Ticket, OutgoingMail, Customer)


@pytest.mark.parametrize("seed", range(8))
def test_the_books_close_whatever_is_done(database, seed):
    random = Random(seed)
    arrange(random)
    done = [step(random) for _ in range(STEPS)]

    assert sum(done) > STEPS / 10  # the walk goes somewhere
    db.session.flush()
    assert list(checks.findings()) == []


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


# --- a step ---------------------------------------------------------------------------------------------------------


def step(random: Random) -> bool:
    """Something random, refused or done; afterwards all is well."""
    act = elsewhere if random.random() < 0.2 else by_hand
    order, said, do = act(random)
    savepoint = db.session.begin_nested()
    try:
        do()
        db.session.flush()
        savepoint.commit()
    except ActionRefused:
        savepoint.rollback()
        return False
    except Exception as error:
        raise AssertionError(said) from error
    db.session.expire_all()
    if order is not None:
        assert findings(order) == [], said
    for found in (checks.stock_findings, checks.line_stock_findings, checks.lost_stock_findings):
        assert list(found()) == [], said
    return True


def findings(order: Order) -> list[str]:
    found = [
        *checks.state_findings(order),
        *checks.ledger_findings(order),
        *checks.credit_findings(order),
        *checks.return_findings(order),
        *checks.goods_findings(order),
        *checks.loss_findings(order),
    ]
    for invoice in order.invoices:
        if invoice.kind == "invoice" and invoice.total >= 0 > left_to_pay(invoice):
            found.append(f"{invoice.number} is credited for more than it says: {left_to_pay(invoice)}")
    found.extend(money_findings(order))
    for one in order.lines:
        invoiced = sum(
            (
                b.quantity
                for i in order.invoices
                for b in i.lines
                if (i.kind == "invoice" or i.makes_anew) and b.order_line_id == one.id
            ),
            ZERO,
        )
        if one.invoiced != invoiced:
            found.append(f"{one.name}: {one.invoiced} is stored as invoiced, {invoiced} follows")
        found += goods_that_do_not_add_up(order, one)
    if order.is_draft and (order.invoices or order.payments or order.shipments or order.returns):
        found.append(f"{order.number}: a draft has documents")
    return found


def goods_that_do_not_add_up(order: Order, one: OrderLine) -> list[str]:
    """Ordered = shipped + packed + to pack + dropped, each counted from its documents, none below 0."""
    on_slips = [(s, p.quantity - p.lost) for s in order.shipments for p in s.lines if p.order_line_id == one.id]
    shipped = sum((quantity for slip, quantity in on_slips if slip.sent_at), ZERO)
    packed = sum((quantity for slip, quantity in on_slips if not slip.sent_at and not slip.withdrawn_at), ZERO)
    to_pack = quantities_to_pack(order).get(one.id, ZERO)
    parts = (shipped, packed, to_pack, one.dropped)
    is_sum = sum(parts, ZERO) == (one.quantity if one.kind == "product" else ZERO)
    if is_sum and min(parts) >= 0 and one.shipped == shipped and one.returned <= shipped:
        return []
    return [f"{one.name}: {one.quantity} ordered, but {parts} shipped, packed, to pack and dropped"]


def money_findings(order: Order) -> list[str]:
    """Paid only when money came; the ledger closes; what a paid invoice prints is no more than came and it says."""
    found, ledger = [], order.ledger
    if order.payment_status == "paid" and not ledger.kept > 0:
        found.append(f"{order.number} says paid, and {ledger.kept} came")
    owed = ledger.claim - ledger.credited - ledger.no_longer_owed - ledger.paid + ledger.refunded
    if owed != order.open_amount:
        found.append(f"{order.number}: {order.open_amount} is open, {owed} follows")
    is_settled = order.open_amount <= 0 and not order.cancelled_at
    if is_settled == order.is_unpaid and not order.cancelled_at:
        found.append(f"{order.number}: {order.open_amount} is open, and it says {order.payment_status}")
    if order.status == "needs_decision" and not any(line.to_ship > 0 for line in order.lines):
        found.append(f"{order.number} needs a decision, and nothing is to go")
    for settled_by in settling_payments(order).values():
        if any(Decimal(one["amount"]) <= 0 for one in settled_by):
            found.append(f"{order.number}: an invoice prints a payment of nothing")
    settling = sum((Decimal(one["amount"]) for each in settling_payments(order).values() for one in each), ZERO)
    if settling > max(ledger.kept, ZERO):
        found.append(f"{order.number}: invoices print payments of {settling}, and {ledger.kept} came")
    return found


Act = tuple[Order | None, str, Callable[[], Any]]


def by_hand(random: Random) -> Act:
    action = random.choice([one for one in ACTIONS.values() if kind_of(one)])
    if random.random() < 0.5:  # rather money and goods
        action = ACTIONS[random.choice(MONEY_AND_GOODS)]
    records = all_of(kind_of(action))
    if not records:
        return None, "nothing", lambda: None
    if action.name in RARE and random.random() < 0.8:
        return None, "nothing", lambda: None
    record = random.choice(records)
    order = record if isinstance(record, Order) else getattr(record, "order", None)
    how = {name: given(random, action, name, order) for name in action.parameters if is_wanted(random, action, name)}
    return order, f"{action.name} {order or record} {how}", lambda: action(record, by=SYSTEM, **how)


MONEY_AND_GOODS = (
    *("mark_paid", "enter_payment", "enter_refund", "take_back_payment", "mark_not_paid", "edit_lines", "resume"),
    *("issue_invoice", "change_invoice", "create_credit_note", "credit_return", "create_return", "receive_return"),
    *("mark_sent", "create_packing_slip", "send_shipment", "picked_up"),
    *("mark_not_sent", "set_shipment_not_sent", "not_picked_up", "change_tracking", "mark_lost", "mark_not_lost"),
    *("change_packing_slip", "withdraw_packing_slip", "restore_packing_slip"),
)
#: What ends the story of an order or a customer.
RARE = ("cancel_order", "set_invoiced_elsewhere", "erase_personal_data", "merge_customers", "credit_order")


def kind_of(action: Action) -> Any:
    return next((kind for kind in action.record_types if kind in KINDS), None)


def all_of(kind: Any) -> list[Any]:
    return list(db.session.scalars(select(kind).order_by(kind.id)))


def is_wanted(random: Random, action: Action, name: str) -> bool:
    return action.parameters[name].is_required or random.random() < 0.5


def given(random: Random, action: Action, name: str, order: Order | None) -> Any:
    parameter = action.parameters[name]
    (kind,) = parameter.types
    if name in ("status", "assignee_id", "payment_method", "shipping_method") and kind is int:
        return random.choice([None, 0, 1]) if "method" in name else random.choice([None, 1])
    values: dict[Any, Callable[[], Any]] = {
        str: lambda: random.choice(["billing", "nl", "A few words", "femke@example.org"]),
        bool: lambda: random.random() < 0.5,
        int: lambda: random.randint(1, 3),
        Decimal: lambda: amount(random, order),
        datetime: lambda: now() - timedelta(hours=random.randint(1, 50)),
        dict[str, str]: lambda: {"city": random.choice(["Delft", "Breda"])},
        dict[int, Decimal]: lambda: quantities(random, name, order),
        list[EditedLine]: lambda: edited(random, order),
    }
    if kind in values:
        return values[kind]()
    if issubclass(kind, StrEnum):
        return random.choice(list(kind))
    records = all_of(kind)
    return random.choice([None, *records] if parameter.may_be_none else records)


def amount(random: Random, order: Order | None) -> Decimal:
    unit = Decimal(1).scaleb(-decimals(order.currency)) if order else Decimal(1)
    some = [unit, unit * random.randint(1, 3000), unit * random.randint(1, 300)]
    if order:
        some += [abs(order.open_amount), order.paid - order.refunded, order.total]
    return random.choice(some)


def quantities(random: Random, name: str, order: Order | None) -> dict[int, Decimal]:
    lines = order.lines if order else []
    if name == "amounts":
        return {one.id: random.choice([amount(random, order), one.total]) for one in lines if random.random() < 0.3}
    some = ("0", "1", "1", "2", "0.5")
    return {
        one.id: random.choice([one.quantity, Decimal(random.choice(some))]) for one in lines if random.random() < 0.7
    }


def edited(random: Random, order: Order | None) -> list[EditedLine]:
    kept = [as_edited(one) for one in (listed(order) if order else []) if random.random() < 0.8]
    product = random.choice([None, *all_of(Product)])
    new = EditedLine(
        name="Plate",
        quantity=Decimal(random.choice(["1", "2.5"])),
        unit_price=Decimal(random.randint(0, 900)) / 100,
        rate=Decimal(random.choice(["0", "9", "21"])),
        product_id=product.id if product else None,
    )
    return [*kept, new] if random.random() < 0.6 or not kept else kept


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
