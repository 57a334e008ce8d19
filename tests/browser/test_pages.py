"""Every page at two widths, in light and dark: axe finds nothing, nothing scrolls sideways, no error, no other host."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import jobs
from app.config import LANGUAGES
from app.demo import plant
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import orders_in
from app.models import JobKind, Order, OrderStatus
from tests.browser.conftest import sign_in_by_link
from tests.databases import forget_connections, make_app, new_sqlite_shop
from tests.factories import shop_key

PAGES = [
    "/admin/",
    "/admin/order/",
    "/admin/order/?search=nothing-like-it",
    "/admin/invoice/",
    "/admin/shipment/",
    "/admin/task/",
    "/admin/task/add_task",
    "/admin/customer/",
    "/admin/customer/details/?id=1",
    "/admin/customer/edit/?id=1",
    "/admin/product/",
    "/admin/product/new/",
    "/admin/payment-method/",
    "/admin/payment-method/edit/?id=1",
    "/admin/shipping-method/edit/?id=1",
    "/admin/mail-texts/",
    "/admin/mail-texts/notify_customer/de",
    "/admin/mail-texts/order_sent/en",
    "/admin/outbox/",
    "/admin/outbox/details/?id=1",
    "/admin/arrivals/",
    "/admin/arrivals/details/?id=1",
    "/admin/jobs/",
    "/admin/jobs/1",
    "/admin/settings/",
    "/admin/settings/?search=language",
    "/admin/settings/?search=nothing-like-it",
    "/admin/company/?id=1",
    "/admin/languages/?id=1",
    "/admin/maps/?id=1",
    "/admin/administration/?id=1",
    "/admin/numbering/",
    "/admin/reminders/?id=1",
    "/admin/mail-settings/?id=1",
    "/admin/security-settings/?id=1",
    "/admin/security-log/",
    "/admin/staff/",
    "/admin/staff/edit/?id=1",
    "/admin/role/",
    "/admin/role/edit/?id=2",
    "/admin/role/new/?copy=2",
    "/password/",
]
TABS = ["", "?tab=customer", "?tab=products", "?tab=invoices", "?tab=shipments", "?tab=history"]


@pytest.fixture(scope="module")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each test here starts from the demo shop, which is planted once."""
    file = tmp_path_factory.mktemp("demo") / "new_shop.sqlite"
    shutil.copyfile(new_sqlite_shop(), file)
    app = make_app(f"sqlite:///{file}")
    with app.app_context():
        plant()
        (found,) = orders_in("woocommerce", json.dumps({"id": 7, "total": "abc"}))
        take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM)
        jobs.start(JobKind.BULK, ["ORD10001"], action="mark_paid", by=SYSTEM, how={}, language="en", once="")
        db.session.commit()
    forget_connections(app)
    return file


@pytest.fixture
def demo_orders(app) -> list[str]:
    """One order in each status."""
    with app.app_context():
        query = select(Order.number).order_by(Order.id.desc()).limit(1)
        some = [db.session.scalar(query.where(Order.status == status)) for status in OrderStatus]
    return [number for number in some if number]


@pytest.mark.parametrize("part", range(2))
def test_no_page_has_a_fault(signed_in: Page, assert_accessible, demo_orders, part):
    """In the dark, only the colours are others."""
    page, orders = signed_in, [f"/admin/order/{number}" for number in demo_orders]
    for path in [*PAGES, *orders, *[orders[0] + tab for tab in TABS]][part::2]:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1360, "height": 900})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"
        for width in (1360, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert_accessible(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide"
        page.emulate_media(color_scheme="dark")
        for width in (390, 1360):
            page.set_viewport_size({"width": width, "height": 900})
            assert_accessible(page, rules=["color-contrast", "link-in-text-block"])


def test_no_pop_up_has_a_fault(signed_in: Page, assert_accessible, demo_orders):
    signed_in.goto(f"/admin/order/{demo_orders[0]}")
    links = signed_in.locator("#main a[data-dialog]").all()
    assert len(links) >= 3
    for link in links:
        link.click()
        expect(signed_in.locator("#dialog")).to_be_visible()
        assert_accessible(signed_in)
        signed_in.keyboard.press("Escape")


def test_the_list_takes_few_requests(signed_in: Page, demo_orders):
    asked = []
    signed_in.on("request", lambda request: asked.append(request.url))

    signed_in.goto("/admin/order/")

    assert len(asked) <= 10, asked


def test_the_list_of_orders_has_room_for_who_ordered(signed_in: Page, demo_orders):
    """In the longest words: nothing is cut off, and a name keeps its words whole."""
    signed_in.goto("/admin/order/")
    signed_in.get_by_label("Language: EN").click()
    signed_in.get_by_role("button", name="Deutsch").click()
    expect(signed_in.locator("html")).to_have_attribute("lang", "de")
    for width in (1024, 1180, 1280, 1360, 1440):
        signed_in.set_viewport_size({"width": width, "height": 900})
        cut = signed_in.evaluate("(one => one.scrollWidth - one.clientWidth)(document.querySelector('.table-wrap'))")
        room = signed_in.evaluate("document.querySelector('.order-rows .cell-customer').clientWidth")
        assert (cut, room >= 140) == (0, True), (width, room)


#: The labels of cards with a word that is wider than the place it has.
BROKEN_LABELS = """() => {
  const brush = document.createElement('canvas').getContext('2d')
  return [...document.querySelectorAll('.records > tbody > tr > td[data-label]')].filter(cell => {
    const label = getComputedStyle(cell, '::before')
    if (cell.offsetParent === null || label.content === 'none') return false
    if (getComputedStyle(cell).display !== 'flex') return false
    brush.font = `${label.fontWeight} ${label.fontSize} ${label.fontFamily}`
    const widest = Math.max(...cell.dataset.label.split(/[\\s-]+/).map(word => brush.measureText(word).width))
    return parseFloat(label.width) < widest - 1
  }).map(cell => cell.dataset.label)
}"""
LISTS = [path for path in PAGES if path.endswith("/") and path not in ("/admin/", "/admin/settings/")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_of_a_card_breaks_inside_a_word(signed_in: Page, demo_orders, language: str):
    signed_in.set_viewport_size({"width": 390, "height": 900})
    signed_in.goto("/admin/order/")
    signed_in.evaluate("code => document.querySelector(`.preferences button[value=${code}]`).click()", language)
    signed_in.wait_for_function("code => document.documentElement.lang === code", arg=language)
    broken = {}
    for path in [*LISTS, "/admin/connection/", f"/admin/order/{demo_orders[0]}"]:
        signed_in.goto(path)
        broken[path] = signed_in.evaluate(BROKEN_LABELS)

    assert {path: found for path, found in broken.items() if found} == {}


def test_one_click_removes_the_demo_shop(signed_in: Page, demo_orders):
    signed_in.goto("/admin/")
    signed_in.get_by_role("button", name="Remove the demo shop").click()
    signed_in.locator("dialog[open]").get_by_role("button", name="Remove the demo shop").click()

    expect(signed_in.get_by_text("No orders yet")).to_be_visible()


def test_language_of_the_screens_is_a_choice(signed_in: Page):
    signed_in.goto("/admin/order/")
    signed_in.get_by_label("Language: EN").click()
    signed_in.get_by_role("button", name="Nederlands").click()

    expect(signed_in.locator("html")).to_have_attribute("lang", "nl")


def test_signing_out_kills_the_cookie(app, page: Page):
    signed_in = sign_in_by_link(app, page, "owner")
    cookies = signed_in.context.cookies()
    signed_in.get_by_role("button", name="Sign out").click()
    signed_in.wait_for_url("**/sign-in**")

    signed_in.context.add_cookies(cookies)
    signed_in.goto("/admin/order/")

    assert "/sign-in" in signed_in.url
