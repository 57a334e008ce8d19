"""Taking mails out of the outbox to the mail server, by any number of workers at once.

A worker claims one mail with a lease, sends it, and writes down what came of it: three short transactions of its own,
for nothing may stay locked while a server thinks. So, unlike the other tools, this module commits. A worker that dies
in between leaves a lease that runs out; another one then takes the mail and flags it as perhaps doubled.

While the server is away no mail uses up an attempt: the worker itself stays away from it, longer each time.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError

from app.columns import now
from app.extensions import db, read_only, transaction
from app.mails import outbox
from app.mails.message import OF_ACCOUNT, Letter, letter_of
from app.mails.one_time import with_token
from app.mails.server import Server, server_of
from app.mails.smtp import Line, NotNow, Refused, ServerDown, Unclear, away_because
from app.models import OutgoingMail, Outside
from app.queries import shop
from app.queries.outages import begin_outage, current_outages, end_outage, find_outage

log = logging.getLogger(__name__)

#: Mails per visit to the server, after which the worker's other jobs have their turn.
PER_VISIT = 20


class NoLongerRight(Exception):
    """What the mail asks for came in before it went, or what it tells was undone."""


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Outcome:
    """What came of a mail: how that is written down, and the fact that goes with it."""

    mail_id: int
    write: Callable[[OutgoingMail, Any], None]
    fact: object


@dataclass
class Postman:
    """One worker on its way to the server: its name, and until when it stays away while the server is down."""

    name: str = field(default_factory=worker_name)
    server: Server | None = None
    failures: int = 0
    away_until: datetime = field(default_factory=now)
    unwritten: list[Outcome] = field(default_factory=list)  # what came of mails while the database was away

    def stays_away_from(self, server: Server) -> bool:
        """New settings are tried at once."""
        if server != self.server:
            self.server, self.failures, self.away_until = server, 0, now()
        return now() < self.away_until

    def found_it_down(self) -> None:
        self.failures += 1
        self.away_until = now() + timedelta(seconds=min(120, 5 * 2 ** min(self.failures, 6)))

    def found_it_up(self) -> None:
        self.failures = 0


def deliver_due(postman: Postman) -> int:
    """Deliver what is due, at most PER_VISIT mails; answers how many the server took."""
    write_down(postman)
    with transaction(), read_only():
        if not outbox.MAILS.is_any_due():
            return 0
        try:
            server = server_of(shop())
        except LookupError:
            return 0
        known = find_outage(current_outages(), Outside.MAIL)
        is_wanted = known is not None and known.is_wanted_now
    if postman.stays_away_from(server) and not is_wanted:
        return 0
    taken = visit(postman, server)
    if known and not postman.failures:
        with transaction():
            end_outage(Outside.MAIL)
    return taken


def visit(postman: Postman, server: Server) -> int:
    """Hand mails over on one line, until none is due or the server goes away."""
    taken = 0
    try:
        with Line(server) as line:
            postman.found_it_up()
            for mail_id in claims(postman):
                taken += deliver(mail_id, line, postman)
                postman.found_it_up()
    except ServerDown as error:
        postman.found_it_down()
        log.warning("mail server %s:%s is down: %s", server.host, server.port, error)
        with transaction():
            outbox.note_outage(str(error))
            begin_outage(Outside.MAIL, away_because(error.__cause__), str(error))
    return taken


def claims(postman: Postman) -> Iterator[int]:
    """The ids of mails that are this worker's to send, each claimed when the one before is done."""
    for _ in range(PER_VISIT):
        with transaction():
            mail_id = outbox.claim_mail(postman.name)
        if mail_id is None:
            return
        yield mail_id


def deliver(mail_id: int, line: Line, postman: Postman) -> bool:
    """Send one claimed mail and write down what came of it. Raises ServerDown after giving the mail back."""
    try:
        letter = with_token(letter_to_send(mail_id))
        line.hand_over(letter)
    except ServerDown as error:
        settle(mail_id, postman, outbox.give_back, str(error))
        raise
    except NoLongerRight:
        settle(mail_id, postman, outbox.withdraw, None)
    except Refused as error:
        settle(mail_id, postman, outbox.fail, str(error))
    except NotNow as error:
        settle(mail_id, postman, outbox.try_later, str(error))
    except Unclear as error:
        settle(mail_id, postman, outbox.try_later_though_it_may_have_arrived, str(error))
    except Exception as error:  # a fault of ours: it must not come back with every lease, and others must go
        log.exception("mail %s could not be handed over", mail_id)
        outcome = outbox.try_later_though_it_may_have_arrived if line.host.handed_over else outbox.try_later
        settle(mail_id, postman, outcome, f"An error that nobody expected: {type(error).__name__}")
    else:
        settle(mail_id, postman, set_sent, letter)
        return True
    return False


def set_sent(mail: OutgoingMail, letter: Letter) -> None:
    lacks_xml = any(attachment.lacks_xml for attachment in letter.attachments)
    outbox.set_sent(mail, [attachment.as_kept for attachment in letter.attachments], lacks_xml=lacks_xml)
    if mail.kind == OF_ACCOUNT and letter.attachments:
        mail.statement_print = letter.attachments[0].content


def letter_to_send(mail_id: int) -> Letter:
    """Raises NoLongerRight for a reminder of what is paid by now and for what was undone, Refused for a mail that is
    too old, and NotNow when its invoice can't be printed.

    Nothing is locked while the invoice is printed: keeping the print is a transaction of its own.
    """
    with transaction(), read_only():
        mail = db.session.get_one(OutgoingMail, mail_id)
        if outbox.is_outdated(mail):
            raise NoLongerRight
        if outbox.is_too_old(mail):
            raise Refused("It waited for too long and was not sent any more. Send it again if it is still wanted.")
        try:
            return letter_of(mail)
        except Exception as error:  # whatever the printer stumbles over, other mails must go
            log.exception("mail %s: its invoice can't be printed", mail_id)
            raise NotNow(f"The invoice can't be printed: {type(error).__name__}") from error


def settle(mail_id: int, postman: Postman, write: Callable[[OutgoingMail, Any], None], fact: object) -> None:
    """Write the outcome down, or keep it in mind while the database is away: a mail that went must not go again."""
    postman.unwritten.append(Outcome(mail_id, write, fact))
    write_down(postman)


def write_down(postman: Postman) -> None:
    """Unless the lease ran out and the mail is another worker's by now."""
    while postman.unwritten:
        outcome = postman.unwritten.pop(0)
        try:
            with transaction():
                outbox.lock_order_of(outcome.mail_id)
                if mail := outbox.MAILS.held_by(postman.name, outcome.mail_id):
                    outcome.write(mail, outcome.fact)
                else:
                    log.warning("mail %s took longer than its lease; another worker has it", outcome.mail_id)
        except (OperationalError, InterfaceError):
            postman.unwritten.insert(0, outcome)
            raise
