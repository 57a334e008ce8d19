"""Handing letters to the mail server; the only module that knows Flask-Mail and SMTP.

Flask-Mail 0.10 lets headers be injected through names of attachments and extra headers, sets no time-out, does not
verify certificates and sends lines longer than servers take. So its message is built anew here, by the standard
library's `EmailMessage`, and its connection opened with a time-out and a verified certificate.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from enum import StrEnum
from typing import Any

import flask_mail

from app.mails.addresses import header_address, one_line
from app.mails.headers import address_header, text_header
from app.mails.looks import LOGO
from app.mails.markup import as_html
from app.mails.message import Letter
from app.mails.server import Server
from app.queues.deadlines import Deadline

#: Seconds that the server may be silent.
SMTP_TIMEOUT = 15
#: Seconds for opening the line, and for each letter on it, however much the server talks.
SMTP_DEADLINE = 60
#: Seconds for taking leave, when all is done.
QUIT_DEADLINE = 5


class Away(StrEnum):
    """Why no mail goes."""

    NO_ANSWER = "no_answer"
    UNKNOWN_HOST = "unknown_host"
    TOO_SLOW = "too_slow"
    CERTIFICATE = "certificate"
    SIGN_IN = "sign_in"
    REFUSES = "refuses"


def away_because(error: BaseException | None) -> Away:
    """What stands behind a server that is down."""
    kinds: dict[Away, tuple[type[BaseException], ...]] = {
        Away.UNKNOWN_HOST: (socket.gaierror,),
        Away.CERTIFICATE: (ssl.SSLError,),
        Away.SIGN_IN: (smtplib.SMTPAuthenticationError,),
        Away.NO_ANSWER: (smtplib.SMTPServerDisconnected,),
        Away.REFUSES: (smtplib.SMTPException,),
        Away.TOO_SLOW: (TimeoutError,),
    }
    return next((reason for reason, types in kinds.items() if isinstance(error, types)), Away.NO_ANSWER)


class ServerDown(Exception):
    """The server is away or refuses the shop itself; no letter is at fault."""

    reason = Away.NO_ANSWER


class NotNow(Exception):
    """The server refuses this letter for the moment (4xx)."""


class Refused(Exception):
    """This letter will never be taken (5xx, or no address)."""


class Unclear(Exception):
    """The line broke after the letter was handed over: it may have arrived."""


# --- the line -------------------------------------------------------------------------------------------------------


class Conversation:
    """What an SMTP client of ours has beside the standard library's: its connection is shut at the deadline.

    And it notes that the text of a letter went over the line: from there on it may have arrived.
    """

    handed_over = False
    answer = ""  # to the last text

    def __init__(self, server: Server, deadline: Deadline, **how: object):
        self.deadline = deadline
        super().__init__(server.host, server.port, timeout=SMTP_TIMEOUT, **how)  # type: ignore[call-arg]

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.deadline.connect((host, port), timeout)

    def data(self, message: Any) -> tuple[int, bytes]:
        self.handed_over = True
        code, answer = super().data(message)  # type: ignore[misc]
        self.answer = f"{code} {answer_text(answer)}"
        return code, answer


class Plain(Conversation, smtplib.SMTP):
    pass


class Encrypted(Conversation, smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)


class Line(flask_mail.Connection):
    """An open line to the server. Entering it raises ServerDown."""

    host: Plain | Encrypted

    def __init__(self, server: Server):
        settings = flask_mail.Mail().init_mail({"MAIL_SUPPRESS_SEND": False})
        super().__init__(settings)  # type: ignore[arg-type]  # as Flask-Mail itself does it
        self.server = server

    def configure_host(self) -> Plain | Encrypted:
        self.deadline = Deadline(SMTP_DEADLINE)
        try:
            host = signed_in(self.server, self.deadline)
        except BaseException as error:
            self.deadline.end()
            if isinstance(error, (smtplib.SMTPException, OSError, OverflowError, ValueError)):
                raise ServerDown(self.what_happened(error)) from error
            raise
        self.deadline.stop_clock()
        return host

    def what_happened(self, error: BaseException) -> str:
        return str(self.deadline) if self.deadline.has_passed else shorten_error(error)

    def __exit__(self, *error: object) -> None:
        """What was taken was taken: a server that fails at QUIT changes nothing about it."""
        self.deadline.start(QUIT_DEADLINE)
        try:
            self.host.quit()
        except (smtplib.SMTPException, OSError):
            self.host.close()
        finally:
            self.deadline.end()

    def hand_over(self, letter: Letter) -> None:
        """Raises ServerDown, NotNow, Refused or Unclear; otherwise the server has taken the letter.

        Servers like to repeat what they refuse: the secret in a letter is left out of what they say.
        """
        try:
            self.pass_on(letter)
        except (ServerDown, NotNow, Refused, Unclear) as error:
            if letter.secret:
                raise type(error)(str(error).replace(letter.secret, "…")) from None
            raise

    def pass_on(self, letter: Letter) -> None:
        if self.deadline.has_passed:  # the line was shut in the middle of the letter before
            raise ServerDown(str(self.deadline))
        self.host.handed_over = False
        self.deadline.start(SMTP_DEADLINE)
        try:
            self.send(Message(letter, self.server), envelope_from=self.server.sender)
        except smtplib.SMTPRecipientsRefused as refusal:
            raise verdict(*next(iter(refusal.recipients.values()))) from refusal
        except smtplib.SMTPSenderRefused as refusal:
            is_too_big = refusal.smtp_code == 552
            raise (Refused if is_too_big else ServerDown)(shorten_error(refusal)) from refusal
        except smtplib.SMTPDataError as refusal:
            raise verdict(refusal.smtp_code, refusal.smtp_error) from refusal
        except (smtplib.SMTPException, OSError) as error:
            before = NotNow if self.deadline.has_passed else ServerDown
            raise (Unclear if self.host.handed_over else before)(self.what_happened(error)) from error
        except (ValueError, flask_mail.BadHeaderError) as error:
            raise Refused(shorten_error(error)) from error
        finally:
            self.deadline.stop_clock()


def signed_in(server: Server, deadline: Deadline) -> Plain | Encrypted:
    context = ssl.create_default_context()
    if server.security == "ssl":
        host: Plain | Encrypted = Encrypted(server, deadline, context=context)
    else:
        host = Plain(server, deadline)
    try:
        if server.security == "starttls":
            host.starttls(context=context)
        if server.user:
            host.login(server.user, server.password)
    except BaseException:
        host.close()
        raise
    return host


def verdict(code: int, answer: bytes | str) -> Exception:
    """421 says that the server closes the line, whatever it was asked."""
    kind = ServerDown if code == 421 else Refused if 500 <= code < 600 else NotNow
    return kind(f"{code} {answer_text(answer)}")


def shorten_error(error: BaseException) -> str:
    """The error in one short line, for the outbox."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {answer_text(error.smtp_error)}"
    return one_line(str(error) or type(error).__name__)[:500]


def answer_text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(text)[:500]


# --- the message ----------------------------------------------------------------------------------------------------


class Message(flask_mail.Message):
    """A letter as Flask-Mail sends it, with a body of our own making."""

    def __init__(self, letter: Letter, server: Server):
        super().__init__(letter.subject, recipients=[letter.to_address], sender=server.sender)
        self.letter, self.server = letter, server

    def _message(self) -> Any:
        """Folded, encoded and checked by the standard library, which refuses a line break in any header."""
        letter, server = self.letter, self.server
        message = EmailMessage(policy=SMTP)
        message["Subject"] = text_header("Subject", letter.subject)
        message["From"] = address_header("From", header_address(server.sender, server.sender_name))
        message["To"] = address_header("To", header_address(letter.to_address, letter.to_name))
        message["Reply-To"] = header_address(server.reply_to)
        message["Date"] = formatdate(self.date, localtime=True)
        message["Message-ID"] = letter.message_id
        message["Auto-Submitted"] = "auto-generated"
        look = server.look
        message.set_content(with_foot(letter.body, look.foot(letter.language)), cte="quoted-printable")
        html = as_html(letter.body, letter.language, look)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        if look.logo and (shown := message.get_body(("html",))):
            shown.add_related(look.logo, "image", "png", cid=f"<{LOGO}>", disposition="inline")
        for attachment in letter.attachments:
            main, _slash, sub = attachment.media_type.partition("/")
            name = one_line(attachment.name).replace("=?", "=-")
            message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=name)
        return message


def with_foot(body: str, foot: list[str]) -> str:
    """Below the line that mail programs know as the begin of a signature."""
    return "\n".join([body.rstrip("\n"), "", "-- ", *foot, ""]) if foot else body
