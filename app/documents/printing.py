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
from sqlalchemy.orm import Session, joinedload, scoped_session, selectinload

from app.documents.drawing import draw_pages, draw_together
from app.documents.invoice_page import invoice_page
from app.documents.keeping import store
from app.documents.merging import merged
from app.documents.packing_slips import packing_slips
from app.documents.page_breaks import is_probably_long
from app.documents.render_process import Rendered
from app.documents.wording import spoken
from app.extensions import db, read_only
from app.models import Invoice, Order, PackingSlipPrint, Print, Shipment, ShipmentLine

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
    language = language_of_print(invoice, language)
    kept = find(db.session, invoice.id, invoice.revision, language)
    return kept or keep_print(fresh_print(invoice, language))


def printed_together(invoices: Sequence[Invoice], language: str = "") -> list[Print]:
    """The same of several: what is stored is asked for together, and what isn't is drawn two at a time."""
    kept = prints_of(invoices)
    keys = [(invoice.id, invoice.revision, language_of_print(invoice, language)) for invoice in invoices]
    missing = [invoice for invoice, key in zip(invoices, keys, strict=True) if key not in kept]
    kept |= {key_of_print(one): one for one in print_ahead(missing, language)}
    return [kept.get(key) or printed(invoice, language) for invoice, key in zip(invoices, keys, strict=True)]


def print_ahead(invoices: Sequence[Invoice], language: str = "") -> list[Print]:
    """Print those that are probably of one page, two at a time; of what fails `printed` says why."""
    short = [invoice for invoice in invoices if not is_probably_long(invoice.snapshot["lines"])]
    if len(short) < 2:
        return []
    spoken_in = [language_of_print(invoice, language) for invoice in short]
    pages = [(partial(invoice_page, one, own), one.issued_at) for one, own in zip(short, spoken_in, strict=True)]
    drawn = zip(short, spoken_in, draw_together(pages), strict=True)
    return [keep_print(as_print(invoice, own, rendered)) for invoice, own, rendered in drawn if rendered]


def all_of(order: Order, language: str = "") -> bytes:
    """One PDF of all invoices and credit notes of the order. Raises LookupError when there is none."""
    if not order.invoices:
        raise LookupError("the order has no invoices")
    return merged([one.content for one in printed_together(order.invoices, language)])


def many(numbers: Sequence[str], *, invoices: bool) -> bytes | None:
    """One PDF of the invoices, or else packing slips, of the orders with these numbers; None when there are none."""
    orders = orders_numbered(numbers, invoices=invoices)
    if invoices:
        documents = [one.content for one in printed_together([one for order in orders for one in order.invoices])]
    else:
        documents = packing_slips([one for order in orders for one in order.shipments if not one.withdrawn_at])
    return merged(documents) if documents else None


def invoices_in_one(ids: Sequence[int]) -> bytes | None:
    """One PDF of these invoices and credit notes, in the order in which they were made."""
    some = select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.id).options(joinedload(Invoice.order))
    found = db.session.scalars(some).all()
    return merged([one.content for one in printed_together(found)]) if found else None


def slips_in_one(ids: Sequence[int]) -> bytes | None:
    """One PDF of these packing slips, without those that were withdrawn."""
    contents = selectinload(Shipment.lines).joinedload(ShipmentLine.order_line)
    of_order = joinedload(Shipment.order).selectinload(Order.addresses)
    some = select(Shipment).where(Shipment.id.in_(ids), Shipment.withdrawn_at.is_(None)).order_by(Shipment.id)
    found = db.session.scalars(some.options(contents, of_order)).all()
    return merged(packing_slips(found)) if found else None


def count_undrawn_invoices(ids: Sequence[int]) -> int:
    query = select(func.count()).select_from(Invoice).where(Invoice.id.in_(ids), ~HAS_PRINT)
    return db.session.scalar(query) or 0


def count_undrawn_slips(ids: Sequence[int]) -> int:
    has_print = select(PackingSlipPrint.id).where(PackingSlipPrint.shipment_id == Shipment.id).exists()
    query = select(func.count()).select_from(Shipment)
    return db.session.scalar(query.where(Shipment.id.in_(ids), Shipment.withdrawn_at.is_(None), ~has_print)) or 0


def count_unprinted(numbers: Sequence[str], *, invoices: bool) -> int:
    """How many documents of these orders nobody has printed yet."""
    if invoices:
        query = select(func.count()).select_from(Order).join(Order.invoices).where(~HAS_PRINT)
    else:
        has_print = select(PackingSlipPrint.id).where(PackingSlipPrint.shipment_id == Shipment.id).exists()
        query = select(func.count()).select_from(Order).join(Order.shipments)
        query = query.where(Shipment.withdrawn_at.is_(None), ~has_print)
    return db.session.scalar(query.where(Order.number.in_(numbers))) or 0


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
        missing = sorted(unprinted(limit), key=is_long)
        ahead = printed_ahead(missing)
        return len(ahead) + sum(is_printed_now(invoice) for invoice in missing if invoice.id not in ahead)


def printed_ahead(invoices: Sequence[Invoice]) -> set[int]:
    """The ids of those that are printed together. Who only reads does not see them yet. What one of them stumbles over
    is found when each is printed by itself."""
    try:
        return {one.invoice_id for one in print_ahead(invoices)}
    except (DBAPIError, OSError, MemoryError):  # no fault of an invoice
        raise
    except Exception:
        log.info("invoices are printed one by one", exc_info=True)
        return set()


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


def prints_of(invoices: Sequence[Invoice]) -> dict[tuple[int, int, str], Print]:
    """What was printed of these invoices, by invoice, revision and language."""
    query = select(Print).where(Print.invoice_id.in_([invoice.id for invoice in invoices]))
    return {key_of_print(one): one for one in db.session.scalars(query)}


def key_of_print(one: Print) -> tuple[int, int, str]:
    return one.invoice_id, one.revision, one.language


def language_of_print(invoice: Invoice, asked: str) -> str:
    return spoken(asked or invoice.language, invoice.snapshot["shop_language"])


def keep_print(new: Print) -> Print:
    return store(new, lambda own: find(own, new.invoice_id, new.revision, new.language))


def fresh_print(invoice: Invoice, language: str) -> Print:
    page = partial(invoice_page, invoice, language)
    return as_print(invoice, language, draw_pages(page, invoice.snapshot, at=invoice.issued_at))


def as_print(invoice: Invoice, language: str, rendered: Rendered) -> Print:
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

HAS_PRINT = select(Print.id).where(Print.invoice_id == Invoice.id, Print.revision == Invoice.revision).exists()


def unprinted(limit: int) -> Iterable[Invoice]:
    newest = select(func.max(Invoice.id)).scalar_subquery() - NEWEST
    query = select(Invoice).where(Invoice.id > newest, ~HAS_PRINT).order_by(Invoice.id).limit(limit + len(unprintable))
    missing = db.session.scalars(query).all()
    return [invoice for invoice in missing if (invoice.id, invoice.revision) not in unprintable][:limit]


def orders_numbered(numbers: Sequence[str], *, invoices: bool) -> list[Order]:
    """These orders, in this order, with their invoices, or with their packing slips and what these say."""
    of_slips = (
        selectinload(Order.addresses),
        selectinload(Order.shipments).selectinload(Shipment.lines).joinedload(ShipmentLine.order_line),
    )
    parts = (selectinload(Order.invoices),) if invoices else of_slips
    found = db.session.scalars(select(Order).where(Order.number.in_(numbers)).options(*parts))
    by_number = {order.number: order for order in found}
    return [by_number[number] for number in numbers if number in by_number]
