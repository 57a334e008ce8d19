"""How documents look: as the shop had it when they were made, whatever it has chosen since."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from pypdf import PdfReader

from app import queries
from app.actions.shipments import create_packing_slip
from app.config import LANGUAGES
from app.documents.invoice_page import columns_of, invoice_page
from app.documents.look import (
    CONTRAST_NEEDED,
    USUAL_LOOK,
    contrast_with_white,
    look_of,
    read_look,
    readable_colour,
)
from app.documents.packing_slip_page import slip_facts
from app.documents.page_breaks import Measures, page_breaks
from app.documents.printing import fresh_print, printed
from app.documents.quotes import said_by
from app.documents.wording import Writing, words_in
from app.extensions import db
from app.history import SYSTEM
from app.models import COLUMNS_TO_CHOOSE, INK, Invoice, LogoPlace, Paper, Shop, SkuPlace
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import line, placed_order

FOOT = "Aardewerk Delft B.V.\nKvK 12345678"


def change_look() -> Shop:
    shop = queries.shop()
    shop.accent, shop.paper, shop.logo_place = "#9a3412", Paper.LETTER, LogoPlace.RIGHT
    shop.sku_on_invoices, shop.invoice_columns = SkuPlace.COLUMN, []
    shop.footers, shop.page_foot, shop.page_feet = {"de": "Vielen Dank."}, FOOT, {"fr": "Société Aardewerk"}
    return shop


def an_invoice() -> Invoice:
    mugs = line("Stoneware mug", quantity="3", unit_price="12.50", sku="MUG-30", discount=Decimal("2.50"))
    lines = [mugs, line("Book", quantity="1", unit_price="10.90", rate="9", sku="BOOK-1")]
    return placed_order(lines=lines, total=sum((one.total for one in lines), Decimal(0))).invoices[0]


def width_of(pdf: bytes) -> float:
    return float(PdfReader(io.BytesIO(pdf)).pages[0].mediabox.width)


@pytest.mark.usefixtures("database")
def test_a_document_keeps_the_look_that_it_was_issued_with() -> None:
    shop_in_delft()
    before = an_invoice()
    pages = {language: invoice_page(before, language) for language in LANGUAGES}
    assert "look" not in before.snapshot["seller"]

    change_look()
    during = an_invoice()
    shop = queries.shop()
    db.session.commit()
    kept = printed(during, "de").content
    shop.accent, shop.paper, shop.page_foot, shop.footers = INK, Paper.A4, "", {}
    shop.invoice_columns = list(COLUMNS_TO_CHOOSE)
    db.session.flush()

    assert {language: invoice_page(before, language) for language in LANGUAGES} == pages
    assert printed(during, "de").content == kept == fresh_print(during, "de").content
    assert (width_of(kept), round(width_of(fresh_print(before, "en").content))) == (612, 595)
    assert "#9a3412" in invoice_page(during, "fr")
    said = " ".join(lines_of(kept)).replace("\xa0", " ")
    for text in ("Vielen Dank.", *FOOT.splitlines(), "Rechnung INV00002", "Seite 1 von 1", "MUG-30"):
        assert text in said
    assert "Our terms apply." not in said
    french = invoice_page(during, "fr")
    assert ("Société Aardewerk" in french, "Our terms apply." in french, "KvK 12345678" in french) == (True, True, True)
    assert french.index("Oude Delft 12") < french.index('class="shop"')  # the name stands on the right


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_column_stands_below_the_description(language: str) -> None:
    shop_in_delft()
    queries.shop().invoice_columns = []
    invoice, words, write = an_invoice(), words_in(language), Writing(language, "EUR")

    assert list(columns_of(invoice.snapshot, write).widths) == ["item", "quantity", "amount"]
    page = invoice_page(invoice, language)
    mugs = ["MUG-30", words["each"].format(price=write.price("12.50"))]
    mugs += [words["discount"] + words["colon"] + write.amount("2.50"), f"{words['vat']} {write.percent(21)}"]
    assert f"{' · '.join(mugs)}<" in page
    assert f"BOOK-1 · {words['vat']} {write.percent(9)}<" in page  # one piece costs its amount
    assert words["total_with_vat"] in page


@pytest.mark.usefixtures("database")
def test_an_open_slip_follows_and_a_quote_stays_the_same_in_another_colour() -> None:
    shop = shop_in_delft()
    invoice = an_invoice()
    then = said_by(invoice.snapshot)
    shop.accent = "#9a3412"
    assert said_by(an_invoice().snapshot)["seller"] == then["seller"]
    shop.footers = {"de": "Nur solange der Vorrat reicht."}
    assert said_by(an_invoice().snapshot)["seller"] != then["seller"]

    create_packing_slip(invoice.order, by=SYSTEM)
    facts = slip_facts(invoice.order.shipments[0], shop, {}, "en")
    assert facts["shop"]["look"] == {"accent": "#9a3412", "footers": {"de": "Nur solange der Vorrat reicht."}}


@pytest.mark.usefixtures("database")
def test_a_look_says_only_what_is_not_usual() -> None:
    assert look_of(queries.shop()) == {}
    assert read_look(None) == USUAL_LOOK
    changed = look_of(change_look())
    assert changed["paper"] == "letter"
    assert set(changed) == set(USUAL_LOOK.__dict__) - {"logo_size"}
    assert read_look(changed).below("Own", "de") == ["Vielen Dank."]
    assert read_look(changed).foot("nl") == FOOT.splitlines()


def test_a_sheet_of_letter_paper_takes_fewer_lines() -> None:
    measures = Measures(300, (40.0,) * 60, 150)
    usual, letter = (page_breaks(measures, look) for look in (USUAL_LOOK, replace(USUAL_LOOK, paper=Paper.LETTER)))
    assert (usual[0], letter[0]) == (9, 8)


def test_a_colour_is_read_on_white_or_made_darker_until_it_is() -> None:
    assert [round(contrast_with_white(one), 2) for one in ("#000000", "#ffffff", "#777777")] == [21, 1, 4.48]
    for colour in ("#ffffff", "#ffd000", "#b8860b", "#1f2933"):
        assert contrast_with_white(readable_colour(colour)) >= CONTRAST_NEEDED
    assert readable_colour(INK) == INK
