"""The guard over what pages say sees what it is there for, and a route that it wouldn't see fails it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Page

from tests.browser import every_page
from tests.browser.conftest import Server
from tests.browser.reading import TYPED, faults_of, read
from tests.databases import forget_connections, make_app


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<div class="inline-list" id="addresses">', "a tag"),
        ("</fieldset>", "a tag"),
        ("Ann &lt;b&gt;", "an entity"),
        ("Fish &amp; chips", "an entity"),
        ("it&#39;s", "an entity"),
        ("tag class=wide", "an attribute"),
        ("2026-11-28 15:03:09.471839+00:00", "a raw moment"),
        ("2026-11-28 15:03:09", "a raw moment"),
        ("{{ name }}", "a placeholder"),
        ("{% if %}", "a placeholder"),
        ("Page %(page)s of 3", "a placeholder"),
        ("<app.models.Order object at 0x7f>", "an object"),
        ("<OutgoingMail 212>", "a tag"),
        ("Decimal('1.00')", "an object"),
        ("[object Object]", "an object"),
        ("lazy_gettext('Name')", "a lazy text"),
        ("['owner', 'packer']", "a list or mapping"),
        ("{'name': 'Ann'}", "a list or mapping"),
        (TYPED.replace("<", "&lt;").replace(">", "&gt;").replace("&", "&amp;"), "an entity"),
    ],
)
def test_what_only_a_machine_writes_is_seen(text, name):
    assert name in {fault.partition(":")[0] for fault in faults_of(f"Before {text} after")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"Ann {TYPED}",
        f"ANN {TYPED.upper()} & Sons",
        "Fish & chips, 5 < 6, 100 %, a <- b",
        "Femke <femke@example.org>",
        "28 Nov 2026 16:03",
        "Dear {name}, your order {order} is paid.",
        "None of these",
    ],
)
def test_what_people_write_is_let_through(text):
    assert list(faults_of(text)) == []


@pytest.fixture
def own_app(app: Flask, server: Server) -> Iterator[Flask]:
    """One that no other test has, before the same shop: it gets a route more."""
    server.app = made = make_app(app.config["SQLALCHEMY_DATABASE_URI"])
    yield made
    forget_connections(made)


@pytest.fixture
def faulty(own_app: Flask) -> str:
    """A page on which much can only be read when something opens."""
    source = """<!doctype html><title>Faulty</title><link rel="icon" href="data:,"><body>
    <table><tr><td>None</td><td><b>&amp;</b></td></tr></table>
    <dialog>{{ '<i>' }}</dialog><template><p>{{ '&lt;' }}</p></template><input value="True">
    <input type="radio" value="None">
    <p title="%(name)s">fine</p><iframe srcdoc="{{ '<p>' }}{{ '{{' }}</p>"></iframe>"""
    path = f"/{uuid4().hex}"
    own_app.add_url_rule(path, path[1:], lambda: render_template_string(source))
    return path


FAULTS = {"a bare value", "a placeholder", "a tag", "a text that became a tag", "an entity"}


def test_it_reads_what_is_closed_and_what_stands_in_fields(faulty: str, signed_in: Page):
    signed_in.goto(faulty)
    drawn = read(signed_in)

    assert {fault.partition(":")[0] for fault in drawn.faults()} == FAULTS
    assert [fault for fault in drawn.faults() if "value" in fault] == ["a bare value: None", "a bare value: True"]


def test_a_new_route_of_an_unknown_kind_fails(own_app: Flask):
    own_app.add_url_rule("/admin/vouchers/<voucher_id>", "vouchers", lambda voucher_id: "")
    (rule,) = own_app.url_map.iter_rules("vouchers")

    assert every_page.is_page(own_app, rule)
    with own_app.app_context(), pytest.raises(pytest.fail.Exception, match="say in `sample` what voucher_id may be"):
        list(every_page.paths_of(own_app, rule))


def test_what_is_said_to_be_no_page_is_still_there(app: Flask):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert {*every_page.NO_PAGES, *every_page.SIGNED_OUT} <= endpoints
