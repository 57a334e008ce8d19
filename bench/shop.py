"""The shop that is measured: in a folder of its own, with somebody signed in; it grows from size to size."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app import create_app, seeding
from app.extensions import db, reading
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import Found, orders_in
from app.models import Invoice, Order, OrderStatus
from app.operations import setup
from app.security.form_tokens import HEADER
from tests.clients import sign_in
from tests.factories import shop_key

Call = Callable[[], bytes]


class Shop:
    def __init__(self, folder: str):
        os.environ["TOONBANK_INSTANCE"] = folder
        self.app: Flask = create_app({"TESTING": True})
        with self.context():
            setup.upgrade()
            setup.first_rows()
            db.session.commit()
            if self.size():
                raise SystemExit("This shop has orders already. Give the benchmarks an empty database.")
        browser = self.browser = sign_in(self.app, "owner")
        self.csrf_token = browser.csrf_token()
        self.cookie = f"session={browser.get_cookie('session').value}"  # type: ignore[union-attr]

    def context(self) -> AbstractContextManager[Any]:
        reading.set(False)  # the page that was asked for last left this thread reading
        return self.app.app_context()

    def size(self) -> int:
        return db.session.scalar(select(func.count()).select_from(Order)) or 0

    def grow(self, orders: int) -> None:
        """Seed until there are so many orders."""
        with self.context():
            missing = orders - self.size()
            if missing > 0:
                seeding.seed(missing)

    # --- requests ---

    def get(self, path: str, status: int = 200) -> Call:
        return self.request("GET", path, status)

    def post(self, path: str, status: int = 303, **fields: str | list[str]) -> Call:
        return self.request("POST", path, status, fields)

    def request(self, method: str, path: str, status: int, fields: Any = None) -> Call:
        """A request that is ready to go: making it up is not measured, answering it is."""
        headers = {"Cookie": self.cookie, "X-CSRFToken": self.csrf_token, HEADER: self.browser.form_token()}
        environ = EnvironBuilder(path, method=method, headers=headers, data=fields).get_environ()

        def go() -> bytes:
            body, answered, _ = run_wsgi_app(self.app, environ, buffered=True)
            if not answered.startswith(str(status)):
                raise AssertionError(f"{method} {path}: {answered} instead of {status}")
            return b"".join(body)

        return go

    def import_of(self, payload: str) -> Callable[[], None]:
        """Taking in one order of WooCommerce."""

        def go() -> None:
            with self.context():
                results = [self.taken(found) for found in orders_in("woocommerce", payload)]
                db.session.commit()
            if results != ["added"]:
                raise AssertionError(f"the order was not added: {results}")

        return go

    def taken(self, found: Found) -> str:
        return take_in(found, shop=shop_key(), origin="bench", by=SYSTEM).result

    # --- which orders ---

    def some_orders(self, count: int) -> list[str]:
        """Numbers of orders, spread over the whole shop."""
        step = max(1, self.size() // count)
        return list(
            db.session.scalars(select(Order.number).where(Order.id % step == 0).order_by(Order.id).limit(count))
        )

    def unpaid_orders(self, count: int) -> list[str]:
        query = select(Order.number).where(
            Order.status == OrderStatus.AWAITING_PAYMENT, Order.paid == 0, Order.total > 0
        )
        return list(db.session.scalars(query.order_by(Order.id.desc()).limit(count)))

    def some_invoices(self, count: int) -> list[tuple[str, int]]:
        """Numbers of orders with ids of their invoices that nobody has printed yet."""
        query = select(Order.number, Invoice.id).join(Invoice, Invoice.order_id == Order.id)
        return [(number, id) for number, id in db.session.execute(query.order_by(Invoice.id.desc()).limit(count))]
