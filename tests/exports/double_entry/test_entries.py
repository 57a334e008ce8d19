"""The journal in double entry, over orders of all kinds: it balances, and its sums are those of documents and VAT."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from lxml import etree
from sqlalchemy import select

from app import queries
from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import PartOfLine, book_line, set_line_aside, undo_booking
from app.actions.credit_notes import credit_order
from app.actions.invoices import issue_invoice
from app.actions.payments import enter_payment, enter_refund, mark_paid, take_back_payment
from app.amounts.money import included_tax, rounded
from app.columns import at
from app.exports.bookkeeping import vat_summary
from app.exports.double_entry import BOOK_FILES, Books, default_accounts, make_entries, read_books
from app.exports.double_entry.accounts import Account
from app.exports.double_entry.datev import AUTOMATIC, DATEV_COLUMNS
from app.exports.double_entry.entries import MONEY, SALES, BookEntry, Posting
from app.exports.double_entry.fec import FEC_COLUMNS
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, Order, PaymentMethod, SetAside, StatementLine
from app.queries.periods import Period
from tests.einvoices.random_orders import random_documents
from tests.factories import address, line, placed_order
from tests.statements.written import STRIPE_REPORT, Movement, write_camt

YEAR = Period(date(2026, 1, 1), date(2027, 12, 31), "Europe/Amsterdam")
ZERO = Decimal(0)

#: A name whose signs become quotation marks, columns and several letters in a smaller character set.
IN_COLUMNS = "\uff02\uff1b\ufb03" * 15

#: So many orders are drawn. More found nothing more.
ORDERS = 18

Sums = dict[str, Decimal]


def sums_by(entries: list[BookEntry], start: str, currency: str = "EUR") -> Decimal:
    """What stands on the accounts of these uses."""
    amounts = (
        one.amount
        for entry in entries
        if entry.currency == currency
        for one in entry.postings
        if one.account.use.startswith(start)
    )
    return sum(amounts, ZERO)


def sums_of(entries: list[BookEntry]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for entry in entries:
        for one in entry.postings:
            sums[one.account.number] += one.amount
    return {number: amount for number, amount in sums.items() if amount}


def read_batch(books: Books, content: bytes) -> Sums:
    """What DATEV makes of a batch: its automatic accounts take the VAT out of what is posted on them."""
    text = content.decode("cp1252")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert text.endswith("\r\n")
    assert [len(row) for row in rows] == [31] + [125] * (len(rows) - 1)
    assert rows[0][:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
    assert rows[1] == list(DATEV_COLUMNS)
    sums: Sums = defaultdict(Decimal)
    vat_of = {books.numbers[f"revenue_{tier}"]: books.numbers[f"vat_{tier}"] for tier in ("standard", "reduced")}
    vat_of[books.numbers["revenue_margin_taxed"]] = books.numbers["vat_standard"]
    for cells in rows[2:]:
        row = dict(zip(DATEV_COLUMNS, cells, strict=True))
        amount = Decimal(row["Umsatz (ohne Soll/Haben-Kz)"].replace(",", "."))
        assert amount > 0
        assert len(row["Belegfeld 1"]) <= 36
        assert len(row["Buchungstext"]) <= 60
        assert row["Belegdatum"].isdigit()
        amount *= {"S": 1, "H": -1}[row["Soll/Haben-Kennzeichen"]]
        against = row["Gegenkonto (ohne BU-Schlüssel)"]
        sums[row["Konto"]] += amount
        rate = AUTOMATIC[books.chart].get(against)
        vat = included_tax(amount, rate, "EUR") if rate and row["BU-Schlüssel"] != "40" else ZERO
        sums[against] -= amount - vat
        if vat:
            sums[vat_of[against]] -= vat
    return {number: amount for number, amount in sums.items() if amount}


def read_entries(content: bytes) -> Sums:
    rows = list(csv.DictReader(io.StringIO(content.decode("iso8859-15"), newline=""), delimiter="\t", quoting=3))
    assert list(rows[0]) == list(FEC_COLUMNS)
    numbers = [int(row["EcritureNum"]) for row in rows]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    assert numbers == sorted(numbers)
    assert [row["EcritureDate"] for row in rows] == sorted(row["EcritureDate"] for row in rows)
    sums: Sums = defaultdict(Decimal)
    for row in rows:
        debit, credit = (Decimal(row[name].replace(",", ".")) for name in ("Debit", "Credit"))
        assert min(debit, credit) == 0 < max(debit, credit)
        sums[row["CompteNum"]] += debit - credit
    return {number: amount for number, amount in sums.items() if amount}


def read_audit_file(content: bytes, schema: str) -> Sums:
    rules = etree.XMLSchema(etree.parse(str(Path(str(files("pyxaf") / "schemas" / schema)))))
    root = etree.fromstring(content)
    rules.assertValid(root)
    lines = root.findall(".//{*}trLine")
    assert int(root.findtext(".//{*}transactions/{*}linesCount") or 0) == len(lines)
    sides: Sums = defaultdict(Decimal)
    sums: Sums = defaultdict(Decimal)
    known = {one.text for one in root.findall(".//{*}ledgerAccount/{*}accID")}
    for one in lines:
        side, amount = one.findtext("{*}amntTp"), Decimal(one.findtext("{*}amnt"))
        sides[side] += amount
        sums[one.findtext("{*}accID")] += amount if side == "D" else -amount
    assert set(sums) <= known
    assert sides["D"] == sides["C"] == Decimal(root.findtext(".//{*}transactions/{*}totalDebit"))
    return {number: amount for number, amount in sums.items() if amount}


def half_of(order: Order) -> Decimal:
    kept = order.paid - order.refunded
    return rounded(kept / 2, order.currency) or kept


@pytest.mark.usefixtures("database")
def test_the_journal_closes_with_documents_vat_and_orders_and_each_file_with_the_journal() -> None:
    for seed in range(ORDERS):
        documents = list(random_documents(Random(seed)))
        order = documents[0].order
        if seed % 3 == 0 and not mark_paid.why_not(order):
            mark_paid(order, by=SYSTEM)
        if seed % 4 == 0 and order.paid > order.refunded:
            refund = enter_refund(
                order,
                by=SYSTEM,
                amount=rounded((order.paid - order.refunded) / 2, order.currency) or order.paid - order.refunded,
            )
            if seed % 8 == 0:
                take_back_payment(refund, by=SYSTEM)
    shop = queries.shop()
    shop.country, shop.is_small_business, to = "NL", False, address(country="DE", name=IN_COLUMNS)
    mug = line("Mug", quantity="3", unit_price="11.90", rate="19")
    abroad = placed_order(lines=[mug], total=Decimal("35.70"), tax_total=Decimal("5.70"), billing=to, shipping=to)
    issue_invoice(abroad, by=SYSTEM)
    db.session.flush()

    shop.country, shop.vat_id, shop.currency = "DE", "DE136695976", "EUR"
    shop.datev_adviser, shop.datev_client, shop.uses_oss = "1001", "7", True
    entries = list(make_entries(YEAR))
    assert [entry.document for entry in entries if sum(one.amount for one in entry.postings)] == []

    invoices = db.session.scalars(select(Invoice)).all()
    of_vat = list(vat_summary(YEAR))
    for currency in sorted({one.currency for one in invoices}):
        sales = [entry for entry in entries if entry.journal == SALES]
        total = sum((Decimal(one.snapshot["total"]) for one in invoices if one.currency == currency), ZERO)
        assert sums_by(sales, "receivables", currency) == total
        assert -sums_by(sales, "vat", currency) == sum((row[5] for row in of_vat if row[1] == currency), ZERO)
        net = sum((row[4] for row in of_vat if row[1] == currency), ZERO)
        assert -sums_by(sales, "revenue", currency) - sums_by(sales, "rounding", currency) == net
        rates: dict[Decimal, Decimal] = defaultdict(Decimal)
        for entry in sales:
            for one in entry.postings:
                if entry.currency == currency and one.account.use.startswith("vat"):
                    rates[one.rate or ZERO] -= one.amount
        for row in of_vat:
            if row[1] == currency:
                rates[row[3] or ZERO] -= row[5]
        assert {rate: amount for rate, amount in rates.items() if amount} == {}
    stated = [
        Decimal(said["amount"])
        for one in invoices
        for said in one.snapshot["lines"]
        if said["kind"] == "difference" and one.currency == "EUR"
    ]
    assert any(stated)
    assert -sums_by(entries, "rounding") == sum(stated, ZERO)

    owed: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        owed[entry.order_number] += sum(
            (one.amount for one in entry.postings if one.account.use == "receivables"), ZERO
        )
    for order in db.session.scalars(select(Order).where(Order.is_draft.is_(False))):
        says = order.ledger
        in_units = rounded(says.invoiced - says.credited - says.paid + says.refunded, order.currency)
        assert owed[order.number] == in_units, order.number
    uses = {one.account.use for entry in entries for one in entry.postings}
    assert {"revenue_small", "revenue_eu", "revenue_export", "revenue_oss", "vat_oss", "gift_cards"} <= uses
    assert {"revenue_margin", "revenue_margin_taxed"} <= uses

    books = read_books(date(2026, 1, 1), date(2026, 12, 31))
    assert len(books.entries) > ORDERS
    assert {entry.currency for entry in books.entries} == {"EUR"}
    sums = sums_of(books.entries)
    assert read_batch(books, BOOK_FILES["datev"].write(books)) == sums
    for name, schema in (("xaf32", "XmlAuditfileFinancieel3.2.xsd"), ("xaf40", "XmlAuditfileFinancieel4.0.xsd")):
        assert read_audit_file(BOOK_FILES[name].write(books), schema) == sums
    assert read_entries(BOOK_FILES["fec"].write(books)) == sums

    shop.country = "RO"  # whose standard rate went from 19 to 21 on 1 August 2025
    with at(datetime(2025, 7, 30, 12, tzinfo=UTC)):
        before = placed_order(lines=[mug], total=Decimal("35.70"), tax_total=Decimal("5.70"))
        issue_invoice(before, by=SYSTEM)
    with at(datetime(2025, 8, 3, 12, tzinfo=UTC)):
        credit_order(before, by=SYSTEM)
    around = list(make_entries(Period(date(2025, 7, 1), date(2025, 8, 31), "Europe/Amsterdam")))
    uses = {one.account.use for entry in around for one in entry.postings}
    assert uses == {"receivables", "revenue_standard", "vat_standard"}
    assert sums_of(around) == {}


@pytest.mark.usefixtures("database")
def test_money_is_on_the_bank_once_its_statement_says_so_and_a_payout_clears_what_a_provider_held() -> None:
    """A gift card and cash are no payments under way; a booking that is undone leaves the account it came on.

    What a provider kept of a payment that its shop told of is a fee, though the line is booked on nothing; what a bank
    kept was never on its account.
    """
    db.session.add(PaymentMethod(title="Cash", ledger_account="1000"))
    mollie = PaymentMethod(title="Mollie", ledger_account="1001")  # its lines stand where its payouts do
    db.session.add(mollie)
    total = Decimal("67.75")
    by_bank, online, by_hand = placed_order(), placed_order(), placed_order()
    mark_paid(by_hand, by=SYSTEM, method=db.session.scalars(select(PaymentMethod).filter_by(title="Cash")).one())
    enter_payment(placed_order(), by=SYSTEM, amount=Decimal(5), method="Cadeaubon")
    report = (
        "Date,Settlement currency,Settlement amount,Settlement reference,ID,Description\n"
        f"2026-11-03,EUR,67.75,77.01,tr_1,Order {online.number}\n2026-11-05,EUR,-1.66,77.01,,Withheld fees MOL-1\n"
    )
    take_in_statement("mollie.csv", report.encode(), by=SYSTEM)
    costs = Movement("-3.50", "Costs", reference="P3")
    told = (Movement("67.75", by_bank.number, reference="P1"), Movement("66.09", "Mollie 77.01", reference="P2"), costs)
    camt = write_camt(told).replace(b"<TxDtls>", b'<TxDtls><Amt Ccy="EUR">69.75</Amt>', 1)  # 2.00 less came
    take_in_statement("bank.xml", camt, by=SYSTEM)
    enter_payment(placed_order(), by=SYSTEM, amount=total, method="Card")
    paid_out = Movement("65.25", "Stripe po_1", reference="P4")
    take_in_statement("stripe.csv", STRIPE_REPORT, by=SYSTEM)
    take_in_statement("later.xml", write_camt([paid_out]), by=SYSTEM)
    lines = {(line.account[:2], line.amount): line.id for line in db.session.scalars(select(StatementLine))}
    assert lines.keys() >= {("St", total), ("NL", Decimal("65.25"))}
    set_line_aside(lines["St", total], by=SYSTEM)
    set_line_aside(lines["NL", Decimal("65.25")], by=SYSTEM, why=SetAside.PAYOUT)
    book_line(lines["NL", total], [PartOfLine(by_bank.number, total)], by=SYSTEM, notify=False)
    online.payment_method, online.payment_method_title = mollie, "Mollie"
    book_line(lines["Mo", total], [PartOfLine(online.number, total)], by=SYSTEM, notify=False)
    set_line_aside(lines["NL", Decimal("66.09")], by=SYSTEM, why=SetAside.PAYOUT)
    set_line_aside(lines["NL", Decimal("-3.50")], by=SYSTEM, why=SetAside.FEE)

    money = [entry for entry in make_entries(YEAR) if entry.journal == MONEY]
    assert sums_of(money) == {
        "BLimBanRba": total + Decimal("66.09") + Decimal("65.25") - Decimal("3.50"),
        "WBedAdlBan": Decimal("1.66") + Decimal("2.50") + Decimal("3.50"),
        "1000": total,
        "BSchOpa": Decimal(5),
        "BVorDeb": -4 * total - 5,
    }

    undo_booking(lines["NL", total], by=SYSTEM)
    money = [entry for entry in make_entries(YEAR) if entry.journal == MONEY]
    assert sums_of(money)["BLimBanRba"] == Decimal("66.09") + Decimal("65.25") - Decimal("3.50")
    assert sums_of(money).get("BLimKru") is None


def test_accounts_that_reckon_their_own_vat_are_only_those_that_datev_is_told_of() -> None:
    """8191 and 4136 take 19 % out of a margin; of what is paid ahead with VAT none is used."""
    for chart, margin in (("skr03", "8191"), ("skr04", "4136")):
        numbers = default_accounts(chart)
        assert AUTOMATIC[chart][numbers["revenue_margin_taxed"]] == 19
        assert numbers["revenue_margin_taxed"] == margin
        assert not {"1717", "1718", "3272"} & set(numbers.values())


def test_a_document_over_nothing_is_posted_against_the_receivables_and_a_customers_account_sets_no_length() -> None:
    numbers = default_accounts("skr03") | {"receivables": "10000"}
    sold = Posting(Account("8400", "revenue_standard"), Decimal("-11.90"), Decimal(19))
    swapped = Posting(Account("8300", "revenue_reduced"), Decimal("11.90"), Decimal(7))
    entry = BookEntry(SALES, date(2026, 3, 2), "INV1", "Swapped", "EUR", postings=[sold, swapped])
    days, made = (date(2026, 3, 1), date(2026, 3, 31)), datetime(2026, 4, 1, tzinfo=UTC)
    books = Books(*days, made, "EUR", {}, "skr03", numbers, "1001", "7", 1, [entry])

    header, _columns, *rows = BOOK_FILES["datev"].write(books).decode("cp1252").splitlines()

    assert header.split(";")[13] == "4"
    assert [row.split(";")[6:9] for row in rows] == [["10000", "8400", '"40"'], ["10000", "8300", '"40"']]
