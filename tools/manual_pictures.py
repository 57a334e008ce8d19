"""Takes the pictures of docs/manual anew, of the demo shop, in each language of the screen.

`make pictures` writes docs/manual/pictures/. Each is 1100 pixels wide at most, light, and of few colours.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import waitress
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from app.actions.bank_files import take_in_statement
from app.actions.staff import add_staff
from app.config import LANGUAGES
from app.demo import plant
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, Invoice, Order, OrderStatus, PaymentStatus, Shipment, Staff, Ticket
from app.security.sessions import sign_in_link
from tests.browser.conftest import FLAGS
from tests.databases import make_app, make_shop
from tests.factories import new_connection
from tests.postbox import free_port
from tests.statements.written import Movement, write_camt
from tools.pictures import MENU, smallest

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "manual" / "pictures"
WIDTH = 1100
MARGIN = 12
TALLEST = 700
OWNER = "owner@shop.example"


@dataclass
class Studio:
    """The demo shop on a server of its own, seen by its owner in Chromium."""

    app: Flask
    page: Page
    language: str = "en"

    def take(self, name: str, path: str, first: str = ".page-head", last: str = "") -> None:
        """From the top of one thing to the end of another, without the menu."""
        self.page.goto(path)
        self.shoot(name, first, last)

    def shoot(self, name: str, first: str, last: str = "") -> None:
        self.page.evaluate("document.activeElement.blur()")
        self.page.wait_for_timeout(200)
        boxes = [self.page.locator(one).first.bounding_box() for one in (first, last or first)]
        assert boxes[0], f"{first} is not on {self.page.url}"
        assert boxes[1], f"{last} is not on {self.page.url}"
        is_part = first.startswith("#")  # a card or a pop-up, and nothing beside it
        left, width = (boxes[0]["x"], boxes[0]["width"]) if is_part else (MENU, WIDTH)
        top = max(0, boxes[0]["y"] - (0 if is_part else MARGIN))
        height = min(TALLEST, boxes[1]["y"] + boxes[1]["height"] - top)
        shot = self.page.screenshot(
            full_page=first != "#dialog",
            clip={"x": left, "y": top, "width": width, "height": height},
            animations="disabled",
        )
        data = smallest(Image.open(io.BytesIO(shot)).convert("RGB"))
        (FOLDER / self.language / f"{name}.png").write_bytes(data)

    def number(self, *where: object) -> str:
        """Of the newest order of this kind."""
        with self.app.app_context():
            query = select(Order.number).where(*where).order_by(Order.id.desc()).limit(1)  # type: ignore[arg-type]
            number = db.session.scalar(query)
        assert number, where
        return number

    def newest(self, table: type[Customer] | type[Ticket]) -> int:
        with self.app.app_context():
            return db.session.scalars(select(table.id).order_by(table.id.desc())).first() or 0


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with ExitStack() as stack:
        studio = open_studio(stack)
        for language in LANGUAGES:
            speak(studio, language)
            (FOLDER / language).mkdir(parents=True)
            for take in TAKES:
                take(studio)
            sizes = [file.stat().st_size for file in (FOLDER / language).glob("*.png")]
            print(f"{language}: {len(sizes)} pictures, {sum(sizes) // 1000} kB")


def open_studio(stack: ExitStack) -> Studio:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    os.environ |= {"TOONBANK_INSTANCE": str(folder / "instance"), "TOONBANK_ADDRESS": "https://desk.example.com"}
    url = f"sqlite:///{folder / 'shop.sqlite'}"
    make_shop(url)
    app, port = make_app(url), free_port()
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    with app.app_context():
        plant()
        path = sign_in_link(add_staff(OWNER, role="owner", name="Femke", by=SYSTEM))
        db.session.add(new_connection(title="Huis & Haard", notify=False))
        read_statement()
        db.session.commit()
    chromium = stack.enter_context(sync_playwright()).chromium
    browser = chromium.launch(executable_path=shutil.which("chromium-headless-shell"), args=[*FLAGS, "--lang=en-GB"])
    stack.callback(browser.close)
    context = browser.new_context(
        viewport={"width": MENU + WIDTH, "height": 900},
        locale="en-GB",
        color_scheme="light",
        base_url=f"http://127.0.0.1:{port}",
    )
    page = context.new_page()
    page.goto(path)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/**")
    return Studio(app, page)


def read_statement() -> None:
    """Two customers who paid, one of them not all, and what is no order."""
    waiting = Order.payment_status == PaymentStatus.NOT_PAID, Order.currency == "EUR"
    orders = db.session.scalars(select(Order).where(*waiting).order_by(Order.id.desc()).limit(2)).all()
    lines = [
        Movement("-12.50", "Bank charges", reference="C1"),
        *[
            Movement(
                str(order.open_amount - 10 * place), f"Order {order.number}", order.customer_name, reference=f"R{place}"
            )
            for place, order in enumerate(orders)
        ],
    ]
    take_in_statement("bank.xml", write_camt(lines), by=SYSTEM)


def speak(studio: Studio, language: str) -> None:
    studio.language = language
    with studio.app.app_context():
        owner = db.session.scalars(select(Staff).where(Staff.email == OWNER)).one()
        owner.language = language
        db.session.commit()
    studio.page.context.clear_cookies(name="language")


def take_home(studio: Studio) -> None:
    studio.take("first-steps", "/admin/", "#steps")


def take_lists(studio: Studio) -> None:
    for name, path in {
        "connections": "/admin/connection/",
        "orders": "/admin/order/",
        "bank": "/admin/bank/",
        "packing": "/admin/packing/",
        "returns": "/admin/return/",
        "mail-texts": "/admin/mail-texts/",
        "products": "/admin/product/",
        "roles": "/admin/role/",
        "copies": "/admin/copies/",
        "exports": "/admin/reports/",
        "figures": "/admin/figures/sales?period=last_month",
        "documents": "/admin/document-settings/",
    }.items():
        studio.take(name, path, ".page-head", "#main")


def take_order(studio: Studio) -> None:
    packed = Order.id.in_(select(Shipment.order_id).where(Shipment.sent_at.is_(None)))
    number = studio.number(packed, Order.payment_status == PaymentStatus.PAID)
    studio.take("order", f"/admin/order/{number}", ".page-head", "#main")
    studio.shoot("packing-slips", "#packing-slips")
    studio.shoot("invoices", "#invoices")


def take_pop_ups(studio: Studio) -> None:
    number = studio.number(Order.status == OrderStatus.AWAITING_SHIPMENT, Order.payment_status == PaymentStatus.PAID)
    with studio.app.app_context():
        invoice = db.session.scalars(
            select(Invoice.id).join(Order, Order.id == Invoice.order_id).where(Order.number == number)
        ).first()
    for name, action in {"change-order": "change_order", "credit-note": f"create_credit_note/{invoice}"}.items():
        studio.page.goto(f"/admin/order/{number}")
        studio.page.locator(f"#main a[data-dialog][href$='/{action}']").first.click()
        studio.page.wait_for_selector("#dialog[open] form")
        studio.shoot(name, "#dialog")


def take_people(studio: Studio) -> None:
    studio.take("customer", f"/admin/customer/details/?id={studio.newest(Customer)}", ".page-head", "#main")
    studio.take("draft", f"/admin/order/{studio.number(Order.is_draft)}", ".page-head", "#main")
    studio.take("ticket", f"/admin/ticket/{studio.newest(Ticket)}", ".page-head", "#main")


TAKES: tuple[Callable[[Studio], None], ...] = (take_home, take_lists, take_order, take_pop_ups, take_people)


if __name__ == "__main__":
    main()
