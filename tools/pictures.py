"""Takes the pictures of docs/connections.md anew: Toonbank's own pages, of a shop that a simulator plays.

`make pictures` writes docs/pictures/. Each is 1100 pixels wide, light, and of 256 colours at most.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import waitress
from flask import Flask
from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright
from sqlalchemy import select, update

from app import queries
from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.actions.staff import add_staff
from app.columns import now
from app.connections import pulling
from app.connections.managing import begin_backfill, begin_pulls
from app.connections.pulling import pull_due
from app.connections.shops import PLATFORMS
from app.connections.writing import tell_due
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Order, Pull, PullKind, Telling
from app.security.sessions import sign_in_link
from tests.browser.conftest import FLAGS
from tests.databases import make_app, make_shop
from tests.factories import new_connection
from tests.postbox import free_port
from tests.simulators.woocommerce import WooShop

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDTH, MENU = 1100, 232
LARGEST = 60_000  # bytes
MARGIN = 14
#: What stands in the pictures instead of the simulator's address.
ADDRESS = "https://mugs.example.com"
CUSTOMERS = ("Femke Jansma", "Ruben de Wit", "Noor Haddad", "Lena Vogt", "Marc Dubois", "Inés Ortega")


@dataclass
class Studio:
    """A new shop on a server of its own, seen by its owner in Chromium."""

    app: Flask
    page: Page
    woo: WooShop

    def take(self, name: str, first: str | Locator, last: str | Locator = "") -> None:
        """From the top of one thing to the end of another, without the menu."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.evaluate(SET_ADDRESS, [self.woo.url, ADDRESS])
        self.page.wait_for_timeout(150)
        boxes = [self.box(one) for one in (first, last or first)]
        top = max(0, boxes[0]["y"] - MARGIN)
        bottom = boxes[-1]["y"] + boxes[-1]["height"] + MARGIN
        clip = {"x": MENU, "y": top, "width": WIDTH, "height": bottom - top}
        shot = self.page.screenshot(full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]
        data = smallest(Image.open(io.BytesIO(shot)).convert("RGB"))
        (FOLDER / f"{name}.png").write_bytes(data)
        print(f"{name}.png: {len(data) // 1000} kB, {bottom - top:.0f} pixels high")

    def box(self, what: str | Locator) -> dict[str, float]:
        place = self.page.locator(what) if isinstance(what, str) else what
        found = place.first.bounding_box()
        assert found, f"{what} is not on {self.page.url}"
        return dict(found)

    @contextmanager
    def open(self) -> Iterator[None]:
        with self.app.app_context():
            yield
            db.session.commit()


SET_ADDRESS = """([from, to]) => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) walk.currentNode.nodeValue = walk.currentNode.nodeValue.replaceAll(from, to);
  for (const one of document.querySelectorAll('input')) if (one.value === from) one.value = to;
}"""


def smallest(picture: Image.Image) -> bytes:
    """With as many colours as fit; dithering would make it larger, and text worse."""
    for colours in (256, 128, 64, 32, 16):
        out = io.BytesIO()
        few = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            return out.getvalue()
    raise ValueError(f"{picture.size} takes more than {LARGEST} bytes")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with ExitStack() as stack:
        studio = open_studio(stack)
        take_new_connection(studio)
        take_access(studio)
        take_other_platforms(studio)
        take_reading(studio)
        take_telling(studio)
        take_orders(studio)


def open_studio(stack: ExitStack) -> Studio:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    os.environ |= {
        "TOONBANK_INSTANCE": str(folder / "instance"),
        "TOONBANK_ADDRESS": "https://desk.example.com",
        "TOONBANK_ALLOWED_NETWORKS": "127.0.0.0/8, ::1",  # where the simulator is
    }
    url = f"sqlite:///{folder / 'shop.sqlite'}"
    make_shop(url)
    app, port = make_app(url), free_port()
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    with app.app_context():
        queries.shop().name = "The mug shop"
        path = sign_in_link(add_staff("owner@mugs.example", role="owner", name="Femke", by=SYSTEM))
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
    return Studio(app, page, stack.enter_context(WooShop()))


def take_new_connection(studio: Studio) -> None:
    page = studio.page
    page.goto("/admin/connection/new/")
    page.get_by_label("Shop system").select_option("woocommerce")
    page.get_by_label("Title").fill("Mugs")
    studio.take("new-connection", ".page-head", "main form")


def take_access(studio: Studio) -> None:
    page, woo = studio.page, studio.woo
    with studio.open():
        made = new_connection(title="Mugs", notify=False)
        made.outside_shop.title = "Mugs"
        db.session.add(made)
    page.goto("/admin/connection/1/access")
    page.get_by_label("Address of the shop").fill(ADDRESS)
    page.get_by_label("Consumer key").fill(woo.key.key)
    page.get_by_label("Consumer secret").fill(woo.key.secret)
    studio.take("access-woocommerce", ".page-head", taller(studio, "#access", "#steps", "#ask"))
    page.get_by_label("Address of the shop").fill(woo.url)
    page.get_by_role("button", name="Save and try").click()
    page.wait_for_selector("#trial")
    studio.take("tried", "#trial")


def take_other_platforms(studio: Studio) -> None:
    with studio.open():
        for source in PLATFORMS:
            if source != "woocommerce":
                made = new_connection(source, title="Mugs", key=f"key-{source}", notify=False)
                db.session.add(made)
        db.session.flush()
        ids = {one.source: one.id for one in db.session.scalars(select(Connection).where(Connection.id > 1))}
    for source, number in ids.items():
        studio.page.goto(f"/admin/connection/{number}/access")
        studio.take(f"access-{source}", ".page-head", taller(studio, "#access", "#steps"))
    with studio.open():
        for made in db.session.scalars(select(Connection).where(Connection.id > 1)):
            db.session.delete(made)


def taller(studio: Studio, *places: str) -> str:
    return max(places, key=lambda one: sum(studio.box(one)[side] for side in ("y", "height")))


def take_reading(studio: Studio) -> None:
    """After the first of three pages."""
    fill_shop(studio.woo)
    slice_before, pulling.SLICE = pulling.SLICE, 0
    with studio.open():
        connection = db.session.get_one(Connection, 1)
        begin_pulls(connection)
        begin_backfill(connection, (now() - timedelta(days=60)).date(), by=SYSTEM)
        db.session.commit()
        do_now(PullKind.POLL)
        do_now(PullKind.BACKFILL)
    studio.page.goto("/admin/connection/1")
    studio.take("older-orders", "#reading", taller(studio, "#reading", "#backfill"))
    pulling.SLICE = slice_before
    with studio.open():
        do_now(PullKind.BACKFILL)
        do_now(PullKind.POLL)
        for days in range(2):
            studio.woo.add_order(at=now() - timedelta(minutes=days))
        do_now(PullKind.POLL)
    studio.page.goto("/admin/connection/1")
    studio.take("log", "#looks")


def fill_shop(woo: WooShop) -> None:
    """A shop of two months."""
    random = Random(1)
    woo.namespaces.add("wc-shipment-tracking/v3")
    for number in range(230):
        first, last = random.choice(CUSTOMERS).split(" ", 1)
        who = {"first_name": first, "last_name": last}
        status = "completed" if number < 200 else random.choice(("processing", "on-hold"))
        order = woo.add_order(
            products={"MUG": random.randint(1, 4)}, status=status, at=now() - timedelta(hours=6 * (230 - number))
        )
        woo.edit(order, billing=who, shipping=who)


def do_now(kind: PullKind) -> None:
    db.session.execute(update(Pull).values(due_at=now() + timedelta(minutes=2)))
    db.session.execute(update(Pull).where(Pull.kind == kind).values(due_at=now()))
    db.session.commit()
    pull_due("pictures")
    db.session.commit()


def take_telling(studio: Studio) -> None:
    page = studio.page
    page.goto("/admin/connection/1")
    page.locator("#telling").get_by_role("link", name="Change").click()
    page.get_by_label("Sent", exact=True).select_option("on")
    page.get_by_label("Paid", exact=True).select_option("on")
    page.get_by_label("Cancelled", exact=True).select_option("ask")
    studio.take("what-the-shop-is-told", ".page-head", "main form")


def take_orders(studio: Studio) -> None:
    """One of which the shop is not told yet."""
    with studio.open():
        connection = db.session.get_one(Connection, 1)
        connection.tell_sent, connection.tell_paid, connection.told_since = Telling.ASK, Telling.ON, now()
        order = db.session.scalars(select(Order).where(Order.payment_status == "not_paid").order_by(Order.id)).first()
        assert order
        mark_paid(order, by=SYSTEM, notify=False)
        mark_sent(order, by=SYSTEM, tracking_code="3SMUGS0123456", notify=False)
        number = order.number
        db.session.commit()
        while tell_due("pictures"):
            pass
    studio.page.goto(f"/admin/order/{number}")
    studio.take("order", ".page-head", ".concerns")


if __name__ == "__main__":
    main()
