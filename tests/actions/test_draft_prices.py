"""Currency and VAT of a draft: what was typed stays, taxes and totals follow, and what is placed is fixed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.accounting.tax_rows import rows_of_order
from app.actions.draft_prices import change_prices, currencies_for
from app.actions.drafts import begin_empty_draft, copy_order, discard_draft, place_draft
from app.actions.lines import EditedLine, edit_lines
from app.actions.order_methods import change_methods
from app.admin_views.dashboard.history import changes_of
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import History, Order
from app.operations.checks import findings
from tests.factories import line, new_order, place
from tests.looking import happened, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

D = Decimal


def priced_draft(*, discount: str = "10") -> Order:
    draft = begin_empty_draft(by=SYSTEM)
    draft.customer_name = "Stan Guit"
    lines = [
        EditedLine("Mug", D(3), D("12.50"), rate=D(21)),
        EditedLine("Book", D(2), D("10.25"), discount=D("0.50"), rate=D(9)),
    ]
    edit_lines(draft, by=SYSTEM, lines=lines, order_discount=D(discount))
    change_methods(draft, by=SYSTEM, shipping_cost=D("6.05"), shipping_rate=D(21))
    return draft


def typed(draft: Order) -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(one.quantity, one.unit_price, one.discount) for one in draft.lines]


def test_with_and_without_vat_of_the_same_amounts_and_back():
    draft = priced_draft()
    before, was = typed(draft), (draft.net_total, draft.tax_total, draft.total)
    assert draft.total == D("53.55")

    change_prices(draft, by=SYSTEM, prices_include_tax=False)

    assert typed(draft) == before
    assert (draft.prices_include_tax, draft.net_total) == (False, D("53.55"))
    rows = {rate: (row.base, row.tax) for (_name, rate), row in rows_of_order(draft).items()}
    assert draft.total == draft.net_total + draft.tax_total == D("53.55") + sum(tax for _base, tax in rows.values())
    assert sum(base for base, _tax in rows.values()) == D("53.55")
    assert all(abs(base * D(rate) / 100 - tax) <= D("0.01") for rate, (base, tax) in rows.items())

    change_prices(draft, by=SYSTEM, prices_include_tax=True)
    assert (draft.net_total, draft.tax_total, draft.total) == was
    assert happened(draft)[-2:] == [Happened.PRICES_CHANGED] * 2


@pytest.mark.parametrize(("currency", "total"), [("JPY", "54"), ("KWD", "53.55"), ("USD", "53.55")])
def test_another_currency_keeps_what_was_typed_in_its_own_units(currency, total):
    draft = priced_draft()
    before = typed(draft)

    change_prices(draft, by=SYSTEM, currency=currency)

    assert typed(draft) == before
    assert (draft.currency, draft.total) == (currency, D(total))
    place_draft(draft, by=SYSTEM)
    db.session.flush()
    assert draft.invoices[0].total == D(total)
    assert draft.invoices[0].currency == currency
    assert list(findings()) == []


def test_a_discount_is_never_more_than_goods_in_whole_units():
    draft = begin_empty_draft(by=SYSTEM)
    lines = [EditedLine("Bead", D(1), D("0.40"), rate=D(21)), EditedLine("Bead", D(1), D("0.40"), rate=D(9))]
    edit_lines(draft, by=SYSTEM, lines=lines, order_discount=D("0.80"))

    change_prices(draft, by=SYSTEM, currency="JPY")

    assert (draft.total, draft.tax_total) == (0, 0)


def test_several_taxes_on_a_line_follow_in_proportion():
    mixed = line("Hamper", quantity="1", unit_price="20.00")
    mixed.taxes = [type(mixed.taxes[0])("VAT", D("1.00"), D(21)), type(mixed.taxes[0])("VAT", D("0.60"), D(9))]
    draft = copy_order(place(new_order(lines=[mixed], total=D(20), tax_total=D("1.60"))), by=SYSTEM)

    change_prices(draft, by=SYSTEM, prices_include_tax=False)

    assert (draft.net_total, draft.tax_total) == (20, D("1.74"))  # 1.00 and 0.60, by 20.00 / 18.40
    change_prices(draft, by=SYSTEM, prices_include_tax=True)
    assert draft.total == 20


def test_nothing_changes_when_nothing_is_said():
    draft = priced_draft()
    before = happened(draft)

    change_prices(draft, by=SYSTEM, currency="EUR", prices_include_tax=True)
    change_prices(draft, by=SYSTEM)

    assert happened(draft) == before


def test_what_is_no_currency_and_what_is_placed_or_discarded_is_refused():
    draft = priced_draft()
    refused(lambda: change_prices(draft, by=SYSTEM, currency="XYZ"), "XYZ is not a currency")

    discard_draft(draft, by=SYSTEM)
    refused(lambda: change_prices(draft, by=SYSTEM, currency="USD"), "Reopen it first")

    other = priced_draft()
    place_draft(other, by=SYSTEM)
    refused(lambda: change_prices(other, by=SYSTEM, currency="USD"), "The order is placed")


def test_all_currencies_are_offered_the_shops_own_first():
    codes = [code for code, _name in currencies_for(begin_empty_draft(by=SYSTEM))]

    assert codes[0] == "EUR"
    assert {"JPY", "KWD", "CHF"} < set(codes)
    assert len(codes) == len(set(codes))


def test_history_says_it_in_words():
    draft = priced_draft()
    change_prices(draft, by=SYSTEM, currency="USD", prices_include_tax=False)
    db.session.flush()

    event = db.session.query(History).filter_by(what=Happened.PRICES_CHANGED).one()
    assert [str(one[0]) for one in changes_of(event, "USD")] == ["Currency", "Prices include VAT", "Total"]
    assert ("Prices include VAT", "Yes", "No") in changes_of(event, "USD")
