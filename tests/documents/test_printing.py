"""Printing once and keeping it, in whatever transaction the caller is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from babel.dates import format_date
from flask import Flask
from sqlalchemy import func, select

from app.actions.invoices import change_invoice
from app.actions.shipments import create_packing_slip
from app.documents import printing
from app.documents.keeping import store
from app.documents.merging import merged
from app.documents.packing_slips import packing_slip
from app.documents.printing import all_of, count_unprinted, fresh_print, many, print_missing, printed
from app.documents.render_process import RenderProcess
from app.documents.snapshots import of_invoice
from app.extensions import db, read_only
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewPayment, NewTax
from app.models import Invoice, InvoiceLine, Order, OutgoingMail, Print, Product
from app.queries import shop
from tests.documents.printed_text import day_in_delft, lines_of, pages_in, shop_in_delft
from tests.factories import address, line, paid_order, placed_order

pytestmark = pytest.mark.usefixtures("database")


def committed(order: Order) -> Invoice:
    """The order's invoice, as it is after the transaction that issued it."""
    db.session.commit()
    (invoice,) = order.invoices
    db.session.commit()
    return invoice


def prints() -> int:
    return db.session.scalar(select(func.count()).select_from(Print)) or 0


# --- what it says ---------------------------------------------------------------------------------------------------


def test_an_unpaid_invoice_says_all_that_the_law_and_the_customer_want() -> None:
    shop_in_delft()
    invoice = committed(placed_order(language="en"))
    invoice.delivery_time = "1-2 working days"
    issued, due = (f"{day.day} {day:%B %Y}" for day in (day_in_delft(invoice.issued_at), invoice.due_on))

    assert lines_of(printed(invoice).content) == [
        "Aardewerk Delft · www.aardewerk.example · Invoice INV00001", "Page 1 of 1",
        "Aardewerk Delft", "Oude Delft 12", "2611 CC Delft", "Netherlands", "VAT number NL001234567B01", "KvK 12345678",
        "winkel@aardewerk.example", "+31 15 555 0100",
        "Bill to", "Femke Jansen", "Markt 87", "2611 GS Delft", "femke@example.org", "+31 15 555 0101",
        "Invoice", "Invoice number", "INV00001", "Invoice date", issued, "Pay by", due,
        "Order", "ORD10001", "Order date", "14 March 2026", "Web shop order", invoice.order.external_number,
        "Delivery time", "1-2 working days",
        "Description", "Quantity", "Unit price", "VAT", "Amount",
        "Stoneware mug", "MUG-30", "3", "12.50", "21%", "37.50",
        "Teapot", "POT-1", "1", "24.20", "21%", "24.20",
        "Shipping: Parcel post", "21%", "6.05",
        "VAT rate", "Net amount", "VAT", "21%", "55.99", "11.76",
        "Total excl. VAT", "€55.99", "VAT", "€11.76", "Total incl. VAT", "€67.75", "To pay", "€67.75",
        f"Please pay €67.75 by {due}.",
        "By transfer to NL91 ABNA 0417 1643 00 in the name of Aardewerk Delft, mentioning",
        "RF25 INV0 0001.",
        "Scan with your bank’s app to pay.",
        "Prices and amounts in EUR, VAT included.",
        "Our terms apply.", "Returns within 14 days.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", ["Factuur", "Factuurdatum", "Totaal incl. btw", "€ 67,75", "Te betalen"]),
        ("de", ["Rechnung", "Rechnungsdatum", "Gesamt inkl. USt.", "67,75 €", "Zu zahlen"]),
        ("fr", ["Facture", "Date de facture", "Total TTC", "67,75 €", "À payer"]),
        ("es", ["Factura", "Fecha de factura", "Total con IVA", "67,75 €", "A pagar"]),
    ],
)
def test_one_snapshot_is_printed_in_any_language(language: str, said: list[str]) -> None:
    invoice = committed(placed_order(language="en"))

    lines = [text.replace("\xa0", " ") for text in lines_of(printed(invoice, language).content)]

    assert [text for text in said if text not in lines] == []


@pytest.mark.parametrize(("name", "said"), [("Tax", "VAT"), ("GST", "GST")])
def test_a_tax_of_an_unknown_rate_is_called_as_its_source_does_or_else_vat(name: str, said: str) -> None:
    shop_in_delft()
    mug = line("Mug", quantity="1", unit_price="12.10")
    mug.taxes = [NewTax(name, Decimal("2.10"))]
    order = placed_order(lines=[mug], total=Decimal("12.10"), tax_total=Decimal("2.10"), language="en")

    lines = lines_of(printed(committed(order)).content)

    assert lines[lines.index("VAT rate") + 3] == said
    assert "Tax" not in lines


def paid_by(*payments: tuple[str, str, int], **how: Any) -> str:
    """How an invoice says that it was paid: amount, method and day in November of each payment."""
    order = placed_order(
        lines=[line("Lamp", quantity="1", unit_price="192.60")],
        total=Decimal("192.60"),
        payment_method="Bank transfer",
        payments=[
            NewPayment(Decimal(amount), datetime(2026, 11, day, 9, tzinfo=UTC), method, external_id=f"{n}")
            for n, (amount, method, day) in enumerate(payments)
        ],
        **how,
    )
    return " ".join(lines_of(printed(committed(order)).content))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Paid: Gift card 100.00, iDEAL 92.60 on 20 November 2026. Thank you."),
        ("nl", "Betaald: Gift card 100,00, iDEAL 92,60 op 20 november 2026. Hartelijk dank."),
        ("de", "Bezahlt: Gift card 100,00, iDEAL 92,60 am 20. November 2026. Vielen Dank."),
        ("fr", "Payé : Gift card 100,00, iDEAL 92,60 le 20 novembre 2026. Merci."),
        ("es", "Pagado: Gift card 100,00, iDEAL 92,60 el 20 de noviembre de 2026. Gracias."),
    ],
)
def test_an_invoice_prints_the_payments_that_settled_it(language: str, said: str) -> None:
    shop_in_delft()
    shop().languages = ["nl", "en", "de", "fr", "es"]

    text = paid_by(("100", "Gift card", 20), ("92.60", "iDEAL", 20), language=language)

    assert said in text
    assert "Bank transfer" not in text


def test_payments_of_several_days_each_say_theirs() -> None:
    shop_in_delft()
    text = paid_by(("100", "Gift card", 18), ("92.60", "iDEAL", 20), language="en")
    assert "Paid: Gift card 100.00 on 18 November 2026, iDEAL 92.60 on 20 November 2026. Thank you." in text


def test_a_part_payment_is_named_beside_what_is_asked() -> None:
    shop_in_delft()
    text = paid_by(("100", "Gift card", 18), language="en")
    assert "Received: Gift card 100.00 on 18 November 2026. Please pay €92.60" in text


def test_a_paid_invoice_says_when_and_how_and_asks_nothing() -> None:
    shop_in_delft()
    order = paid_order(language="en", payment_method="iDEAL")
    (payment,) = order.invoices[0].settled_by
    late = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)  # the day after, in Delft
    order.invoices[0].settled_by = [{**payment, "at": late.isoformat()}]

    lines = lines_of(printed(committed(order)).content)

    assert "Paid on 15 March 2026 by iDEAL. Thank you." in lines
    assert lines[lines.index("Paid") :][:4] == ["Paid", "€67.75", "To pay", "€0.00"]
    assert not any("Please pay" in text for text in lines)


def test_a_difference_that_the_shop_stated_has_its_label() -> None:
    lines = lines_of(printed(committed(placed_order(language="en", total=Decimal("67.78")))).content)

    assert lines[lines.index("Difference as stated by the shop") :][:2] == ["Difference as stated by the shop", "0.03"]


def test_a_free_order_asks_nothing() -> None:
    order = placed_order(language="en", lines=[line("Sample", quantity="1", unit_price="0")], total=Decimal(0))

    assert "There is nothing to pay." in lines_of(printed(committed(order)).content)


def test_a_business_abroad_reads_why_there_is_no_vat() -> None:
    shop_in_delft()
    there = address(company="Töpfe GmbH", country="DE", city="Köln", postcode="50667", street="Domkloster 4")
    order = placed_order(
        language="de",
        lines=[line("Tasse", quantity="1", unit_price="100", rate="0")],
        total=Decimal("100"),
        customer=NewCustomer(name="Jan Groß", vat_id="DE123456789", email="jan@example.org"),
        billing=there,
        shipping=there,
    )

    text = " ".join(lines_of(printed(committed(order)).content))

    assert "Töpfe GmbH Femke Jansen Domkloster 4 50667 Köln Deutschland USt-IdNr. DE123456789" in text
    assert "Artikel 138 der Richtlinie 2006/112/EG" in text


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
def test_an_export_names_the_article_that_exempts_it(language: str) -> None:
    """Directive 2006/112/EC, articles 146 and 226(11)."""
    shop_in_delft()
    swiss = address(country="CH", city="Zürich", postcode="8001")
    mug = line("Mug", quantity="1", unit_price="100", rate="0")
    invoice = committed(placed_order(lines=[mug], total=Decimal(100), billing=swiss, shipping=swiss))

    text = " ".join(lines_of(printed(invoice, language).content))

    articles = re.findall(r"\b(?:138|146)\b", text)  # not within the number of an order
    assert set(articles) == {"146"}


def test_a_credit_note_names_its_invoice_and_says_what_is_paid_back() -> None:
    shop = shop_in_delft()
    order = paid_order(language="de")
    note = credit_of_everything(order.invoices[0])
    note.snapshot = of_invoice(note, order, shop)
    db.session.add(note)
    db.session.flush()

    lines = [text.replace("\xa0", " ") for text in lines_of(printed(note).content)]

    issued = format_date(day_in_delft(note.issued_at), "long", locale="de")
    assert f"Korrigiert die Rechnung INV00001 vom {issued}." in lines
    assert lines[lines.index("Stoneware mug") :][:6] == ["Stoneware mug", "MUG-30", "-3", "12,50", "21 %", "-37,50"]
    assert lines[lines.index("Gesamt inkl. USt.") :][:4] == ["Gesamt inkl. USt.", "-67,75 €", "Zu erstatten", "67,75 €"]
    assert not any("Bitte zahlen" in text for text in lines)


def credit_of_everything(invoice: Invoice) -> Invoice:
    return Invoice(
        order=invoice.order,
        kind="credit_note",
        number="CRN00001",
        credits_id=invoice.id,
        issued_at=invoice.issued_at,
        language=invoice.language,
        currency=invoice.currency,
        net_total=-invoice.net_total,
        tax_total=-invoice.tax_total,
        total=-invoice.total,
        lines=[
            InvoiceLine(
                order_line_id=bill.order_line_id,
                position=bill.position,
                quantity=-bill.quantity,
                net=-bill.net,
                tax=-bill.tax,
            )
            for bill in invoice.lines
        ],
    )


def test_big_amounts_are_not_broken() -> None:
    urn = line("Urn", quantity="1000", unit_price="123456789.12", rate="0")
    order = placed_order(language="en", lines=[urn], total=urn.total)

    lines = lines_of(printed(committed(order)).content)

    assert lines[lines.index("Urn") :][:4] == ["Urn", "1,000", "123,456,789.12", "123,456,789,120.00"]


@pytest.mark.parametrize(
    "name", ["Łukasz Żółćński", "Екатерина Львова", "Ελευθερία", "山田太郎 王小明", "한국어", "ĞüşİöçIı ₺₴₽"]
)
def test_names_in_many_scripts_are_printed_whole(name: str, caplog: pytest.LogCaptureFixture) -> None:
    order = placed_order(billing=address(name=name), shipping=address(name=name))

    assert name in lines_of(printed(committed(order)).content)
    assert caplog.messages == []


def test_names_written_from_right_to_left_miss_no_sign(caplog: pytest.LogCaptureFixture) -> None:
    order = placed_order(billing=address(name="محمد عبد الله"), shipping=address(name="שלום עולם"))

    printed(committed(order))

    assert caplog.messages == []


def test_sixty_lines_run_over_pages_with_the_heading_on_each() -> None:
    lines = [line(f"Mug {n}", quantity="1", unit_price="1.21", sku=f"MUG-{n}") for n in range(60)]
    content = printed(committed(placed_order(language="en", lines=lines, total=Decimal("72.60")))).content

    said = lines_of(content)
    assert pages_in(content) == 4
    assert [said.count("Description"), said.count("Page 4 of 4"), said.count("Mug 59")] == [4, 1, 1]


def test_a_name_of_markup_is_printed_as_it_is() -> None:
    order = placed_order(lines=[line("<b>Mug</b> & {{ 7*7 }}", quantity="1", unit_price="1")], total=Decimal("1"))

    assert "<b>Mug</b> & {{ 7*7 }}" in lines_of(printed(committed(order)).content)


# --- once, and kept -------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_an_invoice_is_printed_once() -> None:
    invoice = committed(placed_order())

    first = printed(invoice)
    again = printed(invoice)

    assert (again.content, again.sha256) == (first.content, sha256(first.content).hexdigest())
    assert prints() == 1


@pytest.mark.each_database
def test_it_is_kept_while_the_caller_only_reads(app: Flask) -> None:
    invoice = committed(placed_order())

    with read_only():
        assert invoice.number == "INV00001"  # the reading transaction has begun
        content = printed(invoice).content
        db.session.rollback()

    assert [kept.content for kept in db.session.scalars(select(Print))] == [content]


@pytest.mark.each_database
def test_two_who_print_at_once_get_the_same() -> None:
    """The second one looked before the first one had kept it."""
    invoice = committed(placed_order())
    with read_only():
        assert prints() == 0  # on SQLite this transaction goes on seeing none
        first = printed(invoice)
        second = store(
            printing.fresh_print(invoice, "nl"), lambda own: printing.find(own, invoice.id, invoice.revision, "nl")
        )

    db.session.rollback()
    assert second.id == first.id
    assert second.content == first.content
    assert prints() == 1


def test_a_caller_that_writes_already_does_not_wait_for_itself() -> None:
    invoice = committed(placed_order())
    invoice.delivery_time = "tomorrow"
    db.session.flush()

    kept = printed(invoice)

    db.session.commit()
    assert [row.id for row in db.session.scalars(select(Print))] == [kept.id]


def test_a_change_of_the_delivery_time_is_printed_anew_beside_the_old_print() -> None:
    invoice = committed(placed_order(language="en"))
    before = printed(invoice).content
    change_invoice(invoice, by=SYSTEM, paid=False, delivery_time="Next week")
    db.session.commit()

    after = printed(invoice).content

    assert ["Next week" in lines_of(content) for content in (before, after)] == [False, True]
    assert {row.revision: row.content for row in db.session.scalars(select(Print))} == {1: before, 2: after}


def test_a_customer_who_moves_changes_no_invoice() -> None:
    invoice = committed(placed_order(language="en"))
    invoice.order.billing.street = "Elsewhere 1"
    invoice.order.lines[0].name = "Something else"
    db.session.commit()

    lines = lines_of(printed(invoice).content)

    assert ["Markt 87" in lines, "Elsewhere 1" in lines, "Something else" in lines] == [True, False, False]


def a_round_of_the_worker(limit: int) -> int:
    """The worker's session is new at each round."""
    db.session.rollback()
    done = print_missing(limit)
    db.session.rollback()
    return done


@pytest.mark.each_database
def test_the_worker_prints_what_is_missing_the_oldest_first_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    oldest, *_ = [committed(placed_order()).id for _ in range(3)]
    drawn, draw = list[object](), RenderProcess.render
    monkeypatch.setattr(RenderProcess, "render", lambda *given: drawn.append(given) or draw(*given))

    assert a_round_of_the_worker(1) == 1
    assert db.session.scalars(select(Print.invoice_id)).all() == [oldest]
    assert [a_round_of_the_worker(10) for _ in range(2)] == [2, 0]
    assert prints() == 3
    assert len(drawn) == 3


def test_an_invoice_of_hundreds_of_lines_is_printed_after_those_that_wait_for_less() -> None:
    lines = [line(f"Mug {n}", quantity="1", unit_price="1.21") for n in range(200)]
    long = committed(placed_order(language="en", lines=lines, total=Decimal("242.00"))).id
    short = committed(placed_order()).id

    assert a_round_of_the_worker(10) == 2
    assert db.session.scalars(select(Print.invoice_id).order_by(Print.id)).all() == [short, long]
    content = db.session.scalars(select(Print.content).where(Print.invoice_id == long)).one()
    assert {f"Mug {n}" for n in range(200)} <= {*lines_of(content)}


def test_an_invoice_that_cant_be_printed_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    shop = shop_in_delft()
    shop.footer = "x" * 5_000_000  # more than a page may be
    bad = committed(placed_order()).number
    shop.footer = ""
    good = committed(placed_order()).id
    db.session.rollback()

    try:
        assert [a_round_of_the_worker(1) for _ in range(3)] == [0, 1, 0]
    finally:
        printing.unprintable.clear()
    assert db.session.scalars(select(Print.invoice_id)).all() == [good]
    assert caplog.messages == [f"invoice {bad} can't be printed"]


def test_nothing_is_printed_in_the_transaction_that_issues() -> None:
    placed_order()
    assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 1
    assert prints() == 0


# --- packing slips, and several at once -----------------------------------------------------------------------------


def test_a_packing_slip_says_what_goes_where_and_no_prices() -> None:
    shop_in_delft()
    db.session.add(Product(sku="MUG-30", name="Stoneware mug", location="B-07"))
    db.session.flush()
    order = placed_order(language="en", customer_note="Leave it next door.\nThanks!")
    shipment = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal("1.5")})
    shipment.tracking_code = "3SABC"
    made = day_in_delft(shipment.created_at)

    assert lines_of(packing_slip(shipment)) == [
        "Aardewerk Delft · www.aardewerk.example · +31 15 555 0100", "Page 1 of 1",
        "Aardewerk Delft", "Deliver to", "Femke Jansen", "Markt 87", "2611 GS Delft",
        "Packing slip", "Packing slip", "PS00001", "Date", f"{made.day} {made:%B %Y}", "Order", "ORD10001",
        "Web shop order", order.external_number, "Shipping method", "Parcel post", "Track & Trace", "3SABC",
        "Note from the customer", "Leave it next door.", "Thanks!",
        "Quantity", "Description", "SKU", "Location", "1.5", "Stoneware mug", "MUG-30", "B-07", "☐",
    ]  # fmt: skip


def test_many_orders_give_one_pdf_in_the_order_asked() -> None:
    orders = [placed_order(language="en") for _ in range(3)]
    for order in orders:
        create_packing_slip(order, by=SYSTEM)
    db.session.commit()
    numbers = [orders[2].number, orders[0].number, "ORD99999"]

    invoices, slips = many(numbers, invoices=True), many(numbers, invoices=False)

    assert invoices
    assert slips
    assert [text for text in lines_of(invoices) if text in ("INV00001", "INV00002", "INV00003")] == [
        "INV00003",
        "INV00001",
    ]
    assert [text for text in lines_of(slips) if text.startswith("PS0")] == ["PS00003", "PS00001"]


def test_many_of_nothing_is_nothing() -> None:
    order = placed_order()

    assert many([order.number], invoices=False) is None
    assert many([], invoices=True) is None


def test_all_documents_of_an_order_in_another_language() -> None:
    order = placed_order(language="en")

    assert "Rechnung" in lines_of(all_of(order, "de"))
    with pytest.raises(LookupError):
        all_of(Order(invoices=[]))


def test_merging_keeps_shared_fonts_once() -> None:
    orders = [placed_order() for _ in range(8)]
    single = len(printed(orders[0].invoices[0]).content)

    together = many([order.number for order in orders], invoices=True)

    assert together
    assert pages_in(together) == 8
    assert len(together) < 3 * single


def test_several_are_printed_together_as_each_by_itself(statements: list[str]) -> None:
    orders = [placed_order(language=language) for language in ("en", "de", "en")]
    numbers = [order.number for order in orders]
    shipments = [create_packing_slip(order, by=SYSTEM) for order in orders[:2]]
    db.session.commit()
    alone = [fresh_print(order.invoices[0], order.language).sha256 for order in orders]

    assert count_unprinted(numbers, invoices=True) == 3
    assert count_unprinted(numbers, invoices=False) == 2
    assert print_missing() == 3
    assert [printed(order.invoices[0]).sha256 for order in orders] == alone
    first = many(numbers, invoices=True), many(numbers, invoices=False)
    assert (count_unprinted(numbers, invoices=True), count_unprinted(numbers, invoices=False)) == (0, 0)
    db.session.expire_all()
    statements.clear()

    assert (many(numbers, invoices=True), many(numbers, invoices=False)) == first
    assert len(statements) <= 12, "\n".join(statements)
    assert first[1] == merged([packing_slip(shipment) for shipment in shipments])
