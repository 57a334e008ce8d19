"""The numbers of docs/clicks.md: each job is done in the browser, and its clicks are counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect

from app.actions.payments import mark_paid
from app.actions.returns import create_return
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.tickets import ask
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, InvoiceMoment, Product
from app.queries import shop
from tests.factories import placed_order

FIRST = "first invoice of an empty shop, printed", "Home"
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

    def shows_pdf(self, button: Locator, at: str = "**/admin/order/bulk") -> None:
        """The browser's own viewer would ask for its parts: what comes is looked at, and not shown."""
        kinds: list[str] = []

        def look(route: Route) -> None:
            kinds.append(route.fetch().headers["content-type"])
            route.fulfill(content_type="text/plain", body="")

        self.page.context.route(at, look)
        with self.page.context.expect_page() as opened:
            self.click(button)
        opened.value.wait_for_load_state()
        opened.value.close()
        self.page.context.unroute(at)
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
        db.session.add(Product(name="Stoneware mug", sku="MUG-30", price=Decimal("12.50"), vat_rate=Decimal(21)))
        db.session.add(Customer(name="Stan Guit", email="stan@example.org"))
        ask(back, by=SYSTEM, subject="Which colour is it?", text="Blue?")
        db.session.commit()
        return {
            "unpaid": unpaid.number,
            "packed": packed.number,
            "slip": parcel.shipments[0].number,
            "invoice": other.invoices[0].number,
            "return": back.returns[0].number,
            "part": ready.number,
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

    def order_by_telephone(counting: Counting) -> None:
        counting.click(page.get_by_role("button", name="New order"))
        page.get_by_placeholder("Name, company, e-mail or phone").fill("stan")
        counting.click(page.get_by_role("button", name="Choose Stan Guit"))
        counting.says("Customer chosen")
        page.get_by_placeholder("Find a product by name or SKU").fill("mug")
        counting.click(page.get_by_role("button", name="Add Stoneware mug"))
        counting.says("1 × Stoneware mug added")
        counting.click(page.get_by_role("link", name="Place order"))
        counting.in_pop_up("Place order")

    def answer(counting: Counting) -> None:
        counting.click(page.get_by_role("link", name="Which colour is it?", exact=True))
        page.get_by_role("textbox", name="Answer").fill("It is blue.")
        counting.click(page.get_by_role("button", name="Answer", exact=True))

    def refund_part(counting: Counting) -> None:
        counting.click(page.locator("#ledger summary").first)
        counting.click(page.get_by_role("link", name="Enter refund"))
        expect(page.locator("#dialog").get_by_label("Create a credit note over what none covers")).to_be_checked()
        page.locator("#dialog").get_by_label("Amount", exact=True).fill("5")
        counting.in_pop_up("Enter refund")

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
    job("answer a question", "Tickets", "/admin/ticket/", answer, "Answer")
    job("refund a part, with its credit note", "Order", orders + numbers["part"], refund_part, "Refund")
    job("place an order for a known customer on the phone", "Orders", orders, order_by_telephone, "Order placed")

    with_one = {one: count for one, count in promised().items() if one != FIRST}
    assert counted == with_one


def test_an_empty_shop_has_its_first_invoice_in_so_many_clicks(app: Flask, signed_in: Page) -> None:
    """With the law's facts of the shop, which the pop-up asks for on the way; the customer and the line are typed."""
    with app.app_context():
        own = shop()
        own.name = own.street = own.postcode = own.city = own.vat_id = ""
        own.seller_demanded, own.invoice_moment = True, InvoiceMoment.DIRECT
        db.session.commit()
    page, counting = signed_in, Counting(signed_in)
    page.goto("/admin/")
    dialog = page.locator("#dialog")

    counting.click(page.get_by_role("button", name="Type an order"))
    counting.click(page.locator("#customer").get_by_role("link", name="Edit"))
    for label, text in (
        ("Name", "Ada Byron"),
        ("E-mail", "ada@example.org"),
        ("Street and number", "Kade 12"),
        ("Postcode", "8911 BS"),
        ("Town", "Leeuwarden"),
    ):
        dialog.get_by_label(label, exact=True).fill(text)
    counting.in_pop_up("Save")
    counting.says("Customer saved")
    page.get_by_placeholder("Find a product by name or SKU").fill("Advice by the hour")
    page.get_by_placeholder("Unit price").fill("75,00")
    counting.click(page.get_by_role("button", name="Add", exact=True))
    counting.says("1 × Advice by the hour added")
    counting.click(page.get_by_role("link", name="Place order"))
    for label, text in (
        ("Name", "Byron Advice"),
        ("Street and number", "Markt 1"),
        ("Postcode", "2611 GP"),
        ("Town", "Delft"),
        ("VAT number", "NL853746333B01"),
    ):
        dialog.get_by_label(label, exact=True).fill(text)
    counting.in_pop_up("Place order")
    counting.says("Order placed")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ORD")
    page.wait_for_load_state("networkidle")
    counting.shows_pdf(page.locator("#invoices").get_by_text("Print invoices"), "**/invoices.pdf*")

    assert counting.clicks == promised()[FIRST]
