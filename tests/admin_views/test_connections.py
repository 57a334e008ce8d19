"""SERVICES > Import & connections > Connections: what is entered there, tried out here, and never shown by the way."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.intake.events import receive
from app.models import Arrival, Connection, History, Order, Role
from tests.clients import somebody
from tests.factories import new_connection

NEW = "/admin/connection/new/"
FORM = {"source": "woocommerce", "title": "Mugs", "secret": "", "notify": "y", "is_active": "y"}


def connection(**how) -> Connection:
    made = new_connection(**how)
    db.session.add(made)
    db.session.flush()
    return made


def only_one() -> Connection:
    return db.session.scalars(select(Connection)).one()


def changes_of_last():
    return db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one().facts.get("changes")


@pytest.mark.each_database
def test_a_new_connection_has_an_address_and_a_secret_that_nobody_guesses(client, in_app):
    answer = client.post(NEW, data=FORM)

    assert answer.location == "/admin/connection/1"
    with in_app():
        made = only_one()
        key, secret = made.key, made.secret
        assert (made.source, made.title, made.notify, made.is_active) == ("woocommerce", "Mugs", True, True)
    assert (len(key), len(secret)) == (32, 43)
    page = client.get("/admin/connection/1").text
    assert f'value="http://localhost/hooks/woocommerce/{key}"' in page
    assert "WooCommerce > Settings > Advanced > Webhooks" in page
    assert secret not in page + client.get("/admin/connection/").text + client.get("/admin/connection/edit/?id=1").text


def test_the_address_is_that_of_the_installation(client, in_app, monkeypatch):
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com/")
    with in_app():
        connection()

    assert 'value="https://desk.example.com/hooks/woocommerce/the-key"' in client.get("/admin/connection/1").text


def test_a_secret_is_shown_to_whoever_asks_for_it_and_may(client, in_app, signed_in_as):
    with in_app():
        connection()

    assert 'value="the-secret"' in client.post("/admin/connection/1/secret").text
    assert client.get("/admin/connection/1/secret").status_code == 302
    refused = signed_in_as("packer").post("/admin/connection/1/secret")
    assert refused.status_code == 403
    assert "the-secret" not in refused.text


@pytest.mark.each_database
def test_an_edit_keeps_a_secret_that_is_not_entered_and_history_holds_none(client, in_app):
    with in_app():
        connection()
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', client.get("/admin/connection/edit/?id=1").text)[1]

    client.post("/admin/connection/edit/?id=1", data={"title": "Cups", "secret": "", "seen_version": seen})

    with in_app():
        changed = only_one()
        assert (changed.title, changed.secret, changed.key) == ("Cups", "the-secret", "the-key")
        assert (changed.source, changed.is_active) == ("woocommerce", False)
        assert changes_of_last() == {
            "title": ["Mugs", "Cups"],
            "notify": [True, False],
            "is_active": [True, False],
        }
        seen = changed.version
    client.post("/admin/connection/edit/?id=1", data={"title": "Cups", "secret": "another", "seen_version": seen})
    with in_app():
        assert only_one().secret == "another"
        assert changes_of_last() == {"secret": ["…", "…"]}


def test_one_of_the_demo_shop_is_not_switched_on(client, in_app):
    with in_app():
        made = connection(is_active=False)
        made.outside_shop.is_demo = True

    page = client.get("/admin/connection/1").text
    assert "This connection belongs to the demo shop." in page
    assert 'title="This connection belongs to the demo shop and stays switched off' in page  # the grey button
    assert "/access" not in page
    assert client.get("/admin/connection/1/access").location == "/admin/connection/1"
    form = client.get("/admin/connection/edit/?id=1").text
    assert 'name="is_active"' not in form
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', form)[1]
    client.post("/admin/connection/edit/?id=1", data={**FORM, "is_active": "y", "seen_version": seen})

    with in_app():
        assert not only_one().is_active


def test_a_conflict_shows_no_secret(client, in_app):
    with in_app():
        connection(version=5)

    page = client.post("/admin/connection/edit/?id=1", data={"title": "Cups", "secret": "mine", "seen_version": "4"})

    assert "now “Mugs”, you entered “Cups”" in page.text
    assert "the-secret" not in page.text


@pytest.mark.each_database
def test_an_event_meanwhile_is_no_change_of_the_form(client, in_app):
    with in_app():
        seen = connection().version
        receive(only_one(), b"{}", "product.updated")

    client.post("/admin/connection/edit/?id=1", data={"title": "Cups", "seen_version": seen})

    with in_app():
        assert only_one().title == "Cups"
        assert only_one().last_event_at is not None


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("source", "number"), [("woocommerce", "SAMPLE-1"), ("shopify", "#SAMPLE-1"), ("lightspeed", "SAMPLE-1")]
)
def test_a_sample_shows_what_would_be_read_and_leaves_nothing(client, in_app, source, number):
    with in_app():
        connection(source=source)

    page = client.post("/admin/connection/1/sample")

    assert page.status_code == 200
    sample = re.search(r'id="sample".*?</section>', page.text, re.S)[0]
    for shown in (number, "Sam Sample &lt;sam@example.org&gt;", "Stoneware mug", "Parcel post", "31.05"):
        assert shown in sample, shown
    assert "A real order like it would be added. Nothing of the sample was kept." in sample
    with in_app():
        assert [db.session.scalar(select(func.count()).select_from(table)) for table in (Arrival, Order)] == [0, 0]
        assert only_one().last_event_at is None


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"is_active": False}, "The connection is switched off: events are refused."),
        ({"secret": ""}, "The connection has no secret yet."),
    ],
)
def test_a_sample_is_refused_where_an_event_would_be(client, in_app, how, reason):
    with in_app():
        connection(**how)

    assert reason in client.get("/admin/connection/1").text
    answer = client.post("/admin/connection/1/sample").text
    assert reason in answer
    assert 'id="sample"' not in answer


def test_the_page_shows_the_last_error_until_it_is_dismissed(client, in_app, app):
    with in_app():
        connection()
    app.test_client().post("/hooks/woocommerce/the-key", json={"id": 1}, headers={"X-WC-Webhook-Signature": "no"})

    assert "An event came with a wrong signature" in client.get("/admin/connection/1").text
    client.post("/admin/connection/1/dismiss")
    assert "An event came with a wrong signature" not in client.get("/admin/connection/1").text
    with in_app():
        (old, new) = changes_of_last()["last_error"]
        assert old.startswith("An event came with a wrong signature")
        assert new == ""


def test_the_last_events_lead_to_what_became_of_them(client, in_app):
    with in_app():
        receive(connection(), b'{"id": 5}', "order.created")

    page = client.get("/admin/connection/1").text

    assert 'data-href="/admin/arrivals/details/?id=1"' in page
    assert "Waiting to be read" in page
    assert "order.created" in client.get("/admin/arrivals/?flt0_2=1").text
    assert "Nothing matches" in client.get("/admin/arrivals/?flt0_2=2").text


def test_connections_are_for_those_with_the_right(in_app, signed_in_as):
    with in_app():
        connection()
        db.session.add(Role(name="files", permissions=["imports.orders"]))
        db.session.flush()
        somebody("files")
    browser = signed_in_as("files")

    for path in ("/admin/connection/", "/admin/connection/1", "/admin/connection/edit/?id=1", NEW):
        assert browser.get(path).status_code == 403
    for path in ("/admin/connection/1/secret", "/admin/connection/1/sample", "/admin/connection/1/dismiss", NEW):
        assert browser.post(path, data=FORM).status_code == 403
    assert 'href="/admin/connection/"' not in browser.get("/admin/arrivals/").text
    with in_app():
        assert only_one().title == "Mugs"
