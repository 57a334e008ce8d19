"""How many SQL statements an order costs that comes in: imports of thousands wait for each of them."""

from __future__ import annotations

import pytest

from app.extensions import db
from tests.factories import placed_order

MOST = 36


@pytest.mark.usefixtures("database")
def test_an_order_that_comes_in_takes_few_statements(statements):
    placed_order()
    db.session.commit()
    statements.clear()

    placed_order()
    db.session.commit()

    assert len(statements) <= MOST, "\n".join(statements)
