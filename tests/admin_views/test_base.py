"""Views over records: allowed fields only, saved with history, and nobody's change is overwritten unseen."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import String, inspect, select
from wtforms import Field, StringField
from wtforms.validators import Length

from app.admin_views.base import RecordView
from app.extensions import db
from app.history import Happened
from app.models import Customer, History, Order, PaymentMethod, Product, Shop, Staff, StaffSession
from app.queries import order_numbered
from tests.factories import placed_order

PRODUCT = {
    "name": "Mug",
    "sku": "MUG-30",
    "price": "12,50",
    "vat_rate": "21",
    "stock": "8",
    "location": "A3",
    "is_active": "y",
}


def version_on(page):
    return re.search(r'name="seen_version"[^>]*value="([^"]+)"', page.text)[1]


def test_create_and_change_a_product_with_exact_amounts_and_history(client, in_app):
    assert client.post("/admin/product/new/", data=PRODUCT).status_code == 302
    seen = version_on(client.get("/admin/product/edit/?id=1"))
    assert "12.50" in client.get("/admin/product/").text
    client.post("/admin/product/edit/?id=1", data={**PRODUCT, "price": "13.95", "seen_version": seen})

    with in_app():
        mug = db.session.scalars(select(Product)).one()
        assert (mug.name, mug.sku, mug.price, mug.stock) == ("Mug", "MUG-30", Decimal("13.95"), Decimal(8))
        events = [(e.what, e.facts.get("changes")) for e in db.session.scalars(select(History).order_by(History.id))][
            -2:
        ]
    assert events == [(Happened.RECORD_CREATED, None), (Happened.RECORD_CHANGED, {"price": ["12.5", "13.95"]})]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"price": "abc"}, "“abc” is not an amount"),
        ({"price": "1.234,50"}, "without separators of thousands"),
        ({"price": "-1"}, "less than 0"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_saved(client, in_app, wrong, message):
    page = client.post("/admin/product/new/", data={**PRODUCT, **wrong})

    assert page.status_code == 200
    assert message in page.text
    with in_app():
        assert not db.session.scalars(select(Product)).all()


def test_second_of_two_editors_is_shown_both_values(client, in_app, signed_in_as):
    client.post("/admin/product/new/", data=PRODUCT)
    seen = version_on(client.get("/admin/product/edit/?id=1"))
    signed_in_as("office").post("/admin/product/edit/?id=1", data={**PRODUCT, "location": "B7", "seen_version": seen})

    page = client.post("/admin/product/edit/?id=1", data={**PRODUCT, "location": "C1", "seen_version": seen})

    assert "Location: now “B7”, you entered “C1”." in page.text
    with in_app():
        assert db.session.scalars(select(Product.location)).one() == "B7"
    again = client.post(
        "/admin/product/edit/?id=1", data={**PRODUCT, "location": "C1", "seen_version": version_on(page)}
    )
    assert again.status_code == 302
    with in_app():
        assert db.session.scalars(select(Product.location)).one() == "C1"


@pytest.mark.parametrize(
    "path", ["product/new/", "customer/new/", "payment-method/new/", "shipping-method/new/", "staff/new/", "role/new/"]
)
def test_readers_can_not_create(signed_in_as, path):
    reader = signed_in_as("reader")

    assert reader.get(f"/admin/{path}").status_code == 403
    assert reader.post(f"/admin/{path}", data={"name": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["company/?id=1", "mail-settings/?id=1", "administration/?id=1", "staff/"])
def test_settings_and_staff_are_for_those_with_the_right(signed_in_as, path):
    assert signed_in_as("office").get(f"/admin/{path}").status_code == 403


def how_many() -> list[int]:
    return [len(db.session.scalars(select(kind)).all()) for kind in (Product, PaymentMethod, Customer, Order, Staff)]


@pytest.mark.parametrize(
    "kind", ["staff", "product", "customer", "payment-method", "order", "invoice", "shipment", "outbox"]
)
def test_nothing_is_deleted_through_a_view(client, in_app, kind):
    with in_app():
        placed_order()
        db.session.add(Product(name="Mug"))
        db.session.add(PaymentMethod(title="Cash"))
        before = how_many()
    assert client.post(f"/admin/{kind}/delete/", data={"id": "1"}).status_code in (302, 403, 404, 405)
    client.post(f"/admin/{kind}/action/", data={"action": "delete", "rowid": "1"})

    with in_app():
        assert how_many() == before


def test_address_of_an_order_stays_when_its_customer_changes(client, in_app):
    with in_app():
        order = placed_order()
        customer_id, number = order.customer_id, order.number
    page = client.get(f"/admin/customer/edit/?id={customer_id}")
    form = dict(re.findall(r'<input[^>]*name="(addresses-\d+-\w+)"[^>]*value="([^"]*)"', page.text))
    kinds = {f"addresses-{i}-kind": kind for i, kind in enumerate(("billing", "shipping"))}
    form = {**form, **kinds, "name": "Femke de Vries", "email": "femke@example.org", "seen_version": version_on(page)}
    form["addresses-0-city"] = "Leiden"

    assert client.post(f"/admin/customer/edit/?id={customer_id}", data=form).status_code == 302

    with in_app():
        customer = db.session.get(Customer, customer_id)
        assert (customer.name, {a.city for a in customer.addresses}) == ("Femke de Vries", {"Leiden", "Delft"})
        assert {a.city for a in order_numbered(number).addresses} == {"Delft"}


def test_customer_page_shows_orders_and_revenue(client, in_app):
    with in_app():
        orders = [placed_order(), placed_order()]
        customer_id, numbers = orders[0].customer_id, [order.number for order in orders]

    page = client.get(f"/admin/customer/details/?id={customer_id}")

    assert all(number in page.text for number in numbers)
    assert "€135.50" in page.text


def test_company_settings_are_saved_with_history_and_keep_the_password(client, in_app):
    page = client.get("/admin/mail-settings/?id=1")
    mail = {
        "smtp_host": "smtp.shop.example",
        "smtp_port": "587",
        "smtp_security": "starttls",
        "smtp_password": "geheim",
    }
    client.post("/admin/mail-settings/?id=1", data={**mail, "seen_version": version_on(page)})
    page = client.get("/admin/mail-settings/?id=1")
    assert "geheim" not in page.text
    client.post("/admin/mail-settings/?id=1", data={**mail, "smtp_password": "", "seen_version": version_on(page)})

    with in_app():
        shop = db.session.get(Shop, 1)
        assert (shop.smtp_host, shop.smtp_password) == ("smtp.shop.example", "geheim")
        assert "geheim" not in str([event.facts for event in db.session.scalars(select(History))])


def test_last_owner_stays(client, in_app):
    with in_app():
        owner = db.session.scalars(select(Staff).where(Staff.email == "owner@example.org")).one()
        form = {"name": "Owner", "email": owner.email, "roles": str(owner.roles[0].id), "language": "en"}
        form["seen_version"] = str(owner.version)

    page = client.post(f"/admin/staff/edit/?id={1}", data=form)  # without `active`

    assert "only owner" in page.text
    with in_app():
        assert db.session.scalars(select(Staff.active).where(Staff.email == "owner@example.org")).one()


def test_deactivated_staff_is_out_at_once(client, in_app, signed_in_as):
    packer = signed_in_as("packer")
    with in_app():
        staff = db.session.scalars(select(Staff).where(Staff.email == "packer@example.org")).one()
        form = {"name": "P", "email": staff.email, "roles": str(staff.roles[0].id), "language": "en"}
        form["seen_version"], staff_id = str(staff.version), staff.id
    assert packer.get("/admin/order/").status_code == 200

    client.post(f"/admin/staff/edit/?id={staff_id}", data=form)

    assert packer.get("/admin/order/").status_code == 302
    with in_app():
        assert not db.session.scalars(select(StaffSession).where(StaffSession.staff_id == staff_id)).all()


def test_owner_hands_out_a_link_that_signs_in(client, in_app, signed_in_as, anonymous):
    signed_in_as("packer")
    with in_app():
        staff_id = db.session.scalars(select(Staff.id).where(Staff.email == "packer@example.org")).one()

    page = client.post(f"/admin/staff/{staff_id}/link")
    path = re.search(r'value="http://localhost(/sign-in/[^"]+)"', page.text)[1]

    assert anonymous.post(path).status_code in (302, 303)
    assert anonymous.get("/admin/order/").status_code == 200


def test_every_text_of_a_form_refuses_what_its_column_can_not_hold(app: Flask) -> None:
    (admin,) = app.extensions["admin"]
    views = [view for view in admin._views if isinstance(view, RecordView) and (view.can_create or view.can_edit)]
    found: dict[str, tuple[int | None, int | None]] = {}
    with app.test_request_context():
        for view in views:
            columns = inspect(view.model).columns
            for field in view.get_form()():
                if field.name in columns and isinstance(columns[field.name].type, String) and is_typed(field):
                    longest = [one.max for one in field.validators if isinstance(one, Length)]
                    found[f"{view.endpoint}.{field.name}"] = columns[field.name].type.length, min(longest, default=None)

    held = {name: both for name, both in found.items() if both[0] is not None}  # a column without an end holds any
    assert {name: both for name, both in held.items() if both[0] != both[1]} == {}
    assert len(held) > 15


def is_typed(field: Field) -> bool:
    return isinstance(field, StringField)


def test_numbers_stand_on_the_right_by_their_columns(app: Flask) -> None:
    (admin,) = app.extensions["admin"]
    right = {view.endpoint: view.right_aligned for view in admin._views if isinstance(view, RecordView)}

    assert {"price", "vat_rate", "stock"} <= right["product"]
    assert {"pieces", "amount"} <= right["return"]
    assert not {"name", "is_active"} & right["product"]
    assert "order_id" not in right["webhook_message"]
