"""Orders and customers are looked up by their id elsewhere in one place, which minds the shop."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import app

#: Ids of lines, payments, parcels, payloads and of what a shop was told are known within their order or arrival.
KNOWN_WITHIN = {"Arrival", "OrderLine", "Payment", "Shipment", "ShopWrite"}


def lookups(source: str) -> Iterator[tuple[str, int]]:
    """Function and line of each `<model>.external_id` of an order or customer that a query is asked with."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            is_column = isinstance(node, ast.Attribute) and node.attr == "external_id" and is_of_model(node.value)
            is_filter = isinstance(node, ast.Call) and any(word.arg == "external_id" for word in node.keywords)
            asks = is_filter and isinstance(node, ast.Call) and called(node.func) in ("filter_by", "get", "get_one")
            is_sql = isinstance(node, ast.Constant) and isinstance(node.value, str) and "external_id =" in node.value
            if is_column or asks or is_sql:
                yield function.name, node.lineno


def is_of_model(node: ast.expr) -> bool:
    """A class, by its capital, or what stands for one."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return (name[:1].isupper() and name not in KNOWN_WITHIN) or name in ("kind", "model", "table", "c")


def called(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def test_only_one_function_asks_for_an_id_of_elsewhere() -> None:
    folder = Path(app.__file__).parent
    found = {
        (str(file.relative_to(folder)), function)
        for file in folder.rglob("*.py")
        if "migrations" not in file.parts
        for function, _line in lookups(file.read_text("utf-8"))
    }

    # The others only read the ids of what `known_by` finds, or the mark in that of an order whose import was undone.
    readers = {
        ("queries/records.py", "ids_unknown"),
        ("connections/taking_in.py", "known_by_heart"),
        ("connections/comparing.py", "open_among"),
    }
    marked = {("operations/stock_checks.py", "too_early_findings")}
    # Put back with the other facts of what a shop or an access point was told.
    carried_over = {("operations/carrying_over.py", name) for name in ("shop_writes", "e_invoices")}
    # What a shop sells is asked for within that shop.
    products = {("connections/keeping_products.py", "held_products"), ("actions/products_of_lines.py", "ask_for")}
    assert found == {("queries/records.py", "known_by")} | readers | marked | carried_over | products


@pytest.mark.parametrize(
    "statement",
    [
        "select(Order).where(Order.source == source, Order.external_id == number)",
        "select(models.Customer).where(models.Customer.external_id.in_(ids))",
        "db.session.query(Order).filter_by(external_id=number)",
        "select(kind).where(kind.external_id == number)",
        "text('SELECT id FROM orders WHERE external_id = :id')",
    ],
)
def test_another_way_to_ask_would_be_seen(statement: str) -> None:
    source = textwrap.dedent(f"""
        def order_of_platform(source, number):
            return {statement}
    """)

    assert [function for function, _line in lookups(source)] == ["order_of_platform"]


def test_what_is_known_within_an_order_may_be_asked() -> None:
    assert not list(lookups("def known(order):\n    return {p.external_id for p in order.payments}"))
    assert not list(lookups("def known(ids):\n    return select(Payment).where(Payment.external_id.in_(ids))"))
