"""What comes after an order: goods that come back in each state, questions, labels of the shop's own, and drafts."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.actions.custom_statuses import set_custom_status
from app.actions.drafts import copy_order
from app.actions.returns import receive_return, reject_return, request_return
from app.actions.tickets import answer_ticket, ask, set_aside
from app.actions.usual_words import known_word
from app.demo.catalogue import BANK, OWN_STATUSES, say_in
from app.demo.people import NEARBY
from app.demo.plots import Plot, nothing_yet, paid_and_sent, paid_only, take_first_product_back
from app.demo.stories import Deed, Story
from app.extensions import ShownText, db
from app.history import Actor
from app.models import ActorKind, CustomStatus, Order
from app.queries import shop


def customer_of(order: Order) -> Actor:
    return Actor(ActorKind.CUSTOMER, order.email)


# --- goods that come back -------------------------------------------------------------------------------------------


def ask_to_send_back(order: Order, by: Actor) -> None:
    line = order.lines[0]
    quantities = {line.id: line.quantity}
    reason = known_word("Damaged", shop().language)
    request_return(order, by=customer_of(order), quantities=quantities, reason=reason, note="The glaze is chipped.")


def receive(order: Order, by: Actor) -> None:
    receive_return(order.returns[0], by=by, restock=True)


def reject(order: Order, by: Actor) -> None:
    reject_return(order.returns[0], by=by, reason="It was used.")


def asked_to_come_back(story: Story) -> None:
    paid_and_sent(story)
    story.then(4, ask_to_send_back)


def received_not_credited(story: Story) -> None:
    paid_and_sent(story)
    story.then(4, take_first_product_back("Does not fit", "Pay back"))
    story.then(7, receive)


def not_taken_back(story: Story) -> None:
    paid_and_sent(story)
    story.then(4, take_first_product_back("Does not fit", "Pay back"))
    story.then(6, reject)


# --- questions ------------------------------------------------------------------------------------------------------


def asks(subject: str, text: str) -> Deed:
    return lambda order, by: ask(order, by=customer_of(order), subject=subject, text=text)


def answers(text: str, *, close: bool = False) -> Deed:
    return lambda order, by: answer_ticket(order.tickets[0], by=by, text=text, close=close)


def put_aside(order: Order, by: Actor) -> None:
    set_aside(order.tickets[0], by=by)


def question_unanswered(story: Story) -> None:
    paid_only(story)
    story.then(1, asks("Can it be sent on Friday?", "We are away until Thursday. Could you send it after that?"))


def question_answered(story: Story) -> None:
    paid_and_sent(story)
    story.then(3, asks("Is the bowl dishwasher-safe?", "I read both yes and no on the web."))
    story.then(4, answers("Yes, up to 60 degrees. The wooden ones are better washed by hand."))


def question_settled(story: Story) -> None:
    paid_and_sent(story)
    story.then(3, asks("Where is my parcel?", "The carrier's page has not changed for two days."))
    story.then(4, answers("It was left with your neighbours at number 12.", close=True))


def to_look_into(story: Story) -> None:
    paid_and_sent(story)
    story.then(3, asks("Invoice for my company", "Could the invoice name our company as well?"))
    story.then(4, put_aside)


# --- labels and drafts ----------------------------------------------------------------------------------------------


def label(title: ShownText) -> Deed:
    def deed(order: Order, by: Actor) -> None:
        called = say_in(shop().language, title)
        status = db.session.scalars(select(CustomStatus.id).where(CustomStatus.title == called)).one()
        set_custom_status(order, by=by, status=status)

    return deed


def with_label(title: ShownText) -> Callable[[Story], None]:
    def happens(story: Story) -> None:
        paid_only(story)
        story.then(0, label(title))

    return happens


def begin_again(order: Order, by: Actor) -> None:
    copy_order(order, by=by)


def ordered_again(story: Story) -> None:
    """By telephone: a colleague has begun, and waits for the customer."""
    nothing_yet(story)
    story.then(1, begin_again)


AFTERWARDS = (
    Plot(1, (9, 11), asked_to_come_back, people=NEARBY[1:]),
    Plot(1, (14, 18), received_not_credited, people=NEARBY[2:]),
    Plot(1, (14, 18), not_taken_back, people=NEARBY[3:]),
    Plot(1, (5, 6), question_unanswered, people=NEARBY[4:]),
    Plot(1, (10, 14), question_answered, people=NEARBY[5:]),
    Plot(1, (10, 14), question_settled, people=NEARBY[6:]),
    Plot(1, (10, 14), to_look_into, people=NEARBY[7:]),
    *(Plot(1, (5, 6), with_label(title)) for title, _colour in OWN_STATUSES),
    Plot(2, (6, 8), ordered_again, payment=BANK, people=NEARBY[8:]),
)
