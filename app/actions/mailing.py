"""Sending a mail again."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.actions.declaration import Input, Many, action
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import MailState, Order, OutgoingMail

NEVER_SENT = _l("Mails of the demo shop are never sent.")


def is_kept(mail: OutgoingMail) -> bool:
    """Whether it would wait to be sent, if it were not one of the demo shop."""
    return mail.is_demo and mail.state in (MailState.QUEUED, MailState.SENDING)


def why_not_send_again(mail: OutgoingMail) -> str:
    if is_kept(mail):
        return str(NEVER_SENT)
    if mail.state in (MailState.QUEUED, MailState.SENDING):
        return _("This mail is waiting to be sent already.")
    if mail.state == MailState.WITHDRAWN and mail.undone_at:
        return _("This mail was withdrawn: what it tells was undone. Send a new one from the order.")
    if mail.state == MailState.WITHDRAWN:
        return _("This mail was withdrawn: what is to be paid has changed. Send a new one from the order.")
    return ""


def why_not_send_failed_again(mail: OutgoingMail) -> str:
    """Many at once are only those that failed, each once: nobody has looked at every single one."""
    if mail.state != MailState.FAILED:
        return _("It did not fail.")
    return _("It was sent again already.") if mails.times_queued(mail.kind, f"again:{mail.id}") else ""


@action(
    title=_l("Send again"),
    group="messages",
    icon="refresh",
    done=_l("Mail queued again"),
    final=True,
    right_title=_l("Send mails again"),
    why_not=why_not_send_again,
    inputs=(Input("to", _l("Send to"), per_order=True),),
    many=Many(
        _l("The mails that failed are queued once more. The others stay as they are."), why_not_send_failed_again
    ),
)
def send_again(mail: OutgoingMail, *, by: Actor, to: str = "") -> OutgoingMail:
    """Queue the same text and attachment once more, to the same or a corrected address; the first stays as it is."""
    copy = mails.queue_again(mail, to_address=to)
    order = db.session.get(Order, mail.order_id) if mail.order_id else None
    record(Happened.MAIL_RESENT, order, by, subject=copy, address=copy.to_address, mail_subject=mail.subject)
    return copy
