"""What is said of what does not work at the moment: above Home and the Outbox, and under Needs attention."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypedDict

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.actions.mailing import send_again
from app.admin_views.signin import may
from app.config import site_address
from app.einvoices.sending import count_waiting_e_invoices
from app.extensions import ShownText
from app.mails.outbox import count_waiting
from app.mails.smtp import Away
from app.models import Outage, Outside, Shop, Trouble
from app.pages.formatting import day, moment
from app.queries.outages import find_outage

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


def mail_outage(outages: Iterable[Outage], shop: Shop) -> MailOutage | None:
    """None while mails go, none waits, or no server is set up, of which other sentences tell."""
    outage = find_outage(outages, Outside.MAIL)
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


#: What is said of an access point, mail server or folder that takes no e-invoices.
POINT_TROUBLES: dict[Trouble, ShownText] = {
    Trouble.NO_ANSWER: _l("There is no answer. It is tried again by itself."),
    Trouble.TOO_SLOW: _l("The answer takes too long. It is tried again by itself."),
    Trouble.TOO_BUSY: _l("It asks to be asked less often. It is tried again by itself."),
    Trouble.OUT_OF_ORDER: _l("Something is wrong there. It is tried again by itself."),
    Trouble.UNREADABLE: _l("The answer was cut off or damaged. It is looked up, and tried again by itself."),
    Trouble.TOO_LARGE: _l("The answer was too large to be read. It is tried again by itself."),
    Trouble.REFUSED_BEFORE: _l("Something in front of it refuses Toonbank, such as a firewall."),
    Trouble.CERTIFICATE: _l("Its certificate is not trusted."),
    Trouble.UNENCRYPTED: _l("The secret would travel unencrypted. Enter the address with https://."),
    Trouble.REDIRECTED: _l("It leads to another address. Enter that one in Settings > E-invoices."),
    Trouble.NO_API: _l("Nothing takes e-invoices at that address. Check Settings > E-invoices."),
    Trouble.WRONG_KEY: _l("It does not know the secret. Enter it anew in Settings > E-invoices."),
    Trouble.WRONG_CLOCK: _l("Its clock and that of this machine differ too much. Set the wrong one right."),
    Trouble.NO_RIGHT: _l("The secret lacks a right, or the account is closed. Look there."),
    Trouble.SEALED: _l("The secret can’t be read. Put back the file credentials_key, or enter the secret again."),
    Trouble.NOT_THERE: _l("Nothing is at that address. Check Settings > E-invoices."),
    Trouble.REFUSED: _l("It was refused."),
    Trouble.OVER_THERE: _l("It was refused."),
    Trouble.BY_HAND: _l("Something is missing for it."),
    Trouble.OTHER_ORDER: _l("It was refused."),
    Trouble.GIVEN_UP: _l("It could not be handed over for a week."),
    Trouble.ASKED_WRONGLY: _l("It did not take that. Check Settings > E-invoices, and your account there."),
    Trouble.OURS: _l("An error that nobody expected. Please report it."),
}


class EInvoiceOutage(TypedDict):
    since: str
    reason: str
    detail: str
    waiting: str


def e_invoice_outage(outages: Iterable[Outage]) -> EInvoiceOutage | None:
    """None while they go, or none waits."""
    outage = find_outage(outages, Outside.E_INVOICES)
    count = count_waiting_e_invoices() if outage else 0
    if outage is None or not count:
        return None
    return EInvoiceOutage(
        since=moment(outage.since),
        reason=str(POINT_TROUBLES[Trouble(outage.reason)]),
        detail=outage.detail,
        waiting=ngettext(
            "%(num)s e-invoice waits, and goes by itself.", "%(num)s e-invoices wait, and go by themselves.", count
        ),
    )


def say_e_invoices(outage: Outage) -> str:
    """ "" while none waits."""
    found = e_invoice_outage([outage])
    if found is None:
        return ""
    return _("No e-invoice has gone out since %(moment)s.", moment=found["since"]) + f" {found['reason']}"


#: What waits while a lane of the background work does nothing.
WAITING_IN: dict[str, ShownText] = {
    "mails": _l("mails"),
    "quick": _l("events of connected shops, reminders and seals"),
    "slow": _l("jobs"),
    "documents": _l("printing"),
    "e-invoices": _l("e-invoices"),
    "vies": _l("VAT numbers at VIES"),
    "shops": _l("news of connected shops"),
    "telling": _l("what connected shops are told"),
    "webhooks": _l("webhook messages"),
    "copies": _l("copies"),
}


def surroundings(outages: Iterable[Outage]) -> list[tuple[str, str]]:
    """Of what Toonbank needs around it, and of its background work: for whoever may mend it, on no page of ours."""
    if not may("settings.administration"):
        return []
    said = [SAYING[one.what](one) for one in outages if one.what in SAYING]
    return [(text, "") for text in said if text]


def say_disk(outage: Outage) -> str:
    return _("The disk is nearly full: %(free)s MB are left. Make room, or nothing can be saved.", free=outage.detail)


def say_lane(outage: Outage) -> str:
    since, waiting = moment(outage.since), str(WAITING_IN.get(outage.part, outage.part))
    if outage.reason == "stuck":
        return _(
            "Background work hangs since %(moment)s, and this waits: %(waiting)s. "
            "Restart Toonbank; it goes on by itself.",
            moment=since,
            waiting=waiting,
        )
    return _(
        "Background work fails again and again since %(moment)s (%(error)s), and this waits: %(waiting)s. "
        "The log of the server says why.",
        moment=since,
        error=outage.detail,
        waiting=waiting,
    )


def say_database(outage: Outage) -> str:
    return _(
        "The database is slow since %(moment)s: it takes %(seconds)s s to write a line. "
        "See whether its disk is busy, or another program holds it.",
        moment=moment(outage.since),
        seconds=outage.detail,
    )


def say_certificate(outage: Outage) -> str:
    address = site_address()
    if outage.reason != "ends":
        return _("The certificate of %(address)s has run out: browsers turn people away. Renew it.", address=address)
    until = day(datetime.fromisoformat(outage.detail))
    return _("The certificate of %(address)s runs out on %(day)s. Renew it before.", address=address, day=until)


SAYING: dict[Outside, Callable[[Outage], str]] = {
    Outside.DISK: say_disk,
    Outside.CERTIFICATE: say_certificate,
    Outside.LANE: say_lane,
    Outside.DATABASE: say_database,
    Outside.E_INVOICES: say_e_invoices,
}
