"""Lists of methods, reasons and solutions say in which languages a title is missing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import PaymentMethod, ReturnReason, ShippingMethod
from app.queries import shop
from tests.looking import words

MISSING = "Missing in Deutsch, Français"


@pytest.fixture
def methods(in_app: Any) -> None:
    with in_app():
        shop().languages, shop().own_words = ["de", "fr"], {"payment_method": {"Card": {"de": "Karte", "fr": "Carte"}}}
        db.session.add_all([PaymentMethod(title="Card"), PaymentMethod(title="Cheque", is_active=False)])
        db.session.add(ShippingMethod(title="Post"))


@pytest.mark.usefixtures("methods")
def test_list_and_form_say_what_is_missing(signed_in_as: Any, in_app: Any) -> None:
    owner, office = signed_in_as("owner"), signed_in_as("office")
    with in_app():
        post = db.session.scalars(select(ShippingMethod.id)).one()
        reason = db.session.scalars(select(ReturnReason.id).where(ReturnReason.title == "Damaged")).one()

    assert MISSING not in words(owner.get("/admin/payment-method/").text)  # all said, or not in use
    for page in (
        "/admin/shipping-method/", f"/admin/shipping-method/edit/?id={post}", "/admin/return-reason/",
        f"/admin/return-reason/edit/?id={reason}", "/admin/return-action/",
    ):  # fmt: skip
        assert f'<a class="missing" href="/admin/own-words/">{MISSING}</a>' in owner.get(page).text
        assert f'<span class="missing">{MISSING}</span>' in office.get(page).text

    with in_app():
        shop().languages = []
    assert "Missing in" not in words(owner.get("/admin/shipping-method/").text)
