"""Writing a mail into the outbox, once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from email.utils import make_msgid
from functools import cache, partial
from itertools import count

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from app.columns import now, split_addresses
from app.deferring import is_waiting, write_new
from app.errors import ActionRefused
from app.extensions import db, remember
from app.history import Actor, Happened, record
from app.mails import scopes
from app.mails.addresses import domain_of, is_address, one_line
from app.mails.kinds import ALL, why_its_shop_mails, why_off
from app.mails.message import OF_ACCOUNT
from app.mails.one_time import has_gap
from app.mails.previewing import Preview, attachment_names
from app.mails.texts import Text, fill_in_text, language_for
from app.mails.undoing import PartTold, hold
from app.mails.words import words_of
from app.models import REMINDERS, Invoice, InvoiceKind, Order, OutgoingMail, Quote, Shipment
from app.queries import shop


def queue(
    kind: str,
    order: Order,
    *,
    once_key: str,
    by: Actor,
    invoice: Invoice | None = None,
    shipment: Shipment | None = None,
    quote: Quote | None = None,
    to_address: str = "",
    language: str = "",
    words: Mapping[str, str] = {},
    subject: str = "",
    asked_for: bool = False,
    part: PartTold | None = None,
) -> OutgoingMail | None:
    """Write the mail in the order's language, to each of its addresses, and answer the first.

    It goes when the caller's transaction is committed; what tells of something that can be undone goes a while after.
    Without an address, or when a mail with this `once_key` is there already, nothing is written and None returned;
    nor when the shop has switched this kind off, or the order's own shop writes instead, unless a person asks for
    this very mail.
    Raises ActionRefused when `to_address`, which a person typed, is no e-mail address.

    `part` is what it tells of, where an action takes back just that part of the order.
    `words` are those that only the caller knows; `subject` stands instead of the text's own, and no word is read in it.
    """
    addresses = given_addresses(to_address) or addresses_of(order)
    if not addresses or (not asked_for and (why_off(kind) or why_its_shop_mails(kind, order))):
        return None
    language = language_for(language or order.language, shop().language)
    text = composed(kind, order, language, invoice=invoice, shipment=shipment, words=words, subject=subject)
    about = {
        "kind": kind,
        "order_id": order.id,
        "language": language,
        "to_name": one_line(order.billing.name if order.billing else order.customer_name),
        "subject": text.subject,
        "body": text.body,
        "invoice_id": invoice.id if invoice else None,
        "quote_id": quote.id if quote else None,
        "file_id": terms_with(kind, order, invoice),
        "is_demo": order.is_demo,
    }
    key, counted = once_key, kind in REMINDERS
    first = add_to_outbox(order, key, addresses[0], by, part, **about, is_counted_reminder=counted)
    if first is None and (key := unspent_key(once_key)):
        first = add_to_outbox(order, key, addresses[0], by, part, **about, is_counted_reminder=counted)
    if first is None:
        return None
    for position, address in enumerate(addresses[1:], start=2):
        add_to_outbox(order, f"to-{position}:{key}", address, by, part, **about)
    if invoice is not None:
        invoice.sent_at = now()  # whichever mail took it along
    return first


def add_to_outbox(
    order: Order, key: str, address: str, by: Actor, part: PartTold | None, **about: object
) -> OutgoingMail | None:
    """One mail to one address; None when its twin is there already."""
    new = OutgoingMail(once_key=key, to_address=address, message_id=new_message_id(), **about)
    hold(new, part)
    mail = add_once(new)
    if mail is None:
        return None
    scopes.news().queued.append(mail)
    record(Happened.MAIL_QUEUED, order, by, subject=mail, mail_subject=mail.subject, address=address, kind=mail.kind)
    return mail


def addresses_of(order: Order) -> list[str]:
    """Where mails to its customer go: its good addresses; where there is none the bad ones, so that it is seen."""
    each = split_addresses(order.email)
    return [address for address in each if is_address(address)] or each


def composed(
    kind: str,
    order: Order,
    language: str,
    *,
    invoice: Invoice | None = None,
    shipment: Shipment | None = None,
    words: Mapping[str, str] = {},
    subject: str = "",
) -> Text:
    text = fill_in_text(kind, language, words_of(order, language, invoice=invoice, shipment=shipment, more=words))
    return replace(text, subject=one_line(subject)[:500] or text.subject)


def preview(
    kind: str,
    order: Order,
    *,
    language: str = "",
    invoice: Invoice | None = None,
    words: Mapping[str, str] = {},
    subject: str = "",
) -> Preview:
    """What `queue` would write, to look at."""
    language = language_for(language or order.language, shop().language)
    text = composed(kind, order, language, invoice=invoice, words=words, subject=subject)
    names = attachment_names(invoice, terms_with(kind, order, invoice))
    return Preview(order.email.strip(), language, text.subject, text.body, names)


def terms_with(kind: str, order: Order, invoice: Invoice | None) -> int | None:
    """The shop's terms go with the mails that bring an order's first invoice."""
    if invoice is None or invoice.kind != InvoiceKind.INVOICE or not ALL[kind].has_terms:
        return None
    is_first = all(invoice.id <= other.id for other in order.invoices if other.kind == InvoiceKind.INVOICE)
    return shop().terms_id if is_first else None


def times_queued(kind: str, key_prefix: str) -> int:
    """How many mails of this kind have a key that begins with `key_prefix` and a colon."""
    matches = OutgoingMail.once_key.startswith(f"{key_prefix}:", autoescape=True)
    query = select(func.count()).select_from(OutgoingMail).where(OutgoingMail.kind == kind, matches)
    return db.session.scalar(query) or 0


def unused_key(key: str, order: Order) -> str:
    """The key, or where a mail of the order has it the next one with a number behind it: what is done anew may be told
    anew."""
    known = recall_keys(order.id)
    keys = (key if number == 1 else f"{key}:{number}" for number in count(1))
    return next(one for one in keys if not (is_queued(one) if known is None else one in known))


def queue_again(mail: OutgoingMail, *, to_address: str = "") -> OutgoingMail:
    """Queue the same text and attachment once more. Two people who press at once get the same copy.

    What takes back what it tells withdraws the copy, too.
    """
    address = given_address(to_address) or mail.to_address
    if has_gap(mail) and address.lower() != mail.to_address.lower():
        raise ActionRefused(_("The link in this mail is for whom it was written to. Leave the address as it is."))
    key = f"again:{mail.id}"
    copy = OutgoingMail(
        kind=mail.kind,
        once_key=f"{key}:{times_queued(mail.kind, key) + 1}",
        order_id=mail.order_id,
        language=mail.language,
        to_name=mail.to_name,
        to_address=address,
        subject=mail.subject,
        body=mail.body,
        invoice_id=mail.invoice_id,
        quote_id=mail.quote_id,
        file_id=mail.file_id,
        statement=mail.statement if mail.kind == OF_ACCOUNT else None,
        message_id=new_message_id(),
        undone_by=mail.undone_by,
        undone_on_id=mail.undone_on_id,
        is_demo=mail.is_demo,
    )
    twin = select(OutgoingMail).where(OutgoingMail.once_key == copy.once_key)
    return add_once(copy) or db.session.scalars(twin).one()


def given_addresses(typed: str) -> list[str]:
    """The addresses that a person typed; one that is none is refused."""
    return [given_address(one) for one in split_addresses(typed)]


def given_address(typed: str) -> str:
    """The address that a person typed, or "" for none."""
    address = typed.strip()
    if address and not is_address(address):
        raise ActionRefused(_("“%(address)s” is not an e-mail address. Correct it.", address=address))
    return address


def is_queued(once_key: str) -> bool:
    return db.session.scalar(select(OutgoingMail.id).where(OutgoingMail.once_key == once_key)) is not None


def unspent_key(once_key: str) -> str:
    """The key, or one after it when what its mail told was undone: done again, it is told again. "" when it is used."""
    key = once_key
    while True:
        used = db.session.execute(
            select(OutgoingMail.id, OutgoingMail.undone_at).where(OutgoingMail.once_key == key)
        ).one_or_none()
        if used is None:
            return key
        if used.undone_at is None:
            return ""
        key = f"{once_key}:after:{used.id}"


def add_once(new: OutgoingMail) -> OutgoingMail | None:
    """The mail as it is written down; None when its twin is there, or another transaction has just added it.

    The unique key decides, in one statement. Of an order whose mails are known, a twin would be known, too.
    """
    known = recall_keys(new.order_id)
    if known is not None:
        return None if new.once_key in known else add_waiting(new, known)
    stated = {name: value for name, value in vars(new).items() if name in OutgoingMail.__table__.columns}
    with db.session.no_autoflush:  # what it is about is written down: it has ids already
        return db.session.scalars(insert_once(db.engine.dialect.name), [stated]).one_or_none()


def add_waiting(new: OutgoingMail, known: set[str]) -> OutgoingMail:
    known.add(new.once_key)
    write_new(new)
    return new


def remember_keys(order_ids: Collection[int]) -> None:
    """Of orders that are locked, ask for the keys of all their mails, so that no new one asks whether it has a twin."""
    remember(remember_keys, partial(keys_by_order, order_ids))


def keys_by_order(order_ids: Collection[int]) -> dict[int, set[str]]:
    keys: dict[int, set[str]] = {order_id: set() for order_id in order_ids}
    query = select(OutgoingMail.order_id, OutgoingMail.once_key).where(OutgoingMail.order_id.in_(order_ids))
    for order_id, key in db.session.execute(query):
        if order_id is not None:
            keys[order_id].add(key)
    return keys


def recall_keys(order_id: int | None) -> set[str] | None:
    """None of an order whose mails nobody asked for, or where new ones are written at once."""
    if not is_waiting():
        return None
    known: dict[int, set[str]] | None = remember(remember_keys, lambda: None)
    return known.get(order_id) if known and order_id else None


@cache
def insert_once(dialect: str) -> ReturningInsert[OutgoingMail]:
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(OutgoingMail)
    return insert.on_conflict_do_nothing(index_elements=[OutgoingMail.once_key]).returning(OutgoingMail)


def new_message_id() -> str:
    """Fixed at queueing, so that a mail that had to be tried twice can be recognised as one."""
    own = shop()
    domain = domain_of(own.mail_sender) or domain_of(own.email) or "toonbank.invalid"
    return re.sub(r"\s", "", make_msgid(domain=domain))
