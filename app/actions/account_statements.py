"""Sending a customer their statement of account: what is open, by age, as a letter that goes along with a mail."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.receivables import OpenItem, items_of_customer
from app.actions.declaration import Input, action
from app.documents.account_statement import statement_of
from app.documents.einvoice_facts import Says
from app.documents.wording import spoken
from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.mails.queueing import given_address
from app.mails.to_customer import queue_statement
from app.models import Customer, OutgoingMail


def statement_now(customer: Customer, items: list[OpenItem], today: date) -> tuple[Says, str]:
    """What it says today, and in which language: the customer's, else that of their last order, else the shop's."""
    shop, last = queries.shop(), next(iter(queries.orders_of_customer(customer, most=1)), None)
    language = spoken(customer.language or (last.language if last else ""), shop.language)
    return statement_of(customer, items, shop, last, today), language


def why_not_send_statement(customer: Customer, items: list[OpenItem] | None = None) -> str:
    """`items` is what is open, where that is known."""
    if customer.merged_into_id is not None:
        return _("This customer is merged into another one. Send it from there.")
    if not customer.email:
        return _("The customer has no e-mail address. Enter one first.")
    known = items_of_customer(customer) if items is None else items
    return "" if known else _("Nothing is open: there is nothing to send.")


@action(
    title=_l("Send statement"),
    group="messages",
    icon="send",
    done=_l("The statement of account is on its way"),
    why_not=why_not_send_statement,
    right_title=_l("Send statements of account"),
    mail="statement",
    inputs=(Input("to", _l("Send to"), initial=lambda customer: customer.email),),
)
def send_statement(customer: Customer, *, by: Actor, to: str = "") -> OutgoingMail:
    """Mail the customer what is open today, by age, as PDF; also again. The caller has locked the customer."""
    address = given_address(to) or customer.email
    says, language = statement_now(customer, items_of_customer(customer), queries.today())
    mail = queue_statement(customer, says, address, language=language, by=by)
    if mail is None:
        raise ActionRefused(_("This statement was sent just now by somebody else."))

    record(Happened.STATEMENT_SENT, None, by, subject=customer, address=mail.to_address, text=says["day"])
    return mail
