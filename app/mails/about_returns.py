"""Mails about goods that come back, and about money that went back."""

from __future__ import annotations

from collections.abc import Iterable

from app.history import Actor
from app.mails.queueing import queue
from app.mails.texts import language_for
from app.mails.words import about_return, in_currency
from app.models import Order, OutgoingMail, Payment, Return, ReturnStatus, WordKind
from app.queries import shop
from app.queries.own_words import own_word


def queue_about_return(
    kind: str, goods_return: Return, *, by: Actor, rejected_because: str = ""
) -> OutgoingMail | None:
    """Tell the customer how far the return is, each kind once; None as `queue` answers it."""
    order = goods_return.order
    words = about_return(goods_return, language_for(order.language, shop().language))
    words["return_rejected_because"] = rejected_because
    return queue(kind, order, once_key=f"{kind}:{goods_return.id}", by=by, words=words)


def words_to_send_back(order: Order, returns: Iterable[Return]) -> dict[str, str]:
    """For a mail that tells of something else: where to send what is still to come back, and by when."""
    language = language_for(order.language, shop().language)
    coming = [about_return(one, language) for one in returns if one.status == ReturnStatus.AUTHORISED]
    if not coming:
        return about_return(None, language)
    return {**coming[0], "return_number": ", ".join(one["return_number"] for one in coming)}


def queue_about_refund(refund: Payment, *, by: Actor) -> OutgoingMail | None:
    """Tell the customer how much went back and by what, and for which return where there is but one."""
    order = refund.order
    language = language_for(order.language, shop().language)
    settled = [one for one in order.returns if one.credit_note_id]
    words = {
        **about_return(settled[0] if len(settled) == 1 else None, language),
        "refund_amount": in_currency(-refund.amount, order.currency, language),
        "refund_method": own_word(WordKind.PAYMENT_METHOD, refund.method, language),
    }
    return queue("refund", order, once_key=f"refund:{refund.id}", by=by, words=words)
