"""A record with its list, form, rights, history and action, by the recipe: few lines, and it is all there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.actions import ACTIONS
from app.admin_views.menu import place_list
from app.admin_views.rights_list import rights
from app.extensions import Base, db
from app.models import History
from tests.clients import Client, sign_in
from tests.databases import Sqlite

HERE = Path(__file__).parent
FORM = {"name": "Acme", "email": "acme@example.org", "minimum_order": "12,50", "is_active": "y"}

InApp = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def supplying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with suppliers; afterwards no other test knows of them."""
    from tests.recipes.supplier.record import Supplier
    from tests.recipes.supplier.view import SupplierView

    database = Sqlite(tmp_path_factory.mktemp("suppliers"))
    database.renew()
    (admin,) = database.app.extensions["admin"]
    admin.add_view(place_list(SupplierView, Supplier, "Suppliers", "supplier", "Catalogue", "truck"))
    with database.app.app_context():
        Base.metadata.tables["supplier"].create(db.engine)
    yield database.app
    ACTIONS.pop("retire_supplier")
    Base.metadata.remove(Base.metadata.tables["supplier"])


@pytest.fixture
def suppliers(supplying: Flask) -> dict[str, int]:
    """Three suppliers, of which one has retired: what each is called, and its id."""
    from tests.recipes.supplier.record import Supplier

    with supplying.app_context():
        for old in db.session.scalars(select(Supplier)):
            db.session.delete(old)
        db.session.flush()
        some = [
            Supplier(name="Bolt", minimum_order=Decimal(5)),
            Supplier(name="Acme", email="orders@acme.example", minimum_order=Decimal("12.50")),
            Supplier(name="Crane", is_active=False),
        ]
        db.session.add_all(some)
        db.session.commit()
        return {one.name: one.id for one in some}


@pytest.fixture
def owner(supplying: Flask) -> Client:
    return sign_in(supplying, "owner")


def active(app: Flask) -> dict[str, bool]:
    from tests.recipes.supplier.record import Supplier

    with app.app_context():
        return {one.name: one.is_active for one in db.session.scalars(select(Supplier).order_by(Supplier.name))}


def names_on(page: TestResponse) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]+)</a>', page.text)


def version_on(page: TestResponse) -> str:
    return re.findall(r'name="seen_version"[^>]*value="([^"]+)"', page.text)[0]


def test_it_takes_at_most_four_files_and_75_lines_and_the_view_26() -> None:
    files = {file.name: len(file.read_text().splitlines()) for file in HERE.glob("*.py") if file.name[:5] != "test_"}

    assert len(files) <= 4
    assert sum(files.values()) <= 75, files
    assert files["view.py"] <= 26


def test_it_is_listed_sorted_and_found(owner: Client, suppliers: dict[str, int]) -> None:
    page = owner.get("/admin/supplier/")

    assert names_on(page) == ["Acme", "Bolt", "Crane"]
    assert ">Suppliers<" in owner.get("/admin/").text
    dearest = page.text.split("Minimum Order")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert names_on(owner.get(dearest)) == ["Crane", "Bolt", "Acme"]
    assert names_on(owner.get("/admin/supplier/?search=acme")) == ["Acme"]
    assert names_on(owner.get("/admin/supplier/?search=nobody")) == []


def test_it_is_entered_with_exact_amounts_and_what_is_wrong_is_named(owner: Client, suppliers: dict[str, int]) -> None:
    for wrong, message in (
        ({"name": ""}, "This field is required"),
        ({"minimum_order": "-1"}, "less than 0"),
        ({"email": "acme"}, "Invalid email"),
        ({"name": "x" * 256}, "cannot be longer than 255"),
    ):
        assert message in owner.post("/admin/supplier/new/", data={**FORM, **wrong}).text
    assert owner.post("/admin/supplier/new/", data={**FORM, "name": "Dune"}).status_code == 302

    assert names_on(owner.get("/admin/supplier/")) == ["Acme", "Bolt", "Crane", "Dune"]
    assert "12.5" in owner.get("/admin/supplier/?search=dune").text


def test_the_second_of_two_who_change_it_is_shown_both_values(owner: Client, suppliers: dict[str, int]) -> None:
    address = f"/admin/supplier/edit/?id={suppliers['Bolt']}"
    seen = version_on(owner.get(address))
    assert owner.post(address, data={**FORM, "name": "Bolts", "seen_version": seen}).status_code == 302

    page = owner.post(address, data={**FORM, "name": "Nuts", "seen_version": seen})

    assert "Name: now “Bolts”, you entered “Nuts”." in page.text
    assert names_on(owner.get("/admin/supplier/")) == ["Acme", "Bolts", "Crane"]


def test_one_is_retired_on_its_row_and_the_button_is_grey_then_and_says_why(
    owner: Client, supplying: Flask, suppliers: dict[str, int]
) -> None:
    page = owner.get("/admin/supplier/")
    assert f'formaction="/admin/supplier/{suppliers["Acme"]}/act/retire_supplier"' in page.text
    assert page.text.count("Retired already.</span>") == 1

    page = owner.post(f"/admin/supplier/{suppliers['Acme']}/act/retire_supplier", follow_redirects=True)

    assert "Supplier retired" in page.text
    assert page.text.count("Retired already.</span>") == 2
    assert active(supplying) == {"Acme": False, "Bolt": True, "Crane": False}
    again = owner.post(f"/admin/supplier/{suppliers['Acme']}/act/retire_supplier", follow_redirects=True)
    assert "Retired already." in again.text


def test_many_are_retired_at_once_and_each_is_reported(
    owner: Client, supplying: Flask, suppliers: dict[str, int]
) -> None:
    ticked = [*map(str, suppliers.values()), "999", "no id"]

    page = owner.post(
        "/admin/supplier/action/", data={"action": "retire_supplier", "rowid": ticked}, follow_redirects=True
    )

    assert "Supplier retired: Bolt, Acme" in page.text
    assert "Crane: Retired already." in page.text
    assert active(supplying) == {"Acme": False, "Bolt": False, "Crane": False}
    page = owner.post("/admin/supplier/action/", data={"action": "retire_supplier"}, follow_redirects=True)
    assert "Tick at least one row first." in page.text


def test_who_lacks_the_right_is_refused_and_offered_nothing(supplying: Flask, suppliers: dict[str, int]) -> None:
    reader = sign_in(supplying, "reader")
    page = reader.get("/admin/supplier/")

    assert "Retired already." not in page.text
    assert "formaction" not in page.text
    for path, data in (
        (f"/admin/supplier/{suppliers['Acme']}/act/retire_supplier", {}),
        ("/admin/supplier/action/", {"action": "retire_supplier", "rowid": str(suppliers["Acme"])}),
        ("/admin/supplier/new/", FORM),
    ):
        assert reader.post(path, data=data).status_code == 403
    assert active(supplying) == {"Acme": True, "Bolt": True, "Crane": False}


def test_the_action_has_a_right_of_its_own(supplying: Flask, suppliers: dict[str, int]) -> None:
    with supplying.test_request_context():
        assert {("catalogue.suppliers", "Suppliers"), ("catalogue.retire_supplier", "Retire")} <= set(
            rights()["catalogue"]
        )


@pytest.mark.parametrize("name", ["mark_paid", "delete", "nothing"])
def test_what_the_list_does_not_declare_is_not_there(owner: Client, suppliers: dict[str, int], name: str) -> None:
    for method in ("GET", "POST"):
        assert owner.open(f"/admin/supplier/1/act/{name}", method=method, headers=owner.tokens()).status_code == 404
    assert owner.post("/admin/product/1/act/retire_supplier").status_code == 404


def test_what_was_done_is_in_the_history(owner: Client, supplying: Flask, suppliers: dict[str, int]) -> None:
    owner.post(f"/admin/supplier/{suppliers['Acme']}/act/retire_supplier")

    with supplying.app_context():
        subject = f"supplier:{suppliers['Acme']}"
        events: list[Any] = list(db.session.scalars(select(History.facts).where(History.subject == subject)))
    page = owner.get(f"/admin/supplier/edit/?id={suppliers['Acme']}").text.partition('id="history"')[2]
    assert "<del>Yes</del> → <ins>No</ins>" in page
    assert "Owner" in page
    assert events[-1:] == [{"record": "Acme", "changes": {"is_active": [True, False]}}]
