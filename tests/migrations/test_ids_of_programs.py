"""Migration 0087: orders that programs placed before, and their customers, belong to the program that placed them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Customer, Order
from app.operations import backups, setup
from tests.api.sent import ORDER
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_program_finds_its_orders_of_before_again(program_with: Any, in_app: Any) -> None:
    webshop, cash_desk = (program_with("imports", title=title) for title in ("Webshop", "Cash desk"))
    first = webshop.post("/api/orders", json={**ORDER, "customer": {**ORDER["customer"], "external_id": "7"}})
    with in_app():
        go_back_before("0087")
        setup.upgrade()
        of_before = select(Order.source, Order.program, Customer.source, Customer.program).join(Order.customer)
        assert tuple(db.session.execute(of_before).one()) == ("api", "Webshop", "api", "Webshop")
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
    again, others = (program.post("/api/orders", json=ORDER) for program in (webshop, cash_desk))

    assert (again.status_code, again.json["number"]) == (200, first.json["number"])
    assert others.status_code == 201
