"""GENERAL > Settings > API keys: made with rights that their maker has, shown once, taken out of use."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.history import Happened
from app.models import ApiToken, History, Role
from app.security.sessions import hash_secret
from tests.clients import somebody

NEW = "/admin/api-keys/new/"


def tokens() -> list[ApiToken]:
    return list(db.session.scalars(select(ApiToken).order_by(ApiToken.id)))


@pytest.mark.each_database
def test_a_key_is_shown_once_and_works(client, in_app, app):
    page = client.post(NEW, data={"title": " Warehouse ", "rights": ["read.orders", "read", "payments.mark_paid"]})

    key = re.search(r'value="(toon_[\w-]+)"', page.text)[1]
    with in_app():
        (token,) = tokens()
        assert (token.title, token.hash, token.rights) == (
            "Warehouse",
            hash_secret(key),
            ["payments.mark_paid", "read"],
        )
        event = db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one()
        assert (event.what, event.facts["rights"]) == (Happened.RECORD_CREATED, ["payments.mark_paid", "read"])
        assert key not in str(event.facts)
    listed = client.get("/admin/api-keys/").text
    assert key not in listed
    assert key[:10] in listed
    assert "mark orders paid and not paid: Paid · read everything" in listed
    asked = app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {key}"})
    assert asked.status_code == 200


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"title": "", "rights": ["read"]}, "Fill this in."),
        ({"title": "Till"}, "Choose at least one right."),
        ({"title": "Till", "rights": ["everything"]}, "&#39;everything&#39; is not a valid choice"),
    ],
)
def test_what_is_wrong_is_named_and_no_key_is_made(client, in_app, form, message):
    page = client.post(NEW, data=form)

    assert page.status_code == 422
    assert message in page.text
    with in_app():
        assert tokens() == []


def test_nobody_gives_a_key_more_than_they_have_and_reading_is_free(in_app, signed_in_as):
    with in_app():
        db.session.add(Role(name="keys", permissions=["settings.api_keys", "memos"]))
        db.session.flush()
        somebody("keys")
    browser = signed_in_as("keys")

    refused = browser.post(NEW, data={"title": "Till", "rights": ["memos", "payments.mark_paid"]})

    assert refused.status_code == 422
    assert "You can’t give rights that you lack yourself: payments.mark_paid." in refused.text
    with in_app():
        assert tokens() == []
    assert browser.post(NEW, data={"title": "Till", "rights": ["memos", "read"]}).status_code == 200


@pytest.mark.each_database
def test_a_revoked_key_is_refused_from_then_on(client, in_app, app):
    key = re.search(r'value="(toon_[\w-]+)"', client.post(NEW, data={"title": "Till", "rights": ["read"]}).text)[1]

    first = client.post("/admin/api-keys/1/act/revoke_key", follow_redirects=True)
    second = client.post("/admin/api-keys/1/act/revoke_key", follow_redirects=True)

    assert "The key is out of use." in first.text
    assert "This key is out of use already." in second.text
    with in_app():
        query = select(History.id).where(History.what == Happened.RECORD_DELETED)
        assert len(db.session.scalars(query).all()) == 1
    assert app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_keys_are_for_those_with_the_right(signed_in_as, in_app):
    office = signed_in_as("office")

    assert {office.get(path).status_code for path in ("/admin/api-keys/", NEW)} == {403}
    assert office.post(NEW, data={"title": "Till", "rights": ["read"]}).status_code == 403
    assert office.post("/admin/api-keys/1/act/revoke_key").status_code == 403
    with in_app():
        assert tokens() == []
