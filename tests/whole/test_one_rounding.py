"""The same goods have the same VAT and total, however they came in: by the API, as a draft, or copied and edited."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.tax_rows import rows_of_order
from app.accounting.totals import set_taxes, spread_discount, sum_up, tax_lines
from app.actions.drafts import copy_order, place_draft
from app.actions.lines import as_edited, edit_lines, listed
from app.amounts.money import ZERO, rounded
from app.api.new_orders import NewOrderShape, read
from app.history import SYSTEM
from app.intake.placing import copied_lines, place_order
from app.models import Order, OrderLine
from tests.accounting.made_orders import RATES


def api_order(lines: list[dict[str, str]], **stated: Any) -> Any:
    given = {"external_id": "A-1", "currency": "EUR", "prices_include_tax": False, "lines": lines, **stated}
    return read(NewOrderShape().load(given), program="Till")[0]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("lines", "currency", "row"),
    [
        ([{"quantity": "2", "unit_price": "348.11", "vat_rate": "25"}] * 3, "NOK", ("2088.66", "522.17")),
        ([{"quantity": "1", "unit_price": "3.60", "vat_rate": "5.5"}] * 10, "EUR", ("36.00", "1.98")),
        ([{"quantity": "10", "unit_price": "3.60", "vat_rate": "5.5"}], "EUR", ("36.00", "1.98")),
        ([{"quantity": "1", "unit_price": "0.333", "vat_rate": "5"}] * 3, "KWD", ("0.999", "0.050")),
        ([{"quantity": "1", "unit_price": "7", "vat_rate": "10"}] * 5, "JPY", ("35", "4")),
    ],
)
def test_one_vat_from_the_sum_per_rate_by_the_api_and_as_a_draft(
    lines: list[dict[str, str]], currency: str, row: tuple[str, str]
) -> None:
    named = [{**line, "name": f"Chair {number}"} for number, line in enumerate(lines)]
    order = place_order(api_order(named, currency=currency, customer={"name": "Femke Jansen"}), by=SYSTEM)
    draft = copy_order(order, by=SYSTEM)
    first, *others = [as_edited(line) for line in listed(draft)]
    edit_lines(draft, by=SYSTEM, lines=[type(first)(**{**vars(first), "name": "Seat"}), *others])
    place_draft(draft, by=SYSTEM, notify=False)

    for one in (order, draft):
        (invoice,) = one.invoices
        assert [(said["base"], said["tax"]) for said in invoice.snapshot["vat"]] == [row]
        assert one.total == sum(map(Decimal, row))


@st.composite
def given_lines(draw: st.DrawFn) -> list[dict[str, str]]:
    return [
        {
            "name": f"Line {number}",
            "kind": draw(st.sampled_from(["product", "product", "shipping", "fee"])) if number else "product",
            "quantity": draw(st.sampled_from(["1", "3", "0.5", "12"])),
            "unit_price": str(Decimal(draw(st.integers(1, 9999))) / 100),
            "vat_rate": draw(st.sampled_from(RATES)),
        }
        for number in range(draw(st.integers(1, 8)))
    ]


@settings(max_examples=80)
@given(
    lines=given_lines(), gross=st.booleans(), currency=st.sampled_from(["EUR", "JPY", "KWD"]), part=st.integers(0, 100)
)
def test_what_a_program_states_by_rate_is_what_a_draft_comes_to(
    lines: list[dict[str, str]], gross: bool, currency: str, part: int
) -> None:
    amounts = [rounded(Decimal(one["quantity"]) * Decimal(one["unit_price"]), currency) for one in lines]
    goods = sum((amount for one, amount in zip(lines, amounts, strict=True) if one["kind"] == "product"), ZERO)
    discount = rounded(goods * part / 100, currency)
    off = [{"name": "Discount", "kind": "discount", "unit_price": str(-discount)}] if discount else []

    new = api_order([*lines, *off], currency=currency, prices_include_tax=gross)

    stated = order_of(copied_lines(new.lines), currency, gross)
    for number, line in enumerate(stated.lines, start=1):
        line.id = number
    sum_up(stated)
    draft = drafted(lines, amounts, discount, currency, gross)
    assert (new.total, stated.tax_total) == (draft.total, draft.tax_total)
    assert rows_of_order(stated) == rows_of_order(draft)


def drafted(
    lines: list[dict[str, str]], amounts: list[Decimal], discount: Decimal, currency: str, gross: bool
) -> Order:
    made = [
        OrderLine(id=n, kind=one["kind"], quantity=Decimal(one["quantity"]), total=amount, tax_total=ZERO, taxes=[])
        for n, (one, amount) in enumerate(zip(lines, amounts, strict=True), start=1)
    ]
    order = order_of(made, currency, gross)
    for one, line in zip(lines, made, strict=True):
        set_taxes(line, [("VAT", Decimal(one["vat_rate"]), ZERO)])
    tax_lines(order)
    if discount:
        order.lines.append(OrderLine(id=99, kind="discount", quantity=Decimal(1), total=-discount, taxes=[]))
        spread_discount(order.lines[-1])
    sum_up(order)
    return order


def order_of(lines: list[OrderLine], currency: str, gross: bool) -> Order:
    return Order(currency=currency, prices_include_tax=gross, lines=lines, invoices=[], reminders=0, total=ZERO)
