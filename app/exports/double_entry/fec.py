"""The French file of entries (FEC): 18 columns, tabs between them, of sales and payments only."""

from __future__ import annotations

import re
from decimal import Decimal

from flask_babel import gettext as _

from app.exports.double_entry.accounts import USES
from app.exports.double_entry.books import Books, in_charset, shorten
from app.exports.double_entry.entries import SALES

FEC_COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip

#: The character set of the decree (article A47 A-1 of the LPF).
FEC_CHARSET = "iso8859-15"


def siren_of(books: Books) -> str:
    """Nine digits: of the registration, where it is a SIREN or SIRET, else of the VAT number."""
    digits = re.sub(r"\D", "", books.company["registration"])
    if len(digits) in (9, 14):
        return digits[:9]
    vat_id = re.sub(r"[^A-Z0-9]", "", books.company["vat_id"].upper())
    return vat_id[-9:] if re.fullmatch(r"FR..\d{9}", vat_id) else ""


def write_fec(books: Books) -> bytes:
    """In the order of their days, each entry with a number of one sequence."""
    rows = ["\t".join(FEC_COLUMNS)]
    for number, entry in enumerate(sorted(books.entries, key=lambda one: one.day), start=1):
        code, title = ("VE", _("Sales")) if entry.journal == SALES else ("BQ", _("Bank and payments"))
        day = f"{entry.day:%Y%m%d}"
        for one in entry.postings:
            is_customer = one.account.use == "receivables" and bool(entry.customer_key)
            cells = (
                code, title, str(number), day, one.account.number, str(USES[one.account.use].title),
                entry.customer_key if is_customer else "", entry.customer if is_customer else "",
                entry.document, day, entry.text, with_comma(max(one.amount, Decimal(0))),
                with_comma(max(-one.amount, Decimal(0))), "", "", day, "", "",
            )  # fmt: skip
            rows.append("\t".join(shorten(in_charset(cell, FEC_CHARSET), 255) for cell in cells))
    return "".join(f"{row}\r\n" for row in rows).encode(FEC_CHARSET)


def with_comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
