"""What can happen to an order of the demo shop, and how often it does: every state a shop meets in two months."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from app.actions.credit_notes import credit_order, credit_return
from app.actions.invoices import change_invoice, send_invoice
from app.actions.memos import write_memo
from app.actions.payments import mark_not_paid, mark_paid
from app.actions.picking_up import picked_up
from app.actions.returns import create_return, receive_return
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.tasks import add_task
from app.actions.usual_words import known_word
from app.amounts.money import ZERO
from app.columns import now
from app.demo.baskets import VOUCHER, part_of
from app.demo.catalogue import BANK, CASH
from app.demo.people import COMPANIES, MISADDRESSED, NEARBY, Person
from app.demo.stories import Story
from app.history import Actor
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewNote, NewPayment, NewRefund
from app.models import ActorKind, Order
from app.queries import first_owner, shop


@dataclass(frozen=True)
class Plot:
    """One kind of story: how many of them, how many days ago, who orders what, and what happens then."""

    count: int
    days_ago: tuple[int, int]
    happens: Callable[[Story], None]
    people: tuple[Person, ...] = ()  # empty: everybody in turn
    payment: str = ""  # empty: the one that confirms itself
    pick_up: bool = False
    products: int = 1  # at least
    discount: Decimal = ZERO


# --- deeds ----------------------------------------------------------------------------------------------------------


def pay(order: Order, by: Actor) -> None:
    mark_paid(order, by=by)


def take_payment_back(order: Order, by: Actor) -> None:
    mark_not_paid(order, by=by)


def ship_story(story: Story) -> Callable[[Order, Actor], object]:
    code = story.tracking_code()
    return lambda order, by: mark_sent(order, by=by, tracking_code=code)


def hand_over(order: Order, by: Actor) -> None:
    picked_up(order, by=by)


def pack(order: Order, by: Actor) -> None:
    create_packing_slip(order, by=by)


def send_first_product(story: Story) -> Callable[[Order, Actor], object]:
    code = story.tracking_code()

    def deed(order: Order, by: Actor) -> None:
        line = order.lines[0]
        shipment = create_packing_slip(order, by=by, quantities={line.id: line.quantity})
        send_shipment(shipment, by=by, tracking_code=code)

    return deed


def memo(text: str) -> Callable[[Order, Actor], object]:
    return lambda order, by: write_memo(order, by=by, text=text)


def task(text: str, *, days: int) -> Callable[[Order, Actor], object]:
    """Something that the owner is to do so many days later."""

    def deed(order: Order, by: Actor) -> None:
        owner = first_owner()
        due = now() + timedelta(days=days)
        add_task(order, by=by, description=text, due_at=due, assignee_id=owner.id if owner else None)

    return deed


def report_payment(story: Story, share: str) -> Callable[[Order, Actor], object]:
    """The web shop reports a part payment."""
    amount = part_of(story.new.total, share, story.new.currency)

    def deed(order: Order, by: Actor) -> None:
        payment = NewPayment(amount=amount, paid_at=now(), method=BANK, external_id="part-1")
        update_order(order, replace(story.new, payments=[payment]), by=shop_system(story))

    return deed


def refund(story: Story, share: str, reason: str) -> Callable[[Order, Actor], object]:
    """The web shop reports money paid back."""
    amount = part_of(story.new.total, share, story.new.currency)

    def deed(order: Order, by: Actor) -> None:
        paid_back = NewRefund(amount=amount, refunded_at=now(), reason=reason, external_id="1")
        update_order(order, replace(story.new, refunds=[paid_back]), by=shop_system(story))

    return deed


def shop_system(story: Story) -> Actor:
    return Actor(ActorKind.PROGRAM, story.new.source)


def take_first_product_back(reason: str, action: str) -> Callable[[Order, Actor], object]:
    """For one of the reasons that a new shop has, which it calls so in its own language."""

    def deed(order: Order, by: Actor) -> None:
        quantities = {order.lines[0].id: order.lines[0].quantity}
        reason_here, action_here = (known_word(word, shop().language) for word in (reason, action))
        create_return(order, by=by, quantities=quantities, reason=reason_here, action=action_here)

    return deed


def receive_and_credit(order: Order, by: Actor) -> None:
    (goods_return,) = order.returns
    receive_return(goods_return, by=by, restock=True)
    credit_return(goods_return, by=by, notify=True)


def credit_all(order: Order, by: Actor) -> None:
    credit_order(order, by=by, notify=True)


# --- plots ----------------------------------------------------------------------------------------------------------


def paid_and_sent(story: Story) -> None:
    story.pay_at_once()
    story.then(1, ship_story(story))


def paid_by_bank_and_sent(story: Story) -> None:
    story.then(story.random.randint(1, 4), pay)
    story.then(5, ship_story(story))


def paid_only(story: Story) -> None:
    story.pay_at_once()


def packed(story: Story) -> None:
    story.pay_at_once()
    story.then(1, pack)


def nothing_yet(story: Story) -> None:
    """Awaiting payment."""


def long_unpaid(story: Story) -> None:
    story.then(14, memo("Called: the transfer is on its way, they say. Look again next week."))


def part_paid(story: Story) -> None:
    story.then(2, report_payment(story, "0.5"))
    story.then(3, memo("Paid half by mistake; asked for the rest."))
    story.then(3, task("Look whether the rest has come in", days=7))


def part_sent(story: Story) -> None:
    story.pay_at_once()
    story.then(1, send_first_product(story))
    story.then(1, memo("The rest comes in with the next delivery from the pottery."))


def sent_in_two_parcels(story: Story) -> None:
    story.pay_at_once()
    story.then(1, send_first_product(story))
    story.then(4, ship_story(story))


def on_hold(story: Story) -> None:
    story.new.held = True
    story.pay_at_once()
    story.then(1, memo("Delivery address and card are in different countries: wait for an answer to our mail."))
    story.then(1, task("Call about the delivery address", days=2))


def cancelled(story: Story) -> None:
    moment = story.not_ahead(story.new.placed_at + timedelta(minutes=story.random.randint(20, 300)))
    story.new.cancelled_at = moment
    story.new.notes = [NewNote("Payment expired, order cancelled.", written_at=moment, author="Payment provider")]


def ready_for_pick_up(story: Story) -> None:
    story.pay_at_once()
    story.new.ready_for_pickup_at = story.not_ahead(story.new.placed_at + timedelta(hours=3))


def paid_and_picked_up(story: Story) -> None:
    story.then(2, pay)
    story.then(2, hand_over)


def partly_refunded(story: Story) -> None:
    paid_and_sent(story)
    story.then(6, refund(story, "0.25", "One piece arrived chipped"))
    story.then(6, memo("Sent a photo of the chip; paid a quarter back."))


def wholly_refunded(story: Story) -> None:
    paid_and_sent(story)
    story.then(9, refund(story, "1", "Parcel lost"))


def refunded_before_it_went(story: Story) -> None:
    story.pay_at_once()
    story.then(1, refund(story, "1", "Changed their mind"))


def free_of_charge(story: Story) -> None:
    story.new.discount_codes = ["GIFT-CARD"]


def free_and_sent(story: Story) -> None:
    free_of_charge(story)
    story.then(1, ship_story(story))


def with_voucher(story: Story) -> None:
    story.new.discount_codes = [VOUCHER]
    paid_and_sent(story)


def sent_before_paid(story: Story) -> None:
    story.then(1, send_invoice_to_company)
    story.then(1, ship_story(story))
    story.then(2, memo("Regular customer: pays at the end of the month."))


def send_invoice_to_company(order: Order, by: Actor) -> None:
    invoice = next(iter(order.invoices), None)
    if invoice is not None:
        change_invoice(invoice, by=by, paid=False, delivery_time="1-2 working days")
        send_invoice(invoice, by=by)


def paid_by_mistake(story: Story) -> None:
    story.then(2, pay)
    story.then(3, take_payment_back)
    story.then(3, memo("That transfer was for another order of the same family."))


def stated_one_cent_more(story: Story) -> None:
    story.new.total += Decimal("0.01")
    story.pay_at_once()


def without_address(story: Story) -> None:
    story.new.billing = story.new.shipping = None
    story.pay_at_once()


def without_customer(story: Story) -> None:
    """Sold at the counter: nobody gave a name."""
    story.new.customer = story.new.billing = story.new.shipping = None


def address_without_mail(story: Story) -> None:
    story.new.customer = None


def returned_and_credited(story: Story) -> None:
    paid_and_sent(story)
    story.then(5, take_first_product_back("Does not fit", "Pay back"))
    story.then(7, receive_and_credit)


def to_come_back(story: Story) -> None:
    paid_and_sent(story)
    story.then(4, take_first_product_back("Damaged", "Replace"))


def credited_before_it_went(story: Story) -> None:
    story.pay_at_once()
    story.then(1, pack)
    story.then(2, memo("The last one broke on the way out of the kiln. Called: no replacement, please pay it back."))
    story.then(2, credit_all)


PLOTS = (
    Plot(40, (5, 60), paid_and_sent),
    Plot(5, (6, 50), with_voucher, discount=Decimal(10)),
    Plot(14, (10, 58), paid_by_bank_and_sent, payment=BANK),
    Plot(4, (6, 40), paid_and_picked_up, payment=CASH, pick_up=True, people=NEARBY[:6]),
    Plot(3, (8, 45), sent_in_two_parcels, products=2),
    Plot(2, (12, 40), partly_refunded),
    Plot(2, (16, 50), wholly_refunded),
    Plot(20, (0, 3), paid_only),
    Plot(3, (4, 5), packed),
    Plot(1, (2, 4), refunded_before_it_went),
    Plot(3, (5, 8), part_sent, products=2),
    Plot(12, (0, 9), nothing_yet, payment=BANK),
    Plot(3, (18, 32), long_unpaid, payment=BANK),
    Plot(2, (7, 12), part_paid, payment=BANK),
    Plot(1, (7, 7), paid_by_mistake, payment=BANK),
    Plot(2, (9, 25), sent_before_paid, payment=BANK, people=COMPANIES),
    Plot(1, (1, 2), paid_only, people=COMPANIES[1:]),
    Plot(3, (4, 6), on_hold),
    Plot(6, (1, 55), cancelled),
    Plot(2, (0, 2), paid_only, pick_up=True, people=NEARBY[:6]),
    Plot(2, (1, 4), nothing_yet, payment=CASH, pick_up=True, people=NEARBY[:6]),
    Plot(3, (1, 4), ready_for_pick_up, pick_up=True, people=NEARBY[:6]),
    Plot(1, (0, 3), free_of_charge, discount=Decimal(100)),
    Plot(1, (8, 30), free_and_sent, discount=Decimal(100)),
    Plot(1, (1, 3), stated_one_cent_more, people=NEARBY),
    Plot(3, (1, 3), paid_only, people=MISADDRESSED),
    Plot(1, (2, 5), without_address, pick_up=True, people=NEARBY[:6]),
    Plot(1, (2, 6), without_customer, payment=CASH, pick_up=True, people=NEARBY[:6]),
    Plot(1, (1, 4), address_without_mail, payment=BANK, people=NEARBY),
    Plot(1, (12, 20), returned_and_credited),
    Plot(1, (6, 9), to_come_back),
    Plot(1, (5, 12), credited_before_it_went),
)
