"""Proving that the books are right: numbers, states, ledgers and prints. It only reads."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeAlias
from typing import cast as as_type

from sqlalchemy import ColumnElement, Select, Text, func, or_, select, text, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from app.accounting.crediting import billed, can_be_credited, credit_notes_of, is_fully_credited, left_to_credit
from app.accounting.owed import paid_back_without_credit_note, paid_not_invoiced
from app.accounting.states import derived, ledger_sums
from app.accounting.tax_bases import overlap
from app.accounting.tax_rows import Rows, TaxRow, has_bases, highest_first, printed_rows, said_rows, summed
from app.amounts.ledger import Ledger
from app.amounts.money import ZERO, format_amount
from app.columns import EncryptedText
from app.config import sqlite_file
from app.documents.fonts import are_all_printed, name_letters
from app.documents.letters import letters_missing_on
from app.encryption.sealed import CanNotOpen, Lost
from app.extensions import db, let_others_write
from app.models import (
    Connection,
    Counter,
    CustomerAddress,
    DatedSeries,
    EInvoice,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    Order,
    OrderAddress,
    PackingSlipPrint,
    PastSeries,
    Print,
    Quote,
    QuotePrint,
    Return,
    Shipment,
)
from app.numbering import Stretch, format_number
from app.operations.document_checks import (
    margin_findings,
    mark_findings,
    relation_findings,
    search_findings,
    snapshot_findings,
    total_findings,
)
from app.operations.e_invoice_checks import e_invoice_findings
from app.operations.mail_checks import held_mail_findings, unplaced_findings, untold_findings
from app.operations.order_proofs import unproven_orders
from app.operations.order_rows import PlainRow, fetch_stored
from app.operations.order_seal_checks import order_seal_findings
from app.operations.return_checks import asked_findings, return_findings
from app.operations.schema_checks import schema_findings
from app.operations.seal_checks import seal_findings
from app.operations.search_checks import word_findings
from app.operations.secrets_key import sealed_columns
from app.operations.stock_checks import stock_findings
from app.operations.value_checks import value_findings
from app.postal.house_numbers import find_house

#: Kinds that share a column of numbers, the column, and which rows count.
NUMBERED: tuple[tuple[tuple[str, ...], InstrumentedAttribute[str], tuple[ColumnElement[bool], ...]], ...] = (
    (("order",), Order.number, (Order.is_demo.is_(False), Order.is_draft.is_(False))),
    (("invoice", "credit_note"), Invoice.number, (Invoice.is_demo.is_(False),)),
    (("packing_slip",), Shipment.number, (Shipment.is_demo.is_(False),)),
    (("return",), Return.number, (Return.is_demo.is_(False),)),
)


@dataclass(frozen=True)
class Finding:
    """A sentence on what is not as it should be; a warning is no fault of the books."""

    sentence: str
    is_warning: bool = False


def findings(noted: str = "") -> Iterator[str]:
    """A sentence for everything that is not as it should be. `noted` is a seal that was written down elsewhere."""
    return (one.sentence for one in look_at_all(noted, warnings=False))


def warnings() -> Iterator[str]:
    """A sentence for everything that is as it was made, and that its owner should mend."""
    return (one.sentence for one in look_at_all(findings=False))


def look_at_all(noted: str = "", *, findings: bool = True, warnings: bool = True) -> Iterator[Finding]:
    """Both in one go. What can't even be read is told as well, and hides nothing of the rest."""
    if findings:
        yield from tell_all("the sealed chain", partial(seal_findings, noted))
        yield from look_at_each({"the database": schema_findings, "numbers": number_findings})
    for orders in unproven_orders():
        for order in orders:
            yield from look_at_order(order, ORDER_FINDINGS if findings else (), ORDER_WARNINGS if warnings else ())
        if findings:
            yield from tell_all("search", partial(search_findings, orders))
            yield from tell_all("seals of orders", partial(order_seal_findings, orders))
    if findings:
        yield from look_at_each(ALL_ELSE)
    if warnings:
        yield from tell_all("connections", connection_warnings, is_warning=True)
        yield from tell_all("secrets", sealed_warnings, is_warning=True)


OrderCheck: TypeAlias = Callable[[Order], Iterator[str]]


def look_at_order(order: Order, findings: Sequence[OrderCheck], warnings: Sequence[OrderCheck]) -> Iterator[Finding]:
    """What is wrong with one order; where a check stumbles over what is damaged, the others go on."""
    for check in findings:
        try:
            for sentence in check(order):
                yield Finding(sentence)
        except Exception as error:
            yield unreadable(order.number, error)
    for check in warnings:
        try:
            for sentence in check(order):
                yield Finding(sentence, is_warning=True)
        except Exception as error:
            yield unreadable(order.number, error)


def look_at_each(parts: Mapping[str, Callable[[], Iterator[str]]]) -> Iterator[Finding]:
    for name, check in parts.items():
        db.session.expire_all()  # what is stored is looked at, and nothing that was read before
        let_others_write()
        yield from tell_all(name, check)


def tell_all(what: str, check: Callable[[], Iterator[str]], *, is_warning: bool = False) -> Iterator[Finding]:
    """What the check finds; where it stumbles over what is damaged, that."""
    try:
        yield from (Finding(sentence, is_warning) for sentence in check())
    except Exception as error:
        if isinstance(error, DBAPIError):
            db.session.rollback()
        yield unreadable(what, error)


def unreadable(what: str, error: Exception) -> Finding:
    reason = str(error).strip().partition("\n")[0]
    return Finding(f"{what}: can’t be read: {reason or type(error).__name__}. Compare it with a backup")


def number_findings() -> Iterator[str]:
    """Gaps, doubles, and numbers that no counter ever drew, per stretch of numbers.

    The numbers of the demo shop vanish with it, those of drafts when they become orders: not those.
    """
    for kinds, column, is_real in NUMBERED:
        drawn = drawn_stretches(kinds)
        numbers = [as_type("str", number) for (number,) in fetch_stored(select(column).where(*is_real))]
        if is_each_used_once(numbers, drawn):
            continue
        for number in numbers:
            if trouble := ticked_off(number, drawn):
                yield f"{kinds[0]}: number {number} {trouble}"
        for one in drawn:
            yield from gaps(one)


@dataclass
class Drawn:
    """The numbers that were drawn from one stretch, and which of them are in use."""

    kind: str
    stretch: Stretch

    def __post_init__(self) -> None:
        self.used = bytearray(self.stretch.last - self.stretch.first + 1)


def drawn_stretches(kinds: Sequence[str]) -> list[Drawn]:
    counters = select(Counter).where(Counter.series == "main", Counter.kind.in_(kinds)).order_by(Counter.kind)
    dated = (
        select(DatedSeries)
        .where(DatedSeries.series == "main", DatedSeries.kind.in_(kinds))
        .order_by(DatedSeries.prefix)
    )
    is_here = (PastSeries.series == "main", PastSeries.kind.in_(kinds), PastSeries.lost_at.is_(None))
    past = select(PastSeries).where(*is_here).order_by(PastSeries.id)
    return [
        *[Drawn(one.kind, Stretch(one.prefix, one.digits, one.first, one.last)) for one in db.session.scalars(past)],
        *[
            Drawn(row.kind, Stretch(row.prefix, row.digits, row.start, row.next - 1))
            for query in (counters, dated)
            for row in db.session.scalars(query)
            if row.next > row.start
        ],
    ]


def is_each_used_once(numbers: Sequence[str], drawn: list[Drawn]) -> bool:
    """Whether these are the drawn ones, none more and none less: as a whole, which is sooner asked than of each."""
    wanted = [
        format_number(one.stretch.prefix, number, one.stretch.digits)
        for one in drawn
        for number in range(one.stretch.first, one.stretch.last + 1)
    ]
    return len(numbers) == len(wanted) == len({*wanted}) and {*numbers} == {*wanted}


def ticked_off(number: str, drawn: list[Drawn]) -> str:
    """Note that the number is in use; what is wrong with it, or ""."""
    for one in drawn:
        position = one.stretch.position(number)
        if position is not None:
            was_used, one.used[position - one.stretch.first] = one.used[position - one.stretch.first], 1
            return "is used twice" if was_used else ""
    return "was never drawn"


def gaps(drawn: Drawn) -> Iterator[str]:
    stretch = drawn.stretch
    missing = [stretch.first + offset for offset, is_used in enumerate(drawn.used) if not is_used]
    for number in missing[:20]:
        yield f"{drawn.kind}: number {format_number(stretch.prefix, number, stretch.digits)} is missing"
    if len(missing) > 20:
        yield f"{drawn.kind}: {len(missing)} numbers are missing in all"


#: Of the database that SQLite keeps: much more than a slice of orders, little for a machine.
KIB_OF_PAGES = 65_536

#: More than SQLite would take.
WHOLE_FILE = 2**40

BYTES_AT_ONCE = 2**20


@contextmanager
def much_memory() -> Iterator[None]:
    """Round a look at all orders, in a program of its own: what Python would look for in vain takes half the time.

    SQLite looks at the file where the system has it in memory, which saves a fifth; what it reads nevertheless, as
    the orders of a slice, it reads once.
    """
    gc.freeze()
    gc.disable()
    if file := sqlite_file(str(db.engine.url)):
        db.session.execute(text(f"PRAGMA cache_size = -{KIB_OF_PAGES}"))
        if can_all_be_read(file):
            db.session.execute(text(f"PRAGMA mmap_size = {WHOLE_FILE}"))
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def can_all_be_read(file: Path) -> bool:
    """Whether all of it is: what a disk can't give is an error to who reads it, but the end of who looks at it."""
    try:
        with file.open("rb", buffering=0) as bytes_of:
            while bytes_of.read(BYTES_AT_ONCE):
                pass
    except OSError:
        return False
    return True


def connection_warnings() -> Iterator[str]:
    """Shops whose key was encrypted by another installation, and that can't be read therefore."""
    for connection in db.session.scalars(select(Connection).order_by(Connection.id)):
        try:
            connection.credentials.open()
        except CanNotOpen:
            sentence = "its key can't be read: put back the file credentials_key, or enter the key again under Access"
            yield f"{connection.title}: {sentence}"


def sealed_warnings() -> Iterator[str]:
    """Passwords and secrets that were sealed with another key."""
    for column in sealed_columns():
        if isinstance(column.type, EncryptedText):
            filled = select(column.table.c.id, column).where(type_coerce(column, Text) != "")
            for row_id, secret in db.session.execute(filled.order_by(column.table.c.id)):
                if isinstance(secret, Lost):
                    yield f"{column.table.name} {row_id}: its {column.name} can't be read: put back credentials_key"


def letter_warnings(order: Order) -> Iterator[str]:
    """Documents on which letters are boxes, as no font has them."""
    for document in order.invoices:
        stored = document.stored("snapshot") if isinstance(document, PlainRow) else "\u0300"
        if are_all_printed(f"{stored}") and document.delivery_time.isascii():
            continue
        if letters := letters_missing_on(document):
            yield f"{order.number}: {document.number} is printed with boxes for {name_letters(letters)}"


def money_warnings(order: Order) -> Iterator[str]:
    """Money that moved, and no document says so."""
    if order.is_demo:  # the demo shop has such orders, to show them
        return
    if back := paid_back_without_credit_note(order):
        amount = format_amount(back, order.currency)
        yield f"{order.number}: {amount} went back without a credit note. Create one over that amount"
    if missing := paid_not_invoiced(order):
        amount = format_amount(missing, order.currency)
        yield f"{order.number}: {amount} is paid and not invoiced. Create the invoice of the rest"


def misprint_warnings(order: Order) -> Iterator[str]:
    """Documents from before lines of several rates were told apart, as long as their invoice is not credited."""
    if all(has_bases(document.snapshot) for document in order.invoices):
        return
    if any("vat" not in document.snapshot for document in order.invoices):
        return
    for invoice in (one for one in order.invoices if one.kind == InvoiceKind.INVOICE and not is_fully_credited(one)):
        for document in [invoice, *credit_notes_of(invoice)]:
            printed, right = sums_per_rate(printed_rows(document.snapshot)), sums_per_rate(said_rows(document))
            if printed != right:
                yield (
                    f"{order.number}: {document.number} was printed with VAT of {written_rows(printed)}; "
                    f"it should be {written_rows(right)}. Credit {invoice.number} and make it anew"
                )


def sums_per_rate(rows: Rows) -> list[tuple[str | None, Decimal, Decimal]]:
    """Rate, base and tax, whatever the taxes are called."""
    said = [(rate, row.base, row.tax) for (_name, rate), row in highest_first(rows) if row.base or row.tax]
    return sorted(said, key=lambda row: (-Decimal(row[0] or -1), row[1:]))


def written_rows(rows: list[tuple[str | None, Decimal, Decimal]]) -> str:
    return ", ".join(f"{tax} on {base} ({'no rate' if rate is None else f'{rate} %'})" for rate, base, tax in rows)


def vat_findings(order: Order) -> Iterator[str]:
    """What documents say per tax adds up to their net and VAT, and to nothing where an invoice is credited."""
    if unsaid := [document for document in order.invoices if "vat" not in document.snapshot]:
        yield from (f"{order.number}: {document.number} says nothing of its VAT" for document in unsaid)
        return
    has_overlap = overlap(order)
    for document in order.invoices:
        rows, says = said_rows(document).values(), document.snapshot
        base, tax = sum([row.base for row in rows], ZERO), sum([row.tax for row in rows], ZERO)
        if tax != Decimal(says["tax"]) or (base != Decimal(says["net"]) and not has_overlap):
            yield f"{order.number}: {document.number} says VAT {says['tax']} on {says['net']}, per rate {tax} on {base}"
    for invoice in (one for one in order.invoices if one.kind == InvoiceKind.INVOICE and not can_be_credited(one)):
        documents = [invoice, *credit_notes_of(invoice)]
        left = summed(said_rows(document) for document in documents)
        if all(has_bases(document.snapshot) for document in documents) and any(
            row != TaxRow() for row in left.values()
        ):
            yield f"{order.number}: all of {invoice.number} is credited, but not its VAT per rate"


def state_findings(order: Order) -> Iterator[str]:
    for name, value in derived(order).items():
        stored = getattr(order, name)
        if stored != value:
            stored = bool(stored) if isinstance(value, bool) else stored
            yield f"{order.number}: {name} is stored as {stored}, but follows as {value}"


def ledger_findings(order: Order) -> Iterator[str]:
    """What invoices say adds up, line by line and as a whole."""
    for invoice in order.invoices:
        lines = sum([line.net + line.tax for line in invoice.lines], ZERO)
        if lines != invoice.total or invoice.net_total + invoice.tax_total != invoice.total:
            yield f"{order.number}: invoice {invoice.number} says {invoice.total}, its lines add up to {lines}"
    if order.invoiced > order.total >= 0:
        is_part_left_out = any(line.total < 0 and line.to_invoice > 0 for line in order.lines)  # a discount, for now
        if not is_part_left_out:
            yield f"{order.number}: {order.invoiced} is invoiced of {order.total}"
    yield from closing_findings(order)
    yield from reversal_findings(order)


def elsewhere_findings(order: Order) -> Iterator[str]:
    """An order is invoiced here or elsewhere, never in both places; only one that is elsewhere has a number there."""
    if order.is_invoiced_elsewhere and order.invoices:
        yield f"{order.number}: stands as invoiced elsewhere, but {order.invoices[0].number} is made here"
    if order.elsewhere_number and not order.is_invoiced_elsewhere:
        yield f"{order.number}: has the number {order.elsewhere_number} of elsewhere, but is not invoiced there"


def closing_findings(order: Order) -> Iterator[str]:
    """The lines of the ledger, recomputed from documents and payments, add up to what is open."""
    sums = ledger_sums(order)
    claim = sums["invoiced"] if order.cancelled_at else order.total
    waived = Ledger(claim, **sums).no_longer_owed
    due = claim - sums["credited"] - waived - sum([payment.amount for payment in order.payments], ZERO)
    if due != order.open_amount:
        yield f"{order.number}: {order.open_amount} is open, but documents and payments leave {due}"


def credit_findings(order: Order) -> Iterator[str]:
    """Credit notes take no more than their invoice says, line by line, and the counters say what they took."""
    invoices = {invoice.id: invoice for invoice in order.invoices if invoice.kind == InvoiceKind.INVOICE}
    notes = [invoice for invoice in order.invoices if invoice.kind == InvoiceKind.CREDIT_NOTE]
    for note in notes:
        if note.credits_id not in invoices:
            yield f"{order.number}: credit note {note.number} credits no invoice of this order"
    for invoice in invoices.values():
        yield from over_credited(invoice)
    credited = count_pieces([line for note in notes if not note.makes_anew for line in note.lines])
    invoiced = count_pieces([line for document in order.invoices if document.bills for line in document.lines])
    for line in order.lines:
        counted, taken = invoiced.get(line.id, ZERO), -credited.get(line.id, ZERO)
        if line.invoiced != counted:
            yield f"{order.number}: invoiced of {line.name} is stored as {line.invoiced}, but follows as {counted}"
        if line.credited != taken:
            yield f"{order.number}: credited of {line.name} is stored as {line.credited}, but follows as {taken}"


def count_pieces(lines: Iterable[InvoiceLine]) -> dict[int | None, Decimal]:
    pieces: dict[int | None, Decimal] = {}
    for line in lines:
        pieces[line.order_line_id] = pieces.get(line.order_line_id, ZERO) + line.quantity
    return pieces


def over_credited(invoice: Invoice) -> Iterator[str]:
    """Of which lines more is credited than the invoice says; nothing can be where no credit note is."""
    if not credit_notes_of(invoice) and all(line.quantity >= 0 for line in invoice.lines):
        return
    whole, order = billed(invoice.lines), invoice.order
    for line_id, left in left_to_credit(invoice).items():
        if left.quantity < 0 or is_over(whole[line_id].gross, left.in_units(invoice.currency).gross):
            name = next((line.name for line in order.lines if line.id == line_id), "the stated difference")
            yield f"{order.number}: more is credited of {name} than invoice {invoice.number} says"


def is_over(whole: Decimal, left: Decimal) -> bool:
    """Whether more than the whole was taken: what is left has changed its sign."""
    return left * whole < 0 or (whole == 0 and left != 0)


def goods_findings(order: Order) -> Iterator[str]:
    """Of each line, quantity = shipped + packed + to pack + dropped; a withdrawn packing slip packs nothing."""
    sent_of = count_sent(order)
    for line in order.lines:
        sent = sent_of.get(line.id, ZERO)
        if line.shipped != sent:
            yield f"{order.number}: shipped of {line.name} is stored as {line.shipped}, but follows as {sent}"
        if line.dropped_by_cancel is not None and not order.cancelled_at:
            yield f"{order.number}: Cancel dropped {line.dropped_by_cancel} of {line.name}, but nothing is cancelled"
        if not line.is_shippable:
            if line.dropped or line.packed:
                yield f"{order.number}: {line.name} is no goods, but {line.dropped} is dropped and {line.packed} packed"
        elif line.to_pack < 0:
            yield f"{order.number}: {line.packed} of {line.name} is on open packing slips, but {line.to_ship} is to go"
        elif line.credited > line.shipped + line.dropped:
            yield f"{order.number}: {line.credited} of {line.name} is credited, but some of it is still to go"
    for slip in order.shipments:
        if slip.withdrawn_at and slip.sent_at:
            yield f"{order.number}: packing slip {slip.number} is sent and withdrawn"


def count_sent(order: Order) -> dict[int | None, Decimal]:
    """Of each line what went and did not get lost."""
    pieces: dict[int | None, Decimal] = {}
    for slip in order.shipments:
        for one in slip.lines if slip.sent_at else ():
            pieces[one.order_line_id] = pieces.get(one.order_line_id, ZERO) + one.quantity - one.lost
    return pieces


def reversal_findings(order: Order) -> Iterator[str]:
    reversing = [payment for payment in order.payments if payment.reverses_id is not None]
    by_id = {payment.id: payment for payment in order.payments} if reversing else {}
    for payment in reversing:
        taken_back = by_id.get(payment.reverses_id or 0)
        if taken_back and taken_back.amount != -payment.amount:
            yield f"{order.number}: payment {taken_back.id} of {taken_back.amount} is taken back by {payment.amount}"


def loss_findings(order: Order) -> Iterator[str]:
    """Of a lost parcel it is known what got lost, of any other nothing; lost pieces left the stock once more."""
    for slip in order.shipments:
        if (slip.lost_at is None) == any(one.lost for one in slip.lines) or (slip.lost_at and slip.sent_at is None):
            yield f"{order.number}: what is lost of {slip.number} does not fit when it was sent and lost"


def order_house_findings(order: Order) -> Iterator[str]:
    yield from house_findings(order.addresses, order.number)


def house_findings(addresses: Sequence[OrderAddress | CustomerAddress], whose: str) -> Iterator[str]:
    """The number of a house and its extension are in the line that is printed."""
    for one in addresses:
        if (one.house_number or one.house_extension) and not find_house(*one.house):
            house = " ".join(part for part in one.house[1:] if part)
            yield f"{whose}: the house {house} of the {one.kind} address is not in its street {one.street}"


def own_house_findings() -> Iterator[str]:
    query = select(CustomerAddress).where(
        or_(CustomerAddress.house_number != "", CustomerAddress.house_extension != "")
    )
    for one in db.session.scalars(query.order_by(CustomerAddress.id).execution_options(yield_per=1000)):
        yield from house_findings([one], f"customer {one.customer_id}")


def quote_findings() -> Iterator[str]:
    """Who accepts a quote orders: its draft is placed, by one quote only."""
    accepted = select(Order.number, Order.is_draft, func.count()).join(Quote, Quote.order_id == Order.id)
    accepted = accepted.where(Quote.accepted_at.is_not(None)).group_by(Order.number, Order.is_draft)
    for number, is_draft, count in db.session.execute(accepted.order_by(Order.number)):
        if is_draft or count > 1:
            yield f"{number}: {count} quotes of it are accepted, and it is {'a draft' if is_draft else 'placed'}"


def print_findings() -> Iterator[str]:
    """Stored prints that are not what was stored."""
    of_invoices = select(Print.id, Print.sha256, Print.content, Invoice.number).join(
        Invoice, Invoice.id == Print.invoice_id
    )
    of_slips = select(PackingSlipPrint.id, PackingSlipPrint.sha256, PackingSlipPrint.content, Shipment.number).join(
        Shipment, Shipment.id == PackingSlipPrint.shipment_id
    )
    yield from damaged_prints(of_invoices, Print.id)
    of_e_invoices = select(EInvoice.id, EInvoice.sha256, EInvoice.content, Invoice.number)
    yield from damaged_prints(of_e_invoices.join(Invoice, Invoice.id == EInvoice.invoice_id), EInvoice.id)
    yield from damaged_prints(of_slips, PackingSlipPrint.id)
    of_quotes = select(QuotePrint.id, QuotePrint.sha256, QuotePrint.content, Order.number).join(
        Quote, Quote.id == QuotePrint.quote_id
    )
    yield from damaged_prints(of_quotes.join(Order, Order.id == Quote.order_id), QuotePrint.id)


def damaged_prints(query: Select[int, str, bytes, str], key: InstrumentedAttribute[int]) -> Iterator[str]:
    last = 0
    while rows := db.session.execute(query.where(key > last).order_by(key).limit(100)).all():
        for row in rows:
            if hashlib.sha256(row.content).hexdigest() != row.sha256:
                yield f"{row.number}: a stored print does not match its hash"
        last = rows[-1].id


#: What is looked at of each order, and what of it is only a warning.
ORDER_FINDINGS: tuple[OrderCheck, ...] = (
    state_findings,
    ledger_findings,
    elsewhere_findings,
    margin_findings,
    snapshot_findings,
    total_findings,
    credit_findings,
    vat_findings,
    return_findings,
    goods_findings,
    loss_findings,
    order_house_findings,
)
ORDER_WARNINGS: tuple[OrderCheck, ...] = (money_warnings, misprint_warnings, letter_warnings)

#: What is looked at in many rows at once.
ALL_ELSE: dict[str, Callable[[], Iterator[str]]] = {
    "values": value_findings,
    "returns": asked_findings,
    "addresses": own_house_findings,
    "links": relation_findings,
    "marks": mark_findings,
    "mails that wait": held_mail_findings,
    "orders that wait": unplaced_findings,
    "mails": untold_findings,
    "stock": stock_findings,
    "prints": print_findings,
    "e-invoices": e_invoice_findings,
    "quotes": quote_findings,
    "words": word_findings,
}
