"""Arranging what the factories don't: people who act at once, a worker's round, files and payloads from outside."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

from click.testing import Result
from flask import Flask
from pypdf import PdfWriter

from app import jobs

#: Gives a command of `flask toonbank` to the test's shop, word by word.
Run: TypeAlias = Callable[..., Result]


def at_once(people: int, act: Callable[[int], Any]) -> list[Any]:
    """Let them all act at the same moment; the answers, or the errors."""
    start, answers = threading.Barrier(people), [None] * people

    def one(position: int) -> None:
        start.wait()
        try:
            answers[position] = act(position)
        except Exception as error:
            answers[position] = error

    threads = [threading.Thread(target=one, args=(position,)) for position in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def work_off(app: Flask, worker: str = "one") -> None:
    with app.app_context():
        while jobs.work_on_jobs(worker):
            pass


def pdf(*, password: str = "", pages: int = 1) -> bytes:
    """A file of empty pages."""
    writer, file = PdfWriter(), io.BytesIO()
    for _page in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    writer.write(file)
    return file.getvalue()


def order_14(**stated: Any) -> dict[str, Any]:
    """An order as WooCommerce sends it."""
    order = {
        "id": 14,
        "number": "14",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-11-20T10:00:00",
        "date_paid_gmt": "2026-11-20T10:01:00",
        "total": "12.50",
        "total_tax": "0.00",
        "prices_include_tax": True,
        "payment_method_title": "iDEAL",
        "billing": {"first_name": "Femke", "email": "femke@example.org", "country": "NL"},
        "line_items": [
            {"id": 1, "name": "Mug", "quantity": 1, "subtotal": "12.50", "total": "12.50", "price": 12.5, "taxes": []}
        ],
    }
    return {**order, **stated}


def order_of(number: int, **stated: Any) -> dict[str, Any]:
    """As WooCommerce states it: paid, of one product, of a customer of its own."""
    address = {"first_name": "Femke", "last_name": "Jansen", "address_1": "Markt 1", "postcode": "2611 GS"}
    address |= {"city": "Delft", "country": "NL", "email": f"femke{number}@example.org"}
    lines = [{**line, "sku": "MUG"} for line in order_14()["line_items"]]
    return order_14(id=number, number=str(number), billing=address, shipping=address, line_items=lines, **stated)


def run(app: Flask, *arguments: object) -> tuple[int, str]:
    """A command of `flask toonbank`: its exit code, and what it printed."""
    result = app.test_cli_runner().invoke(args=["toonbank", *map(str, arguments)])
    return result.exit_code, result.output
