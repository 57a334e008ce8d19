"""Where somebody begins: the page that they chose, as long as they may open it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Role
from tests.clients import Client, sign_in

PROFILE = "/admin/profile/"


def choose(browser: Client, page: str) -> Any:
    return browser.post(PROFILE, data={"name": "Somebody", "language": "en", "time_zone": "", "start_page": page})


def test_who_chose_nothing_begins_at_home_and_nobody_at_the_sign_in(client: Client, anonymous: Client) -> None:
    assert client.get("/").location == "/admin/"
    assert anonymous.get("/").location == "/sign-in"


def test_people_begin_where_they_chose_to(app: Flask) -> None:
    packer = sign_in(app, "packer")

    assert choose(packer, "packing").status_code == 303

    assert packer.get("/").location == "/admin/packing/"
    assert packer.get("/admin/").status_code == 200  # Home stays where it is
    assert sign_in(app, "packer").get("/").location == "/admin/packing/"
    assert sign_in(app, "owner").get("/").location == "/admin/"


def test_what_somebody_may_not_open_is_not_offered_and_no_beginning_any_more(app: Flask, in_app: Any) -> None:
    packer = sign_in(app, "packer")
    assert "Not a valid choice" in choose(packer, "receivables").text
    give(in_app, "exports.open_by_age")
    assert choose(packer, "receivables").status_code == 303
    assert packer.get("/").location == "/admin/receivables/"

    give(in_app)

    assert packer.get("/").location == "/admin/"
    assert 'value="receivables"' not in packer.get(PROFILE).text


def give(in_app: Any, *rights: str) -> None:
    """The packers' role has these rights, and no others."""
    with in_app():
        db.session.scalars(select(Role).where(Role.name == "packer")).one().permissions = list(rights)


@pytest.mark.parametrize("page", ["role", "nowhere", "//shop.example.com"])
def test_another_page_is_refused(client: Client, page: str) -> None:
    assert "Not a valid choice" in choose(client, page).text
    assert client.get("/").location == "/admin/"
