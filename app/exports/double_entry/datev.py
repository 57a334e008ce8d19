"""A batch of postings for DATEV (EXTF 700, Buchungsstapel 13): each is between two accounts, in gross amounts.

Automatic accounts of SKR03 and SKR04 take the VAT out of the gross amount themselves, and take no tax key. Where what
they would reckon differs by a cent from the document, or the account is none of them, net and VAT are posted apart: so
the sums are those of the documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from app.amounts.money import ZERO, included_tax
from app.exports.double_entry.accounts import Account
from app.exports.double_entry.books import Books, in_charset, shorten
from app.exports.double_entry.entries import SALES, BookEntry, Posting

DATEV_CHARSET = "cp1252"

DATEV_COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink",
    *(f"Beleginfo - {part} {number}" for number in range(1, 9) for part in ("Art", "Inhalt")),
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *(f"Zusatzinformation - {part} {number}" for number in range(1, 21) for part in ("Art", "Inhalt")),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip

#: Accounts that reckon their VAT themselves, by chart: account -> percent; None: that of another member state.
AUTOMATIC: dict[str, dict[str, Decimal | None]] = {
    "skr03": {"8400": Decimal(19), "8300": Decimal(7), "8320": None, "8191": Decimal(19)},
    "skr04": {"4400": Decimal(19), "4300": Decimal(7), "4320": None, "4136": Decimal(19)},
}

#: What stops such an account from reckoning.
WITHOUT_AUTOMATIC = "40"

BatchRow = dict[str, str]


def write_datev(books: Books) -> bytes:
    rows = [datev_header(books), ";".join(quote_text(name) for name in DATEV_COLUMNS)]
    for entry in books.entries:
        for cells in batch_rows(entry, books):
            rows.append(";".join(cells.get(name, "") for name in DATEV_COLUMNS))
    return "".join(f"{row}\r\n" for row in rows).encode(DATEV_CHARSET)


def datev_header(books: Books) -> str:
    accounts = (number for number, use in books.used.items() if use != "receivables")  # it may be a customer's
    length = max(map(len, accounts), default=4)
    skr = {"skr03": "03", "skr04": "04"}.get(books.chart, "")
    fields = [
        quote_text("EXTF"), "700", "21", quote_text("Buchungsstapel"), "13", f"{books.made_at:%Y%m%d%H%M%S%f}"[:17], "",
        quote_text("RE"), quote_text("Toonbank"), quote_text(""), books.datev_adviser, books.datev_client,
        f"{books.year_of(books.since):%Y%m%d}", str(max(length, 4)), f"{books.since:%Y%m%d}", f"{books.until:%Y%m%d}",
        quote_text(f"Toonbank {books.since:%m/%Y}"), quote_text(""), "1", "0", "0", quote_text(books.currency), "",
        quote_text(""), "", "", quote_text(skr), "", "", quote_text(""), quote_text(""),
    ]  # fmt: skip
    return ";".join(fields)


def quote_text(text: str, most: int = 255) -> str:
    """In the character set before it is cut and quoted: there a sign may become several, or a quotation mark."""
    return '"' + shorten(in_charset(text, DATEV_CHARSET), most).replace('"', '""') + '"'


def batch_rows(entry: BookEntry, books: Books) -> Iterator[BatchRow]:
    """One account of an entry is against all others: the receivables, or where money stands."""
    own, *others = entry.postings
    if entry.journal == SALES and own.account.use != "receivables":  # a document over nothing that has both signs
        own, others = Posting(Account(books.numbers["receivables"], "receivables"), ZERO), entry.postings
    taken = set[int]()
    for place, one in enumerate(others):
        if place in taken:
            continue
        beside = place + 1 if place + 1 < len(others) and is_vat_of(others[place + 1], one) else None
        if beside is not None and reckons_right(one, books):
            taken.add(beside)
            yield row_between(entry, own, one, -(one.amount + one.vat))
            continue
        is_automatic = {own.account.number, one.account.number} & AUTOMATIC.get(books.chart, {}).keys()
        key = WITHOUT_AUTOMATIC if is_automatic else ""
        yield row_between(entry, own, one, -one.amount, key)


def is_vat_of(vat: Posting, sold: Posting) -> bool:
    return bool(sold.vat) and vat.account == sold.vat_account and vat.amount == sold.vat


def reckons_right(one: Posting, books: Books) -> bool:
    """Whether the account takes the very VAT of the document out of the gross amount."""
    rate = AUTOMATIC.get(books.chart, {}).get(one.account.number)
    return rate is not None and rate == one.rate and included_tax(one.amount + one.vat, rate, books.currency) == one.vat


def row_between(entry: BookEntry, own: Posting, one: Posting, amount: Decimal, key: str = "") -> BatchRow:
    """`amount` is what goes onto the entry's own account: debit above 0."""
    cells = {
        "Umsatz (ohne Soll/Haben-Kz)": f"{abs(amount):.2f}".replace(".", ","),
        "Soll/Haben-Kennzeichen": quote_text("S" if amount > ZERO else "H"),
        "Konto": own.account.number,
        "Gegenkonto (ohne BU-Schlüssel)": one.account.number,
        "BU-Schlüssel": quote_text(key),
        "Belegdatum": f"{entry.day:%d%m}",
        "Belegfeld 1": quote_text(re.sub(r"[^A-Za-z0-9$&%*+\-/]", "", entry.document)[:36]),
        "Buchungstext": quote_text(f"{entry.customer} {entry.text}", 60),
        "WKZ Umsatz": quote_text(entry.currency),
        "Auftragsnummer": quote_text(entry.order_number, 30),
    }
    if one.account.use in ("revenue_eu", "revenue_reversed") and entry.vat_id:
        cells["EU-Land u. UStID (Bestimmung)"] = quote_text(re.sub(r"[^A-Z0-9]", "", entry.vat_id.upper())[:15])
    if one.account.use == "revenue_oss" and one.rate:
        cells["EU-Land u. UStID (Bestimmung)"] = quote_text(entry.country)
        cells["EU-Steuersatz (Bestimmung)"] = f"{one.rate:.2f}".replace(".", ",")
    return cells
