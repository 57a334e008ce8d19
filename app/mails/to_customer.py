"""The mail with the link that signs a customer in to My account: about no order."""

from __future__ import annotations

from app.history import Actor, Happened, record
from app.mails.queueing import added_once, new_message_id
from app.mails.texts import language_for, written
from app.mails.words import about_shop
from app.models import OutgoingMail
from app.queries import shop


def queue_account_link(address: str, link: str, *, language: str, once_key: str, by: Actor) -> OutgoingMail | None:
    """Write the mail; None when one with this `once_key` is there already."""
    language = language_for(language, shop().language)
    text = written("account_link", language, {**about_shop(shop()), "account_link": link})
    mail = OutgoingMail(
        kind="account_link",
        once_key=once_key,
        language=language,
        to_address=address,
        subject=text.subject,
        body=text.body,
        message_id=new_message_id(),
    )
    if not added_once(mail):
        return None

    record(Happened.MAIL_QUEUED, None, by, subject=mail, mail_subject=mail.subject, address=address, kind=mail.kind)
    return mail
