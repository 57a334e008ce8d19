"""Printing: an invoice's pages are made once and kept. Of packing slips: `packing_slips`.

An invoice is printed after the transaction that issued it, by the worker or by whoever needs it first. The same
snapshot gives the same bytes, so that it doesn't matter who that is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import sha256

from flask_sqlalchemy.session import Session as OwnSession
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session, selectinload

from app.documents.drawing import draw_pages
from app.documents.invoice_page import invoice_page
from app.documents.keeping import store
from app.documents.merging import merged
from app.documents.packing_slips import packing_slip
from app.documents.wording import spoken
from app.extensions import db, read_only
from app.models import Invoice, Order, Print, Shipment

log = logging.getLogger(__name__)

#: How many of the newest invoices the worker looks at. What is further back is printed when somebody asks for it.
NEWEST = 500

#: An invoice of more lines takes seconds.
MANY_LINES = 150

#: Invoices (id, revision) that could not be printed: this process doesn't try them again by itself.
unprintable: set[tuple[int, int]] = set()


def printed(invoice: Invoice, language: str = "") -> Print:
    """The invoice or credit note as it stands, printed in the language, or else in its own.

    Printed once per revision and language: what is stored is answered, word for word. Raises RenderFailed.
    """
    language = spoken(language or invoice.language, invoice.snapshot["shop_language"])
    kept = find(db.session, invoice.id, invoice.revision, language)
    if kept:
        return kept
    new = fresh_print(invoice, language)
    return store(new, lambda own: find(own, new.invoice_id, new.revision, new.language))


def all_of(order: Order, language: str = "") -> bytes:
    """One PDF of all invoices and credit notes of the order. Raises LookupError when there is none."""
    if not order.invoices:
        raise LookupError("the order has no invoices")
    return merged([printed(invoice, language).content for invoice in order.invoices])


def many(numbers: Sequence[str], *, invoices: bool) -> bytes | None:
    """One PDF of the invoices, or else packing slips, of the orders with these numbers; None when there are none."""
    documents = [document for order in orders_numbered(numbers) for document in documents_of(order, invoices)]
    return merged(documents) if documents else None


def numbers_without(numbers: Sequence[str], *, invoices: bool) -> list[str]:
    """Of which of these orders `many` prints nothing, in this order."""
    known = set(db.session.scalars(select(Order.number).where(Order.number.in_(numbers))))
    printed = select(Order.number).where(Order.number.in_(numbers))
    printed = printed.join(Invoice) if invoices else printed.join(Shipment).where(Shipment.withdrawn_at.is_(None))
    missing = known - set(db.session.scalars(printed))
    return [number for number in numbers if number in missing]


def print_missing(limit: int = 10) -> int:
    """Print new invoices that are not printed yet, the oldest first; answers how many. The worker calls it.

    It only reads while it prints, so that nobody waits for it. A long one comes after the others of its round.
    """
    with read_only():
        return sum(is_printed_now(invoice) for invoice in sorted(unprinted(limit), key=is_long))


def is_long(invoice: Invoice) -> bool:
    return len(invoice.snapshot["lines"]) > MANY_LINES


def is_printed_now(invoice: Invoice) -> bool:
    """One that can't be printed, whatever it stumbles over, holds up no other."""
    try:
        printed(invoice)
    except (DBAPIError, OSError, MemoryError):  # no fault of the invoice
        raise
    except Exception:
        log.exception("invoice %s can't be printed", invoice.number)
        unprintable.add((invoice.id, invoice.revision))
        return False
    return True


# --- keeping --------------------------------------------------------------------------------------------------------


def find(session: Session | scoped_session[OwnSession], invoice_id: int, revision: int, language: str) -> Print | None:
    query = select(Print).where(Print.invoice_id == invoice_id, Print.revision == revision, Print.language == language)
    return session.scalars(query).one_or_none()


def fresh_print(invoice: Invoice, language: str) -> Print:
    page = partial(invoice_page, invoice, language)
    rendered = draw_pages(page, invoice.snapshot["lines"], at=invoice.issued_at)
    for warning in rendered.warnings:
        log.warning("invoice %s: %s", invoice.number, warning)
    return Print(
        invoice_id=invoice.id,
        revision=invoice.revision,
        language=language,
        content=rendered.pdf,
        sha256=sha256(rendered.pdf).hexdigest(),
    )


# --- finding --------------------------------------------------------------------------------------------------------


def unprinted(limit: int) -> Iterable[Invoice]:
    newest = select(func.max(Invoice.id)).scalar_subquery() - NEWEST
    has_print = select(Print.id).where(Print.invoice_id == Invoice.id, Print.revision == Invoice.revision).exists()
    query = select(Invoice).where(Invoice.id > newest, ~has_print).order_by(Invoice.id).limit(limit + len(unprintable))
    missing = db.session.scalars(query).all()
    return [invoice for invoice in missing if (invoice.id, invoice.revision) not in unprintable][:limit]


def orders_numbered(numbers: Sequence[str]) -> list[Order]:
    """These orders, in this order, with what is printed of them."""
    parts = (selectinload(Order.invoices), selectinload(Order.shipments).selectinload(Shipment.lines))
    found = db.session.scalars(select(Order).where(Order.number.in_(numbers)).options(*parts))
    by_number = {order.number: order for order in found}
    return [by_number[number] for number in numbers if number in by_number]


def documents_of(order: Order, invoices: bool) -> list[bytes]:
    if invoices:
        return [printed(invoice).content for invoice in order.invoices]
    return [packing_slip(shipment) for shipment in order.shipments if not shipment.withdrawn_at]
