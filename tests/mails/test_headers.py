"""Whatever people typed that reaches the head of a mail.

Each kind arrives with its own headers, at one address, and as it was written; or it is refused in a sentence.
"""

from __future__ import annotations

from contextlib import suppress
from email.header import decode_header, make_header
from email.utils import parseaddr
from functools import partial
from itertools import cycle
from typing import Any

from app import mails
from app.columns import storable
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due
from app.mails.addresses import one_line
from app.mails.kinds import KINDS
from app.mails.staff_mail import queue_to_staff, words_of_task
from app.mails.test_mail import preview_of_text, queue_trial
from app.mails.texts import Text
from app.models import MailState, OutgoingMail, Task
from app.queries import shop
from tests.clients import somebody
from tests.mails.outgoing import connect, order_to_write_about
from tests.postbox import Postbox

#: What could begin a header, end a name, or be read as something else than it says.
TEXTS = (
    "Femke\r\nBcc: thief@example.org", "Femke\nX-Evil: 1\n\nBody", "\nBcc: thief@example.org", "A\x00B",
    "A\x0bB\x0cC\x85D",
    "=?utf-8?q?a=0D=0ABcc:_thief@example.org?=", "Hi =?utf-8?q?a=0D=0ABcc:_thief@example.org?= there",
    "=?utf-8?b?YQ0KQmNjOiB0aGllZkBleGFtcGxlLm9yZw==?=", "=?utf-8?q?=3Cthief@example.org=3E=2C?=", "=?x?y?z?=", "=?",
    "\u202egnp.exe", "a\u2028Bcc: x@y.example", "é" * 200, "long " * 2000,
    "x" * 10_000, "👩‍👩‍👧‍👦 家族", '"Ada" <thief@example.org>',
    "thief@example.org,", "a\\", '"',
    "(comment", ";:,<>@", "\ud800", "Łódź\r\n =?utf-8?q?=0A?=", "{customer_name}", "%s",
)  # fmt: skip

ADDRESSES = (
    "femke@bücher.example", "o'neil+a=b@example.org", "=?utf-8?q?a=0D=0ABcc=3Ax?=@example.org", "a@=?utf-8?q?=0D=0A?=",
    "a@b.example\r\nBcc: thief@example.org", "a@b.example>", "фемке@example.org", "a@" + "b" * 300 + ".nl",
    "a" * 65 + "@example.org", "a@\u2100.nl", "a b@example.org", "\u202ea@example.org", "a@b\x00.example",
)  # fmt: skip

#: The headers that each mail has, once each.
HEADERS = sorted(
    ("Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
)


class Register(Postbox):
    """Notes to whom each mail was sent, whatever it says."""

    def __init__(self) -> None:
        super().__init__()
        self.sent_to: list[list[str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        self.sent_to.append(list(envelope.rcpt_tos))
        return await super().handle_DATA(server, session, envelope)


def test_each_kind_of_mail_has_its_own_headers_whatever_was_typed(database: None) -> None:
    order = order_to_write_about()
    person, typed = somebody("owner"), cycle(map(storable, TEXTS))
    with Register() as box:
        connect(box)
        for position in range(max(len(KINDS), len(TEXTS))):
            kind, text = KINDS[position % len(KINDS)], next(typed)
            order.customer_name = order.billing.name = person.name = text[:255]
            shop().name, shop().mail_sender = text[:255], f"{one_line(text)[:60]} <shop@example.org>"
            own = Text(f"{{customer_name}} {text}"[:500], f"{{customer_name}}\n{text[:3000]}\n")
            queue_trial(kind, preview_of_text(kind, "en", own, order), to="femke@example.org", to_name=text[:255])
            mails.queue(
                "notify_customer",
                order,
                once_key=f"typed:{position}",
                by=SYSTEM,
                subject=text,
                words={"message": text or "."},
            )
            task = Task(description=text or ".", assignee=person)
            say = partial(words_of_task, task)
            queue_to_staff("task_reminder", person, say, once_key=f"staff:{position}", by=SYSTEM)
            db.session.commit()
            while deliver_due(Postman()):
                pass

    written = {mail.message_id: mail for mail in db.session.query(OutgoingMail)}
    assert {mail.state for mail in written.values()} == {MailState.SENT}
    assert len(box.mails) == len(written) > 80
    assert {len(one) for one in box.sent_to} == {1}
    for arrived in box.mails:
        mail = written[arrived["Message-ID"]]
        assert sorted(arrived.keys()) == HEADERS, mail.subject
        raw = dict(arrived.raw_items())
        assert decoded(raw["Subject"]) == mail.subject
        assert decoded(parseaddr(raw["To"])[0]) == one_line(mail.to_name)
        assert [one.addr_spec for one in arrived["To"].addresses] == [mail.to_address]
        assert [one.addr_spec for one in arrived["From"].addresses] == ["shop@example.org"]
        body = arrived.get_body(("plain",))
        assert body is not None
        assert str(body.get_content()).replace("\r\n", "\n").splitlines() == mail.body.splitlines()


def decoded(header: str) -> str:
    """As RFC 2047 has it; what `email.policy` makes of it has spaces between words that are none."""
    return str(make_header(decode_header("".join(header.splitlines()))))


def test_an_address_is_written_to_alone_or_refused(database: None, postbox: Postbox) -> None:
    connect(postbox)
    order, going = order_to_write_about(), list[str]()
    for position, address in enumerate(ADDRESSES):
        with suppress(ActionRefused):
            mails.queue("order_paid", order, once_key=f"typed:{position}", by=SYSTEM, to_address=address)
            going.append(address)
    db.session.commit()
    deliver_due(Postman())

    assert going == ["femke@bücher.example", "o'neil+a=b@example.org"]
    for arrived, address in zip(postbox.mails, going, strict=True):
        assert sorted(arrived.keys()) == HEADERS
        assert [one.addr_spec for one in arrived["To"].addresses] == [address.replace("bücher", "xn--bcher-kva")]
