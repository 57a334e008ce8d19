"""What the page of an order says of its goods and their VAT, of every kind of sale and in every language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from lxml import html

from app.accounting.tax_rows import rows_of_order
from app.actions.invoices import issue_invoice
from app.actions.reverse_charge import reverse_charge
from app.admin_views.dashboard.products import of_total, vat_per_rate
from app.config import LANGUAGES
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewTax
from app.models import InvoiceMoment, MarginScheme, Order, Product
from app.queries import shop
from tests.browser.page_texts import PageTexts
from tests.clients import Client
from tests.factories import address, line, placed_order

TABS = ("", "?tab=products", "?tab=invoices", "?tab=history")


def sold(*lines: Any, **stated: Any) -> Order:
    """An order of a shop that invoices by hand; prices include VAT unless it is stated otherwise."""
    own = shop()
    own.invoice_moment, own.country, own.vat_id = InvoiceMoment.MANUAL, "NL", "NL853746333B01"
    tax = sum((tax.amount for one in lines for tax in one.taxes), Decimal(0))
    total = sum((one.total for one in lines), Decimal(0))
    if not stated.get("prices_include_tax", True):
        total += tax
    return placed_order(**{"lines": list(lines), "total": total, "tax_total": tax, **stated})


def clock() -> Any:
    """Second-hand, and sold under the margin scheme."""
    facts = {"margin_scheme": MarginScheme.GOODS, "purchase_price": Decimal(60), "vat_rate": Decimal(21)}
    db.session.add(Product(sku="CLOCK", name="Clock", **facts))
    db.session.flush()
    return line("Clock", quantity="1", unit_price="181.00", rate="0", sku="CLOCK")


def mugs(rate: str = "21") -> Any:
    return line("Stoneware mug", quantity="2", unit_price="12.10", rate=rate)


def abroad() -> dict[str, Any]:
    to = address(country="BE", postcode="2000", city="Antwerpen")
    buyer = NewCustomer(name="Atelier", email="atelier@example.com", company="Atelier", vat_id="BE0417497106")
    return {"customer": buyer, "billing": to, "shipping": to}


def under_scheme() -> Order:
    order = sold(clock())
    issue_invoice(order, by=SYSTEM)
    return order


def partly_under_scheme() -> Order:
    order = sold(clock(), mugs())
    issue_invoice(order, by=SYSTEM)
    return order


def partly_under_scheme_on_top() -> Order:
    order = sold(clock(), mugs(), prices_include_tax=False)
    issue_invoice(order, by=SYSTEM)
    return order


def under_scheme_abroad() -> Order:
    return sold(clock(), mugs(), **abroad())


def reversed_to_buyer() -> Order:
    order = sold(mugs(), **abroad())
    reverse_charge(order, by=SYSTEM)
    issue_invoice(order, by=SYSTEM)
    return order


def of_unknown_rate() -> Order:
    unknown = mugs()
    unknown.taxes = [NewTax(name="", amount=Decimal("1.20"), rate=None)]
    return sold(unknown, mugs("9"), mugs("0"))


def taxed_twice() -> Order:
    twice = mugs()
    twice.taxes = [NewTax(name=name, amount=Decimal("1.21"), rate=Decimal(5)) for name in ("GST", "PST")]
    return sold(twice, prices_include_tax=False, currency="CAD")


KINDS = (
    under_scheme,
    partly_under_scheme,
    partly_under_scheme_on_top,
    under_scheme_abroad,
    reversed_to_buyer,
    of_unknown_rate,
    taxed_twice,
)


def faults(client: Client, path: str) -> Iterator[tuple[str, str, str]]:
    """What only a machine would write, in each language."""
    for language in LANGUAGES:
        client.set_cookie("language", language)
        yield from ((language, path, fault) for fault in PageTexts(client.get(path).text).faults())


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_every_kind_of_sale_speaks_to_people(
    client: Client, in_app: Any, kind: Callable[[], Order]
) -> None:
    with in_app():
        path = f"/admin/order/{kind().number}"

    paths = [path + tab for tab in TABS]
    opened = html.document_fromstring(client.get(path).text).xpath("//main//a[@data-dialog]/@href")
    if kind is partly_under_scheme:
        assert len(opened) > 3
        paths += [one for one in opened if one.startswith("/admin/order/")]

    assert [fault for one in paths for fault in faults(client, one)] == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("kind", "on_top", "within"),
    [
        (under_scheme, [], [("of which under the margin scheme", "181.00")]),
        (
            partly_under_scheme,
            [],
            [("of which VAT 21 %", "4.20"), ("of which under the margin scheme", "181.00")],
        ),
        (partly_under_scheme_on_top, [("VAT 21 %", "4.20")], [("of which under the margin scheme", "181.00")]),
        (taxed_twice, [("GST 5 % on CA$24.20", "1.21"), ("PST 5 % on CA$24.20", "1.21")], []),
    ],
)
def test_vat_and_what_is_under_the_scheme_stand_by_the_total(
    kind: Callable[[], Order], on_top: list[tuple[str, str]], within: list[tuple[str, str]]
) -> None:
    order = kind()
    rows = rows_of_order(order)
    above = [] if order.prices_include_tax else vat_per_rate(order, rows)

    assert [(name, str(value)) for name, value in above] == on_top
    assert [(name, str(value)) for name, value in of_total(order, rows)] == within


def test_goods_under_the_scheme_say_so_in_the_place_of_their_rate(client: Client, in_app: Any) -> None:
    with in_app():
        number = partly_under_scheme().number

    page = html.document_fromstring(client.get(f"/admin/order/{number}").text)
    assert [cell.text_content() for cell in page.xpath("//td[@data-label='VAT']")] == ["Margin scheme", "21 %"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (under_scheme_abroad, "“Clock” is sold under the margin scheme"),
        (partly_under_scheme, None),
        (of_unknown_rate, None),
    ],
)
def test_a_business_abroad_whose_vat_is_not_reversed_is_told_why(
    client: Client, in_app: Any, kind: Callable[[], Order], reason: str | None
) -> None:
    with in_app():
        number = kind().number

    page = html.document_fromstring(client.get(f"/admin/order/{number}").text)
    said = [one.text_content() for one in page.xpath("//*[starts-with(@id, 'why')]")]
    offered = page.xpath("//main//*[contains(., 'Reverse VAT')]")
    assert bool(offered) == (reason is not None)
    assert reason is None or any(text.strip().startswith(reason) for text in said), said
