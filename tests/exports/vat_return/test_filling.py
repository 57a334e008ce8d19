"""Each box to the cent for a quarter made by hand, and nothing lost of a shop of random orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from app.accounting.tax_rows import TaxRow
from app.actions.credit_notes import create_credit_note
from app.actions.invoices import issue_invoice
from app.columns import at, now
from app.exports import vat_summary
from app.exports.figures import FigureScope
from app.exports.figures.spans import Span
from app.exports.figures.vat import VatKey
from app.exports.vat_return import FORMS, VatQuestion, VatReturn, ask_for_return, fill_return, sales_at
from app.exports.vat_return.kinds import SaleKind, kind_of_sale
from app.extensions import db
from app.history import SYSTEM
from app.queries import shop
from tests.einvoices.random_orders import random_documents
from tests.exports.vat_return.every_sale import ABROAD, RATES, move_to, sell, sell_everything, this_year, with_vat
from tests.factories import address, line, placed_order

ZERO = Decimal(0)


def find_return(country: str) -> VatReturn:
    asked = ask_for_return(shop(), this_year())
    assert asked.country == country
    return fill_return(asked)


def filled(found: VatReturn) -> dict[str, tuple[str, str]]:
    """Box -> what is to be filled in, of those that are not empty."""
    said = {line.box.code: (line.filled_base, line.filled_tax) for line in found.boxes}
    return {code: tuple("" if one is None else str(one) for one in both) for code, both in said.items() if any(both)}  # type: ignore[misc]


EXPECTED = {
    # 100.60 at each rate, and a margin of 100.00 at the standard one; what was credited shows in BE and ES only
    "NL": {
        "1a": ("200", "42"), "1b": ("100", "9"), "1e": ("30", ""), "3a": ("50", ""), "3b": ("380", ""),
        "5a": ("", "51"),
    },
    "BE": {
        "00": ("130.70", ""), "01": ("120.60", ""), "02": ("120.60", ""), "03": ("220.60", ""), "44": ("80.10", ""),
        "46": ("310.75", ""), "47": ("150.60", ""), "48": ("10.00", ""), "49": ("60.00", ""), "54": ("", "68.04"),
        "64": ("", "7.80"),
    },
    "DE": {
        "81": ("200", "38.00"), "86": ("100", "7.00"), "87": ("30", ""), "41": ("300", ""), "43": ("50", ""),
        "48": ("40", ""), "21": ("80", ""),
    },
    "FR": {
        "A1": ("504", ""), "E1": ("51", ""), "E2": ("211", ""), "E3": ("100", ""), "F2": ("301", ""),
        "08": ("201", "40"), "09": ("101", "6"), "9B": ("101", "10"), "T6": ("101", "2"), "16": ("", "58"),
    },
    "ES": {
        "150": ("30.30", ""), "01": ("120.60", "4.82"), "04": ("120.60", "12.06"), "07": ("220.60", "46.33"),
        "14": ("-60.00", "-7.00"), "27": ("", "56.21"), "59": ("380.85", ""), "60": ("50.60", ""),
        "123": ("100.00", ""),
    },
}  # fmt: skip


@pytest.mark.parametrize("country", EXPECTED)
def test_every_kind_of_sale_is_in_its_box(country: str, database: None) -> None:
    sell_everything(country)
    found = find_return(country)
    assert filled(found) == EXPECTED[country]


def test_what_is_in_no_box_is_named(database: None) -> None:
    sell_everything("NL")
    found = find_return("NL")
    apart = {(line.currency, line.kind): (str(line.row.base), line.is_to_decide) for line in found.apart}
    assert apart == {
        ("EUR", SaleKind.UNTAXED): ("7.70", True),
        ("EUR", SaleKind.UNKNOWN_RATE): ("100.00", True),
        ("EUR", SaleKind.MARGIN_UNRECKONED): ("9.90", True),
        ("EUR", SaleKind.OSS): ("100.00", False),
        ("EUR", SaleKind.EXEMPT): ("40.40", False),
        ("EUR", SaleKind.MARGIN_REST): ("60.00", False),
        ("USD", SaleKind.TAXED): ("9.92", True),
    }
    assert [(one.country, one.percent, str(one.row.base), str(one.row.tax)) for one in found.oss] == [
        ("LU", "17", "100.00", "17.00")
    ]
    assert [(one.vat_id, one.kind, str(one.base)) for one in found.listed] == [
        ("LU26375245", SaleKind.EU_GOODS, "300.75"),
        ("LU26375245", SaleKind.EU_SERVICES, "80.10"),
    ]


def test_what_is_in_another_currency_stands_apart_and_in_no_list(database: None) -> None:
    move_to("NL")
    sell("0", "50.00", to="LU", vat_id=ABROAD["vat_id"], currency="USD")
    sell("21", "121.00", currency="USD")
    sell("21", "12.10")
    found = find_return("NL")
    assert filled(found) == {"1a": ("10", "2"), "5a": ("", "2")}
    assert [(line.kind, line.is_to_decide) for line in found.apart] == [
        (SaleKind.EU_GOODS, True),
        (SaleKind.TAXED, True),
    ]
    assert found.listed == []
    question = ask_for_return(shop(), this_year())
    for currency, bases in {"EUR": ["10.00"], "USD": ["100.00"]}.items():
        assert [str(sale.row.base) for sale in sales_at(question, SaleKind.TAXED, currency)] == bases


def test_a_document_of_two_rates_counts_once_in_a_box(database: None) -> None:
    move_to("ES")
    vases = [line("Vase", quantity="1", unit_price=price, rate=rate) for price, rate in (("121", "21"), ("110", "10"))]
    home = address(country="ES", postcode="28001")
    order = placed_order(lines=vases, total=Decimal(231), tax_total=Decimal(31), billing=home, shipping=home)
    create_credit_note(issue_invoice(order, by=SYSTEM), by=SYSTEM, everything=True)
    db.session.flush()
    (changed,) = [line for line in find_return("ES").boxes if line.box.code == "14"]
    assert (changed.documents, changed.base) == (1, Decimal(-200))


@pytest.mark.parametrize(
    ("country", "code", "base", "tax"),
    [
        ("NL", "1a", "-101", "-22"),  # in favour of who files
        ("DE", "81", "-100", "-19.00"),  # without the cents
        ("FR", "08", "-101", "-20"),  # to the nearest
        ("ES", "14", "-100.60", "-21.13"),
    ],
)
def test_what_is_credited_later_is_rounded_as_the_form_rounds(
    country: str, code: str, base: str, tax: str, database: None
) -> None:
    move_to(country)
    rate = RATES[country][0]
    with at(now() - timedelta(days=90)):
        invoice = sell(rate, with_vat("100.60", rate))
    create_credit_note(invoice, by=SYSTEM, everything=True)
    db.session.flush()
    found = find_return(country)
    assert filled(found)[code] == (base, tax)
    below_zero = {line.box.code for line in found.boxes if line.is_below_zero}
    assert below_zero == {line.box.code for line in found.boxes if line.filled_base or line.filled_tax}


def test_the_vat_in_a_margin_at_a_rate_of_no_tier_is_to_be_looked_at() -> None:
    for tier, kind in (("standard", SaleKind.MARGIN_TAXED), ("other", SaleKind.UNKNOWN_RATE)):
        key = VatKey("EUR", "NL", "NL", "margin_taxed", tier, "", "33")
        assert kind_of_sale(key, TaxRow(Decimal(100), Decimal(33)), {}, "NL") == kind


def test_a_country_without_form_has_its_kinds_and_rates(database: None) -> None:
    sell_everything("AT")
    found = find_return("AT")
    assert (found.form, found.boxes, found.apart) == (None, [], [])
    assert {line.kind for line in found.kinds} >= {SaleKind.TAXED, SaleKind.EU_GOODS, SaleKind.EXPORT, SaleKind.OSS}
    move_to("ES")
    shop().postcode = "35001"
    assert ask_for_return(shop(), this_year()).form is None, "the Canaries have a tax of their own"


@pytest.mark.each_database
def test_nothing_is_lost_of_random_orders(database: None) -> None:
    """Whoever's form it is: what is in boxes and what is in none come to the VAT export, and lists to their boxes."""
    random = Random(14)
    for country in FORMS:
        sell_everything(country)
    for _order in range(40):
        list(random_documents(random))
    db.session.flush()
    asked = this_year()
    seen: set[str] = set()
    for country, form in FORMS.items():
        question = VatQuestion(form, country, asked)
        found = fill_return(question)
        seen |= {line.kind for line in found.kinds}
        exported: dict[str, tuple[Decimal, Decimal]] = {}
        for _country, currency, _name, _rate, net, tax, _count in vat_summary(asked.period):
            before = exported.get(str(currency), (ZERO, ZERO))
            exported[str(currency)] = (before[0] + net, before[1] + tax)  # type: ignore[operator]
        assert {currency: (row.base, row.tax) for currency, row in found.totals.items()} == exported
        check_boxes(question, found, exported["EUR"])
    assert seen >= set(SaleKind) - {SaleKind.SURCHARGE}


def check_boxes(question: VatQuestion, found: VatReturn, exported: tuple[Decimal, Decimal]) -> None:
    own = [line for line in found.boxes if not line.box.adds]
    base = total(own, lambda line: (-1 if line.box.takes_back else 1) * (line.base or ZERO))
    tax = total(own, lambda line: (-1 if line.box.takes_back else 1) * (line.tax or ZERO))
    apart = [line for line in found.apart if line.currency == "EUR"]
    assert base + total(apart, lambda line: line.row.base) == exported[0]
    in_box = SaleKind.OSS not in {line.kind for line in apart}  # its base, for its VAT is in the return of OSS
    oss = total(found.oss, lambda line: line.row.tax if in_box and line.currency == "EUR" else ZERO)
    assert tax + total(apart, lambda line: line.row.tax) + oss == exported[1]
    for box in own:
        behind = list(sales_at(question, box.box.code, "EUR"))
        assert len({sale.document_id for sale in behind}) == box.documents
        if box.base is not None:
            assert abs(total(behind, lambda sale: sale.row.base)) == abs(box.base)
        if box.tax is not None and box.base is not None:
            assert total(behind, lambda sale: sale.row.tax) == box.tax


def total(rows: Any, of: Callable[[Any], Decimal]) -> Decimal:
    return sum((of(row) for row in rows), ZERO)


def test_a_surcharge_for_retailers_has_boxes_in_spain_only(database: None) -> None:
    move_to("ES")
    sell("5.2", "105.20")
    create_credit_note(sell("1.4", "10.14"), by=SYSTEM, everything=True)
    assert filled(find_return("ES")) == {
        "19": ("10.00", "0.14"),
        "22": ("100.00", "5.20"),
        "25": ("-10.00", "-0.14"),
        "27": ("", "5.20"),
    }
    move_to("NL")
    sell("5.2", "105.20")
    assert {(line.kind, line.row.tax) for line in find_return("NL").apart} == {
        (SaleKind.UNKNOWN_RATE, Decimal("5.20")),
        (SaleKind.OTHER_SELLER, Decimal("5.20")),
    }


def test_goods_without_vat_that_stay_here_are_no_reversed_service(database: None) -> None:
    """A business of another member state fetched them: nothing says that this bears no VAT."""
    move_to("NL")
    sell("0", "50.00", to="NL", vat_id=ABROAD["vat_id"])
    found = find_return("NL")
    assert filled(found) == {}
    assert [(line.kind, line.is_to_decide) for line in found.apart] == [(SaleKind.UNTAXED, True)]


def test_documents_are_found_by_their_days(database: None) -> None:
    asked_for: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked_for.append((statement, parameters))

    question = ask_for_return(shop(), FigureScope(Span(date(2026, 7, 1), date(2026, 9, 30)), "Europe/Amsterdam"))
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        fill_return(question)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    plans = [
        str(row[3])
        for statement, parameters in asked_for
        for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]
    assert [plan for plan in plans if plan.startswith("SCAN invoice")] == []
    assert any(plan.startswith("SEARCH invoice USING INDEX") for plan in plans)
