"""Quotes of drafts: what is offered, until when, and its print, which keeps its bytes.

A quote is a revision of what a draft says. As long as the draft says the same, and the quote is valid, it is the same
quote: a draft that changed has a new one, and the one before can't be accepted any more.
"""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from functools import partial
from hashlib import sha256

from flask_sqlalchemy.session import Session as OwnSession
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from app import numbering, queries
from app.accounting.billing import parts_to_bill, quantities_to_bill
from app.accounting.crediting import invoice_lines
from app.amounts.money import ZERO, plain
from app.columns import now
from app.documents import snapshots
from app.documents.drawing import ONE_PAGE, PageLayout, draw_pages
from app.documents.einvoice_facts import Says
from app.documents.invoice_page import Settlement, page_of_lines
from app.documents.keeping import holds_the_write_lock, store
from app.documents.wording import Writing, spoken, words_in
from app.extensions import Sideline, db, transaction, writing
from app.models import Order, OrderLine, Quote, QuotePrint, Shop
from app.queries import search

log = logging.getLogger(__name__)

OF_BUYER = (
    "currency", "prices_include_tax", "customer_name", "company", "vat_id", "buyer_reference", "purchase_order",
    "email", "phone", "customer_note",
)  # fmt: skip
OF_METHODS = (
    "payment_method_id", "payment_method_title", "shipping_method_id", "shipping_method_title", "is_pick_up",
)  # fmt: skip
OF_LINE = ("position", "kind", "product_id", "sku", "name", "variant", "taxes")
OF_LINE_NUMBERS = ("quantity", "unit_price", "discount", "total", "tax_total")


def hash_offer(draft: Order) -> str:
    """What of the draft is quoted, as a few letters that differ when any of it has changed."""
    addresses = [
        [address.kind, address.phone, *snapshots.address_of(address).values()]
        for address in sorted(draft.addresses, key=lambda one: one.kind)
    ]
    offer = [[getattr(draft, name) for name in (*OF_BUYER, *OF_METHODS)], addresses, list(map(line_facts, draft.lines))]
    return sha256(json.dumps(offer, default=str).encode()).hexdigest()


def line_facts(line: OrderLine) -> list[object]:
    numbers = [str(plain(getattr(line, name) or ZERO)) for name in OF_LINE_NUMBERS]
    return [*(getattr(line, name) for name in OF_LINE), *numbers]


# --- making ---------------------------------------------------------------------------------------------------------


def last_quote(order: Order) -> Quote | None:
    query = select(Quote).where(Quote.order_id == order.id).order_by(Quote.revision.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def quote_now(draft: Order) -> Quote:
    """The quote of the draft as it is; a new one, not stored yet, where there is none that says the same today.

    The first one of a draft has no number before `make_quote` draws it.
    """
    shop, last = queries.shop(), last_quote(draft)
    today = snapshots.local_day(now(), shop)
    days = shop.quote_days if draft.quote_days is None else draft.quote_days
    new = Quote(
        order_id=draft.id,
        revision=last.revision + 1 if last else 1,
        language=spoken(draft.language, shop.language),
        made_on=today,
        valid_until=today + timedelta(days=days),
        says=hash_offer(draft),
        made_at=now(),
    )
    number = f"{draft.quote_number or first_number(last)}-{new.revision}" if last else ""
    new.snapshot = snapshot_of(draft, shop, new.made_on, new.valid_until) | {"number": number}
    return last if last and last.valid_until >= today and is_same(last, new) else new


def first_number(quote: Quote) -> str:
    """Of a draft that was quoted before quotes had a series of their own: theirs was the draft's."""
    return str(quote).removesuffix(f"-{quote.revision}") if quote.revision > 1 else str(quote)


def make_quote(draft: Order) -> Quote:
    """The quote of the draft as it is, stored and with its number. The caller has locked the draft."""
    quote = quote_now(draft)
    if quote.id:
        return quote
    if quote.revision == 1:
        draft.quote_number = draft.quote_number or numbering.draw("quote", demo=draft.is_demo, at=quote.made_at)
        quote.snapshot = {**quote.snapshot, "number": draft.quote_number}
        search.index(draft)
    db.session.add(quote)
    db.session.flush()
    return quote


def snapshot_of(draft: Order, shop: Shop, made_on: date, valid_until: date) -> dict[str, object]:
    parts = parts_to_bill(draft, quantities_to_bill(draft, None))
    lines = invoice_lines(parts, sign=1)
    with db.session.no_autoflush:
        says = snapshots.of_quote(draft, shop, lines, made_on=made_on, valid_until=valid_until)
    stored: dict[str, object] = json.loads(json.dumps(says))
    return stored


def is_same(last: Quote, new: Quote) -> bool:
    """Whether both say the same for as many days, whenever they were made, and whatever they are called."""
    dated = {"issued_on": "", "valid_until": "", "number": ""}
    then, today = (said_by(one.snapshot) | dated for one in (last, new))
    return (
        last.says == new.says
        and last.language == new.language
        and last.valid_until - last.made_on == new.valid_until - new.made_on
        and then == today
    )


def said_by(snapshot: Says) -> Says:
    """But for its looks and the languages of its words: another colour makes no new offer, so the one that the customer
    has stays valid."""
    seller = {**snapshot["seller"]}
    return {**snapshot, "own_words": {}, "seller": seller | {"look": seller.get("look", {}).get("footers")}}


def keep_quote(draft: Order) -> Quote:
    """The quote of the draft as it is, stored; whoever calls it perhaps only reads."""
    quote, draft_id = quote_now(draft), draft.id
    if quote.id:
        return quote
    if holds_the_write_lock():
        return make_quote(draft)
    db.session.rollback()  # what is written begins by reading anew
    with writing(Sideline.QUOTE), transaction():
        locked = select(Order).where(Order.id == draft_id).with_for_update()
        return make_quote(db.session.scalars(locked.execution_options(populate_existing=True)).one())


# --- printing -------------------------------------------------------------------------------------------------------


def print_quote(quote: Quote) -> bytes:
    """The quote as PDF, in its language: the same bytes every time. Raises RenderFailed."""
    if kept := find_print_of_quote(db.session, quote.id):
        return kept.content
    rendered = draw_pages(partial(quote_page, quote), quote.snapshot, at=quote.made_at)
    for warning in rendered.warnings:
        log.warning("quote %s: %s", quote, warning)
    new = QuotePrint(quote_id=quote.id, content=rendered.pdf, sha256=sha256(rendered.pdf).hexdigest())
    return store(new, lambda own: find_print_of_quote(own, new.quote_id)).content


def find_print_of_quote(session: Session | scoped_session[OwnSession], quote_id: int) -> QuotePrint | None:
    return session.scalars(select(QuotePrint).where(QuotePrint.quote_id == quote_id)).one_or_none()


def quote_page(quote: Quote, layout: PageLayout = ONE_PAGE) -> str:
    """The page of an invoice, without anything to pay."""
    writing = Writing(quote.language, quote.snapshot["currency"])
    valid = words_in(quote.language)["quote_is_valid"].format(date=writing.day(quote.valid_until))
    settlement = Settlement(paid=ZERO, open=ZERO, lines=[valid], code="")
    return page_of_lines(quote.snapshot, settlement, writing, "", layout)
