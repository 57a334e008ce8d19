"""Whether an order is over where it comes from, or invoiced there: of every source, as its payloads state it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.intake_readers import orders_in
from app.intake_readers.new_order import NewOrder
from app.intake_readers.over import is_over
from tests.intake_readers.samples_read import SAMPLES

#: source -> what is said beside the sample of an open order, and of orders that are over.
OPEN = {
    "woocommerce": [
        {"status": "processing", "date_completed_gmt": None, "meta_data": []},
        {"status": "on-hold", "date_paid_gmt": None, "date_completed_gmt": None, "meta_data": []},
    ],
    "shopify": [
        {"financial_status": "paid", "fulfillment_status": None, "fulfillments": [], "closed_at": None},
        {"financial_status": "pending", "fulfillment_status": "fulfilled", "closed_at": None, "cancelled_at": None},
    ],
    "lightspeed": [
        {
            "status": "processing_awaiting_shipment",
            "shipmentStatus": "not_shipped",
            "shipments": None,
            "invoices": None,
        },
        {"status": "processing_awaiting_payment", "paymentStatus": "not_paid", "invoices": None},
    ],
    "magento": [{"state": "processing", "total_invoiced": 0, "total_refunded": 0, "items": None}],
    "bigcommerce": [
        {"status_id": 7, "payment_status": "", "shipments": [], "refunded_amount": "0"},
        {"status_id": 2, "payment_status": "authorized", "refunded_amount": "0"},
    ],
    "prestashop": [
        {"current_state": "2", "order_slip": [], "invoice_number": "0"},
        {"current_state": "1", "total_paid_real": "0", "invoice_number": "0"},
    ],
    "shopware": [{"deliveries": []}, {"transactions": []}],
    "ecwid": [{"fulfillmentStatus": "PROCESSING"}, {"paymentStatus": "AWAITING_PAYMENT", "refunds": []}],
}
OVER = {
    "woocommerce": [{"status": "completed"}, {"status": "refunded", "date_completed_gmt": None, "meta_data": []}],
    "shopify": [
        {"financial_status": "paid", "fulfillment_status": "fulfilled", "fulfillments": []},
        {"financial_status": "refunded", "fulfillment_status": None, "fulfillments": []},
        {"financial_status": "pending", "closed_at": "2025-04-01T10:00:00+02:00"},
        {"cancelled_at": "2025-04-01T10:00:00+02:00"},
    ],
    "lightspeed": [{"status": "completed_shipped"}, {"status": "completed"}, {"status": "cancelled"}],
    "magento": [{"state": "complete"}, {"state": "closed"}, {"state": "canceled"}],
    "bigcommerce": [{"status_id": 2}, {"status_id": 10}, {"status_id": 4}, {"status_id": 5}],
    "prestashop": [{"current_state": "4"}, {"current_state": "5"}, {"current_state": "6"}, {"current_state": "7"}],
    "shopware": [
        {},
        {"stateMachineState": {"technicalName": "completed"}, "deliveries": []},
        {"stateMachineState": {"technicalName": "cancelled"}, "deliveries": []},
    ],
    "ecwid": [{}, {"fulfillmentStatus": "DELIVERED"}, {"paymentStatus": "REFUNDED"}, {"paymentStatus": "CANCELLED"}],
}


def cases(table: dict[str, list[dict]]) -> list[tuple[str, dict]]:
    return [(source, stated) for source, many in table.items() for stated in many]


@pytest.mark.parametrize(("source", "stated"), cases(OPEN))
def test_an_open_order_is_not_over(source, stated):
    new = read(source, **stated)

    assert (is_over(new), new.is_invoiced, new.invoice_numbers) == (False, False, [])


@pytest.mark.parametrize(("source", "stated"), cases(OVER))
def test_an_order_with_which_its_shop_is_done_is_over(source, stated):
    assert is_over(read(source, **stated))


def read(source: str, **stated: Any) -> NewOrder:
    """The sample of a source with some of it stated otherwise; what is None is left out."""
    sample = json.loads((SAMPLES / f"{source}.json").read_text("utf-8"))
    order = sample.get("order", sample)
    return only(source, {key: value for key, value in (order | stated).items() if value is not None})


# --- the numbers of invoices of its own shop ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meta", "numbers"),
    [
        ({"_wcpdf_invoice_number": "2018-0042"}, ["2018-0042"]),
        ({"_wcpdf_invoice_number": 42}, ["42"]),
        ({"_pip_invoice_number": "WC-1"}, ["WC-1"]),
        ({"wf_invoice_number": "7"}, ["7"]),
        ({"_wc_gzdp_latest_invoice_number": "RE-7"}, ["RE-7"]),
        ({"_wp_wc_running_invoice_number": "G-9"}, ["G-9"]),
        ({"_ywpi_invoice_number": "5", "_ywpi_invoice_formatted_number": "2018/5"}, ["2018/5"]),
        ({"_wcpdf_invoice_number": ""}, []),
        ({"_wcpdf_invoice_number": {"number": 1}}, []),
        ({"_wc_pip_invoice_email_count": "1"}, []),
        ({"_proforma_invoice_number": "P1"}, []),
        ({"_wcpdf_credit_note_number": "C1"}, []),
    ],
)
def test_the_plug_ins_of_woocommerce_state_a_number(meta, numbers):
    new = read("woocommerce", meta_data=[{"key": key, "value": value} for key, value in meta.items()])

    assert new.invoice_numbers == numbers


def test_woocommerce_may_state_the_number_on_the_order_itself():
    assert read("woocommerce", wpo_wcpdf_invoice_number="F-3").invoice_numbers == ["F-3"]


@pytest.mark.parametrize("name", ["Invoice number", "invoice_number", "Factuurnummer"])
def test_apps_of_shopify_note_a_number(name):
    assert read("shopify", note_attributes=[{"name": name, "value": "S-1"}]).invoice_numbers == ["S-1"]
    assert read("shopify", note_attributes=[{"name": "Gift wrap", "value": "S-1"}]).invoice_numbers == []


def test_lightspeed_embeds_its_invoices_and_its_credit_notes_are_none():
    made = [{"id": 1, "number": "INV00033", "status": "not_paid"}, {"id": 2, "number": "INV34", "isCreditNote": True}]
    new = read("lightspeed", invoices={"resource": {"id": False, "embedded": made}})

    assert (new.is_invoiced, new.invoice_numbers) == (True, ["INV00033"])


def test_magento_says_what_it_invoiced_and_the_number_where_its_invoices_stand_beside_the_order():
    order = json.loads((SAMPLES / "magento.json").read_text("utf-8"))
    order = order.get("order", order) | {"total_invoiced": 43.7}
    beside = {"order": order, "invoices": [{"increment_id": "000000012"}, "odd"]}

    assert only("magento", order).is_invoiced
    assert only("magento", order).invoice_numbers == []
    assert only("magento", beside).invoice_numbers == ["000000012"]


def test_ecwid_lists_its_tax_invoices():
    made = [{"id": "INV-1", "type": "SALE"}, {"id": "INV-2", "type": "FULL_CANCEL"}, 7]

    assert read("ecwid", invoices=made).invoice_numbers == ["INV-1"]


@pytest.mark.parametrize("odd", ["text", 5, [1], {"a": 1}, [[]], [{"id": [1], "key": {}, "name": [], "value": {}}]])
@pytest.mark.parametrize("source", ["ecwid", "magento", "shopify"])
def test_odd_things_where_a_number_could_be_keep_no_order_out(source, odd):
    field = {"shopify": "metafields"}.get(source, "invoices")

    assert read(source, **{field: odd}).invoice_numbers == []


def only(source: str, payload: dict) -> NewOrder:
    (found,) = orders_in(source, json.dumps(payload), currency="EUR")
    assert found.order, found.problem
    return found.order


# --- CSV ------------------------------------------------------------------------------------------------------------

HEADER = "Order Number,Order Date,Order Status,Order Total Amount,Item Name,Quantity,Invoice Number"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", (True, False)),
        ("wc-completed", (True, False)),
        ("refunded", (True, False)),
        ("cancelled", (True, False)),
        ("processing", (False, False)),
        ("pending", (False, False)),
        ("on hold", (False, False)),
        ("failed", (False, True)),
    ],
)
def test_the_status_of_a_known_csv_says_whether_it_is_over(status, expected):
    (found,) = orders_in("csv", f"{HEADER}\n1,2018-03-01,{status},10.00,Mug,1,F-5\n", currency="EUR")

    assert found.order, found.problem
    assert (is_over(found.order), found.order.has_failed) == expected
    assert found.order.invoice_numbers == ["F-5"]
