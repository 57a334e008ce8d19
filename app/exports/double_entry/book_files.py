"""The files in which an accountant's program reads the journal of a period."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import queries
from app.amounts.money import decimals
from app.columns import now
from app.exports.double_entry.accounts import Accounts, chart_of
from app.exports.double_entry.audit_file import XAF_3_2, XAF_4_0, write_audit_file
from app.exports.double_entry.books import Books
from app.exports.double_entry.datev import write_datev
from app.exports.double_entry.entries import make_entries
from app.exports.double_entry.fec import siren_of, write_fec
from app.extensions import ShownText, db
from app.models import Invoice
from app.queries.periods import Period

#: From this day on the Dutch tax authority takes nothing older than XAF 4.0.
XAF_4_FROM = date(2027, 1, 1)


@dataclass(frozen=True)
class BookFile:
    title: ShownText
    media_type: str
    write: Callable[[Books], bytes]
    name: Callable[[Books], str]
    why_not: Callable[[Books], str]


def read_books(since: date, until: date, currency: str = "") -> Books:
    """The journal of these days in one currency, that of the shop unless another is given."""
    shop = queries.shop()
    accounts, chart = Accounts(shop), chart_of(shop)
    company = {
        name: getattr(shop, name) or ""
        for name in ("name", "street", "postcode", "city", "country", "vat_id", "registration")
    }
    adviser, client, begins = shop.datev_adviser, shop.datev_client, shop.year_begins
    currency, period = currency or shop.currency, Period(since, until, shop.time_zone)
    return Books(
        since=since,
        until=until,
        made_at=now().astimezone(period.start_of(since).tzinfo),
        currency=currency,
        company=company,
        chart=chart,
        numbers=accounts.numbers,
        datev_adviser=adviser,
        datev_client=client,
        year_begins=begins,
        entries=list(make_entries(period, accounts, currency)),
    )


def find_other_currencies(period: Period, currency: str) -> list[str]:
    """In which currencies the period has documents that are not in a file of this one."""
    query = select(Invoice.currency).where(*period.of(Invoice.issued_at), Invoice.is_demo.is_(False)).distinct()
    return sorted(set(db.session.scalars(query)) - {currency})


def why_not_in_cents(books: Books) -> str:
    if decimals(books.currency) > 2:
        return _("This file has two decimals; %(currency)s has more.", currency=books.currency)
    return ""


def why_not_one_year(books: Books) -> str:
    if books.year_of(books.since) != books.year_of(books.until):
        return _("This file is of one financial year. Choose days of one.")
    return ""


def why_not_audit_file(books: Books) -> str:
    if not books.company["vat_id"]:
        return _("Enter the VAT number of your shop first: Settings > Company.")
    return why_not_one_year(books) or why_not_in_cents(books)


def why_not_datev(books: Books) -> str:
    if not (books.datev_adviser and books.datev_client):
        return _("Enter the numbers of adviser and client first: Settings > Accounts.")
    if reason := why_not_one_year(books):
        return reason
    if any(not re.fullmatch(r"\d{1,9}", one.account.number) for entry in books.entries for one in entry.postings):
        return _("DATEV wants accounts of digits: Settings > Accounts.")
    return why_not_in_cents(books)


def why_not_fec(books: Books) -> str:
    if not siren_of(books):
        return _("Enter the SIREN of your shop first, as its registration: Settings > Company.")
    return why_not_one_year(books) or why_not_in_cents(books)


def name_by_days(books: Books, before: str, ending: str) -> str:
    return f"{before}-{books.since.isoformat()}-{books.until.isoformat()}.{ending}"


def usual_file(country: str) -> str:
    """The one that the accountants of a country ask for; "" where that is none of them."""
    dutch = "xaf40" if queries.today() >= XAF_4_FROM else "xaf32"
    return {"NL": dutch, "DE": "datev", "AT": "datev", "FR": "fec"}.get(country, "")


BOOK_FILES: dict[str, BookFile] = {
    "xaf32": BookFile(
        _l("XML audit file XAF 3.2 (Netherlands)"),
        "application/xml",
        lambda books: write_audit_file(books, XAF_3_2),
        lambda books: name_by_days(books, "auditfile", "xaf"),
        why_not_audit_file,
    ),
    "xaf40": BookFile(
        _l("XML audit file XAF 4.0 (Netherlands, from 2027 on)"),
        "application/xml",
        lambda books: write_audit_file(books, XAF_4_0),
        lambda books: name_by_days(books, "auditfile-4.0", "xaf"),
        why_not_audit_file,
    ),
    "datev": BookFile(
        _l("DATEV posting batch (Germany, Austria)"),
        "text/csv",
        write_datev,
        lambda books: name_by_days(books, "EXTF_Buchungsstapel", "csv"),
        why_not_datev,
    ),
    "fec": BookFile(
        _l("FEC (France)"),
        "text/plain",
        write_fec,
        lambda books: f"{siren_of(books)}FEC{books.until:%Y%m%d}.txt",
        why_not_fec,
    ),
}
