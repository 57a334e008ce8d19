"""The buyer's own number of an order, where shops state it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.intake_readers import only_order_in
from app.models import Source
from tests.intake_readers.samples_read import sample


@pytest.mark.parametrize(
    ("source", "stated"),
    [
        (Source.SHOPIFY, {"po_number": "PO 4711"}),
        (Source.WOOCOMMERCE, {"meta_data": [{"id": 1, "key": "_po_number", "value": "PO 4711"}]}),
        (Source.MAGENTO, {"payment": {"method": "purchaseorder", "po_number": "PO 4711"}}),
    ],
)
def test_a_purchase_order_is_read(source: Source, stated: dict[str, Any]) -> None:
    given = json.loads(sample(source), parse_float=str)
    plain = only_order_in(source, json.dumps(given), currency="EUR").order
    given.get("order", given).update(stated)

    read = only_order_in(source, json.dumps(given), currency="EUR").order

    assert read
    assert plain
    assert (read.purchase_order, plain.purchase_order) == ("PO 4711", "")
