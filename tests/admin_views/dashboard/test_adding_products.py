"""A draft is filled on its own page: products are scanned or pressed, with no pop-up between."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

from app.actions.drafts import begin_empty_draft
from app.actions.lines import EditedLine, edit_lines
from app.extensions import db
from app.history import SYSTEM
from app.models import AddressKind, MarginScheme, Order, Product
from app.queries import order_numbered
from tests.clients import Client
from tests.factories import placed_order


def catalogue() -> dict[str, int]:
    for sku, name, price in (
        ("MUG-30", "Mug, speckled", "12.50"),
        ("MUG-45", "Mug, tall", "15"),
        ("OLD", "Radio", "40"),
    ):
        db.session.add(Product(sku=sku, name=name, price=Decimal(price), vat_rate=Decimal(21)))
    db.session.flush()
    radio = db.session.query(Product).filter_by(sku="OLD").one()
    radio.margin_scheme, radio.purchase_price = MarginScheme.GOODS, Decimal(10)
    return {one.sku or "": one.id for one in db.session.query(Product)}


def lines_of(order: Order | None) -> list[tuple[str, Decimal, Decimal, str]]:
    assert order is not None
    return [(line.sku, line.quantity, line.unit_price, line.taxes[0]["rate"]) for line in order.lines if line.quantity]


def test_products_are_added_by_scanning_or_pressing_and_nothing_else_changes(
    client: Client, in_app: Any, signed_in_as: Callable[[str], Client]
) -> None:
    with in_app():
        ids = catalogue()
        draft = begin_empty_draft(by=SYSTEM)
        edit_lines(draft, by=SYSTEM, lines=[EditedLine("Engraving", Decimal(1), Decimal(5), Decimal(1), Decimal(9))])
        number, placed = draft.number, placed_order().number
    page = f"/admin/order/{number}"
    there = f"{page}/add-product"

    def add(**given: object) -> str:
        """What is said when the page is back."""
        answer = client.post(there, data=given)
        assert (answer.status_code, answer.location) == (303, page)
        return unescape(client.get(page).text)

    assert "1 × Mug, speckled added" in add(find="mug-30", quantity="1")  # scanned
    assert "2.5 × Mug, speckled added" in add(find="speckled", quantity="2,5")  # the only one called so
    assert "1 × Mug, tall added" in add(add_product=ids["MUG-45"], find="mug")  # pressed
    assert "1 × Radio added" in add(find="OLD")
    assert "1 × Mug, tall added" in add(find="MUG-45", price="14,00")  # at another price
    assert "3 × Gift wrapping added" in add(find="Gift wrapping", quantity="3", price="1.50")
    whole = [
        ("", Decimal(1), Decimal(5), "9"),
        ("MUG-30", Decimal("3.5"), Decimal("12.50"), "21"),
        ("MUG-45", Decimal(1), Decimal(15), "21"),
        ("OLD", Decimal(1), Decimal(40), "0"),  # its VAT is in the margin
        ("MUG-45", Decimal(1), Decimal(14), "21"),
        ("", Decimal(3), Decimal("1.50"), "9"),  # at the rate of the lines before
    ]
    with in_app():
        assert lines_of(order_numbered(number)) == whole
    for given, said in (
        ({"find": "mug"}, "More than one product is called “mug”"),
        ({"find": "no such thing"}, "No product for sale is called “no such thing”"),
        ({"find": " "}, "Type a product’s name or SKU, or scan it."),
        ({"add_product": "999999"}, "This product is gone"),
        ({"add_product": "1x"}, "This product is gone"),
        ({"find": "OLD", "quantity": "two"}, "Quantity: “two” is not an amount"),
        ({"find": "OLD", "quantity": "-1"}, "Quantity: enter more than 0."),
        ({"find": "OLD", "price": "1.2.3"}, "Unit price: Write the amount without separators"),
        ({"find": "OLD", "price": "-3"}, "the price can’t be less than 0"),
        ({"price": "3"}, "Type a product’s name or SKU, or scan it."),
        ({"find": "OLD", "quantity": "9" * 12}, "that is too much"),
    ):
        assert said in add(**given), given
    with in_app():
        assert lines_of(order_numbered(number)) == whole
    assert 'id="add-find"' in client.get(page).text
    assert 'id="choose-find"' in client.get(page).text
    assert 'id="add-find"' not in client.get(f"/admin/order/{placed}").text
    assert client.post(f"/admin/order/{placed}/add-product", data={"find": "OLD"}).status_code == 303
    assert "There is an invoice: products and prices are fixed" in client.get(f"/admin/order/{placed}").text
    assert client.post("/admin/order/NONE/add-product", data={"find": "OLD"}).status_code == 404
    packer = signed_in_as("packer")
    assert packer.post(there, data={"find": "OLD"}).status_code == 403
    assert 'id="add-find"' not in packer.get(page).text


def test_who_orders_and_where_they_live_are_entered_at_once(client: Client, in_app: Any) -> None:
    with in_app():
        number = begin_empty_draft(by=SYSTEM).number
    pop_up = f"/admin/order/{number}/change_customer"
    assert 'name="address-street"' in client.get(pop_up).text
    typed = {"customer_name": "Ada Byron", "email": "ada@example.org", "address-country": "NL", "language": "nl"}

    assert client.post(pop_up, data=typed).status_code == 303  # a country alone is no address
    with in_app():
        assert order_numbered(number).addresses == []
    typed |= {"address-street": "Kade 12", "address-postcode": "8911 BS", "address-city": "Leeuwarden"}
    assert client.post(pop_up, data={**typed, "also_on_record": "y"}).status_code == 303

    with in_app():
        draft = order_numbered(number)
        assert [(one.kind, one.name, one.street, one.city) for one in draft.addresses] == [
            (kind, "Ada Byron", "Kade 12", "Leeuwarden") for kind in AddressKind
        ]
        assert (draft.country, draft.customer.name) == ("NL", "Ada Byron")
        assert [one.street for one in draft.customer.addresses] == ["Kade 12", "Kade 12"]
    assert 'name="address-street"' not in client.get(pop_up).text
    assert client.post(pop_up, data={**typed, "address-street": "Elsewhere 1"}).status_code == 303
    with in_app():
        assert {one.street for one in order_numbered(number).addresses} == {"Kade 12"}
