"""A customer's own addresses in the customer's form: changed, added, removed, swapped, and two people at once."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from app.extensions import db
from app.history import Happened
from app.models import Customer, CustomerAddress, History
from tests.arrange import at_once

MARKET = {"name": "Femke Jansen", "street": "Markt 87", "postcode": "2611 GS", "city": "Delft", "country": "NL"}
QUAY = {"name": "Femke Jansen", "street": "Kade 3", "postcode": "3011 AA", "city": "Rotterdam", "country": "NL"}
EDIT = "/admin/customer/edit/?id=1"


@pytest.fixture
def femke(in_app) -> int:
    with in_app():
        addresses = [CustomerAddress(kind="billing", **MARKET), CustomerAddress(kind="shipping", **QUAY)]
        customer = Customer(name="Femke Jansen", addresses=addresses)
        db.session.add(customer)
        db.session.flush()
        return customer.id


def stamp_on(page) -> str:
    return re.search(r'name="seen_version"[^>]*value="([^"]+)"', page.text)[1]


def row(position: int, kind: str, given: dict[str, str], address_id: int | str = "") -> dict[str, str]:
    texts = {"id": str(address_id), "kind": kind, **given}
    return {f"addresses-{position}-{name}": text for name, text in texts.items()}


def save(client, *rows: dict[str, str], stamp: str | None = None, path: str = EDIT):
    data = {"name": "Femke Jansen", "seen_version": stamp or stamp_on(client.get(path))}
    return client.post(path, data={name: text for one in (data, *rows) for name, text in one.items()})


def streets() -> dict[str, str]:
    return {one.kind: one.street for one in db.session.scalars(select(CustomerAddress))}


def test_the_form_holds_fields_and_no_source_of_a_page(client, femke):
    page = client.get(EDIT).text

    assert 'value="Markt 87"' in page
    assert '<option selected value="NL">Netherlands</option>' in page
    assert "&lt;" not in page


def test_one_is_changed_one_removed_and_history_says_so(client, in_app, femke):
    answer = save(
        client,
        row(0, "billing", {**MARKET, "street": "Markt 88"}, 1),
        {**row(1, "shipping", QUAY, 2), "del-addresses-1": "on"},
    )

    assert answer.status_code == 302
    with in_app():
        assert streets() == {"billing": "Markt 88"}
        (event,) = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED))
        assert event.facts["changes"]["billing street"] == ["Markt 87", "Markt 88"]
        assert event.facts["changes"]["shipping city"] == ["Rotterdam", ""]
        assert "billing city" not in event.facts["changes"]


def test_a_house_that_another_street_does_not_say_goes_and_history_says_so(client, in_app, femke):
    with in_app():
        for one in db.session.scalars(select(CustomerAddress)):
            one.house_number = one.street.split()[-1]

    save(client, row(0, "billing", {**MARKET, "street": "Markt 88"}, 1), row(1, "shipping", {**QUAY, "city": "X"}, 2))

    with in_app():
        houses = {one.kind: one.house_number for one in db.session.scalars(select(CustomerAddress))}
        assert houses == {"billing": "", "shipping": "3"}
        (event,) = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED))
        assert event.facts["changes"]["billing house_number"] == ["87", ""]


def test_a_customer_is_made_with_an_address(client, in_app):
    answer = save(client, row(0, "shipping", QUAY), path="/admin/customer/new/", stamp="-")

    assert answer.status_code == 302
    with in_app():
        assert streets() == {"shipping": "Kade 3"}


def test_a_row_without_a_word_is_no_address(client, in_app, femke):
    save(client, row(0, "billing", MARKET, 1), row(1, "shipping", dict.fromkeys(QUAY, ""), 2), row(2, "shipping", {}))

    with in_app():
        assert streets() == {"billing": "Markt 87"}


def test_an_address_that_the_form_did_not_show_stays(client, in_app, femke):
    save(client, row(0, "billing", {**MARKET, "street": "Markt 88"}, 1))

    with in_app():
        assert streets() == {"billing": "Markt 88", "shipping": "Kade 3"}


@pytest.mark.each_database
def test_kinds_are_swapped_and_one_takes_the_place_of_another(client, in_app, femke):
    assert save(client, row(0, "shipping", MARKET, 1), row(1, "billing", QUAY, 2)).status_code == 302
    with in_app():
        assert streets() == {"billing": "Kade 3", "shipping": "Markt 87"}

    removed = {**row(0, "billing", QUAY, 1), "del-addresses-0": "on"}
    new = row(2, "billing", {**QUAY, "street": "Kade 4"})
    assert save(client, removed, row(1, "shipping", MARKET, 2), new).status_code == 302
    with in_app():
        assert streets() == {"billing": "Kade 4", "shipping": "Markt 87"}


def test_two_of_one_kind_are_refused_and_nothing_is_lost(client, in_app, femke):
    page = save(client, row(0, "billing", MARKET, 1), row(1, "billing", QUAY, 2))

    assert "There are two addresses of this kind. Keep one." in page.text
    assert 'value="Kade 3"' in page.text
    with in_app():
        assert streets() == {"billing": "Markt 87", "shipping": "Kade 3"}


def test_a_country_that_is_none_is_refused(client, in_app, femke):
    page = save(client, row(0, "billing", {**MARKET, "country": "Nederland"}, 1))

    assert "Two letters, such as NL." in page.text
    with in_app():
        assert streets() == {"billing": "Markt 87", "shipping": "Kade 3"}


def test_without_script_there_is_an_empty_row_of_the_kind_that_lacks(client, in_app, femke):
    assert "<noscript>" not in client.get(EDIT).text
    save(client, {**row(0, "shipping", QUAY, 2), "del-addresses-0": "on"})

    spare = client.get(EDIT).text.partition("<noscript>")[2].partition("</noscript>")[0]

    assert 'name="addresses-1-street"' in spare
    assert '<option selected value="shipping">' in spare


def test_the_second_of_two_who_change_an_address_is_shown_both(client, signed_in_as, in_app, femke):
    stamp = stamp_on(client.get(EDIT))
    save(signed_in_as("office"), row(0, "billing", {**MARKET, "country": "BE"}, 1))

    page = save(client, row(0, "billing", {**MARKET, "street": "Markt 90"}, 1), stamp=stamp)

    told = unescape(page.text)
    assert "Billing address, Country: now “Belgium”, you entered “Netherlands”." in told
    assert "Billing address, Street and number: now “Markt 87”, you entered “Markt 90”." in told
    assert 'value="Markt 90"' in page.text
    with in_app():
        assert streets()["billing"] == "Markt 87"
    assert save(client, row(0, "billing", {**MARKET, "street": "Markt 90"}, 1), stamp=stamp_on(page)).status_code == 302
    with in_app():
        assert streets()["billing"] == "Markt 90"


@pytest.mark.each_database
def test_of_two_who_save_an_address_at_once_one_is_told(client, signed_in_as, in_app, femke):
    browsers = [client, signed_in_as("office")]
    stamp = stamp_on(client.get(EDIT))

    def answer(position: int) -> int:
        street = {**MARKET, "street": f"Markt {position}"}
        return save(
            browsers[position], row(0, "billing", street, 1), row(1, "shipping", QUAY, 2), stamp=stamp
        ).status_code

    assert sorted(at_once(2, answer)) == [200, 302]
