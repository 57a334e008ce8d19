"""The numbers of docs/clicks.md: each job is done in the browser, and its clicks are counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from app.actions.payments import mark_paid
from app.actions.returns import create_return
from app.actions.shipments import create_packing_slip, mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.queries import shop
from tests.factories import placed_order

TABLE = Path(__file__).parents[2] / "docs" / "clicks.md"


def promised() -> dict[tuple[str, str], int]:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (\d+) \|$", TABLE.read_text(), re.MULTILINE)
    return {(job, where): int(clicks) for job, where, clicks in rows}


class Counting:
    """Clicks as somebody makes them: what is clicked on is in sight."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        what.click()
        self.clicks += 1

    def in_row(self, of: object, word: str) -> None:
        row = self.page.locator("tbody tr", has_text=str(of))
        row.hover()
        self.click(row.get_by_label(re.compile(f"^{word}: ")))

    def in_pop_up(self, word: str) -> None:
        self.click(self.page.locator("#dialog").get_by_role("button", name=word, exact=True))

    def opens_pdf(self, word: str) -> None:
        self.click(self.page.locator("[data-tick-all]"))
        self.shows_pdf(self.page.locator(".bulk-bar").get_by_role("button", name=word, exact=True))

    def shows_pdf(self, button: Locator) -> None:
        """The browser's own viewer would ask for its parts: what comes is looked at, and not shown."""
        kinds: list[str] = []

        def look(route: Route) -> None:
            kinds.append(route.fetch().headers["content-type"])
            route.fulfill(content_type="text/plain", body="")

        self.page.context.route("**/admin/order/bulk", look)
        with self.page.context.expect_page() as opened:
            self.click(button)
        opened.value.wait_for_load_state()
        opened.value.close()
        self.page.context.unroute("**/admin/order/bulk")
        assert kinds == ["application/pdf"]

    def says(self, text: str) -> None:
        expect(self.page.locator("#toasts").get_by_text(text).last).to_be_visible()


@pytest.fixture
def numbers(app) -> dict[str, str]:
    """What the jobs are done to."""
    with app.app_context():
        shop().mail_hold = 30
        unpaid, packed, parcel, other, back, ready = (placed_order() for _each in range(6))
        for order in (packed, parcel, back, ready):
            mark_paid(order, by=SYSTEM, notify=False)
        for order in (packed, parcel):
            create_packing_slip(order, by=SYSTEM)
        mark_sent(back, by=SYSTEM, notify=False)
        create_return(back, by=SYSTEM, quantities={back.lines[0].id: Decimal(1)})
        db.session.commit()
        return {
            "unpaid": unpaid.number,
            "packed": packed.number,
            "slip": parcel.shipments[0].number,
            "invoice": other.invoices[0].number,
            "return": back.returns[0].number,
        }


def test_each_job_takes_as_many_clicks_as_the_table_says(signed_in: Page, numbers: dict[str, str]) -> None:
    page, counted = signed_in, {}

    def job(name: str, where: str, address: str, do: Callable[[Counting], None], said: str = "") -> None:
        page.goto(address)
        counting = Counting(page)
        do(counting)
        if said:
            counting.says(said)
        counted[name, where] = counting.clicks

    def ship(counting: Counting, of: str) -> None:
        counting.in_row(numbers[of], "Sent")
        page.locator("#dialog").get_by_label("Track & Trace code").fill("3STEST0001")
        counting.in_pop_up("Sent")

    def pay_invoice(counting: Counting) -> None:
        counting.in_row(numbers["invoice"], "Paid")
        counting.in_pop_up("Paid")

    def send_invoice(counting: Counting) -> None:
        counting.in_row(numbers["invoice"], "Send")
        counting.click(page.locator("#dialog").get_by_role("button", name=re.compile("^Send")).last)

    def credit(counting: Counting) -> None:
        counting.in_row(numbers["invoice"], "Create credit note")
        counting.click(page.locator("#dialog").get_by_label("Everything that is left on the invoice"))
        counting.in_pop_up("Create credit note")

    def receive(counting: Counting) -> None:
        counting.in_row(numbers["return"], "Received")
        counting.in_pop_up("Received")

    def ship_from_page(counting: Counting) -> None:
        counting.click(page.locator(".next-step").get_by_role("link", name="Sent"))
        counting.in_pop_up("Sent")

    def make_and_print(counting: Counting) -> None:
        counting.click(page.get_by_role("button", name="Create packing slips"))
        counting.says("Create packing slip: 2 orders changed.")
        counting.shows_pdf(page.get_by_role("button", name="Print packing slips"))

    def pack(counting: Counting) -> None:
        counting.click(page.get_by_role("link", name="Start packing"))
        page.get_by_label("Track & Trace code").fill("3STEST0002")
        counting.click(page.get_by_role("button", name="Sent, next parcel"))

    orders = "/admin/order/"
    paid, sent = "Order marked as paid", "marked as sent"
    job("print the invoices of all orders on the page", "Orders", orders, lambda it: it.opens_pdf("Print invoices"))
    with_slips, print_slips = orders + "?shipment=shipped", "print the packing slips of all orders on the page"
    job(print_slips, "Orders", with_slips, lambda it: it.opens_pdf("Print packing slips"))
    job("mark an order as paid, with its mail", "Orders", orders, lambda it: it.in_row(numbers["unpaid"], "Paid"), paid)
    job("ship an order from its page", "Order", orders + numbers["packed"], ship_from_page, sent)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".next-step").get_by_role("link", name="Sent")).to_be_visible()
    job("ship a packed order with its code", "Orders", orders, lambda it: ship(it, "packed"), sent)
    job("ship a packing slip with its code", "Shipments", "/admin/shipment/", lambda it: ship(it, "slip"), sent)
    packing, made = "/admin/packing/", "make and print packing slips of all orders that can go"
    job(made, "Packing", packing, make_and_print)
    job("ship a parcel with its code, and open the next one", "Packing", packing, pack, sent)
    job("send an invoice again", "Invoices", "/admin/invoice/", send_invoice, "on its way")
    job("mark an invoice as paid", "Invoices", "/admin/invoice/", pay_invoice, paid)
    job("credit an invoice", "Invoices", "/admin/invoice/", credit, "Credit note created")
    job("receive a return", "Returns", "/admin/return/", receive, "received")

    assert counted == promised()
