"""The mail server as the shop owner set it up; read anew for every visit, so that changes count at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address

from flask_babel import gettext as _

from app.encryption.sealed import Lost
from app.mails.addresses import is_address, split_sender
from app.mails.looks import NO_LOOK, MailLook, look_of
from app.models import Shop


@dataclass(frozen=True)
class Server:
    """Where and as whom the shop hands in its mail."""

    host: str
    port: int
    security: str  # starttls | ssl | none
    user: str
    password: str = field(repr=False)
    sender: str
    sender_name: str
    reply_to: str
    look: MailLook = NO_LOOK


def server_of(shop: Shop) -> Server:
    """The shop's settings. Raises LookupError while they can't send."""
    if reason := why_not_ready(shop):
        raise LookupError(reason)
    name, sender = split_sender(shop.mail_sender or shop.email)
    return Server(
        host=shop.smtp_host.strip(),
        port=shop.smtp_port,
        security=shop.smtp_security,
        user=shop.smtp_user,
        password=shop.smtp_password,
        sender=sender,
        sender_name=name or shop.name,
        reply_to=shop.email.strip() if is_address(shop.email.strip()) else sender,
        look=look_of(shop),
    )


def why_not_ready(shop: Shop) -> str:
    """Why the shop's mails wait; "" when they can go."""
    if not shop.smtp_host.strip():
        return _("No mail server is set up: mails wait. Enter it in the settings.")
    if isinstance(shop.smtp_password, Lost):
        return _(
            "The password of the mail server can’t be read: mails wait. Put back the file credentials_key, or enter "
            "the password again in the settings."
        )
    if reason := why_not_in_clear(shop.smtp_host, shop.smtp_security, shop.smtp_user):
        return reason
    if not is_address(split_sender(shop.mail_sender or shop.email)[1]):
        return _("The shop has no e-mail address to send from: mails wait. Enter it in the settings.")
    return ""


def why_not_in_clear(host: str, security: str, user: str) -> str:
    """A password goes over no line that others can read; on this very machine there are no others."""
    if security != "none" or not user.strip() or is_this_machine(host.strip()):
        return ""
    return _("Choose STARTTLS or TLS as the security: without it, the password would travel in clear.")


def is_this_machine(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
