"""What of an order asks for somebody: one word for it on its page, above the list of orders and on Home.

Where the database can tell, the word is a view of the list. The amounts are `app/accounting/owed.py`'s.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, Select, literal_column, select, text

from app.models import (
    LINES_TO_GO,
    NOT_INVOICED_ORDERS,
    ORDERS_TO_PAY_BACK,
    ORDERS_WAITING_FOR_SELLER,
    ORDERS_WITH_QUESTION,
    OVERPAID_ORDERS,
    UNCREDITED_ORDERS,
    MailState,
    Order,
    OrderLine,
    OutgoingMail,
    Product,
    Return,
    ReturnStatus,
    ShopChange,
    ShopPart,
    ShopWrite,
    ShopWriteState,
)


class Concern(StrEnum):
    """In the order in which they are said."""

    NEEDS_DECISION = "needs_decision"  # goods are to go that nobody pays for
    TO_PAY_BACK = "to_pay_back"
    PAID_TOO_MUCH = "paid_too_much"  # a part of what is to be paid back
    PART_PAID = "part_paid"
    UNCREDITED = "uncredited"  # paid back without a credit note
    NOT_INVOICED = "not_invoiced"  # though it is paid
    INVOICE_WAITS = "invoice_waits"  # for what the law wants said of the seller
    SHORT = "short"  # of a product that is to go, more is sold than there is
    ADDRESS_UNKNOWN = "address_unknown"
    QUESTION = "question"  # of the customer's, that nobody has answered
    RETURN_ASKED = "return_asked"  # by the customer, who waits to hear whether and where to send it
    CHANGED_THERE = "changed_there"  # by its own shop, and not followed by itself: somebody has to decide
    TO_TELL = "to_tell"  # its own shop: somebody has to say whether it is told
    NOT_TOLD = "not_told"  # its own shop refused what it was told, or was told what is taken back since
    UNREAD_UPDATE = "unread_update"  # a change that the order's own shop sent, and that could not be read
    MAIL_FAILED = "mail_failed"


FAILED_MAILS = select(OutgoingMail.order_id).where(
    OutgoingMail.state == literal_column(f"'{MailState.FAILED.value}'"), OutgoingMail.order_id.is_not(None)
)


def as_indexed(condition: str) -> ColumnElement[bool]:
    """The condition of an index, word for word."""
    return text(condition)  # type: ignore[return-value]


#: What is still to go of products of which more is sold than there is.
SHORT_LINES = (
    select(OrderLine.order_id)
    .where(OrderLine.product_id.in_(select(Product.id).where(Product.stock < 0, Product.keeps_stock)))
    .where(as_indexed(LINES_TO_GO))
)

ASKED_RETURNS = select(Return.order_id).where(Return.status == literal_column(f"'{ReturnStatus.REQUESTED.value}'"))

#: Each part by its name: with none a planner thinks that it is nearly all orders, and reads those.
CHANGED_ORDERS = select(ShopChange.order_id).where(
    ShopChange.part.in_([literal_column(f"'{part.value}'") for part in ShopPart])
)

TO_TELL = select(ShopWrite.order_id).where(ShopWrite.state == literal_column(f"'{ShopWriteState.ASKED.value}'"))
NOT_TOLD = select(ShopWrite.order_id).where(
    ShopWrite.state.in_(
        [literal_column(f"'{state.value}'") for state in (ShopWriteState.REFUSED, ShopWriteState.OUTDATED)]
    )
)

#: The ids of orders that something else tells of.
NAMED_ELSEWHERE: dict[Concern, Select[int] | Select[int | None]] = {
    Concern.RETURN_ASKED: ASKED_RETURNS,
    Concern.CHANGED_THERE: CHANGED_ORDERS,
    Concern.TO_TELL: TO_TELL,
    Concern.NOT_TOLD: NOT_TOLD,
    Concern.MAIL_FAILED: FAILED_MAILS,
}

#: The orders of a concern, each over an index of its own.
ORDERS_OF: dict[Concern, ColumnElement[bool]] = {
    Concern.NEEDS_DECISION: Order.status == literal_column("'needs_decision'"),
    Concern.TO_PAY_BACK: as_indexed(ORDERS_TO_PAY_BACK),
    Concern.PAID_TOO_MUCH: as_indexed(OVERPAID_ORDERS),
    Concern.PART_PAID: (Order.payment_status == literal_column("'partially_paid'")) & Order.is_draft.is_(False),
    Concern.UNCREDITED: as_indexed(UNCREDITED_ORDERS),
    Concern.NOT_INVOICED: as_indexed(NOT_INVOICED_ORDERS),
    Concern.INVOICE_WAITS: as_indexed(ORDERS_WAITING_FOR_SELLER),
    Concern.SHORT: Order.id.in_(SHORT_LINES) & Order.is_draft.is_(False),
    Concern.QUESTION: as_indexed(ORDERS_WITH_QUESTION),
    **{concern: Order.id.in_(ids) for concern, ids in NAMED_ELSEWHERE.items()},
}

INDEXES = {
    Concern.TO_PAY_BACK: "ix_orders_to_pay_back_placed_at",
    Concern.PAID_TOO_MUCH: "ix_orders_paid_too_much_placed_at",
    Concern.UNCREDITED: "ix_orders_uncredited_placed_at",
    Concern.NOT_INVOICED: "ix_orders_not_invoiced_placed_at",
    Concern.INVOICE_WAITS: "ix_orders_invoice_waits_placed_at",
    Concern.QUESTION: "ix_orders_question_placed_at",
}
