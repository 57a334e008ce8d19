"""The kinds of mail, in the order in which a customer gets them: each a folder with one text per language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.extensions import ShownText
from app.models import Order, ShopWriteKind
from app.queries import shop
from app.write_back import mailing_shop

MAILS_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Kind:
    title: ShownText
    when: ShownText  # it goes
    has_terms: bool = False  # carries the shop's terms along with an order's first invoice
    by_itself: bool = True  # goes as part of something else, so that it can be switched off
    tells: ShopWriteKind | None = None  # what its own shop is told, and may mail itself


ALL = {
    "quote": Kind(_l("Quote"), _l("Somebody sends the quote of a draft."), by_itself=False),
    "order_confirmation": Kind(_l("Order confirmation"), _l("An order is received."), has_terms=True),
    "payment_reminder": Kind(_l("Payment reminder"), _l("An order was not paid in time, or somebody asks for it.")),
    "second_reminder": Kind(_l("Second reminder"), _l("An order is not paid after its first reminder.")),
    "final_notice": Kind(_l("Final notice"), _l("An order is not paid after its second reminder.")),
    "order_paid": Kind(_l("Order paid"), _l("An order is marked as paid."), has_terms=True, tells=ShopWriteKind.PAID),
    "ready_for_pickup": Kind(_l("Ready for pick-up"), _l("An order is marked as ready for pick-up.")),
    "order_sent": Kind(
        _l("Order sent"), _l("An order is marked as sent without a Track & Trace code."), tells=ShopWriteKind.SENT
    ),
    "track_and_trace": Kind(
        _l("Track & Trace"), _l("An order is marked as sent with a Track & Trace code."), tells=ShopWriteKind.SENT
    ),
    "invoice": Kind(_l("Invoice"), _l("An invoice is created, or sent by hand."), has_terms=True),
    "statement": Kind(
        _l("Statement of account"), _l("Somebody sends a customer their statement of account."), by_itself=False
    ),
    "credit_note": Kind(_l("Credit note"), _l("A credit note is created.")),
    "return_requested": Kind(_l("Return requested"), _l("A customer asks in My account to send something back.")),
    "return_authorised": Kind(_l("Return authorised"), _l("A return is created or authorised.")),
    "return_received": Kind(_l("Return received"), _l("A return is marked as received.")),
    "return_rejected": Kind(_l("Return rejected"), _l("A return is rejected.")),
    "refund": Kind(_l("Refund"), _l("A refund is entered."), tells=ShopWriteKind.REFUNDED),
    "order_cancelled": Kind(_l("Order cancelled"), _l("An order is cancelled."), tells=ShopWriteKind.CANCELLED),
    "notify_customer": Kind(
        _l("Notify customer"), _l("Somebody writes to the customer."), by_itself=False, tells=ShopWriteKind.NOTE
    ),
    "ticket_answer": Kind(_l("Answer to a ticket"), _l("Somebody answers a customer’s ticket."), by_itself=False),
    "account_link": Kind(_l("Sign-in link"), _l("A customer asks for a link to My account."), by_itself=False),
    "task_reminder": Kind(_l("Task reminder"), _l("A task’s reminder is due; sent to a colleague.")),
    "key_reminder": Kind(_l("API key runs out"), _l("A key of a program runs out within 14 days; sent to its holder.")),
    "account_notice": Kind(
        _l("Notice about signing in"),
        _l("A colleague’s password or e-mail address changed, or a browser that was not known signed in."),
        by_itself=False,
    ),
}

#: Those that there are texts of.
KINDS = tuple(kind for kind in ALL if (MAILS_FOLDER / kind).is_dir())


def mail_title(kind: str) -> str:
    return str(ALL[kind].title) if kind in ALL else kind


def why_off(kind: str) -> str:
    """The sentence that says that the shop has switched this kind of mail off; "" when it has not."""
    if kind not in shop().mails_off:
        return ""
    return _("The mail “%(mail)s” is switched off, under E-mails & texts.", mail=mail_title(kind))


def why_its_shop_mails(kind: str, order: Order) -> str:
    """The sentence that says that the order's own shop writes to the customer instead; "" when it does not."""
    tells = ALL[kind].tells if kind in ALL else None
    shop = mailing_shop(order, tells) if tells else None
    return _("No mail is sent from here: %(shop)s writes to the customer.", shop=shop.title) if shop else ""
