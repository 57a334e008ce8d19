"""No constraint of the database is what people and programs run into: a sentence of our own stands before each."""

from __future__ import annotations

from pathlib import Path

from babel.messages.pofile import read_po
from sqlalchemy import CheckConstraint

from app.extensions import Base

#: What refuses before the constraint does; or, in brackets, why nothing that is entered comes near it.
GUARDS = {
    "ck_order_line_quantity": "%(line)s: %(count)s is less than 0. Leave out what comes back: make a return of it.",
    "ck_order_line_invoiced": "There is less left to invoice than %(quantity)s. Look at the order again.",
    "ck_order_line_credited": "There is less left to credit than %(quantity)s. Look at the invoice again.",
    "ck_order_line_shipped": "There is less left to pack than %(quantity)s. Look at the order again.",
    "ck_order_line_returned": "Fewer than %(quantity)s can come back. Look at the order again.",
    "ck_order_line_dropped": "(`goods.drop_goods` drops at most what is to go; `following.drop_at_most` cuts it down)",
    "ck_order_line_dropped_by_cancel": "(written by `cancelling.cancel` of what it drops; cut down with that)",
    "ck_order_line_not_restocked": "(`stock.decide` counts at most what is off the shelf)",
    "ck_shipment_line_quantity": "Choose at least one product for the packing slip.",
    "ck_shipment_line_lost": "Fewer than %(quantity)s can be lost. Look at the parcel again.",
    "ck_shipment_withdrawn_at": "This packing slip is withdrawn.",
    "ck_return_line_quantity": "Choose at least one product that comes back.",
    "ck_connection_stock_buffer": "Enter a number of pieces, 0 or more.",
    "ck_connection_catalogue_minutes": "Minutes: from 5 to 1440.",
    "ck_shop_product_product": "(state and product are written together: `keeping_products.put_product`, `put_link`)",
    "ck_shop_product_base": "(`stock_rows` writes both, and forgets both)",
    "ck_shop_product_trying": "(`stock_rows` writes both, and forgets both)",
    "ck_shop_one_row": "(there is no way to make a second shop)",
    "ck_orders_outside_shop_id": "(`accept.take_in` is always told which shop)",
    "ck_customer_outside_shop_id": "(customers of outside shops are found by the order, and its shop)",
}
TEXTS = Path(__file__).resolve().parents[2] / "app/translations/nl/LC_MESSAGES/messages.po"


def test_each_constraint_has_a_sentence_before_it() -> None:
    tables = Base.metadata.sorted_tables
    checks = {str(one.name) for table in tables for one in table.constraints if isinstance(one, CheckConstraint)}
    with TEXTS.open("rb") as file:
        known = {message.id for message in read_po(file)}

    assert set(GUARDS) == checks
    assert [said for said in GUARDS.values() if not said.startswith("(") and said not in known] == []
