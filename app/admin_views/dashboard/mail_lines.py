"""The sentence that tells who gets which mail, in which language, before it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.actions.declaration import AnyAction
from app.mails.kinds import mail_title, why_its_shop_mails, why_off
from app.models import Order
from app.pages.formatting import language, moment


@dataclass(frozen=True)
class MailLine:
    """True when a mail would go; as text the sentence that says so, or why none goes."""

    goes: bool
    text: str
    is_told: bool = False  # the customer heard of this before, so that the tick starts off

    def __bool__(self) -> bool:
        return self.goes

    def __str__(self) -> str:
        return self.text


def mail_line(action: AnyAction, record: Any) -> MailLine:
    """Who gets which mail by this action, or why nobody does, and when it was told before."""
    kind = action.mail_of(record) if action.mail_of else action.mail
    line = who_gets(getattr(record, "order", record), kind, action.mail_beside)
    return with_told(line, action.told_at(record)) if line else line


def mails_of_sending(action: AnyAction, record: Any) -> dict[str, MailLine]:
    """The mail of Sent, and the one that goes instead with a Track & Trace code."""
    order = getattr(record, "order", record)
    lines = {"mail": who_gets(order, "order_sent"), "mail_with_code": who_gets(order, "track_and_trace")}
    at = action.told_at(record) if any(lines.values()) else None
    return {name: with_told(line, at) for name, line in lines.items()}


def with_told(line: MailLine, at: datetime | None) -> MailLine:
    return (
        MailLine(True, f"{line} {_('Told on %(moment)s.', moment=moment(at))}", is_told=True) if line and at else line
    )


def who_gets(order: Order, kind: str, beside: str = "") -> MailLine:
    """ "femke@example.org gets “Order paid” in Dutch." `beside` is another mail that goes along, or in its place."""
    if not order.email:
        return MailLine(False, _("No mail is sent: the order has no e-mail address."))
    if off := why_off(kind) or why_its_shop_mails(kind, order):
        return MailLine(False, off)
    about = {"address": order.email, "mail": mail_title(kind), "language": language(order.language)}
    if beside and not why_off(beside):
        about["other"] = mail_title(beside)
        if "," in order.email:
            return MailLine(True, _("%(address)s get “%(other)s”, “%(mail)s” in %(language)s.", **about))
        return MailLine(True, _("%(address)s gets “%(other)s”, “%(mail)s” in %(language)s.", **about))
    if "," in order.email:
        return MailLine(True, _("%(address)s get “%(mail)s” in %(language)s.", **about))
    return MailLine(True, _("%(address)s gets “%(mail)s” in %(language)s.", **about))
