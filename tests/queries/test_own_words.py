"""A customer reads the shop's own words in their language; what is issued keeps the ones it was issued with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app.actions.drafts import begin_empty_draft
from app.actions.invoices import change_invoice
from app.actions.lines import EditedLine, edit_lines
from app.actions.payments import mark_paid
from app.actions.returns import create_return
from app.actions.shipments import create_packing_slip, mark_sent
from app.documents.invoice_page import invoice_page
from app.documents.packing_slips import packing_slip
from app.documents.printing import fresh_print, printed
from app.documents.quotes import keep_quote, print_quote
from app.documents.return_slip_page import draw_return_slip
from app.exports import vat_summary
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewLine, NewTax
from app.mails.words import about_return, words_of
from app.models import CustomStatus, Order, PaymentMethod, Return, Shop, WordKind
from app.queries import shop, today
from app.queries.own_words import languages_missing, own_word, words_in_use
from app.queries.periods import Period
from tests.clients import sign_in
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import paid_order, placed_order

WORDS: dict[str, dict[str, dict[str, str]]] = {
    "payment_method": {"Bank transfer": {"de": "Überweisung", "fr": "Virement"}},
    "shipping_method": {"Parcel post": {"de": "Paketpost"}},
    "return_reason": {"Damaged": {"de": "Kaputt"}},
    "return_action": {"Pay back": {"de": "Geld zurück"}},
    "delivery_time": {"1-2 weeks": {"de": "1-2 Wochen"}},
}
ORDER: dict[str, Any] = {
    "language": "de",
    "payment_method": "Bank transfer",
    "shipping_method": "Parcel post",
    "email": "femke@example.org",
}


def shop_of_words() -> Shop:
    own = shop_in_delft()
    own.own_words = WORDS
    db.session.flush()
    return own


def a_return(order: Order) -> Return:
    mark_sent(order, by=SYSTEM, notify=False)
    goods = {order.lines[0].id: Decimal(1)}
    return create_return(order, by=SYSTEM, quantities=goods, reason="Damaged", action="Pay back")


@pytest.mark.usefixtures("database")
def test_a_word_that_is_missing_is_said_as_the_shop_says_it() -> None:
    shop_of_words()

    assert own_word(WordKind.PAYMENT_METHOD, "Bank transfer", "de") == "Überweisung"
    assert own_word(WordKind.PAYMENT_METHOD, "Bank transfer", "es") == "Bank transfer"
    assert own_word(WordKind.SHIPPING_METHOD, "Bank transfer", "de") == "Bank transfer"
    assert own_word(WordKind.RETURN_REASON, "", "de") == ""


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_the_words_in_use_are_asked_for_at_once_and_say_what_they_lack(statements: list[str]) -> None:
    own = shop_of_words()
    own.languages, own.delivery_times = ["de", "fr"], ["1-2 weeks", "Tomorrow", "1-2 weeks"]
    db.session.add_all([PaymentMethod(title="Bank transfer"), PaymentMethod(title="Cheque", is_active=False)])
    db.session.flush()
    statements.clear()

    words = words_in_use(own)

    assert len(statements) == 1
    assert (words[WordKind.PAYMENT_METHOD], words[WordKind.SHIPPING_METHOD]) == (["Bank transfer"], [])
    assert words[WordKind.RETURN_ACTION] == ["Pay back", "Repair", "Replace"]
    assert words[WordKind.DELIVERY_TIME] == ["1-2 weeks", "Tomorrow"]
    assert languages_missing(own, WordKind.PAYMENT_METHOD, "Bank transfer") == []
    assert languages_missing(own, WordKind.RETURN_REASON, "Damaged") == ["fr"]


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_an_invoice_keeps_the_words_that_it_was_issued_with() -> None:
    own = shop_of_words()
    order = placed_order(**ORDER)
    (invoice,) = order.invoices
    change_invoice(invoice, by=SYSTEM, paid=False, delivery_time="1-2 weeks")
    assert "1-2 Wochen" in invoice_page(invoice, "de")
    mark_paid(order, by=SYSTEM)
    db.session.commit()
    kept = printed(invoice, "de").content
    own.own_words = {**WORDS, "payment_method": {"Bank transfer": {"de": "Vorkasse"}}}
    db.session.commit()

    said = " ".join(lines_of(kept))
    assert ("Überweisung" in said, "1-2 Wochen" in said, "Bank transfer" in said) == (True, True, False)
    assert printed(invoice, "de").content == kept == fresh_print(invoice, "de").content
    assert "Bank transfer" in invoice_page(invoice, "fr")  # no language of this document
    later = placed_order(**{**ORDER, "external_id": "later"})
    mark_paid(later, by=SYSTEM)
    assert "Vorkasse" in invoice_page(later.invoices[0], "de")


@pytest.mark.usefixtures("database")
def test_an_invoice_in_the_language_of_the_shop_holds_no_words() -> None:
    shop_of_words()

    assert "own_words" not in placed_order(**{**ORDER, "language": "en"}).invoices[0].snapshot


@pytest.mark.usefixtures("database")
def test_slips_say_method_reason_and_solution_in_the_language_of_the_customer() -> None:
    own = shop_of_words()
    order = paid_order(**ORDER)
    create_packing_slip(order, by=SYSTEM)
    db.session.commit()
    slip = order.shipments[0]

    assert "Paketpost" in lines_of(packing_slip(slip))
    assert "Parcel post" in lines_of(packing_slip(slip, "en"))
    back = lines_of(draw_return_slip(a_return(order), own))
    assert {"Kaputt", "Geld zurück"} <= set(back)
    assert not {"Damaged", "Pay back"} & set(back)


@pytest.mark.usefixtures("database")
def test_a_quote_keeps_its_words_and_another_word_makes_no_new_offer() -> None:
    own = shop_of_words()
    draft = begin_empty_draft(by=SYSTEM)
    draft.customer_name, draft.language = "Stan Guit", "de"
    draft.payment_method_title, draft.shipping_method_title = "Bank transfer", "Parcel post"
    edit_lines(draft, by=SYSTEM, lines=[EditedLine("Becher", Decimal(2), Decimal("12.10"), rate=Decimal(21))])
    db.session.commit()
    quote = keep_quote(draft)
    said = lines_of(print_quote(quote))
    own.own_words = {}
    db.session.commit()

    assert {"Überweisung", "Paketpost"} <= set(said)
    assert keep_quote(draft).id == quote.id


@pytest.mark.usefixtures("database")
def test_documents_name_taxes_in_their_language_and_the_books_as_they_came() -> None:
    """Where several taxes are on a line each goes by its name; what is issued keeps the word of that day."""
    own = shop_of_words()
    own.own_words = {**WORDS, "tax": {"GST": {"de": "Bundessteuer", "en": "Federal tax"}, "Duty": {"de": "Zoll"}}}
    order = taxed_twice(language="de")
    (invoice,) = order.invoices
    db.session.commit()
    kept = printed(invoice, "de").content
    own.own_words = WORDS
    db.session.commit()

    assert invoice.snapshot["own_words"]["de"]["tax"] == {"GST": "Bundessteuer"}
    said = " ".join(lines_of(kept))
    assert ("Bundessteuer 5\xa0%" in said.replace(" %", "\xa0%"), "PST 7" in said, "GST" in said) == (True, True, False)
    assert printed(invoice, "de").content == kept == fresh_print(invoice, "de").content
    assert "GST" in invoice_page(invoice, "fr")
    assert [row["name"] for row in invoice.snapshot["vat"]] == ["PST", "GST"]
    summary = [row[2] for row in vat_summary(Period(today(), today(), own.time_zone))]
    assert summary == ["GST", "PST"]


def test_colleagues_read_names_of_taxes_in_the_language_of_their_screen(app: Flask, in_app: Any) -> None:
    with in_app():
        order = taxed_twice()
        shop().own_words = {"tax": {"GST": {"de": "Bundessteuer", "en": "Federal tax"}}}
        path = f"/admin/order/{order.number}"
    owner, report = sign_in(app, "owner"), "/admin/figures/vat?period=this_month"

    seen = {}
    for language in ("en", "de", "fr"):
        owner.set_cookie("language", language)
        pages = [owner.get(one).text for one in (path, report)]
        seen[language] = {
            word for word in ("GST", "Federal tax", "Bundessteuer") if all(word in page for page in pages)
        }
        assert "GST 5 %" in owner.get(f"{report.replace('vat', 'vat/file')}&file=csv").text

    assert seen == {"en": {"Federal tax"}, "de": {"Bundessteuer"}, "fr": {"GST"}}


def taxed_twice(**stated: Any) -> Order:
    taxes = [NewTax("GST", Decimal("2.75"), rate=Decimal(5)), NewTax("PST", Decimal("3.85"), rate=Decimal(7))]
    line = NewLine(name="Mug", quantity=Decimal(1), unit_price=Decimal("61.60"), total=Decimal("61.60"), taxes=taxes)
    return placed_order(lines=[line], total=Decimal("61.60"), **{**ORDER, "language": "en", **stated})


@pytest.mark.usefixtures("database")
def test_mails_say_methods_and_reasons_in_their_language() -> None:
    shop_of_words()
    order = placed_order(**ORDER)
    mark_paid(order, by=SYSTEM)
    told = words_of(order, "de")
    assert [told[word] for word in ("payment_method", "shipping_method", "received_by")] == [
        "Überweisung", "Paketpost", "Überweisung",
    ]  # fmt: skip
    assert words_of(order, "es")["payment_method"] == "Bank transfer"

    assert about_return(a_return(order), "de")["return_reason"] == "Kaputt"


@pytest.mark.usefixtures("database")
def test_documents_and_mails_ask_for_no_more_than_the_shop(statements: list[str]) -> None:
    shop_of_words()
    order = placed_order(**ORDER)
    db.session.commit()
    assert (shop().own_words, order.payment_method_title) == (WORDS, "Bank transfer")
    statements.clear()

    for language in ("de", "fr", "en"):
        own_word(WordKind.PAYMENT_METHOD, "Bank transfer", language)

    assert statements == []


def test_a_status_of_the_shops_own_is_read_in_the_language_of_the_screen(app: Flask, in_app: Any) -> None:
    with in_app():
        order = placed_order()
        order.custom_status = CustomStatus(title="Gift wrap")
        shop().own_words = {"custom_status": {"Gift wrap": {"de": "Geschenkpapier"}}}
        path = f"/admin/order/{order.number}"
    owner = sign_in(app, "owner")

    seen = {}
    for language in ("en", "de", "fr"):
        owner.set_cookie("language", language)
        pages = [owner.get(one).text for one in (path, "/admin/order/", "/admin/")]
        seen[language] = {word for word in ("Gift wrap", "Geschenkpapier") if all(word in page for page in pages)}
        assert "Gift wrap" in owner.get("/admin/order-status/").text  # where its title is written

    assert seen == {"en": {"Gift wrap"}, "de": {"Geschenkpapier"}, "fr": {"Gift wrap"}}
