"""The sentence that tells who gets which mail, in which language, before it goes."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from app.mails.kinds import mail_title, why_off
from app.models import Order
from app.pages.formatting import language


@dataclass(frozen=True)
class MailLine:
    """True when a mail would go; as text the sentence that says so, or why none goes."""

    goes: bool
    text: str

    def __bool__(self) -> bool:
        return self.goes

    def __str__(self) -> str:
        return self.text


def who_gets(order: Order, kind: str) -> MailLine:
    """ "femke@example.org gets “Order paid” in Dutch." """
    if not order.email:
        return MailLine(False, _("No mail is sent: the order has no e-mail address."))
    if off := why_off(kind):
        return MailLine(False, off)
    sentence = _(
        "%(address)s gets “%(mail)s” in %(language)s.",
        address=order.email,
        mail=mail_title(kind),
        language=language(order.language),
    )
    return MailLine(True, sentence)
