"""Bank statements are read exactly, in every format, or refused whole with a sentence that says where."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from time import process_time

import pytest
from flask import Flask
from flask_babel import force_locale

from app.amounts.money import parse
from app.models import Purpose, StatementFormat
from app.statements.payouts import read_payouts
from app.statements.recognising import TEXT_READERS, read_statements
from app.statements.statement import BankStatement, UnreadableStatement, find_iban, has_iban_digits
from tests.looking import is_storable
from tests.statements.written import ACCOUNT, MUGS, WRITERS, Movement, write_camt, write_csv, write_mt940
from tests.whole import hostile

PAYLOADS = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere") / "bank"

#: Of each sample of a real bank's layout: the accounts, how many movements, what they come to, and a payer's text.
SAMPLES: dict[str, tuple[str, int, str, str]] = {
    "camt053-v02-be-structured.xml": ("BE41734000000110", 2, "195.50", ""),
    "camt053-v02-fintech-bare.xml": ("BE41734000000110", 4, "50042.5", "deposit"),
    "camt053-v02-nl-abn.xml": ("NL40ABNA0500000017", 2, "462.66", "factuur 2026-0117 en 2026-0118; 2026 0119"),
    "camt053-v02-nl-return.xml": ("NL40ABNA0500000017", 1, "-664.05", "Factuur 2026-0090; Factuur 2026-0091"),
    "camt053-v08-charges.xml": ("DE59370400440099000011", 1, "-1526", "Refund order 1040"),
    "camt053-v08-de.xml": ("DE59370400440099000011", 2, "111.30", "Rechnung RE-2026-0117 vom 02.11.2026"),
    "camt054-v08-batch.xml": ("DE59370400440099000011", 1, "130", "RE-2026-0121"),
    "cfonb120-fr.txt": ("FR7630004000010000000001203", 2, "112.60",
                        "VIR SEPA CLIENT IMAGINAIRE FA-2026-0117 FACTURE FA-2026-0117 CMD 1042"),
    "coda-be-batch.cod": ("BE12138536152215", 1, "1000", ""),
    "coda-be-credits.cod": ("BE12138536152215", 4, "80", ""),
    "csv-be-belfius.csv": ("BE41734000000110", 1, "120.5",
                           "OVERSCHRIJVING IN EURO VAN BE40363000002363 VERZONNEN KLANT +++000/0201/17089+++ REF. : "
                           "0700000408807 VAL. 05-11 +++000/0201/17089+++"),
    "csv-be-kbc.csv": ("BE41734000000110", 2, "117.1", "OVERSCHRIJVING VAN BE56001000001288 VERZONNEN KLANT"),
    "csv-de-dkb.csv": ("DE59370400440099000011", 2, "937.7", "RE-2026-0117"),
    "csv-de-sparkasse-camt.csv": ("DE59370400440099000011", 1, "1143.41", "GUTSCHR. UEBERWEISUNG RE-2026-0117 Gruesse"),
    "csv-es-caixabank.csv": ("", 2, "1112.6", "TRANSF. A SU FAVOR FA-2026-0117 CLIENTE INVENTADO"),
    "csv-fr-ca.csv": ("00000000012", 2, "1112.6", "VIREMENT EN VOTRE FAVEUR CLIENT IMAGINAIRE FA-2026-0117 CMD 1042"),
    "csv-nl-ing.csv": ("NL70INGB0700000909", 2, "1118.65", "factuur 2026-0117"),
    "csv-nl-rabo.csv": ("NL38RABO0300000777", 2, "1116.05", "factuur 2026-0117"),
    "mt940-de-sepa.sta": ("DE59370400440099000011", 2, "106.65", "Rechnung RE-2026-0117 vom 02.11.2026"),
    "mt940-de-storno.sta": ("DE59370400440099000011", 2, "-42.30", "STORNO GUTSCHRIFT RE-2026-0099"),
    "mt940-nl-ing.sta": ("NL70INGB0700000909", 3, "150.60", "Factuur 2026-0117 bestelling 1042"),
    "mt940-nl-knab.sta": ("123456789", 2, "580", "FACTUUR 202600110, 202600113"),
    "mt940-nl-rabo.sta": ("NL38RABO0300000777", 2, "111", "factuur 2026-0117"),
    "n43-es.n43": ("ES7621000001090200000011", 3, "145.7",
                   "TRANSFERENCIA DE CLIENTE INVENTADO FACTURA FA-2026-0117 PEDIDO 1042 ES7301820002800200000022 "
                   "FA20260117"),
    "ofx-fr-sgml-comma.ofx": ("300040000100000000012", 2, "112.6", "FA-2026-0117 CMD 1042 crème"),
    # gross, less what was paid out; the rest is fees
    "payout-adyen.csv": ("Adyen", 4, "1.07", "1042"),
    "payout-mollie.csv": ("Mollie", 5, "0", "Order 1042"),
    "payout-paypal-de.csv": ("PayPal", 3, "28.21", "WC-1042 Website-Zahlung"),
    "payout-shopify.csv": ("Shopify", 3, "2.23", "#1042"),
    "payout-stripe.csv": ("Stripe", 5, "22.07", "1042"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> Iterator[None]:
    with app.app_context(), force_locale("en"):
        yield


def read(content: bytes) -> list[BankStatement]:
    return read_statements(content)[1]


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="TOONBANK_PAYLOADS names no folder")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_a_real_layout_is_read_exactly(name: str) -> None:
    account, count, total, text = SAMPLES[name]

    statements = read((PAYLOADS / name).read_bytes())

    lines = [line for statement in statements for line in statement.lines]
    assert {statement.account for statement in statements} == {account}
    assert (len(lines), sum(line.amount for line in lines)) == (count, Decimal(total))
    assert lines[0].text == text


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="TOONBANK_PAYLOADS names no folder")
def test_every_sample_is_expected() -> None:
    assert {file.name for file in PAYLOADS.iterdir() if file.suffix != ".md"} == set(SAMPLES)


@pytest.mark.parametrize("form", WRITERS)
def test_each_format_says_the_same(form: str) -> None:
    """Norma 43 and OFX have no field for the other side's account; there it stands in the text, or nowhere."""
    found, (statement,) = read_statements(WRITERS[form]())

    line, fee = statement.lines
    assert (str(found), statement.currency) == (form, "EUR")
    assert (line.booked_on, line.amount, fee.amount) == (date(2026, 11, 5), Decimal(121), Decimal("-3.5"))
    assert MUGS[0].text in line.text
    assert line.name in ("P Verzonnen", "")
    assert line.iban in (MUGS[0].iban, "")
    if form != "csv":  # which says no balance
        assert statement.closing == Decimal("127.50")


@pytest.mark.parametrize("form", WRITERS)
def test_a_file_that_is_cut_off_is_refused_whole(form: str) -> None:
    content = WRITERS[form]()

    with pytest.raises(UnreadableStatement) as refused:
        read(content[: int(len(content) * 0.8)])

    assert "Fetch it anew" in str(refused.value)


@pytest.mark.parametrize("form", ["camt", "mt940", "coda", "norma43", "cfonb"])
def test_a_statement_that_does_not_add_up_is_refused(form: str) -> None:
    written = {
        "camt": (b"127.50", b"127.51"),
        "mt940": (b"127,50", b"127,51"),
        "coda": (b"000000000127500", b"000000000127510"),
        "norma43": (b"200000000012750", b"200000000012751"),
        "cfonb": (b"0000000001275{", b"0000000001275A"),
    }
    content = WRITERS[form]()
    right, wrong = written[form]
    assert right in content

    with pytest.raises(UnreadableStatement, match="does not add up"):
        read(content.replace(right, wrong))


def test_a_batch_is_read_as_its_parts() -> None:
    parts = "".join(
        f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>'
        for amount, text in (("80.00", "RE-2026-0"), ("41.00", "order 7"))
    )
    content = write_camt([Movement("121.00", reference="B1")]).decode()
    at, end = content.index("<TxDtls>"), content.index("</NtryDtls>")

    (statement,) = read((content[:at] + parts + content[end:]).encode())

    (line,) = statement.lines
    assert [(part.amount, part.text, part.bank_reference) for part in line.parts] == [
        (Decimal(80), "RE-2026-0", "B1/1"),
        (Decimal(41), "order 7", "B1/2"),
    ]


def test_a_text_that_was_cut_in_a_number_is_joined() -> None:
    content = write_camt([Movement("119.00", "Rechnung RE-2026-0</Ustrd><Ustrd>117 vom 2.11.")])
    content = content.replace(b"&lt;/Ustrd&gt;&lt;Ustrd&gt;", b"</Ustrd><Ustrd>")

    (statement,) = read(content)

    assert statement.lines[0].text == "Rechnung RE-2026-0117 vom 2.11."


def test_what_is_pending_is_left_out() -> None:
    content = write_camt().replace(b"BOOK", b"PDNG", 1).replace(b"127.50", b"6.50")

    (statement,) = read(content)

    assert [line.amount for line in statement.lines] == [Decimal("-3.5")]


def test_a_reversed_credit_takes_money_back() -> None:
    content = (
        write_mt940([Movement("50.00", "Factuur 9")])
        .replace(b"C50,00", b"RC50,00")
        .replace(b"C261105EUR60,00", b"D261105EUR40,00")
    )

    (statement,) = read(content)

    assert (statement.lines[0].amount, statement.lines[0].is_reversal) == (Decimal(-50), True)


def test_a_zip_holds_many_statements_of_one_format() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.xml", write_camt())
        archive.writestr("2.xml", write_camt(MUGS[:1]))

    assert [len(statement.lines) for statement in read(packed.getvalue())] == [2, 1]


def test_a_zip_that_unpacks_to_too_much_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.xml", b" " * 20_000_001)

    with pytest.raises(UnreadableStatement, match="too large"):
        read(packed.getvalue())


@pytest.mark.parametrize("written", ["utf-8", "utf-16"])
@pytest.mark.parametrize("entity", ['<!ENTITY a SYSTEM "file:///etc/hostname">', '<!ENTITY a "b">'])
def test_a_document_type_is_refused(entity: str, written: str) -> None:
    text = write_camt().decode().replace("<Document", f"<!DOCTYPE Document [{entity}]><Document", 1)

    with pytest.raises(UnreadableStatement, match="document type"):
        read(text.replace("UTF-8", written).encode(written))


@pytest.mark.parametrize("name", WRITERS)
def test_whatever_stands_anywhere_is_read_so_that_it_can_be_stored_or_refused(name: str) -> None:
    random, read_well = Random(f"{hostile.SEED} {name}"), 0
    for _time in range(100):
        content = WRITERS[name]()
        for _spot in range(random.choice((1, 1, 2))):
            content = spoil_somewhere(random, content)
        try:
            statements = read(content)
        except UnreadableStatement:
            continue
        read_well += 1
        for one in statements:
            assert is_storable([one.account, one.currency])
            assert all(parse(amount) is not None for line in one.lines for amount in (line.amount, line.fee))
    assert 0 < read_well < 100


def spoil_somewhere(random: Random, content: bytes) -> bytes:
    """Anywhere, or a word or number as a whole."""
    start = random.randrange(len(content))
    text, end = hostile.pick_text(random)[:2000], start + random.choice((0, 1, 3, 8, 20))
    if random.random() < 0.6:
        start, end = random.choice([found.span() for found in re.finditer(rb"[A-Z0-9.,]{4,}", content)])
        text = random.choice(("9" * 13, "9" * 40, "1e20", f"A{chr(0)}B", text))
    return content[:start] + text.encode("utf-8", "surrogatepass") + content[end:]


@pytest.mark.parametrize("amount", ["9" * 13, "9" * 6000])
def test_an_amount_that_nobody_has_is_refused(amount: str) -> None:
    content = write_mt940([Movement(f"{amount}.00")])

    with pytest.raises(UnreadableStatement):
        read(content)


@pytest.mark.parametrize("begun", ["<STMTRS>", "<CCSTMTRS><STMTRS>", "<STMTTRN>", ":61:", "<Ntry>", "/NAME/", "?20"])
def test_what_begins_ever_again_and_never_ends_takes_no_time(begun: str) -> None:
    began = process_time()
    for head in ("OFXHEADER:100\n<OFX></OFX>", "<?xml version='1.0'?>", ":20:\n:25:\n", ""):
        with pytest.raises(UnreadableStatement):
            read(f"{head}{begun * (600_000 // len(begun))}".encode())
    assert process_time() - began < 10


def test_a_table_that_no_bank_writes_is_refused() -> None:
    with pytest.raises(UnreadableStatement, match="no statement that is known"):
        read(b"Name;Colour\nMug;red\n")


def test_german_thousands_and_rows_that_are_not_booked() -> None:
    rows = "Buchungsdatum;Status;Verwendungszweck;Betrag (€)\n05.11.26;Gebucht;a;1.000\n05.11.26;Vorgemerkt;b;-5\n"

    (statement,) = read(rows.encode())

    assert [line.amount for line in statement.lines] == [Decimal(1000)]


def test_what_no_reader_foresaw_is_refused_and_noted_without_what_the_file_says(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(TEXT_READERS, StatementFormat.CSV, int)

    with pytest.raises(UnreadableStatement, match="not as in other statements"):
        read(b"P Verzonnen")

    assert "ValueError in read_csv_of_bank" in caplog.text
    assert "Verzonnen" not in caplog.text


def test_a_sum_in_another_currency_is_no_part_and_no_fee() -> None:
    content = write_camt(MUGS[:1])
    by_currency = {name: f'<TxDtls><Amt Ccy="{name}">123.50</Amt>'.encode() for name in ("EUR", "USD")}

    fees = [read(content.replace(b"<TxDtls>", amount))[0].lines[0].fee for amount in by_currency.values()]

    assert fees == [Decimal("2.50"), 0]


def test_a_payout_is_its_payments_less_fees() -> None:
    rows = (
        "Date,Settlement currency,Settlement amount,Settlement reference,ID,Description\n"
        "2026-11-03,EUR,121.00,77.01,tr_1,Order 1042\n2026-11-05,EUR,-1.66,77.01,,Withheld fees MOL-1\n"
    )

    (statement,) = read(rows.encode())

    assert [(line.amount, line.purpose) for line in statement.lines] == [
        (Decimal(121), Purpose.PAYMENT),
        (Decimal("-1.66"), Purpose.FEE),
        (Decimal("-119.34"), Purpose.PAYOUT),
    ]
    assert (statement.account, statement.lines[-1].text) == ("Mollie", "Mollie 77.01")


def test_a_payout_that_differs_from_its_payments_is_refused() -> None:
    rows = (
        "automatic_payout_id,created_utc,currency,gross,fee,net,reporting_category,balance_transaction_id\n"
        "po_1,2026-11-03,eur,121.00,2.07,118.93,charge,t1\npo_1,2026-11-03,eur,-118.00,0,-118.00,payout,t2\n"
    )

    with pytest.raises(UnreadableStatement, match=r"0\.93"):
        read(rows.encode())


def test_a_bank_is_no_payment_provider() -> None:
    assert read_payouts(write_csv().decode()) is None


def test_an_iban_is_found_in_a_text() -> None:
    assert find_iban("van NL91 ABNA 0417 1643 00 voor") == ACCOUNT
    assert find_iban("REF BE41734000000111") == ""
    assert has_iban_digits("BE68539007547034")
