"""Counts beside the menu and what came in, while a page stays open: no load, no key pressed, nothing disturbed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.extensions import db
from tests.factories import paid_order, placed_order

MINUTE = 60_000


def come_in(app: Flask, make: Callable[[], object] = paid_order) -> None:
    with app.app_context():
        make()
        db.session.commit()


@pytest.fixture
def asked(signed_in: Page) -> list[str]:
    """What pages ask for by themselves; their clock stands still until a test moves it."""
    found: list[str] = []
    signed_in.on("request", lambda request: "/admin/news/" in request.url and found.append(request.url))
    signed_in.clock.install()
    return found


def test_an_order_that_comes_in_is_counted_and_told_of_on_the_open_page(app: Flask, signed_in: Page, asked):
    page = signed_in
    page.goto("/admin/order/")
    entry = page.locator("#menu").get_by_role("link", name=re.compile("^Orders"))
    expect(entry).to_have_accessible_name("Orders")
    page.get_by_role("searchbox", name="Search", exact=True).fill("mug")
    page.evaluate("window.isSame = true")

    come_in(app)
    page.clock.run_for(MINUTE)

    expect(entry).to_have_accessible_name("Orders, 1 to ship")
    expect(entry).to_have_attribute("data-count", "1")
    toast = page.get_by_role("status").get_by_role("link", name="1 new order")
    expect(toast).to_have_attribute("href", "/admin/order/")
    expect(page.get_by_role("searchbox", name="Search", exact=True)).to_be_focused()
    assert page.evaluate("window.isSame")
    page.clock.run_for(MINUTE // 2)
    expect(toast).to_have_count(0)
    page.clock.run_for(MINUTE)
    expect(toast).to_have_count(0)
    assert len(asked) == 3


def test_what_came_while_somebody_went_to_another_page_is_told_there(app: Flask, signed_in: Page, asked):
    signed_in.goto("/admin/order/")
    signed_in.wait_for_load_state("networkidle")

    come_in(app, placed_order)
    signed_in.goto("/admin/customer/")

    expect(signed_in.get_by_role("status").get_by_role("link", name="1 new order")).to_be_visible()


def test_counts_follow_what_is_done_here_at_once(app: Flask, signed_in: Page):
    come_in(app)
    page = signed_in
    page.goto("/admin/order/")
    entry = page.locator("#menu [data-entry=order]")
    expect(entry).to_have_attribute("data-count", "1")

    page.locator("tbody tr").hover()
    page.locator("tbody tr").get_by_label(re.compile("^Sent: ")).click()
    page.locator("#dialog").get_by_role("button", name="Sent", exact=True).click()

    expect(entry).not_to_have_attribute("data-count", "1")


def test_nothing_is_asked_while_nobody_looks_or_a_pop_up_is_open(app: Flask, signed_in: Page, asked):
    page = signed_in
    page.goto("/admin/task/")
    page.wait_for_load_state("networkidle")
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.isAway === true})")

    page.evaluate("window.isAway = true; document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(10 * MINUTE)
    assert len(asked) == 1
    with page.expect_response("**/admin/news/**"):
        page.evaluate("window.isAway = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert len(asked) == 2

    page.get_by_role("link", name="Add task").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.clock.run_for(10 * MINUTE)
    assert len(asked) == 2


def test_a_page_whose_person_is_signed_out_asks_ever_less_and_says_nothing(app: Flask, signed_in: Page, asked):
    page = signed_in
    page.goto("/admin/order/")
    page.wait_for_load_state("networkidle")
    page.route("**/admin/news/**", lambda route: route.fulfill(status=204))  # an error would stand in the console

    for _ in range(60):
        page.clock.run_for(MINUTE)
        page.wait_for_timeout(20)

    assert 4 <= len(asked) <= 8
    expect(page.locator(".banner-danger")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1024, 1360])
def test_counts_stand_in_the_menu_at_every_width(app: Flask, signed_in: Page, assert_accessible, width, scheme):
    come_in(app)
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/admin/order/")
    if width < 992:
        page.get_by_role("button", name="Menu", exact=True).click()

    expect(page.locator("#menu [data-entry=order][data-count]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
