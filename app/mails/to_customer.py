"""The mail with the link that signs a customer in to My account: about no order."""

from __future__ import annotations

import secrets

from app.extensions import db
from app.history import Actor, Happened, record
from app.mails.one_time import GAP
from app.mails.queueing import new_message_id
from app.mails.texts import fill_in_text, language_for
from app.mails.words import about_shop
from app.models import OutgoingMail
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
