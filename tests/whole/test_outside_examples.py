"""Orders as platforms publish them, from a folder outside the project that TOONBANK_PAYLOADS names."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from app.intake_readers import READERS, NewOrder, orders_in

FOLDER = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="TOONBANK_PAYLOADS names no folder")

#: Files of orders, with the external id and stated total of each.
ORDERS = {
    "woocommerce/01.json": {"963": "31.20"},
    "woocommerce/03.json": {"609": "223.71"},
    "woocommerce/05.json": {"963": "31.20", "961": "20.00", "960": "20.00", "560": "1198.50"},
    "woocommerce/08.json": {"727": "29.35", "723": "39.00"},
    "woocommerce/09.json": {"17111": "33.30"},
    "woocommerce/10.json": {"57744": "2.50"},
    "shopify/01.json": {"450789469": "409.94"},
    "shopify/02.json": {"123456": "10.00"},
    "shopify/03.json": {"100500": "2147.58"},
    "shopify/05.json": {"6200407294252": "186.90"},
    "shopify/07.json": {"820982911946154508": "403.00"},
    "lightspeed/01.json": {"1623550": "50.35"},
    "lightspeed/02.json": {"123": "0"},
    "lightspeed/03.json": {"12016672": "179.75"},
    "lightspeed/04.json": {"12013950": "654.96"},
    "lightspeed/05.json": {"12011394": "783.89"},
    "lightspeed/06.json": {"12006728": "157.50"},
    "lightspeed/08.json": {"11997612": "268.74"},
}

#: Orders whose lines and taxes don't add up to what they state, and to what they do.
NOT_ADDING_UP = {
    ("woocommerce/01.json", "963"): "290.32125",
    ("woocommerce/05.json", "963"): "290.32125",
    ("shopify/01.json", "450789469"): "608.94",
    ("lightspeed/01.json", "1623550"): "50.3475",
    ("lightspeed/03.json", "12016672"): "179.76",
    ("lightspeed/04.json", "12013950"): "654.976",
    ("lightspeed/05.json", "12011394"): "783.888",
    ("lightspeed/08.json", "11997612"): "268.744",
}


def text_of(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def read(name: str) -> list[NewOrder]:
    found = list(orders_in(name.split("/")[0], text_of(name), currency="CAD"))
    assert [one.problem for one in found if one.problem] == []
    return [one.order for one in found if one.order]


def adds_up_to(order: NewOrder) -> Decimal:
    taxes = sum(tax.amount for line in order.lines for tax in line.taxes)
    return sum((line.total for line in order.lines), Decimal(0)) + (0 if order.prices_include_tax else taxes)


@pytest.mark.parametrize("name", ORDERS)
def test_each_order_is_read_with_its_stated_total(name: str) -> None:
    assert {order.external_id: order.total for order in read(name)} == {
        external_id: Decimal(total) for external_id, total in ORDERS[name].items()
    }


@pytest.mark.parametrize("name", ORDERS)
def test_lines_and_taxes_are_not_made_to_fit(name: str) -> None:
    sums = {order.external_id: adds_up_to(order) for order in read(name)}

    assert sums == {
        external_id: Decimal(NOT_ADDING_UP.get((name, external_id), total))
        for external_id, total in ORDERS[name].items()
    }


def test_every_other_file_is_refused_by_a_field_that_stands_in_it() -> None:
    names = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.json"))
    others = [name for name in names if name not in ORDERS and name.split("/")[0] in READERS]
    assert others

    for name in others:
        for found in orders_in(name.split("/")[0], text_of(name), currency="CAD"):
            assert found.order is None, name
            assert found.problem is not None
            assert f'"{found.problem.field}"' in found.raw
            assert found.problem.reason.startswith("This is not an order but something else: ")


@pytest.mark.parametrize("name", ORDERS)
def test_the_raw_text_reads_the_same_again(name: str) -> None:
    source = name.split("/")[0]
    for found in orders_in(source, text_of(name), currency="CAD"):
        assert found.raw in text_of(name)
        assert list(orders_in(source, found.raw, currency="CAD")) == [found]


#: Where the other real orders lie, and who reads them.
MORE = {**{source: source for source in READERS}, "shopify-csv": "csv", "etsy-csv": "csv"}
STATED = {"woocommerce": "total", "shopify": "total_price", "ecwid": "total", "prestashop": "total_paid_tax_incl"}


def more_files() -> list[str]:
    files = [file for folder in MORE for file in sorted((FOLDER / "more" / folder).glob("*.*"))]
    return [str(file.relative_to(FOLDER)) for file in files if file.suffix in (".json", ".csv")]


@pytest.mark.parametrize("name", more_files())
def test_more_orders_are_read_whole_or_refused_by_a_field(name: str) -> None:
    source, text = MORE[name.split("/")[1]], text_of(name)

    found = list(orders_in(source, text, currency="EUR"))

    assert found
    for one in found:
        assert (one.order is None) != (one.problem is None)
        if one.problem:
            assert one.problem.field
            assert one.problem.reason
        elif one.order and source in STATED:
            assert one.order.total == Decimal(str(json.loads(one.raw, parse_float=Decimal)[STATED[source]]))
        assert [again.order for again in orders_in(source, one.raw, currency="EUR")] == [one.order]


def test_most_of_the_real_orders_can_be_read() -> None:
    found = [one for name in more_files() for one in orders_in(MORE[name.split("/")[1]], text_of(name), currency="EUR")]

    assert sum(one.order is not None for one in found) > 200
