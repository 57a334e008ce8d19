"""An action that asks for something, on a row and on many: pop-up, preview, report; and nothing before it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions import ACTIONS, Input, action
from app.admin_views.products import ProductView
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import History, Product, Role
from tests.clients import Client, sign_in
from tests.databases import Sqlite

PATH = "/admin/product/action/"


def discontinue(product: Product, *, by: Actor, reason: str) -> None:
    """No longer for sale, with the reason why."""
    if product.stock:
        raise ActionRefused(f"{product.stock} lie on the shelf.")
    product.is_active = False
    record(Happened.RECORD_CHANGED, None, by, subject=product, record=f"{product} ({reason})")


def why_not_discontinue(product: Product) -> str:
    return "" if product.is_active else "Discontinued already."


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application whose list of products declares an action that asks why."""
    asks_why = (Input("reason", "Why", required=True),)
    declared = action(
        title="Discontinue", group="catalogue", why_not=why_not_discontinue, final=True, inputs=asks_why, done="Gone"
    )(discontinue)
    monkeypatch.setattr(ProductView, "record_actions", (declared,))
    database = Sqlite(tmp_path)
    database.renew()
    with database.app.app_context():
        db.session.add_all([Product(name="Mug"), Product(name="Bowl", stock=3), Product(name="Cup", is_active=False)])
        db.session.commit()
    yield database.app
    ACTIONS.pop(declared.name)


@pytest.fixture
def owner(shop: Flask) -> Client:
    return sign_in(shop, "owner")


def for_sale(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Product.name).where(Product.is_active).order_by(Product.name)))


def written(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(History)) or 0


def test_a_row_opens_the_pop_up_that_asks(shop: Flask, owner: Client) -> None:
    page = owner.get("/admin/product/").text
    assert re.search(r'href="/admin/product/1/act/discontinue\?url=[^"]+" data-dialog', page)
    assert page.count("<span>Discontinued already.</span>") == 1

    pop_up = owner.get("/admin/product/1/act/discontinue")
    unsaid = owner.post("/admin/product/1/act/discontinue", data={"in_dialog": "1", "reason": ""})
    assert "Why" in pop_up.text
    assert (pop_up.status_code, unsaid.status_code, for_sale(shop)) == (200, 422, ["Bowl", "Mug"])

    data = {"in_dialog": "1", "reason": "Glaze is gone"}
    said = owner.post("/admin/product/1/act/discontinue?url=/admin/product/?search=mug", data=data)
    assert (said.status_code, said.location, for_sale(shop)) == (303, "/admin/product/?search=mug", ["Bowl"])
    refused = owner.post("/admin/product/2/act/discontinue", data=data)
    assert (refused.status_code, "3 lie on the shelf." in refused.text) == (422, True)
    assert owner.get("/admin/product/999/act/discontinue").status_code == 404


def test_many_are_asked_then_previewed_then_done(shop: Flask, owner: Client) -> None:
    ticked: dict[str, str | list[str]] = {"action": "discontinue", "rowid": ["1", "2", "3"], "url": "/admin/product/"}
    before = written(shop)

    first = owner.post(PATH, data=ticked)
    unsaid = owner.post(PATH, data={**ticked, "step": "do", "reason": ""})
    assert (first.status_code, unsaid.status_code) == (200, 422)
    assert "Fill this in." not in first.text
    assert "Fill this in." in unsaid.text

    seen = owner.post(PATH, data={**ticked, "step": "look", "reason": "Glaze is gone"})
    for text in ("<dd>Mug</dd>", "3 lie on the shelf.", "Discontinued already.", "No mail is sent"):
        assert text in seen.text
    assert (for_sale(shop), written(shop)) == (["Bowl", "Mug"], before)

    done = owner.post(PATH, data={**ticked, "step": "do", "reason": "Glaze is gone"}, follow_redirects=True)
    for text in ("Gone: Mug", "Bowl: 3 lie on the shelf.", "Cup: Discontinued already."):
        assert text in done.text
    assert (for_sale(shop), written(shop)) == (["Bowl"], before + 1)


def test_the_same_form_once_more_does_nothing(shop: Flask, owner: Client) -> None:
    data = {"action": "discontinue", "rowid": "1", "step": "do", "reason": "Gone", "form_token": owner.form_token()}
    before = written(shop)

    for _press in range(2):
        assert owner.post(PATH, data=data).status_code == 303

    assert written(shop) == before + 1


@pytest.mark.parametrize(
    ("right", "status"), [("catalogue.products", 403), ("catalogue.discontinue", 303), ("memos", 403)]
)
def test_each_action_takes_its_own_right_and_not_the_list_s(shop: Flask, right: str, status: int) -> None:
    with shop.app_context():
        db.session.add(Role(name="shelves", permissions=[right]))
        db.session.commit()
    somebody = sign_in(shop, "shelves")

    many = somebody.post(PATH, data={"action": "discontinue", "rowid": "1", "step": "do", "reason": "x"})
    one = somebody.post("/admin/product/1/act/discontinue", data={"reason": "x"})

    assert (many.status_code, one.status_code) == (status, status)
    assert for_sale(shop) == (["Bowl"] if status == 303 else ["Bowl", "Mug"])
