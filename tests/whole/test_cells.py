"""One value of a row is changed in the list: with the form, the right, the history and the warning of its own page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.history import Happened
from app.models import History, Product, StockMovement
from tests.clients import Client, sign_in

PATH = "/admin/product/ajax/update/"


@pytest.fixture
def mug(in_app: Any) -> dict[str, str]:
    with in_app():
        db.session.add(Product(sku="MUG-30", name="Mug", price=Decimal("12.50"), vat_rate=Decimal(21)))
        db.session.flush()
        product = db.session.scalars(select(Product)).one()
        return {"id": str(product.id), "seen_version": str(product.version)}


@pytest.mark.parametrize(
    ("field", "typed", "kept", "shown"),
    [
        ("price", "13,75", Decimal("13.75"), "13.75"), ("stock", "7", Decimal(7), "7"),
        ("location", "B4", "B4", "B4"), ("is_active", None, False, ""),
    ],
)  # fmt: skip
def test_a_value_is_saved_and_shown_as_the_list_shows_it(
    client: Client, in_app: Any, mug: dict[str, str], field: str, typed: str | None, kept: object, shown: str
) -> None:
    answer = client.post(PATH, data=mug | {"field": field} | ({} if typed is None else {field: typed}))

    assert answer.status_code == 200, answer.text
    assert shown in answer.json["shown"]
    assert answer.json["version"] != mug["seen_version"]
    assert f'data-edit="{field}" data-value="{answer.json["value"]}"' in client.get("/admin/product/").text
    with in_app():
        product = db.session.scalars(select(Product)).one()
        said = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED)).one()
        assert getattr(product, field) == kept
        assert set(said.facts["changes"]) == {field}
        assert len(db.session.scalars(select(StockMovement)).all()) == (field == "stock")


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"field": "price", "price": "-1"}, 422, ""), ({"field": "price", "price": "much"}, 422, ""),
        ({"field": "price", "price": ""}, 422, "Fill this in."),
        ({"field": "stock", "stock": "5", "seen_version": "0"}, 409, "Somebody else changed this"),
        ({"field": "name", "name": "Cup"}, 404, None), ({"field": "price", "price": "1", "id": "x"}, 404, None),
    ],
)  # fmt: skip
def test_what_the_page_of_the_product_refuses_is_refused_here(
    client: Client, in_app: Any, mug: dict[str, str], data: dict[str, str], status: int, said: str | None
) -> None:
    answer = client.post(PATH, data=mug | data)

    assert answer.status_code == status
    assert said is None or (answer.json["error"] and said in answer.json["error"])
    with in_app():
        product = db.session.scalars(select(Product)).one()
        assert (product.name, product.price, product.stock) == ("Mug", Decimal("12.50"), 0)
        assert db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED)).all() == []


def test_who_may_not_change_products_is_offered_nothing(app: Flask, client: Client, mug: dict[str, str]) -> None:
    reader = sign_in(app, "reader")

    assert "data-edit" not in reader.get("/admin/product/").text
    assert reader.post(PATH, data=mug | {"field": "price", "price": "1"}).status_code == 403
