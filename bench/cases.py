"""What is measured, and what the figures ought to be at most."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from bench.measuring import WARM_UP
from bench.shop import Call, Shop


@dataclass(frozen=True)
class Case:
    """One thing that people wait for. `calls` makes the requests ready, each of them different where that matters."""

    name: str
    calls: Callable[[Shop, int], Iterator[Callable[[], object]]]
    most_cpu_ms: float | None = None
    most_database_ms: float | None = None
    most_statements: int | None = None


def first_page(shop: Shop, runs: int) -> Iterator[Call]:
    return (shop.get("/admin/order/") for _ in range(runs))


def middle_page(shop: Shop) -> str:
    with shop.context():
        return f"/admin/order/?page={shop.size() // 50}"


def deep_page_typed(shop: Shop, runs: int) -> Iterator[Call]:
    """Somebody types a page number into the address: the page is found by counting."""
    path = middle_page(shop)
    return (shop.get(path) for _ in range(runs))


def deep_page_by_pager(shop: Shop, runs: int) -> Iterator[Call]:
    """Somebody presses Next, deep in the list."""
    link = re.search(r'rel="next" href="([^"]+)"', shop.get(middle_page(shop))().decode())
    if link is None:
        raise AssertionError("the page has no link to the next one")
    path = html.unescape(link[1])
    return (shop.get(path) for _ in range(runs))


def search_name(shop: Shop, runs: int) -> Iterator[Call]:
    """A surname that one customer in seventy has."""
    return (shop.get("/admin/order/?search=verhoeven") for _ in range(runs))


def search_number(shop: Shop, runs: int) -> Iterator[Call]:
    with shop.context():
        numbers = shop.some_orders(runs)
    return (shop.get(f"/admin/order/?search={number}") for number in numbers)


def search_common(shop: Shop, runs: int) -> Iterator[Call]:
    """A word that every order has."""
    return (shop.get("/admin/order/?search=example") for _ in range(runs))


def search_nothing(shop: Shop, runs: int) -> Iterator[Call]:
    return (shop.get("/admin/order/?search=zzzqqq") for _ in range(runs))


def by_customer(shop: Shop, runs: int) -> Iterator[Call]:
    """A filter, sorted by something else than the date."""
    return (shop.get("/admin/order/?view=unpaid&sort=customer_name") for _ in range(runs))


def dashboard(shop: Shop, runs: int) -> Iterator[Call]:
    with shop.context():
        numbers = shop.some_orders(runs)
    return (shop.get(f"/admin/order/{number}") for number in numbers)


def mark_paid(shop: Shop, runs: int) -> Iterator[Call]:
    with shop.context():
        numbers = shop.unpaid_orders(runs)
    return (shop.post(f"/admin/order/{number}/mark_paid", notify="y") for number in numbers)


def preview(shop: Shop, runs: int) -> Iterator[Call]:
    """What Paid would do to 20 orders: it is run on each and taken back."""
    with shop.context():
        numbers = shop.unpaid_orders(20)
    ask = {"action": "mark_paid", "step": "look", "notify": "y", "rowid": numbers}
    return (shop.post("/admin/order/bulk", status=200, **ask) for _ in range(runs))


def print_invoice(shop: Shop, runs: int) -> Iterator[Call]:
    """The first time: it is rendered and stored. Most of that happens in the render process."""
    with shop.context():
        invoices = shop.some_invoices(min(runs, WARM_UP + 10))
    return (shop.get(f"/admin/order/{number}/invoice/{id}.pdf") for number, id in invoices)


def print_invoice_again(shop: Shop, runs: int) -> Iterator[Call]:
    with shop.context():
        number, id = shop.some_invoices(1)[0]
    return (shop.get(f"/admin/order/{number}/invoice/{id}.pdf") for _ in range(runs))


def import_order(shop: Shop, runs: int) -> Iterator[Callable[[], object]]:
    """One order of a file: read, placed, invoiced, its mail queued, committed."""
    return (shop.import_of(arriving(next(external_ids))) for _ in range(runs))


def arriving(external_id: int) -> str:
    """A paid order of two products, as WooCommerce sends it."""
    address = {"first_name": "Bente", "last_name": "Kampen", "address_1": "Markt 87", "postcode": "2611 GS"}
    address |= {"city": "Delft", "country": "NL", "email": f"bente{external_id}@example.org"}
    mug = {"id": 1, "name": "Stoneware mug", "sku": "MUG-STN-30", "quantity": 2, "total": "20.66", "total_tax": "4.34"}
    tea = {"id": 2, "name": "Sencha, 100 g", "sku": "TEA-SEN-100", "quantity": 1, "total": "8.99", "total_tax": "0.81"}
    order = {
        "id": external_id,
        "number": str(external_id),
        "status": "processing",
        "currency": "EUR",
        "prices_include_tax": True,
        "date_created_gmt": "2026-03-14T09:26:00",
        "date_paid_gmt": "2026-03-14T09:27:00",
        "total": "34.80",
        "total_tax": "5.15",
        "billing": address,
        "shipping": address,
        "payment_method_title": "iDEAL",
        "line_items": [{**line, "subtotal": line["total"], "subtotal_tax": line["total_tax"]} for line in (mug, tea)],
    }
    return json.dumps(order)


CASES = (
    Case("Order list, first page", first_page, 10, 20),
    Case("Order list, page in the middle, typed", deep_page_typed, 10, 20),
    Case("Order list, Next in the middle", deep_page_by_pager, 10, 20),
    Case("Search a surname", search_name, 10, 20),
    Case("Search an order number", search_number, 10, 20),
    Case("Search a word that all have", search_common, 10, 20),
    Case("Search, nothing found", search_nothing, 10, 20),
    Case("Unpaid orders by customer", by_customer, 10, 20),
    Case("Order dashboard", dashboard, 10, 10, 12),
    Case("Mark paid", mark_paid, 10),
    Case("Preview of Paid for 20 orders", preview),
    Case("Invoice as PDF, first time", print_invoice),
    Case("Invoice as PDF, again", print_invoice_again),
    Case("Import an order", import_order),
)

external_ids = count(1)
