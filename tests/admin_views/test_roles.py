"""Roles of a shop's own: single rights, and nobody gives more than they hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

import app as package
from app.actions import ACTIONS
from app.admin_views.rights_list import rights
from app.extensions import db
from app.history import Happened
from app.models import History, Role, Staff
from app.operations.setup import first_rows
from app.security.rights import GROUPS, READING
from tests.clients import Client, sign_in, somebody
from tests.factories import placed_order


def role_named(name: str, *given: str) -> Role:
    """A role of the shop's own, and somebody who has it."""
    role = Role(name=name, permissions=list(given))
    db.session.add(role)
    db.session.flush()
    return role


def id_of(name: str) -> int:
    return db.session.scalars(select(Role.id).where(Role.name == name)).one()


def seen_on(client: Client, path: str) -> str:
    return re.search(r'name="seen_version"[^>]*value="([^"]*)"', client.get(path).text)[1]


# --- the list of rights ---------------------------------------------------------------------------------------------


def asked_in_code() -> set[str]:
    """Every right that stands as text in the code: may("…"), right = "…", sight = "…"."""
    asked = set()
    for file in Path(package.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("may", "lacking", "needs"):
                asked |= {one.value for one in node.args if isinstance(one, ast.Constant)}
            elif isinstance(node, ast.Assign) and {getattr(t, "id", "") for t in node.targets} & {"right", "sight"}:
                asked |= {node.value.value} if isinstance(node.value, ast.Constant) else set()
    return asked - {""}


def test_every_right_that_is_asked_for_can_be_given(app: Flask) -> None:
    with app.test_request_context():
        listed = {right for some in rights().values() for right, _title in some}

    asked = {right for right in asked_in_code() if right.partition(".")[0] not in READING}
    asked |= {action.right for action in ACTIONS.values()}
    assert asked - listed == set(), "name them in app/admin_views/rights_list.py, as <group>.<name>"
    assert {right.partition(".")[0] for right in listed} <= set(GROUPS)


def test_each_right_is_told_from_the_others_of_its_group(app: Flask) -> None:
    with app.test_request_context():
        for group, some in rights().items():
            titles = [str(title) for _right, title in some]
            too_short = {"Save", "Edit", "Send", "Sent", "Remove"} & set(titles)
            assert not too_short, f"{group}: give the action a right_title"
            assert len(set(titles)) == len(titles), (group, titles)


def test_roles_that_came_with_toonbank_get_the_rights_of_a_newer_version(app: Flask, database: None) -> None:
    db.session.execute(update(Role).where(Role.name == "owner").values(permissions=["orders"]))
    own = role_named("night shift", "memos")

    first_rows()

    owner = db.session.scalars(select(Role).where(Role.name == "owner")).one()
    assert (owner.permissions, own.permissions) == (list(GROUPS), ["memos"])


# --- making, changing and deleting a role ---------------------------------------------------------------------------


def test_an_own_role_lets_its_people_do_just_that(client, in_app, app):
    given = ["shipments", "shipments.mark_sent", "settings.numbering"]
    answer = client.post("/admin/role/new/", data={"name": " Night-shift ", "permissions": given})
    assert answer.status_code == 302

    with in_app():
        role = db.session.scalars(select(Role).order_by(Role.id.desc())).first()
        assert (role.name, role.permissions) == ("Night-shift", ["settings.numbering", "shipments"])
        number = placed_order().number
        somebody("Night-shift")
    browser = sign_in(app, "Night-shift")

    assert browser.post(f"/admin/order/{number}/mark_sent").status_code == 303
    assert browser.post(f"/admin/order/{number}/mark_paid").status_code == 403
    assert browser.get("/admin/numbering/").status_code == 200
    assert "change settings: Numbering · create packing slips and ship" in client.get("/admin/role/").text


@pytest.mark.each_database
def test_a_change_is_in_history_with_both_values(client, in_app):
    with in_app():
        path = f"/admin/role/edit/?id={role_named('Night-shift', 'memos').id}"

    client.post(path, data={"name": "Night", "permissions": ["tasks"], "seen_version": seen_on(client, path)})

    with in_app():
        event = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one()
        assert event.what == Happened.RECORD_CHANGED
        assert event.facts["changes"] == {"name": ["Night-shift", "Night"], "permissions": [["memos"], ["tasks"]]}


def test_the_second_of_two_who_change_a_role_is_told(client, in_app):
    with in_app():
        path = f"/admin/role/edit/?id={role_named('Night-shift', 'memos').id}"
    seen = seen_on(client, path)
    client.post(path, data={"name": "Night", "permissions": ["tasks"], "seen_version": seen})

    page = client.post(path, data={"name": "Shift", "permissions": ["memos"], "seen_version": seen})

    assert "Name: now “Night”, you entered “Shift”." in page.text
    with in_app():
        assert db.session.scalars(select(Role.permissions).where(Role.name == "Night")).one() == ["tasks"]


@pytest.mark.parametrize("name", ["owner", "office", "packer", "reader"])
def test_the_roles_that_came_with_toonbank_stay(client, in_app, name):
    with in_app():
        role_id, before = id_of(name), db.session.get(Role, id_of(name)).permissions
    path = f"/admin/role/edit/?id={role_id}"

    page = client.post(path, data={"name": "x", "permissions": [], "seen_version": seen_on(client, path)})
    deleted = client.post("/admin/role/delete/", data={"id": role_id}, follow_redirects=True)

    for answer in (page, deleted):
        assert "This role came with Toonbank and stays as it is." in answer.text
    with in_app():
        assert (db.session.get(Role, role_id).name, db.session.get(Role, role_id).permissions) == (name, before)


def test_a_copy_begins_with_the_same_rights(client, in_app):
    with in_app():
        role_id = id_of("packer")

    page = client.get(f"/admin/role/new/?copy={role_id}").text

    assert 'value="Copy of Packer"' in page
    assert re.findall(r'value="([\w.]+)" checked', page) == ["shipments", "memos", "tasks"]


@pytest.mark.each_database
def test_a_role_in_use_is_not_deleted(client, in_app):
    with in_app():
        role_id = role_named("Night-shift", "memos").id
        somebody("Night-shift")

    page = client.post("/admin/role/delete/", data={"id": role_id}, follow_redirects=True)

    assert "Night-Shift has this role. Give another one first." in page.text
    with in_app():
        for staff in db.session.scalars(select(Staff).join(Staff.roles).where(Role.id == role_id)):
            staff.roles = [db.session.get(Role, id_of("reader"))]
    assert "Role deleted." in client.post("/admin/role/delete/", data={"id": role_id}, follow_redirects=True).text
    with in_app():
        assert db.session.get(Role, role_id) is None


def test_roles_are_not_deleted_many_at_once(client, in_app):
    client.post("/admin/role/action/", data={"action": "delete", "rowid": "4"})

    with in_app():
        assert db.session.get(Role, 4) is not None
    assert 'name="rowid"' not in client.get("/admin/role/").text


def test_two_roles_of_one_name_are_refused(client, in_app):
    page = client.post("/admin/role/new/", data={"name": "OWNER", "permissions": []})

    assert "There is a role of this name already." in page.text
    with in_app():
        assert len(db.session.scalars(select(Role)).all()) == 4


# --- nobody gives more than they hold -------------------------------------------------------------------------------


@pytest.fixture
def manager(in_app, app, client) -> Client:
    """Somebody who manages staff, and may send parcels and write memos."""
    with in_app():
        role_named("manager", "staff", "shipments.mark_sent", "memos")
        somebody("manager")
    return sign_in(app, "manager")


def test_a_role_gives_no_more_than_its_maker_has(manager, in_app):
    page = manager.post("/admin/role/new/", data={"name": "Mine", "permissions": ["memos", "shipments", "payments.x"]})
    assert page.status_code == 200

    page = manager.post("/admin/role/new/", data={"name": "Mine", "permissions": ["memos", "shipments"]})
    assert "You can’t give rights that you lack yourself: shipments." in page.text.replace("&#39;", "’")
    with in_app():
        assert not db.session.scalars(select(Role).where(Role.name == "Mine")).all()

    fine = manager.post("/admin/role/new/", data={"name": "Mine", "permissions": ["memos", "shipments.mark_sent"]})
    assert fine.status_code == 302


def test_a_role_with_more_rights_is_not_changed_either(manager, in_app):
    with in_app():
        role = role_named("Money", "payments")
        path = f"/admin/role/edit/?id={role.id}"

    page = manager.post(path, data={"name": "Money", "permissions": [], "seen_version": seen_on(manager, path)})

    assert "This role gives rights that you lack yourself." in page.text
    with in_app():
        assert db.session.scalars(select(Role.permissions).where(Role.name == "Money")).one() == ["payments"]


def test_nobody_is_given_a_role_with_more_rights(manager, in_app):
    with in_app():
        new = {"name": "Jo", "email": "jo@example.org", "roles": str(id_of("office")), "language": "en", "active": "y"}
        reader = str(id_of("reader"))

    page = manager.post("/admin/staff/new/", data=new)

    assert "You can’t give rights that you lack yourself" in page.text
    with in_app():
        assert not db.session.scalars(select(Staff).where(Staff.email == "jo@example.org")).all()
    assert manager.post("/admin/staff/new/", data={**new, "roles": reader}).status_code == 302


def test_whoever_has_more_rights_is_neither_changed_nor_signed_in_as(manager, in_app):
    with in_app():
        owner = db.session.scalars(select(Staff).where(Staff.email == "owner@example.org")).one()
        form = {"name": "X", "email": "mine@example.org", "roles": str(id_of("owner")), "language": "en", "active": "y"}
        form["seen_version"], owner_id = str(owner.version), owner.id

    changed = manager.post(f"/admin/staff/edit/?id={owner_id}", data=form)
    lowered = manager.post(f"/admin/staff/edit/?id={owner_id}", data={**form, "roles": str(2)})
    link = manager.post(f"/admin/staff/{owner_id}/link", follow_redirects=True)

    for answer in (changed, lowered, link):
        assert "This person has rights that you lack yourself. Ask an owner." in answer.text
        assert "/sign-in/" not in answer.text
    with in_app():
        assert db.session.get(Staff, owner_id).email == "owner@example.org"


@pytest.mark.each_database
def test_who_got_which_role_is_in_history(client, in_app, signed_in_as):
    signed_in_as("packer")
    with in_app():
        staff = db.session.scalars(select(Staff).where(Staff.email == "packer@example.org")).one()
        form = {"name": staff.name, "email": staff.email, "roles": str(id_of("office")), "language": "en"}
        form |= {"seen_version": str(staff.version), "active": "y"}
        staff_id = staff.id

    client.post(f"/admin/staff/edit/?id={staff_id}", data=form)

    with in_app():
        event = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one()
        assert event.facts["changes"] == {"roles": [["packer"], ["office"]]}


def test_roles_are_for_those_with_the_right(signed_in_as, in_app, app):
    assert signed_in_as("office").get("/admin/role/").status_code == 403
    with in_app():
        role_named("people", "staff.people")
        somebody("people")
    browser = sign_in(app, "people")

    assert browser.get("/admin/role/").status_code == 403
    assert 'href="/admin/role/"' not in browser.get("/admin/staff/").text
