"""Reading a platform's sample order with some of it stated otherwise."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from app.intake_readers import Found, NewOrder, orders_in
from tests.intake_readers.samples_read import sample


def found_in(source: str, **stated: Any) -> Found:
    """What the sample says with these fields replaced; a field that is None is left out."""
    payload = json.loads(sample(source)) | stated
    text = json.dumps({key: value for key, value in payload.items() if value is not None})
    (found,) = orders_in(source, text, currency="EUR")
    return found


def read(source: str, **stated: Any) -> NewOrder:
    found = found_in(source, **stated)
    assert found.order, found.problem
    return found.order


def adds_up_to(order: NewOrder) -> Decimal:
    taxes = sum(tax.amount for line in order.lines for tax in line.taxes)
    return sum((line.total for line in order.lines), Decimal(0)) + (0 if order.prices_include_tax else taxes)
