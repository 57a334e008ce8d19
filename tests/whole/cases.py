"""Cases of public bug reports, from the folder beside TOONBANK_PAYLOADS, and the program that plays them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.actions.stock import count_stock
from app.extensions import db
from app.history import SYSTEM
from app.models import Product
from tests.clients import Client
from tests.documents.printed_text import lines_of, shop_in_delft

FOLDER = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere").parent / "cases"
IS_THERE = bool(os.environ.get("TOONBANK_PAYLOADS")) and FOLDER.is_dir()

Answer = dict[str, Any]


def case(name: str) -> Any:
    """The input of a case, such as "05-order"."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


class Desk:
    """A shop in Delft, at work by its API."""

    def __init__(self, program: Any, in_app: Callable[[], AbstractContextManager[None]]):
        self.program, self.in_app = program, in_app
        with in_app():
            shop_in_delft()

    def place(self, body: Answer) -> Answer:
        answer = self.program.post("/api/orders", json=body)
        assert answer.status_code == 201, answer.json
        return self.order(answer.json["number"])

    def order(self, number: str) -> Answer:
        answer = self.program.get(f"/api/orders/{number}")
        assert answer.status_code == 200, answer.json
        return dict(answer.json)

    def press(self, record: str, action: str, **given: Any) -> Any:
        """The answer to an action of a record, such as "orders/ORD10001"."""
        return self.program.post(f"/api/{record}/actions/{action}", json=given)

    def act(self, order: Answer, action: str, **given: Any) -> Answer:
        return self.done(self.press(f"orders/{order['number']}", action, **given))

    def credit(self, order: Answer, *, note: int = -1, **given: Any) -> Answer:
        """The credit note of its invoice."""
        after = self.done(self.press(f"invoices/{order['invoices'][0]['number']}", "create_credit_note", **given))
        return dict(after["invoices"][note])

    def done(self, answer: Any) -> Answer:
        assert answer.status_code == 200, answer.json
        return dict(answer.json["order"])

    def draft(self, body: Answer | None = None) -> Answer:
        """A draft with these lines, made by copying an order of a free cup."""
        cup = {"external_id": "of-a-cup", "notify": False, "customer": {"name": "Femke Jansen"}}
        copied = self.place({**cup, "lines": [{"name": "Cup", "unit_price": "0"}]})
        draft = self.act(copied, "copy_order")
        return self.act(draft, "edit_lines", **body) if body else draft

    def sell(self, body: Answer) -> Answer:
        """A placed draft."""
        return self.act(self.draft(body), "place_draft", notify=False)

    def stock(self, sku: str, quantity: str) -> int:
        """A counted product; answers its id."""
        with self.in_app():
            product = Product(sku=sku, name=sku, price=Decimal(50), stock=Decimal(quantity))
            db.session.add(product)
            db.session.flush()
            count_stock(product, product.stock, by=SYSTEM)
            return product.id

    def left(self, product_id: int) -> Decimal:
        with self.in_app():
            return db.session.get_one(Product, product_id).stock

    def pdf(self, order: Answer) -> bytes:
        return bytes(self.program.get(f"/api/invoices/{order['invoices'][0]['number']}/pdf").data)

    def says(self, order: Answer) -> str:
        """What its invoice prints, in one line, with plain blanks."""
        return " ".join(lines_of(self.pdf(order))).replace("\xa0", " ").replace("\u202f", " ")


def rows(document: Answer) -> list[tuple[str, str, str]]:
    """Rate, base and VAT of each row of a document."""
    return [(row["rate"], cents(row["base"]), cents(row["tax"])) for row in document["vat"]]


def cents(amount: str) -> str:
    return f"{Decimal(amount):.2f}"


def line_id(order: Answer, name: str) -> str:
    return str(next(line["id"] for line in order["lines"] if line["name"] == name))


def taken_out(client: Client, name: str, **asked: str) -> list[dict[str, str]]:
    """The rows of an export of REPORTS."""
    question = "&".join(f"{key}={value}" for key, value in {"file": "csv", "decimal": ".", **asked}.items())
    content = client.get(f"/admin/reports/{name}?{question}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content), delimiter=";"))
