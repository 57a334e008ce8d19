"""The returns of the order: what comes back, how far it is, and what is paid back for it."""

from __future__ import annotations

from flask import url_for

from app.actions.credit_notes import credit_return, notes_of, reimbursable
from app.actions.returns import authorise_return, complete_return, create_return, receive_return, reject_return
from app.admin_views.dashboard.buttons import action_url, button, more_buttons
from app.admin_views.dashboard.loading import OrderPage
from app.amounts.money import ZERO
from app.documents.return_slip_page import WITH_SLIP
from app.models import Order, Return, ReturnStatus
from app.pages.formatting import join_facts
from app.pages.labels import RETURN_STATUS


def returns(page: OrderPage) -> dict[str, object]:
    order = page.order
    return {
        "rows": [return_row(order, goods_return) for goods_return in order.returns],
        "has_asked": any(one.status == ReturnStatus.REQUESTED for one in order.returns),
        "create": button(create_return, order),
        "finished": join_facts(one.number for one in order.returns if all(one.finished_at for one in order.returns)),
    }


def return_row(order: Order, goods_return: Return) -> dict[str, object]:
    agreeing = (authorise_return,) if goods_return.status == ReturnStatus.REQUESTED else ()
    steps = (*agreeing, receive_return, credit_return, complete_return, reject_return)
    buttons = [*(button(action, order, goods_return) for action in steps), *more_buttons(order, goods_return)]
    return {
        "goods_return": goods_return,
        "label": RETURN_STATUS[goods_return.status],
        "pieces": sum((line.quantity for line in goods_return.lines), ZERO),
        "amount": reimbursable(goods_return),
        "info_url": action_url("change_return", order, goods_return.id),
        "slip_url": slip_url(order, goods_return),
        "credit_note": ", ".join(note.number for note in notes_of(goods_return)),
        "steps": [step for step in buttons if not step.reason or not goods_return.finished_at],
    }


def slip_url(order: Order, goods_return: Return) -> str:
    """Where its slip is printed; "" of one whose goods may not come."""
    if goods_return.status not in WITH_SLIP:
        return ""
    return url_for("order_page.return_slip_pdf", number=order.number, return_id=goods_return.id)
