"""Writing to the customer: what a person types goes out inside the shop's Notify customer mail."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails, queries
from app.actions.declaration import Input, action
from app.columns import now
from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.mails.texts import language_for
from app.models import Invoice, InvoiceKind, Order, OutgoingMail, ShopWriteKind
from app.queries import today
from app.write_back import STANDING, mailing_shop

KIND = "notify_customer"


def why_not_notify_customer(order: Order) -> str:
    if order.is_draft:
        return _("A draft has not been confirmed to anybody yet. Place the order first.")
    return "" if order.email else _("The order has no e-mail address. Enter one first.")


def language_of(order: Order) -> str:
    return language_for(order.language, queries.shop().language)


def languages_of(order: Order) -> list[str]:
    return list(dict.fromkeys([language_of(order), *queries.document_languages(queries.shop())]))


def preview_message(order: Order, **said: Any) -> mails.Preview:
    return mails.preview(KIND, order, **contents(order, **said))


@action(
    title=_l("Notify customer"),
    group="messages",
    icon="mail",
    done=_l("Message is on its way"),
    mail=KIND,
    why_not=why_not_notify_customer,
    inputs=(
        Input("text", _l("Message"), kind="long_text", required=True, most=5000),
        Input("subject", _l("Subject"), hint=_l("Empty: the subject of the Notify customer mail.")),
        Input("language", _l("Language"), kind="language", initial=language_of, choices=languages_of),
        Input("attach_invoice", _l("Attach the latest invoice"), kind="tick"),
    ),
    dialog="message",
    preview=preview_message,
    stands="first",
)
def notify_customer(
    order: Order, *, by: Actor, text: str, subject: str = "", language: str = "", attach_invoice: bool = False
) -> OutgoingMail | None:
    """Mail the message, once: the same words again on the same day are a second press of the button.

    Where the order's own shop writes to its customers, it is told the message instead, unless an invoice goes along.
    """
    if not text.strip():
        raise ActionRefused(_("Write a message first."))
    if attach_invoice and latest_invoice(order) is None:
        raise ActionRefused(_("There is no invoice to attach yet. Take the tick away."))
    if not attach_invoice and mailing_shop(order, ShopWriteKind.NOTE):
        if is_with_its_shop(order, text.strip()):
            raise ActionRefused(_("Its shop was given this very message today already."))
        record(Happened.CUSTOMER_NOTIFIED, order, by, note=text.strip(), text=text.strip()[:200])
        return None
    written = contents(order, text=text, subject=subject, language=language, attach_invoice=attach_invoice)
    mail = mails.queue(KIND, order, once_key=key_of(order, text, subject, language), by=by, asked_for=True, **written)
    if mail is None:
        raise ActionRefused(_("This very message was sent today already. Find it in the outbox, to send it again."))

    record(Happened.CUSTOMER_NOTIFIED, order, by, subject=mail, note=text.strip(), text=text.strip()[:200])
    return mail


def is_with_its_shop(order: Order, text: str) -> bool:
    given = [one for one in order.shop_writes if one.kind == ShopWriteKind.NOTE and one.state in STANDING]
    return any(one.text == text and one.created_at > now() - timedelta(days=1) for one in given)


def contents(order: Order, *, text: str, subject: str, language: str, attach_invoice: bool) -> dict[str, Any]:
    """What the mail is made of; its preview is made of the same."""
    return {
        "words": {"message": "\n".join(text.strip().splitlines())},  # browsers send \r\n
        "subject": subject,
        "language": language,
        "invoice": latest_invoice(order) if attach_invoice else None,
    }


def latest_invoice(order: Order) -> Invoice | None:
    return next((invoice for invoice in reversed(order.invoices) if invoice.kind == InvoiceKind.INVOICE), None)


def key_of(order: Order, *said: str) -> str:
    content = "\0".join([order.email, today().isoformat(), *said])
    return f"notify:{order.id}:{hashlib.sha256(content.encode()).hexdigest()[:32]}"
