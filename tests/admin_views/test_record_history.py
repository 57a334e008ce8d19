"""Every record with a form shows below it who changed what, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import webhooks
from app.admin_views.base import RecordView
from app.admin_views.settings.topic import ShopTopic
from app.extensions import db
from app.history import SYSTEM, Happened, record
from app.models import (
    CustomStatus,
    PaymentMethod,
    Product,
    ReturnAction,
    ReturnReason,
    Role,
    ShippingMethod,
    WebhookEndpoint,
)
from tests.clients import Client
from tests.factories import new_connection, outside_shop, placed_order


def a_record_of_each_kind() -> None:
    placed_order()
    outside_shop()
    endpoint = WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=webhooks.new_secret())
    db.session.add_all(
        [endpoint, new_connection(key="key", secret="secret", address="https://mugs.example.org"), Product(name="Mug")]
    )
    db.session.add(Role(name="Night shift", permissions=["tasks"]))
    kinds = (CustomStatus, PaymentMethod, ShippingMethod, ReturnReason, ReturnAction)
    db.session.add_all(kind(title="One") for kind in kinds)
    db.session.flush()


def pages_with_a_form(app: Flask) -> dict[str, Any]:
    """The address of the form of each kind's newest record, and that record."""
    (admin,) = app.extensions["admin"]
    views = [one for one in admin._views if isinstance(one, RecordView) and one.can_edit]
    newest = {
        view: db.session.scalars(select(view.model).order_by(view.model.id.desc()).limit(1)).one()
        for view in views
        if not isinstance(view, ShopTopic)
    }
    return {f"{view.url}/edit/?id={one.id}": one for view, one in newest.items()}


def test_every_record_with_a_form_shows_its_history(app: Flask, client: Client, in_app: Any) -> None:
    with in_app():
        a_record_of_each_kind()
        pages = pages_with_a_form(app)
        for one in pages.values():
            name = next(name for name in ("title", "name", "source") if hasattr(one, name))
            changed = {name: ["What it was called", "What it is called"]}
            record(Happened.RECORD_CHANGED, None, SYSTEM, subject=one, record=str(one), changes=changed)

    assert len(pages) >= 11
    for page in pages:
        text = client.get(page).text
        assert 'id="history"' in text, page
        assert "<del>What it was called</del> → <ins>What it is called</ins>" in text, page


def test_values_are_read_as_people_read_them(client: Client, in_app: Any) -> None:
    with in_app():
        db.session.add(Product(name="Mug", price=Decimal("1234.5")))
    form = {"name": "Mug", "price": "1400", "vat_rate": "0", "stock": "0", "seen_version": "1"}
    assert client.post("/admin/product/edit/?id=1", data=form).status_code == 302

    text = client.get("/admin/product/edit/?id=1").text

    assert '<span class="quiet">Price:</span> <del>1,234.5</del> → <ins>1,400</ins>' in text
    assert '<span class="quiet">For sale:</span> <del>Yes</del> → <ins>No</ins>' in text
    assert "Mug changed" in text
    assert "Owner" in text.partition('id="history"')[2]


def test_a_new_record_has_no_history_yet(client: Client) -> None:
    assert 'id="history"' not in client.get("/admin/product/new/").text
