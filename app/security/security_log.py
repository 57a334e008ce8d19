"""The security log: who came in, who was kept out, and what of keys, rights and secrets was changed.

**To write something down**, from anywhere above the tables: `note_security(SecurityKind.THROTTLED)`. Who is at the
screen, and from which address, is added here. `account` names whom it is about where nobody is signed in yet; `detail`
says the rest in a few words: never a secret, a path, or what somebody typed that may be one. A new kind is a line in
`SecurityKind`.

- What was **done** is written in the transaction of what was done, and goes with it when that is rolled back. What
  history is told of staff, roles, keys, exports and sign-ins comes here by itself (`app/history.py`), as do changes of
  the settings that are named there: don't note them twice.
- What was **refused** is written after the request, in a transaction of its own: the rollback of what was refused
  takes nothing with it. The same of the same account and client within a minute is one row that counts, and after
  `MOST_AN_HOUR` rows the rest of an hour is one row for each kind: a flood fills no disk.

Rows are kept for `Shop.security_log_days`, the client's address with them.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import OperationalError

from app.columns import now
from app.extensions import ShownText, Sideline, db, give_way, impatient, reading, roll_back, transaction, writing
from app.models import SecurityEvent, Shop
from app.queues.networks import private_refused
from app.security.identity import current_staff

log = logging.getLogger(__name__)

#: Rows an hour of what strangers can cause, and altogether.
MOST_AN_HOUR = 300
MOST_REFUSALS = 200_000

#: Who it was, where nobody is signed in.
AT_TERMINAL = "command line"

#: What is to be written, of this process.
waiting: deque[Noted] = deque(maxlen=1000)


class SecurityKind(StrEnum):
    """Each kind: its value in the data, its sentence, and whether it is a refusal, which strangers cause at will."""

    sentence: ShownText
    is_refusal: bool

    def __new__(cls, value: str, sentence: ShownText, is_refusal: bool = False) -> Self:
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.sentence, kind.is_refusal = sentence, is_refusal
        return kind

    SIGNED_IN = "signed_in", _l("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _l("Sign-in failed"), True
    SIGNED_OUT = "signed_out", _l("Signed out")
    SESSIONS_ENDED = "sessions_ended", _l("Signed out elsewhere")
    LINK_MADE = "link_made", _l("Sign-in link made")
    LINK_FAILED = "link_failed", _l("Sign-in link that is used up, run out or wrong"), True
    PASSWORD_CHANGED = "password_changed", _l("Password changed")
    FACTOR_ADDED = "factor_added", _l("Second factor added")
    FACTOR_REMOVED = "factor_removed", _l("Second factor removed")
    FACTOR_FAILED = "factor_failed", _l("Second factor failed"), True
    RECOVERY_CODES_MADE = "recovery_codes_made", _l("Recovery codes made")
    RECOVERY_CODE_USED = "recovery_code_used", _l("Recovery code used")
    CUSTOMER_SIGNED_IN = "customer_signed_in", _l("Customer signed in")
    CUSTOMER_LINK_FAILED = "customer_link_failed", _l("Customer’s link that is used up, run out or wrong"), True
    CUSTOMER_SIGNED_OUT = "customer_signed_out", _l("Customer signed out")
    KEY_MADE = "key_made", _l("API key made")
    KEY_CHANGED = "key_changed", _l("API key changed")
    KEY_ENDED = "key_ended", _l("API key ended")
    KEY_FROM_NEW_ADDRESS = "key_from_new_address", _l("API key used from a new address")
    KEY_REFUSED = "key_refused", _l("API key refused"), True
    NOT_ALLOWED = "not_allowed", _l("Refused: lacks the right"), True
    FORGED = "forged", _l("Refused: form too old or forged"), True
    FROM_OTHER_SITE = "from_other_site", _l("Refused: sent by another site"), True
    WRONG_HOST = "wrong_host", _l("Refused: unknown host name"), True
    WRONG_SIGNATURE = "wrong_signature", _l("Refused: wrong signature"), True
    ADDRESS_REFUSED = "address_refused", _l("Refused: private network address"), True
    THROTTLED = "throttled", _l("Slowed down: too many tries"), True
    EXPORTED = "exported", _l("Data exported")
    ERASED = "erased", _l("Personal data erased")
    BOOKS_CLOSED = "books_closed", _l("Books closed")
    BOOKS_REOPENED = "books_reopened", _l("Books opened again")
    BACKED_UP = "backed_up", _l("Backup made")
    RESTORED = "restored", _l("Backup restored")
    SECRETS_KEY_CHANGED = "secrets_key_changed", _l("Key of the stored secrets changed")
    SETTINGS_CHANGED = "settings_changed", _l("Security settings changed")
    CONNECTION_CHANGED = "connection_changed", _l("Connection or webhook changed")
    STAFF_CHANGED = "staff_changed", _l("Staff changed")
    ROLE_CHANGED = "role_changed", _l("Role changed")


@dataclass(frozen=True)
class Noted:
    """What goes into a row."""

    kind: SecurityKind
    at: datetime
    account: str = ""
    staff_id: int | None = None
    client: str = ""
    detail: str = ""


def note_security(
    kind: SecurityKind, *, account: str = "", staff_id: int | None = None, detail: str = "", client: str = ""
) -> None:
    """Write it down: what was done in this transaction, what was refused when the request is over.

    `account` is a name or an e-mail address, empty for whoever is at the screen.
    """
    if not account and staff_id is None:
        account, staff_id = who_is_there()
    noted = Noted(kind, now(), tidy(account), staff_id, (client or client_address())[:45], tidy(detail))
    if kind.is_refusal or reading.get():
        write_after_this(noted)
    else:
        db.session.add(event_of(noted))


def note_aside(kind: SecurityKind, *, account: str, detail: str = "") -> None:
    """Of what touches more than a transaction, such as all of the database: written afterwards, where it can be."""
    write_after_this(Noted(kind, now(), tidy(account), None, "", tidy(detail)))


def tidy(text: str) -> str:
    """As a column takes it, on both databases."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:255]


def who_is_there() -> tuple[str, int | None]:
    if not has_request_context():
        return "", None
    if "actor" in g:  # a program
        return g.actor.name, g.actor.staff_id
    if "visitor" in g:
        return g.visitor, None
    staff = current_staff()
    return (str(staff), staff.id) if staff is not None else ("", None)


def client_address() -> str:
    return (request.remote_addr or "") if has_request_context() else ""


def where_asked() -> str:
    """What was asked for, as our own code calls it: an address may hold a token, and names of people."""
    return f"{request.method} {request.endpoint or '–'}"[:255]


# --- in a transaction of its own ------------------------------------------------------------------------------------


def write_after_this(noted: Noted) -> None:
    if has_app_context():
        g.setdefault("security_noted", []).append(noted)


def plug_in_security_log(app: Flask) -> None:
    private_refused.connect(note_private)
    app.teardown_appcontext(write_noted)


def note_private(address: str) -> None:
    """A shop or a program that somebody entered is not in the internet."""
    account, staff_id = who_is_there()
    write_after_this(
        Noted(SecurityKind.ADDRESS_REFUSED, now(), tidy(account), staff_id, client_address()[:45], tidy(address))
    )


def write_noted(error: BaseException | None = None) -> None:
    """The request is over: what it left open is rolled back, and what it noted is written."""
    noted: list[Noted] = g.pop("security_noted", [])
    if noted:
        roll_back()
        waiting.extend(noted)
        write_waiting()


def write_waiting() -> None:
    """Write what was noted. Whoever was refused doesn't wait for it: while others write, it is left for the next time.

    A log that can't be written keeps nobody from anything.
    """
    some = [waiting.popleft() for _each in range(len(waiting))]
    if not some:
        return
    try:
        with writing(Sideline.SECURITY_LOG), impatient(), transaction():
            give_way()
            for one in some:
                write_row(one)
    except OperationalError:
        waiting.extendleft(reversed(some))
    except Exception as error:
        log.error("the security log could not be written: %s", type(error).__name__)


def write_row(noted: Noted) -> None:
    if not noted.kind.is_refusal:
        db.session.add(event_of(noted))
        return
    minute = noted.at.replace(second=0, microsecond=0)
    if count_this_hour(noted.at) >= MOST_AN_HOUR:
        noted, minute = replace(noted, account="", staff_id=None, client="", detail=""), minute.replace(minute=0)
    count_in(noted, fold=fold_of(noted, minute))


def count_this_hour(at: datetime) -> int:
    """At most the limit."""
    since = at.replace(minute=0, second=0, microsecond=0)
    refused = select(literal(1)).where(SecurityEvent.at >= since, SecurityEvent.fold.is_not(None)).limit(MOST_AN_HOUR)
    return db.session.scalar(select(func.count()).select_from(refused.subquery())) or 0


def fold_of(noted: Noted, minute: datetime) -> str:
    """What makes two rows one. Nobody can tell from it who was meant, once that is erased."""
    said = "\0".join([noted.kind, noted.account, noted.client, noted.detail, minute.isoformat()])
    return hmac.new(str(current_app.config["SECRET_KEY"]).encode(), said.encode(), hashlib.sha256).hexdigest()


def count_in(noted: Noted, *, fold: str) -> None:
    """One statement, so that two processes at once count both."""
    values = {
        "at": noted.at, "kind": noted.kind.value, "account": noted.account, "staff_id": noted.staff_id,
        "client": noted.client, "detail": noted.detail, "times": 1, "fold": fold,
    }  # fmt: skip
    is_sqlite = db.engine.dialect.name == "sqlite"
    insert: SqliteInsert | PostgresqlInsert = (sqlite.insert if is_sqlite else postgresql.insert)(SecurityEvent)
    insert = insert.values(values)
    again = {"times": SecurityEvent.times + 1, "at": insert.excluded.at}
    db.session.execute(insert.on_conflict_do_update(index_elements=["fold"], set_=again))


def event_of(noted: Noted) -> SecurityEvent:
    return SecurityEvent(
        at=noted.at,
        kind=noted.kind.value,
        account=noted.account,
        staff_id=noted.staff_id,
        client=noted.client,
        detail=noted.detail,
    )


# --- forgetting -----------------------------------------------------------------------------------------------------


def purge_security_log() -> None:
    """Forget what is older than the shop keeps it, and the oldest refusals of those that are too many."""
    days = db.session.scalar(select(Shop.security_log_days)) or 0
    if days:
        db.session.execute(delete(SecurityEvent).where(SecurityEvent.at < now() - timedelta(days=days)))
    refusals = select(SecurityEvent.id).where(SecurityEvent.fold.is_not(None)).order_by(SecurityEvent.id.desc())
    newest_too_many = db.session.scalar(refusals.offset(MOST_REFUSALS).limit(1))
    if newest_too_many is not None:
        old = delete(SecurityEvent).where(SecurityEvent.fold.is_not(None), SecurityEvent.id <= newest_too_many)
        db.session.execute(old)
