"""A customer's own addresses, as somebody at the screen changes, adds and removes them: with script and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, CustomerAddress
from tests.browser.watching import watch

EDIT = "/admin/customer/edit/?id=1"


@pytest.fixture(autouse=True)
def femke(app) -> None:
    with app.app_context():
        market = CustomerAddress(kind="billing", name="Femke Jansen", street="Markt 87", city="Delft", country="NL")
        db.session.add(Customer(name="Femke Jansen", addresses=[market]))
        db.session.commit()


@pytest.fixture
def page_without_script(signed_in: Page, browser: Browser, base_url: str) -> Iterator[Page]:
    """The owner's, in a browser that runs none."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False, locale="en-GB")
    context.add_cookies(signed_in.context.cookies())
    wrong = watch(context, base_url)
    yield context.new_page()
    context.close()
    assert not wrong, wrong


def stored(app) -> dict[str, tuple[str, str]]:
    with app.app_context():
        found = db.session.scalars(select(CustomerAddress).order_by(CustomerAddress.customer_id, CustomerAddress.kind))
        return {one.kind: (one.street, one.country) for one in found}


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("group", name=title)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(lambda url: "/edit/" not in url and "/new/" not in url)


@pytest.mark.parametrize("width", [390, 768, 1360])
def test_one_is_changed_and_one_added(app, signed_in: Page, assert_accessible, width):
    signed_in.set_viewport_size({"width": width, "height": 900})
    signed_in.goto(EDIT)
    row(signed_in, "Billing address").get_by_label("Street and number").fill("Markt 88")
    signed_in.get_by_role("button", name="Add an address").click()
    new = row(signed_in, "New address")
    expect(new.get_by_label("Kind")).to_have_value("shipping")
    new.get_by_label("Street and number").fill("Kade 3")
    new.get_by_label("Country").select_option("Belgium")
    expect(signed_in.get_by_role("button", name="Add an address")).to_be_hidden()
    assert_accessible(signed_in)
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width
    save(signed_in)

    assert stored(app) == {"billing": ("Markt 88", "NL"), "shipping": ("Kade 3", "BE")}


def test_one_is_removed_and_a_new_row_taken_back(app, signed_in: Page):
    signed_in.goto(EDIT)
    signed_in.get_by_role("button", name="Add an address").click()
    row(signed_in, "New address").get_by_role("button", name="Remove").click()
    expect(signed_in.get_by_role("button", name="Add an address")).to_be_focused()
    row(signed_in, "Billing address").get_by_label("Remove").check()
    save(signed_in)

    assert stored(app) == {}


def test_a_new_customer_gets_two(app, signed_in: Page):
    signed_in.goto("/admin/customer/new/")
    signed_in.get_by_label("Name", exact=True).fill("Stan Guit")
    for street in ("Kade 1", "Kade 2"):
        signed_in.get_by_role("button", name="Add an address").click()
        row(signed_in, "New address").last.get_by_label("Street and number").fill(street)
    save(signed_in)

    with app.app_context():
        stan = db.session.scalars(select(Customer).where(Customer.name == "Stan Guit")).one()
        assert [(one.kind, one.street) for one in stan.addresses] == [("billing", "Kade 1"), ("shipping", "Kade 2")]


def test_of_two_savers_the_second_sees_both_and_saves_again(app, signed_in: Page):
    signed_in.goto(EDIT)
    other = signed_in.context.new_page()
    other.goto(EDIT)
    row(other, "Billing address").get_by_label("Street and number").fill("Markt 90")
    save(other)

    row(signed_in, "Billing address").get_by_label("Street and number").fill("Markt 91")
    signed_in.get_by_role("button", name="Save", exact=True).click()
    expect(signed_in.get_by_role("alert")).to_contain_text(
        "Billing address, Street and number: now “Markt 90”, you entered “Markt 91”."
    )
    expect(row(signed_in, "Billing address").get_by_label("Street and number")).to_have_value("Markt 91")
    signed_in.get_by_role("button", name="Add an address").click()
    row(signed_in, "New address").get_by_label("Street and number").fill("Kade 3")
    save(signed_in)

    assert stored(app) == {"billing": ("Markt 91", "NL"), "shipping": ("Kade 3", "")}


def test_without_script_one_is_changed_added_and_removed(app, page_without_script: Page):
    page = page_without_script
    page.goto(EDIT)
    row(page, "Billing address").get_by_label("Street and number").fill("Markt 88")
    row(page, "New address").get_by_label("Street and number").fill("Kade 3")
    save(page)
    assert stored(app) == {"billing": ("Markt 88", "NL"), "shipping": ("Kade 3", "")}

    page.goto(EDIT)
    row(page, "Billing address").get_by_label("Remove").check()
    save(page)
    assert stored(app) == {"shipping": ("Kade 3", "")}
