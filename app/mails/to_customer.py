"""Mails to a customer about no order: the link that signs them in to My account, and their statement of account."""

from __future__ import annotations

import secrets
from datetime import date
from decimal import Decimal

from app.documents.einvoice_facts import Says
from app.documents.payment_code import space_iban
from app.documents.wording import Writing
from app.extensions import db
from app.history import Actor, Happened, record
from app.mails.addresses import one_line
from app.mails.one_time import GAP
from app.mails.queueing import add_once, new_message_id, times_queued
from app.mails.texts import fill_in_text, language_for
from app.mails.words import about_shop, day
from app.models import Customer, OutgoingMail
from app.queries import shop


def queue_account_link(address: str, page: str, *, language: str, by: Actor) -> OutgoingMail:
    """Write the mail with a link to below `page`, whose end is left open until it goes."""
    language = language_for(language, shop().language)
    text = fill_in_text("account_link", language, {**about_shop(shop()), "account_link": f"{page}{GAP}"})
    mail = OutgoingMail(
        kind="account_link",
        once_key=f"account_link:{secrets.token_hex(20)}",
        language=language,
        to_address=address,
        subject=text.subject,
        body=text.body,
        message_id=new_message_id(),
    )
    db.session.add(mail)
    db.session.flush()

    record(Happened.MAIL_QUEUED, None, by, subject=mail, mail_subject=mail.subject, address=address, kind=mail.kind)
    return mail


def queue_statement(customer: Customer, says: Says, address: str, *, language: str, by: Actor) -> OutgoingMail | None:
    """Write the mail with the statement, which is drawn when it goes; None when its twin has just been written."""
    text = fill_in_text("statement", language, words_of_statement(customer, says, language))
    key = f"statement:{customer.id}"
    mail = add_once(
        OutgoingMail(
            kind="statement",
            once_key=f"{key}:{times_queued('statement', key) + 1}",
            language=language,
            to_name=one_line(str(customer)),
            to_address=address,
            subject=text.subject,
            body=text.body,
            statement=dict(says),
            message_id=new_message_id(),
            is_demo=customer.is_demo,
        )
    )
    if mail is not None:
        about = {"mail_subject": mail.subject, "address": address, "kind": mail.kind}
        record(Happened.MAIL_QUEUED, None, by, subject=mail, **about)
    return mail


def words_of_statement(customer: Customer, says: Says, language: str) -> dict[str, str]:
    """An empty word leaves out the line that names it. Several currencies stand side by side."""
    own, accounts = shop(), says["accounts"]
    is_to_pay = any(Decimal(one["total"]) > 0 for one in accounts)

    def sums(name: str) -> str:
        amounts = [(one["currency"], Decimal(one[name])) for one in accounts]
        return " + ".join(Writing(language, currency).money(amount) for currency, amount in amounts if amount)

    return {
        **about_shop(own),
        "statement_name": one_line(str(customer)),
        "statement_day": day(date.fromisoformat(says["day"]), language),
        "statement_total": sums("total"),
        "statement_overdue": sums("overdue"),
        "statement_account": space_iban(own.iban) if is_to_pay and own.iban else "",
        "statement_reference": accounts[0]["reference"] if len(accounts) == 1 else "",
    }
