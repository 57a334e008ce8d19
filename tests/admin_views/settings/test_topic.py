"""The pages of the settings: who sees them, what they save, and what their history says."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.columns import at
from app.extensions import db
from app.models import History, InvoiceMoment, Role, Shop
from app.queries import shop
from tests.admin_views.settings.saving import ADMINISTRATION, saved
from tests.clients import somebody

PATHS = [
    "company",
    "languages",
    "document-settings",
    "own-words",
    "maps",
    "order-status",
    "administration",
    "numbering",
    "reminders",
    "mail-settings",
    "security-settings",
    "api-keys",
]


def changes_of_last() -> dict[str, list[object]]:
    return db.session.scalars(select(History).order_by(History.id.desc()).limit(1)).one().facts.get("changes", {})


def test_the_list_names_every_topic_in_its_group_with_its_fields(client):
    page = client.get("/admin/settings/").text

    names = re.findall(r'<a class="topic"[^>]*>([^<]+)</a>', page)
    assert names == [
        "Company", "Languages & currency", "Documents", "Own words", "Signing in", "Maps", "VAT scheme", "VAT rates",
        "Order status", "Administration", "E-invoices", "Accounts", "Numbering", "Reminders", "Mail", "Security",
        "Copies", "API keys",
    ]  # fmt: skip
    assert re.findall(r'<h2 class="settings-head"[^>]*>([^<]+)</h2>', page) == [
        "General",
        "General › Workflow",
        "Advanced",
    ]
    assert "Return period in days" in page


def test_a_search_finds_topics_by_their_fields(client):
    page = client.get("/admin/settings/?search=return+PERIOD").text

    assert re.findall(r'<a class="topic"[^>]*>([^<]+)</a>', page) == ["Administration"]
    assert "No setting has this name." in client.get("/admin/settings/?search=zzz").text


def test_each_page_says_where_it_stands(client):
    page = client.get("/admin/maps/?id=1").text

    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page, re.S)[0]
    assert re.findall(r">([^<>]+)</(?:a|span)>", crumbs) == ["Settings", "General", "Maps"]
    assert '<a href="/admin/maps/" aria-current="page">Maps</a>' in page


def test_somebody_with_one_right_sees_that_page_alone(in_app, signed_in_as):
    with in_app():
        db.session.add(Role(name="numbers", permissions=["settings.numbering"]))
        db.session.flush()
        somebody("numbers")
    browser = signed_in_as("numbers")

    answers = {path: browser.get(f"/admin/{path}/", follow_redirects=True).status_code for path in PATHS}

    assert answers == {path: 200 if path == "numbering" else 403 for path in PATHS}
    assert re.findall(r'class="topic"[^>]*>([^<]+)<', browser.get("/admin/settings/").text) == ["Numbering"]
    assert 'href="/admin/settings/"' in browser.get("/admin/").text


def test_without_any_right_there_are_no_settings(signed_in_as):
    office = signed_in_as("office")

    assert office.get("/admin/settings/").status_code == 403
    assert {office.get(f"/admin/{path}/?id=1").status_code for path in PATHS} == {403}
    assert 'href="/admin/settings/"' not in office.get("/admin/").text


@pytest.mark.each_database
def test_administration_is_saved_with_old_and_new_values(client, in_app):
    assert saved(client, "administration", ADMINISTRATION).status_code == 302

    with in_app():
        here = shop()
        assert (here.invoice_moment, here.payment_term_days, here.return_days) == (InvoiceMoment.PAID, 21, 30)
        assert (here.delivery_times, here.forbid_unpaid_shipping) == (["1-2 days", "3 days"], True)
        assert (here.hide_email_on_invoices, here.hide_phone_on_invoices) == (False, True)
        changes = changes_of_last()
        assert changes["invoice_moment"] == ["direct", "paid"]
        assert changes["return_days"] == [14, 30]
        assert "credit_notes_own_series" not in changes
    page = client.get("/admin/administration/?id=1").text
    assert "<del>Direct: when the order is placed</del> → <ins>Paid: when the order is paid</ins>" in page
    assert "<del>Warn</del> → <ins>Forbid</ins>" in page
    assert "Forbid</ins>" not in client.get("/admin/company/?id=1").text


@pytest.mark.parametrize(
    ("path", "values", "message"),
    [
        ("languages", {"language": "en", "time_zone": "Europe/Paris", "currency": "XQX"}, "“XQX” is not a currency"),
        ("reminders", {"reminder_days": "1, 2, 3, 4, 5"}, "At most 4 reminders."),
        ("reminders", {"reminder_days": "14, 7"}, "Each later than the one before it."),
        ("reminders", {"reminder_days": "0"}, "Each from 1 to 365 days."),
        ("reminders", {"reminder_days": "soon"}, "“soon” is not a whole number."),
        ("maps", {"maps": "google", "maps_key": ""}, "Google’s maps need an API key."),
        ("maps", {"maps": "google", "maps_key": "a&b"}, "Letters, digits, - and _ only."),
        ("company", {"name": "X", "country": "BE", "iban": "BE68 5390 0754 7035"}, "This is not an IBAN"),
        ("company", {"name": "X", "country": "BE", "iban": "BE68 5390 0754 703"}, "This is not an IBAN"),
        ("company", {"name": "X", "country": "BE", "iban": "BE975390075470340"}, "This is not an IBAN"),
        ("administration", {**ADMINISTRATION, "return_days": "-1"}, "Number must be between 0 and 3650."),
    ],
)
def test_wrong_values_are_named_and_nothing_is_saved(client, in_app, path, values, message):
    with in_app():
        before = db.session.get(Shop, 1).version

    page = saved(client, path, values)

    assert message in page.text
    with in_app():
        assert db.session.get(Shop, 1).version == before


def test_an_iban_is_one_by_its_length_and_check_digits_whichever_bank_it_names(client, in_app):
    saved(client, "company", {"name": "X", "country": "BE", "iban": "be68 5390 0754 7034"})  # as textbooks have it

    with in_app():
        assert db.session.get(Shop, 1).iban == "BE68539007547034"


def test_switching_reminders_on_spares_all_that_is_older(client, in_app):
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    with at(noon):
        saved(client, "reminders", {"reminder_days": "14, 21"})
    saved(client, "reminders", {"reminder_days": "14 21; 28"})

    with in_app():
        assert (shop().reminder_days, shop().reminders_since) == ([14, 21, 28], noon)

    saved(client, "reminders", {"reminder_days": ""})

    with in_app():
        assert (shop().reminder_days, shop().reminders_since) == ([], None)
        assert changes_of_last()["reminder_days"] == [[14, 21, 28], []]


def test_the_second_of_two_who_change_a_setting_is_told(client, in_app):
    first = client.get("/admin/administration/?id=1").text
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', first)[1]
    saved(client, "administration", ADMINISTRATION)

    page = client.post("/admin/administration/?id=1", data={**ADMINISTRATION, "return_days": "7", "seen_version": seen})

    assert "Return period in days: now “30”, you entered “7”." in page.text
    with in_app():
        assert shop().return_days == 30
