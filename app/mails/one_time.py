"""Links in mails that let somebody in: to My account, once; to a quote, as long as it is valid.

What is stored has a gap where the link's token belongs: the Outbox is read by colleagues, and copied. The token is made
when the mail is handed over to the server, each time anew, and nothing but its hash is kept. So its half hour begins
then, and what went is never known to anybody but the mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from flask_babel import gettext as _

from app.extensions import transaction
from app.mails.message import Letter
from app.models import OutgoingMail
from app.security import sessions

GAP = "{token}"
LINK_WITH_GAP = re.compile(rf"https?://\S*{re.escape(GAP)}")

#: What makes the token of each kind of mail that brings one.
TOKENS: dict[str, Callable[[Letter], str]] = {
    "account_link": lambda letter: sessions.customer_link(letter.to_address),
    "quote": lambda letter: sessions.quote_link(letter.quote_id or 0),
}


def with_token(letter: Letter) -> Letter:
    """The letter as it goes. The token is known here before anybody can use it: its transaction is over then."""
    if not has_gap(letter):
        return letter
    with transaction():
        token = TOKENS[letter.kind](letter)
    subject, body = (text.replace(GAP, token) for text in (letter.subject, letter.body))
    return replace(letter, subject=subject, body=body, secret=token)


def has_gap(mail: Letter | OutgoingMail) -> bool:
    """Whether a link belongs in it: such a mail goes to nobody but whom it was written to."""
    return mail.kind in TOKENS and GAP in mail.subject + mail.body


def hide_link(text: str) -> str:
    """The text of a stored mail, for people to read."""
    return LINK_WITH_GAP.sub(lambda found: _("(link left out here)"), text)
