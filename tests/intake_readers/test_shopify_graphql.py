"""Orders of Shopify's GraphQL API: the same as of its REST API, and what is wrong is named where it stands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import Found, only_order_in
from app.intake_readers.recognising import recognise_source
from app.models import Order, ShopChange
from tests.factories import new_connection
from tests.intake_readers.samples_read import READ, SAMPLES

RECORDED = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere") / "shopify-graphql"


def answer() -> Any:
    return json.loads((SAMPLES / "shopify-graphql.json").read_text("utf-8"))


def node() -> dict[str, Any]:
    found: dict[str, Any] = answer()["data"]["orders"]["edges"][0]["node"]
    return found


def read(order: object) -> Found:
    return only_order_in("shopify", json.dumps(order))


def read_with(**stated: object) -> Found:
    return read(node() | stated)


def put(order: dict[str, Any], path: str, value: object) -> None:
    """Write a value at a path such as lineItems.nodes[0].quantity."""
    *outer, last = [
        int(part) if part.isdigit() else part for part in path.replace("[", ".").replace("]", "").split(".")
    ]
    at: Any = order
    for part in outer:
        at = at[part]
    at[last] = value


def test_it_is_the_same_order_as_of_the_rest_api() -> None:
    assert read(answer()).order == READ["shopify"]
    assert read(node()).order == READ["shopify"]
    assert read(answer()).hosts == ("velo.example",)


@pytest.mark.parametrize("wrapped", [answer(), node(), {"data": {"order": node()}}, [node()]])
def test_it_is_known_as_an_order_of_shopify(wrapped: object) -> None:
    assert recognise_source(json.dumps(wrapped)) == "shopify"
    assert read(wrapped).order == READ["shopify"]


@pytest.mark.parametrize(
    "place",
    [
        "totalPriceSet.shopMoney.amount",
        "processedAt",
        "taxesIncluded",
        "paymentGatewayNames",
        "discountCodes[0]",
        "lineItems.nodes[1].quantity",
        "lineItems.nodes[0].originalUnitPriceSet.shopMoney.amount",
        "lineItems.nodes[0].taxLines[1].priceSet.shopMoney.amount",
        "lineItems.nodes[0].discountAllocations[0].allocatedAmountSet.shopMoney.amount",
        "shippingLines.nodes[0].discountedPriceSet.shopMoney.amount",
        "transactions[3].amountSet.shopMoney.amount",
        "refunds[0].transactions.nodes[0].amountSet.shopMoney.amount",
        "fulfillments[0].createdAt",
        "fulfillments[1].fulfillmentLineItems.edges[0].node.quantity",
        "customer.firstName",
        "billingAddress.countryCodeV2",
    ],
)
def test_what_is_wrong_is_named_where_it_stands(place: str) -> None:
    order = node()
    put(order, place, {"not": "this"})

    found = read(order)

    assert found.order is None
    assert found.problem
    assert found.problem.field == place
    assert found.external_id == "9007199254740993123"


@pytest.mark.parametrize("place", ["lineItems.nodes[0].originalUnitPriceSet", "totalPriceSet", "createdAt"])
def test_what_is_missing_is_named_too(place: str) -> None:
    order = node()
    order["processedAt"] = None
    put(order, place, None)

    problem = read(order).problem

    assert problem
    assert problem.field.startswith(place)
    assert problem.reason.startswith("This is missing.")


@pytest.mark.parametrize("place", ["lineItems", "shippingLines"])
def test_half_an_order_is_refused(place: str) -> None:
    order = node()
    order[place]["pageInfo"] = {"hasNextPage": True}

    problem = read(order).problem

    assert problem
    assert problem.field == f"{place}.pageInfo.hasNextPage"


def test_what_an_edit_took_off_is_gone_and_a_line_of_nothing_stays_listed() -> None:
    order = node()
    put(order, "lineItems.nodes[0].currentQuantity", 1)
    put(order, "lineItems.nodes[1].currentQuantity", 0)

    found = read(order).order

    assert found
    assert [(line.quantity, line.gone) for line in found.lines] == [(2, 1), (1, 1), (1, 0)]


def test_of_a_cancelled_order_nothing_is_gone_beside() -> None:
    order = node() | {"cancelledAt": "2025-03-13T10:00:00Z", "displayFinancialStatus": "REFUNDED"}
    put(order, "lineItems.nodes[0].currentQuantity", 0)

    found = read(order).order

    assert found
    assert (found.cancelled_at is not None, found.lines[0].gone) == (True, 0)


def test_what_an_authorization_reserves_is_no_payment() -> None:
    found = read_with(displayFinancialStatus="AUTHORIZED").order

    assert found
    assert found.payments == []


def test_a_status_of_null_says_nothing_of_payments() -> None:
    found = read_with(displayFinancialStatus=None).order

    assert found
    assert (found.payments, found.is_completed) == ([], False)


@pytest.mark.usefixtures("database")
def test_personal_data_that_is_withheld_overwrites_nothing() -> None:
    connection = new_connection("shopify")
    db.session.add(connection)
    db.session.flush()
    withheld = node() | dict.fromkeys(("email", "phone", "customer", "note"))
    withheld["billingAddress"] = dict.fromkeys(node()["billingAddress"]) | {
        "countryCodeV2": "CA",
        "province": "Ontario",
    }
    withheld["updatedAt"] = "2025-03-13T17:00:00Z"

    for order in (node(), withheld):
        take_in(read(order), shop=connection.shop_key, origin="answer", by=SYSTEM, notify=False)
        db.session.flush()

    (kept,) = db.session.query(Order)
    assert (kept.email, kept.phone) == ("noor@example.org", "+1 604 555 0101")
    assert (kept.billing.street, kept.billing.region) == ("12 Harbour Lane", "British Columbia")
    assert db.session.query(ShopChange).count() == 0


# --- as the API gave them --------------------------------------------------------------------------------------------


def orders_within(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "lineItems" in value and str(value.get("id")).startswith("gid://shopify/Order/"):
            yield value
        for part in value.values():
            yield from orders_within(part)
    elif isinstance(value, list):
        for part in value:
            yield from orders_within(part)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="TOONBANK_PAYLOADS names no folder")
def test_recorded_orders_are_read_or_say_what_was_not_asked_for() -> None:
    found = [
        read(order) for file in sorted(RECORDED.glob("*.json")) for order in orders_within(json.loads(file.read_text()))
    ]

    assert found
    fields = {one.problem.field for one in found if one.problem}
    assert fields <= {"createdAt", "totalPriceSet", "totalPriceSet.shopMoney.amount", "currencyCode"}, fields
    assert all(one.external_id.isdigit() for one in found)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="TOONBANK_PAYLOADS names no folder")
def test_a_recorded_order_adds_up_once_its_total_is_asked_for() -> None:
    order = deepcopy(json.loads((RECORDED / "order-whole.json").read_text())["response"]["data"]["order"])
    order["totalPriceSet"] = order["totalReceivedSet"]

    found = read(order).order

    assert found
    taxes = sum(tax.amount for line in found.lines for tax in line.taxes)
    # Its own sum of taxes is 1.00 more than those of its lines.
    assert sum(line.total for line in found.lines) + taxes + 1 == found.total == Decimal("134.5")
    assert [(one.amount, one.method) for one in found.payments] == [(Decimal("134.5"), "manual")]
    assert [one.amount for one in found.refunds] == [Decimal("30.0")]
    assert [(one.lines, one.tracking_code) for one in found.shipments] == [({"7001": 2}, "TRACK1401")]
    assert {line.external_id: line.gone for line in found.lines if line.gone} == {"7002": 1}
