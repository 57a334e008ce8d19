"""One ZIP of the invoices and credit notes of orders: each as PDF and as XML, with a list of them and their digests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import queries
from app.documents.printing import printed
from app.einvoices.missing import Incomplete
from app.einvoices.storing import FORMATS, XML, e_invoice, offered_formats
from app.exports import EXPORTS, as_csv
from app.exports.double_entry import BOOK_FILES, read_books, usual_file
from app.extensions import db
from app.mails.message import file_name
from app.models import EInvoiceFormat, Invoice, Order, Seal, SealedRecord
from app.queries.periods import Period
from app.queries.records import last_seal

#: The list in the ZIP: a row per file, or per document of which a file could not be made.
LIST = "documents.csv"
LIST_COLUMNS = (
    "number", "kind", "date", "order_number", "currency", "amount", "file", "sha256", "sealed_in", "not_made"
)  # fmt: skip
SEAL = "seal.txt"

#: What stands beside the documents of some days: exports, each by its right.
JOURNAL_FILES = ("ledger", "vat")

#: The PDF has the same pages as Factur-X, and the XML stands beside it.
XML_FORMATS = [kind for kind, written in FORMATS.items() if written.media_type == XML]

ListRow = tuple[object, ...]


def orders_in(period: Period) -> list[str]:
    """The numbers of the orders that have a document of these days, by the first of them."""
    of_period = [*period.of(Invoice.issued_at), Invoice.is_demo.is_(False)]
    query = select(Order.number).join(Invoice).where(*of_period).order_by(Invoice.id)
    return list(dict.fromkeys(db.session.scalars(query)))


def zip_documents(numbers: Sequence[str], how: Mapping[str, object]) -> bytes | None:
    """The documents of these orders, of the days that `how` says; None when there are none. Raises RenderFailed."""
    documents = documents_of(numbers, period_in(how))
    if not documents:
        return None
    zone, sealed = ZoneInfo(queries.shop().time_zone), links_of(documents)
    content, rows = io.BytesIO(), list[ListRow]()
    with ZipFile(content, "w") as into:
        for invoice in documents:
            for name, file, why_not in files_of(invoice):
                day = invoice.issued_at.astimezone(zone).date()
                digest = sha256(file).hexdigest() if file else ""
                rows.append(
                    (
                        invoice.number, invoice.kind, day, invoice.order.number, invoice.currency,
                        invoice.total, name, digest, sealed.get(invoice.id, ""), why_not,
                    )
                )  # fmt: skip
                if file:
                    add_file(into, name, file, day)
        add_file(into, LIST, as_list(rows), documents[-1].issued_at.astimezone(zone).date())
    return content.getvalue()


def period_in(how: Mapping[str, object]) -> Period:
    since, until = (date.fromisoformat(str(how[name])) if how.get(name) else None for name in ("since", "until"))
    return Period(since, until, queries.shop().time_zone)


def documents_of(numbers: Sequence[str], period: Period) -> list[Invoice]:
    query = select(Invoice).join(Order).where(Order.number.in_(numbers), *period.of(Invoice.issued_at))
    return list(db.session.scalars(query.order_by(Invoice.id)))


def links_of(documents: Iterable[Invoice]) -> dict[int, int]:
    """By document, the link of the sealed chain that holds it."""
    ids = [invoice.id for invoice in documents]
    query = select(SealedRecord.record_id, SealedRecord.seal_number)
    query = query.where(SealedRecord.kind == Invoice.__tablename__, SealedRecord.record_id.in_(ids))
    return {one.record_id: one.seal_number for one in db.session.execute(query)}


def files_of(invoice: Invoice) -> Iterator[tuple[str, bytes, str]]:
    """Name and content of each file, or without content why it can't be made."""
    name = file_name(invoice.number)
    yield f"{name}.pdf", printed(invoice).content, ""
    for kind in XML_FORMATS:
        if kind == EInvoiceFormat.XRECHNUNG and kind not in offered_formats(invoice.snapshot):
            continue
        content, why_not = write_xml(invoice, kind)
        yield f"{name}{FORMATS[kind].ending}", content, why_not


def write_xml(invoice: Invoice, kind: EInvoiceFormat) -> tuple[bytes, str]:
    try:
        return e_invoice(invoice, kind).content, ""
    except Incomplete as incomplete:
        return b"", str(incomplete)


def as_list(rows: Iterable[ListRow]) -> bytes:
    return b"".join(as_csv(LIST_COLUMNS, rows, separator=",", decimal=".", time_zone="UTC"))


def add_file(into: ZipFile, name: str, content: bytes, day: date) -> None:
    """Dated by its document, so that the same documents make the same ZIP. What is compressed by itself stays so."""
    said = ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
    into.writestr(said, content, ZIP_STORED if name.endswith(".pdf") else ZIP_DEFLATED)


def put_zips_together(parts: Sequence[bytes], how: Mapping[str, object]) -> bytes:
    """One ZIP of several, with one list, the journal of its days, and the seals of the books."""
    whole, lists = io.BytesIO(), list[bytes]()
    with ZipFile(whole, "w") as into:
        for part in parts:
            with ZipFile(io.BytesIO(part)) as one:
                for said in one.infolist():
                    if said.filename == LIST:
                        lists.append(one.read(said).partition(b"\r\n")[2])
                    elif said.filename != SEAL:
                        into.writestr(said, one.read(said))
        today, listed = queries.today(), as_list([]) + b"".join(lists)
        add_file(into, LIST, listed, today)
        add_file(into, SEAL, say_seals(listed).encode(), today)
        for name, content in files_of_journal(how):
            add_file(into, name, content, today)
    return whole.getvalue()


def say_seals(listed: bytes) -> str:
    """The last seal of the books; before it the one of the link with which all these documents were sealed."""
    rows = csv.DictReader(io.StringIO(listed.decode("utf-8-sig")))
    links = [int(row["sealed_in"]) for row in rows if row["sealed_in"]]
    own = db.session.get(Seal, max(links)) if links else None
    return f"{own or '-'}\n{last_seal() or '-'}\n"


def books_in(how: Mapping[str, object]) -> list[str]:
    asked = str(how.get("books", "")).split()
    return [name for name in JOURNAL_FILES if name in asked]


def files_of_journal(how: Mapping[str, object]) -> Iterator[tuple[str, bytes]]:
    """Of days that are both named: the journal and the VAT as CSV, and the file of the country's accountants.

    Each for who has the right to it, as `how` says.
    """
    period = period_in(how)
    if not (period.since and period.until):
        return
    allowed = books_in(how)
    for name in allowed:
        export = EXPORTS[name]
        yield (
            f"{name}.csv",
            b"".join(as_csv(export.columns, export.rows(period, []), separator=",", decimal=".", time_zone="UTC")),
        )
    if "ledger" not in allowed:
        return
    books = read_books(period.since, period.until)
    usual = BOOK_FILES.get(usual_file(books.company["country"]))
    if usual and not usual.why_not(books):
        yield usual.name(books), usual.write(books)
