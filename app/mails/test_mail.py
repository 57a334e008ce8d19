"""Trying out: a text on a real order, a copy of it to oneself, and the mail server itself."""

from __future__ import annotations

import secrets
import smtplib
import socket
import ssl

from flask_babel import gettext as _

from app.extensions import db
from app.mails.message import Letter
from app.mails.previewing import Preview, attachment_names
from app.mails.queueing import new_message_id, terms_with
from app.mails.server import Server
from app.mails.smtp import Line, NotNow, Refused, ServerDown, Unclear
from app.mails.texts import Text, fill, known_words
from app.mails.words import WORDS, words_of
from app.models import Invoice, InvoiceKind, Order, OutgoingMail, Shipment

# --- a text ---------------------------------------------------------------------------------------------------------


def preview_of_text(kind: str, language: str, text: Text, order: Order) -> Preview:
    """The text as it would go for this order. A word that no order has shows its meaning."""
    invoice, shipment = document_of(kind, order), shipment_of(order)
    known = words_of(order, language, invoice=invoice, shipment=shipment)
    samples = {word: f"‹{meaning}›" for word, meaning in known_words(kind).items() if is_typed(word, known)}
    filled = fill(text, {**known, **samples}, forgiving=True)
    attached = attachment_names(invoice, terms_with(kind, order, invoice))
    return Preview(order.email, language, filled.subject, filled.body, attached)


def is_typed(word: str, known: dict[str, str]) -> bool:
    groups = ("account", "quote", "statement", "return", "refund")
    return word == "message" or word not in known or any(word in WORDS[group] for group in groups)


def document_of(kind: str, order: Order) -> Invoice | None:
    """The invoice or credit note that a mail of this kind would bring."""
    if not {"invoice_number", "credit_note_number"} & known_words(kind).keys():
        return None
    wanted = InvoiceKind.CREDIT_NOTE if kind == "credit_note" else InvoiceKind.INVOICE
    return next((document for document in order.invoices if document.kind == wanted), None)


def shipment_of(order: Order) -> Shipment | None:
    fitting = [shipment for shipment in order.shipments if shipment.sent_at] or order.shipments
    return fitting[-1] if fitting else None


def queue_trial(kind: str, preview: Preview, *, to: str, to_name: str = "") -> OutgoingMail:
    """Send a preview to oneself by the ordinary way, marked as a trial; it belongs to no order and brings no PDF."""
    mail = OutgoingMail(
        kind=kind,
        once_key=f"trial:{secrets.token_hex(16)}",
        language=preview.language,
        to_name=to_name,
        to_address=to,
        subject=f"[{_('Trial')}] {preview.subject}"[:500],
        body=preview.body,
        message_id=new_message_id(),
    )
    db.session.add(mail)
    db.session.flush()
    return mail


# --- the server -----------------------------------------------------------------------------------------------------


def try_server(server: Server, *, to: str, language: str) -> str:
    """Hand a short mail to the server, now; answers what the server said.

    Raises ServerDown, NotNow, Refused or Unclear; `plain_words` tells them to a person. Nothing may be locked.
    """
    letter = Letter(
        message_id=new_message_id(),
        language=language,
        to_name="",
        to_address=to,
        subject=_("Test mail from %(shop)s", shop=server.sender_name),
        body=_("This mail was sent to try out the mail server of %(shop)s. It works.", shop=server.sender_name) + "\n",
    )
    with Line(server) as line:
        line.hand_over(letter)
        return str(line.host.answer)


def plain_words(error: Exception, server: Server) -> str:
    """What went wrong, and what to look at."""
    cause, where = error.__cause__, f"{server.host}:{server.port}"
    if isinstance(cause, smtplib.SMTPAuthenticationError):
        return _("The server does not accept this user name and password: %(answer)s", answer=error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _("The server can’t prove that it is %(name)s: %(answer)s", name=server.host, answer=error)
    if isinstance(cause, ssl.SSLError):
        return _("Port and security don’t fit each other at %(where)s: %(answer)s", where=where, answer=error)
    if isinstance(cause, socket.gaierror):
        return _("There is no server called %(name)s. Correct the name.", name=server.host)
    if isinstance(cause, TimeoutError) or isinstance(getattr(cause, "__context__", None), TimeoutError):
        return _("The server at %(where)s does not answer. Look at the port and the security.", where=where)
    if isinstance(cause, smtplib.SMTPNotSupportedError):
        return _("The server can’t do what the settings ask for: %(answer)s", answer=error)
    if isinstance(error, Refused | NotNow):
        return _("The server did not take the mail: %(answer)s", answer=error)
    if isinstance(error, Unclear):
        return _("The connection broke at the end: the mail may have arrived. %(answer)s", answer=error)
    return _("There is no connection with %(where)s: %(answer)s", where=where, answer=error)


#: What `try_server` raises.
TROUBLES = (ServerDown, NotNow, Refused, Unclear)
