"""The XML audit file of the Netherlands (XAF), 3.2 and 4.0: accounts, customers, and the journal with its totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from flask_babel import gettext as _

from app.exports.double_entry.accounts import USES
from app.exports.double_entry.books import Books, shorten
from app.exports.double_entry.entries import MONEY, SALES, BookEntry, Posting

PROGRAM = "Toonbank"


@dataclass(frozen=True)
class XafVersion:
    namespace: str
    company_id: str  # what the number of the trade register is called
    has_rgs: bool


XAF_3_2 = XafVersion("http://www.auditfiles.nl/XAF/3.2", "companyIdent", has_rgs=False)
XAF_4_0 = XafVersion(
    "http://www.odb.belastingdienst.nl/Belastingdienst/BCPP/1.1/structures/XmlauditfileXAF_4.0",
    "Commercenr",
    has_rgs=True,
)


def write_audit_file(books: Books, version: XafVersion) -> bytes:
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<auditfile xmlns="{version.namespace}">',
        *write_header(books),
        "<company>",
        *write_company(books, version),
        *write_customers(books),
        *write_general_ledger(books, version),
        *write_vat_codes(books),
        *write_periods(books),
        *write_transactions(books),
        "</company></auditfile>\n",
    ]
    return "".join(parts).encode()


def write_tag(name: str, value: object, most: int = 0) -> str:
    """One element; nothing where there is no value."""
    text = shorten(str(value), most) if most else str(value)
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def write_header(books: Books) -> Iterator[str]:
    first = books.year_of(books.since)
    year = str(first.year) if books.year_begins == 1 else f"{first.year}-{first.year + 1}"
    yield "<header>"
    yield write_tag("fiscalYear", year)
    yield write_tag("startDate", books.since.isoformat()) + write_tag("endDate", books.until.isoformat())
    yield write_tag("curCode", books.currency) + write_tag("dateCreated", books.made_at.date().isoformat())
    yield write_tag("softwareDesc", PROGRAM) + write_tag("softwareVersion", "1") + "</header>"


def write_company(books: Books, version: XafVersion) -> Iterator[str]:
    says = books.company
    yield write_tag(version.company_id, "".join(one for one in says["registration"] if one.isdigit())[:35])
    yield write_tag("companyName", says["name"] or PROGRAM, 255) + write_tag("taxRegistrationCountry", says["country"])
    yield write_tag("taxRegIdent", says["vat_id"], 30)
    yield "<streetAddress>" + write_tag("streetname", says["street"], 100) + write_tag("city", says["city"], 50)
    yield write_tag("postalCode", says["postcode"], 10) + write_tag("country", says["country"]) + "</streetAddress>"


def write_customers(books: Books) -> Iterator[str]:
    known = {entry.customer_key: entry for entry in books.entries if entry.customer_key}
    if not known:
        return
    yield "<customersSuppliers>"
    for key, entry in known.items():
        yield "<customerSupplier>" + write_tag("custSupID", key, 35) + write_tag("custSupName", entry.customer, 50)
        if entry.vat_id and len(entry.country) == 2:
            yield write_tag("taxRegistrationCountry", entry.country) + write_tag("taxRegIdent", entry.vat_id, 30)
        yield write_tag("custSupTp", "C") + "</customerSupplier>"
    yield "</customersSuppliers>"


def write_general_ledger(books: Books, version: XafVersion) -> Iterator[str]:
    if not books.entries:
        return
    yield "<generalLedger>"
    for number, use in books.used.items():
        rgs = write_tag("RGScode", number) if version.has_rgs and books.chart == "rgs" else ""
        yield "<ledgerAccount>" + write_tag("accID", number, 35) + write_tag("accDesc", str(USES[use].title), 255)
        yield write_tag("accTp", "B" if USES[use].is_balance else "P") + rgs + "</ledgerAccount>"
    yield "</generalLedger>"


def name_rate(posting: Posting) -> str:
    """What a rate is called: its scheme and its percent."""
    return f"{posting.account.use.removeprefix('revenue_')}-{posting.rate or 0:f}"[:35]


def write_vat_codes(books: Books) -> Iterator[str]:
    codes = {
        name_rate(one): (one.vat_account, USES[one.account.use].title, one.rate)
        for entry in books.entries
        for one in entry.postings
        if one.vat_account
    }
    if not codes:
        return
    yield "<vatCodes>"
    for code, (account, title, rate) in sorted(codes.items()):
        yield "<vatCode>" + write_tag("vatID", code) + write_tag("vatDesc", f"{title} {rate or 0:f} %", 100)
        yield (write_tag("vatToPayAccID", account.number, 35) if account else "") + "</vatCode>"
    yield "</vatCodes>"


def write_periods(books: Books) -> Iterator[str]:
    yield "<periods>"
    for number, first, last in books.months():
        yield "<period>" + write_tag("periodNumber", number) + write_tag("startDatePeriod", first.isoformat())
        yield write_tag("endDatePeriod", last.isoformat()) + "</period>"
    yield "</periods>"


def write_transactions(books: Books) -> Iterator[str]:
    yield "<transactions>" + write_tag("linesCount", sum(len(entry.postings) for entry in books.entries))
    yield write_tag("totalDebit", in_cents(books.debit)) + write_tag("totalCredit", in_cents(books.debit))
    titles = {SALES: _("Sales"), MONEY: _("Bank and payments")}
    counted = list(enumerate(books.entries, start=1))
    for journal, title in titles.items():
        yield "<journal>" + write_tag("jrnID", journal) + write_tag("desc", title) + write_tag("jrnTp", journal)
        for number, entry in counted:
            if entry.journal == journal:
                yield from write_transaction(number, entry, books)
        yield "</journal>"
    yield "</transactions>"


def write_transaction(number: int, entry: BookEntry, books: Books) -> Iterator[str]:
    day, text = entry.day.isoformat(), shorten(entry.text, 255)
    yield "<transaction>" + write_tag("nr", number) + write_tag("desc", text)
    yield write_tag("periodNumber", books.month_of(entry.day)) + write_tag("trDt", day)
    for place, one in enumerate(entry.postings, start=1):
        yield "<trLine>" + write_tag("nr", place) + write_tag("accID", one.account.number, 35)
        yield (
            write_tag("docRef", shorten(entry.document, 255) or str(number))
            + write_tag("effDate", day)
            + write_tag("desc", text)
        )
        yield write_tag("amnt", in_cents(abs(one.amount))) + write_tag("amntTp", side_of(one.amount))
        if one.account.use == "receivables":
            yield write_tag("custSupID", entry.customer_key, 35)
        if entry.journal == SALES:
            yield write_tag("invRef", entry.document, 255)
        if one.vat_account:
            yield "<vat>" + write_tag("vatID", name_rate(one)) + write_tag("vatPerc", f"{one.rate or 0:f}")
            yield (
                write_tag("vatAmnt", in_cents(abs(one.vat)))
                + write_tag("vatAmntTp", side_of(one.vat or one.amount))
                + "</vat>"
            )
        yield "</trLine>"
    yield "</transaction>"


def in_cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


def side_of(amount: Decimal) -> str:
    return "D" if amount > 0 else "C"
