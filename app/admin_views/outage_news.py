"""What is said of what does not work at the moment: above Home and the Outbox, and under Needs attention."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.actions.mailing import send_again
from app.admin_views.signin import may
from app.config import site_address
from app.extensions import ShownText
from app.mails.outbox import count_waiting
from app.mails.smtp import Away
from app.models import Outage, Outside, Shop
from app.pages.formatting import day, moment

REASONS: dict[str, ShownText] = {
    Away.NO_ANSWER: _l("The mail server does not answer."),
    Away.UNKNOWN_HOST: _l("There is no mail server of this name; check it in the settings."),
    Away.TOO_SLOW: _l("The mail server takes too long to answer."),
    Away.CERTIFICATE: _l("The mail server’s certificate is not trusted, or it speaks another encryption on this port."),
    Away.SIGN_IN: _l("The mail server refuses the user name or the password; enter them anew in the settings."),
    Away.REFUSES: _l("The mail server refuses mails of this shop."),
}


class MailOutage(TypedDict):
    since: str
    reason: str
    detail: str
    waiting: str
    may_try: bool


def mail_outage(outages: dict[Outside, Outage], shop: Shop) -> MailOutage | None:
    """None while mails go, none waits, or no server is set up, of which other sentences tell."""
    outage = outages.get(Outside.MAIL)
    count = count_waiting() if outage and shop.smtp_host else 0
    if outage is None or not count:
        return None
    return MailOutage(
        since=moment(outage.since),
        reason=str(REASONS.get(outage.reason, REASONS[Away.NO_ANSWER])),
        detail=outage.detail,
        waiting=ngettext("%(num)s mail waits, and goes by itself.", "%(num)s mails wait, and go by themselves.", count),
        may_try=may(send_again.right),
    )


def surroundings(outages: dict[Outside, Outage]) -> list[tuple[str, str]]:
    """Of the disk and the certificate: sentences without a page to mend it on."""
    found = []
    if disk := outages.get(Outside.DISK):
        sentence = _(
            "The disk is nearly full: %(free)s MB are left. Make room, or nothing can be saved.", free=disk.detail
        )
        found.append((sentence, ""))
    if certificate := outages.get(Outside.CERTIFICATE):
        found.append((say_certificate(certificate), ""))
    return found


def say_certificate(outage: Outage) -> str:
    address = site_address()
    if outage.reason != "ends":
        return _("The certificate of %(address)s has run out: browsers turn people away. Renew it.", address=address)
    until = day(datetime.fromisoformat(outage.detail))
    return _("The certificate of %(address)s runs out on %(day)s. Renew it before.", address=address, day=until)
