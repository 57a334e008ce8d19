"""What is said of mails after something was done or undone: that they wait, were withdrawn, or had gone already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from app import mails, queries
from app.mails.scopes import Scope
from app.models import OutgoingMail

#: What a toast shows: `text`, and what else `ui.message` knows.
Toast = dict[str, Any]

#: The mails that say that something went: either of them.
TELLING_OF_SENT = ("order_sent", "track_and_trace")

#: So many addresses are named.
MOST_NAMED = 3


@dataclass
class MailNews:
    """To whom mails wait, were withdrawn and had gone, of one thing that was done or of many."""

    held: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def add(self, news: Scope) -> None:
        self.held += addresses_in([mail for mail in news.queued if mails.is_held(mail)])
        rewritten = [mail for mail in news.withdrawn if is_written_anew(mail, news)]
        self.rewritten += addresses_in(rewritten)
        self.withdrawn += addresses_in([mail for mail in news.withdrawn if mail not in rewritten])
        self.gone += addresses_in(news.gone)

    def message(self) -> Toast:
        """The sentences, each after a space; its Undo stays on screen while a mail waits for it."""
        if not (self.held or self.withdrawn or self.rewritten or self.gone):
            return {}
        seconds = queries.shop().mail_hold
        said = (
            _("The mail to %(address)s goes in %(count)s seconds.", address=list_addresses(self.held), count=seconds),
            _("The mail to %(address)s was withdrawn.", address=list_addresses(self.withdrawn)),
            _("The mail to %(address)s was written anew.", address=list_addresses(self.rewritten)),
            _("The mail to %(address)s had gone already.", address=list_addresses(self.gone)),
        )
        known = zip(said, (self.held, self.withdrawn, self.rewritten, self.gone), strict=True)
        text = "".join(f" {sentence}" for sentence, about in known if about)
        return {"text": text, **({"stays": str(seconds)} if self.held else {})}


def add_mail_news(message: Toast) -> None:
    """Say after what the message says what has become of mails by what is being done."""
    news = MailNews()
    news.add(mails.news())
    more = news.message()
    if more:
        message |= {**more, "text": f"{message['text'].rstrip('.')}.{more['text']}"}


def is_written_anew(mail: OutgoingMail, news: Scope) -> bool:
    """Whether another one, that tells of the same, goes in its place: Sent is told with a code or without."""
    alike = TELLING_OF_SENT if mail.kind in TELLING_OF_SENT else (mail.kind,)
    return any(new.order_id == mail.order_id and new.kind in alike for new in news.queued)


def addresses_in(some: list[OutgoingMail]) -> list[str]:
    return [mail.to_address for mail in some]


def list_addresses(addresses: list[str]) -> str:
    """The first ones, and how many more there are."""
    each = list(dict.fromkeys(addresses))
    if len(each) <= MOST_NAMED:
        return ", ".join(each)
    return _("%(some)s and %(count)s more", some=", ".join(each[:MOST_NAMED]), count=len(each) - MOST_NAMED)
