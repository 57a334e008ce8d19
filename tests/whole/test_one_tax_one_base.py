"""100 at 21 % and 100 at 9 %, less 20, and other orders of several rates: the same VAT wherever it is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from app.accounting.tax_bases import taxes_on
from app.accounting.tax_rows import TaxRow, has_bases, rows_of_order, said_rows, summed
from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.drafts import begin_empty_draft, copy_order, place_draft
from app.actions.invoices import issue_invoice
from app.actions.lines import EditedLine, as_edited, edit_lines
from app.actions.order_methods import change_methods
from app.amounts.money import ZERO, rounded
from app.documents.printing import printed
from app.exports import journal, vat_summary
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewLine, NewTax
from app.models import Invoice, InvoiceMoment, Order, ShippingMethod
from app.operations import checks
from app.queries import shop
from app.queries.periods import Period
from tests.clients import Client
from tests.documents.printed_text import lines_of
from tests.factories import line, placed_order

EVER = Period(None, None, "Europe/Amsterdam")
RIGHT = [("21", "74.38", "15.62"), ("9", "82.57", "7.43")]


def draft_of(*lines: EditedLine, discount: str, currency: str = "EUR") -> Order:
    draft = begin_empty_draft(by=SYSTEM)
    draft.customer_name, draft.language, draft.currency = "Femke Jansen", "en", currency
    return edit_lines(draft, by=SYSTEM, lines=list(lines), order_discount=Decimal(discount))


def edited(name: str, quantity: int, price: str, rate: str) -> EditedLine:
    return EditedLine(name, Decimal(quantity), Decimal(price), rate=Decimal(rate))


def draft_of_two_rates() -> Order:
    return draft_of(edited("Mug", 1, "100", "21"), edited("Book", 1, "100", "9"), discount="20")


def discounted() -> Order:
    order = place_draft(draft_of_two_rates(), by=SYSTEM, notify=False)
    db.session.flush()
    return order


def said(document: Invoice) -> list[tuple[str | None, str, str]]:
    return [(row["rate"], row["base"], row["tax"]) for row in document.snapshot["vat"]]


def stated(name: str, total: str, *taxes: tuple[str, str | None, str], kind: str = "product") -> NewLine:
    """A line with taxes as an outside shop states them: name, rate, amount."""
    found = [NewTax(name, Decimal(amount), rate and Decimal(rate)) for name, rate, amount in taxes]
    return NewLine(name, Decimal(1), Decimal(total), Decimal(total), kind=kind, taxes=found)


def rows(order: Order) -> dict[tuple[str, str | None], tuple[str, str]]:
    return {key: (str(row.base), str(row.tax)) for key, row in rows_of_order(order).items()}


# --- the same parts everywhere --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_invoice_credit_note_journal_and_export_say_the_same() -> None:
    (invoice,) = discounted().invoices
    assert said(invoice) == RIGHT
    assert (invoice.snapshot["net"], invoice.snapshot["tax"], invoice.snapshot["total"]) == (
        "156.95",
        "23.05",
        "180.00",
    )
    assert invoice.snapshot["lines"][2]["taxes"] == [
        {"name": "", "rate": "21", "base": "-8.26", "tax": "-1.74"},
        {"name": "", "rate": "9", "base": "-9.17", "tax": "-0.83"},
    ]

    in_journal = [(str(row[9]), str(row[10]), str(row[11])) for row in journal(EVER)]
    assert in_journal == RIGHT
    assert sum(row[12] for row in journal(EVER)) == Decimal("180.00")
    assert [(str(row[3]), str(row[4]), str(row[5])) for row in vat_summary(EVER)] == RIGHT

    (note,) = credit_order(db.session.merge(invoice).order, by=SYSTEM)
    assert said(note) == [(rate, f"-{base}", f"-{tax}") for rate, base, tax in RIGHT]
    assert {row[4:6] for row in vat_summary(EVER)} == {(ZERO, ZERO)}
    assert (list(checks.findings()), list(checks.warnings())) == ([], [])


@pytest.mark.usefixtures("database")
def test_the_print_says_it_too() -> None:
    (invoice,) = discounted().invoices
    db.session.commit()

    on_paper = " ".join(lines_of(printed(invoice).content))
    assert "74.38" in on_paper
    assert "82.57" in on_paper
    assert "156.95" in on_paper
    assert "65.21" not in on_paper
    assert "74.31" not in on_paper


def test_the_order_page_and_other_programs_read_the_same(
    client: Client,
    in_app: Any,
    program_with: Callable[..., Any],
) -> None:
    with in_app():
        order = discounted()
        number, invoice = order.number, order.invoices[0].number

    page = client.get(f"/admin/order/{number}").text
    assert "of which VAT 21 % on €74.38" in page
    assert "of which VAT 9 % on €82.57" in page

    program = program_with("read.orders", "read.invoices")
    vat = [{"name": "", "rate": rate, "base": base, "tax": tax} for rate, base, tax in RIGHT]
    assert program.get(f"/api/invoices/{invoice}").json["vat"] == vat
    whole = program.get(f"/api/orders/{number}").json
    assert whole["vat"] == vat
    assert [(tax["rate"], tax["base"], tax["amount"]) for tax in whole["lines"][2]["taxes"]] == [
        ("21", "-8.26", "-1.74"), ("9", "-9.17", "-0.83"),
    ]  # fmt: skip


# --- one rounding, however it came in -------------------------------------------------------------------------------


def sent(program: Any, external_id: str, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    given = {"external_id": external_id, "notify": False, "lines": lines, **more}
    answer = program.post("/api/orders", json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_rates_are_rounded_on_their_sum(program_with: Callable[..., Any], in_app: Any) -> None:
    """Ten lines of 3.60 and one of ten pieces, at 5.5 % on top: 1.98. Three of 696.22 at 25 %: 522.17."""
    program = program_with("read.orders", "imports.place_order")
    one = {"unit_price": "3.60", "vat_rate": "5.5"}
    many = [{"name": f"Nut {n}", **one} for n in range(10)]
    apart, together = (
        sent(program, name, lines, prices_include_tax=False)
        for name, lines in (("a", many), ("b", [{"name": "Nuts", "quantity": "10", **one}]))
    )
    assert apart["total"] == together["total"] == "37.98"
    chairs = [{"name": f"Chair {n}", "quantity": "2", "unit_price": "348.11", "vat_rate": "25"} for n in range(3)]
    assert sent(program, "c", chairs, prices_include_tax=False)["vat"] == [
        {"name": "", "rate": "25", "base": "2088.66", "tax": "522.17"}
    ]
    with in_app():
        order = db.session.scalars(select(Order).where(Order.external_id == "a")).one()
        draft = copy_order(order, by=SYSTEM)
        first, *others = [as_edited(one) for one in draft.lines]
        renamed = EditedLine(**{**first.__dict__, "name": "Almond"})
        assert edit_lines(draft, by=SYSTEM, lines=[renamed, *others]).total == Decimal("37.98")


def test_a_discount_without_a_rate_is_taken_off_each(program_with: Callable[..., Any]) -> None:
    program = program_with("read.orders", "imports.place_order")
    lines = [
        {"name": "Mug", "unit_price": "100", "vat_rate": "21"},
        {"name": "Book", "unit_price": "100", "vat_rate": "9"},
        {"kind": "discount", "name": "Birthday", "unit_price": "-20"},
    ]
    assert [(row["rate"], row["base"], row["tax"]) for row in sent(program, "d", lines)["vat"]] == RIGHT
    untaxed = [*lines[:2], {**lines[2], "vat_rate": "0"}]
    assert sent(program, "e", untaxed)["vat"][-1] == {"name": "", "rate": "0", "base": "-20", "tax": "0"}
    kept = sent(program, "f", lines, prices_include_tax=False, total="210.00")  # 180 + 21 + 9: as stated
    assert kept["vat"][-1] == {"name": "", "rate": "0", "base": "-20", "tax": "0"}


@pytest.mark.usefixtures("database")
def test_a_discount_follows_when_shipping_changes_the_sum_of_its_rate() -> None:
    method = ShippingMethod(title="Parcel", cost=Decimal("6.95"), vat_rate=Decimal(21))
    db.session.add(method)
    db.session.flush()
    draft = change_methods(draft_of_two_rates(), by=SYSTEM, shipping_method=method.id)

    assert rows(draft) == {("", "21"): ("80.12", "16.83"), ("", "9"): ("82.57", "7.43")}


# --- what outside shops state ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_shipping_spread_over_rates_is_split_by_its_taxes() -> None:
    """10.00 of shipping, half at 21 and half at 9 %, as Shopify, WooCommerce and Lightspeed list its taxes."""
    goods = [stated("Mug", "121", ("BTW hoog", "21", "21.00")), stated("Book", "109", ("BTW laag", "9", "9.00"))]
    shipping = stated("Post", "10", ("BTW hoog", "21", "0.87"), ("BTW laag", "9", "0.41"), kind="shipping")
    order = placed_order(lines=[*goods, shipping], total=Decimal(240), tax_total=None)

    assert rows(order) == {("", "21"): ("104.15", "21.87"), ("", "9"): ("104.57", "9.41")}
    assert sum(tax.base for tax in taxes_on(order.lines[2])) == Decimal("8.72")


@pytest.mark.usefixtures("database")
def test_a_part_without_tax_takes_what_the_taxes_leave() -> None:
    goods = [stated("Mug", "121", ("VAT", "21", "21.00")), stated("Stamp", "100", ("VAT", "0", "0"))]
    discount = stated("Sale", "-22.10", ("VAT", "21", "-2.10"), ("VAT", "0", "0"), kind="discount")
    order = placed_order(lines=[*goods, discount], total=Decimal("198.90"), tax_total=None)

    assert rows(order) == {("", "21"): ("90.00", "18.90"), ("", "0"): ("90.00", "0.00")}


@pytest.mark.usefixtures("database")
def test_taxes_without_rates_are_split_as_the_goods_bear_them() -> None:
    goods = [stated("Mug", "121", ("High", None, "21.00")), stated("Book", "109", ("Low", None, "9.00"))]
    shipping = stated("Post", "10", ("High", None, "0.87"), ("Low", None, "0.41"), kind="shipping")
    order = placed_order(lines=[*goods, shipping], total=Decimal(240), tax_total=None)

    assert rows(order) == {("High", None): ("104.15", "21.87"), ("Low", None): ("104.57", "9.41")}


@pytest.mark.usefixtures("database")
def test_taxes_on_the_same_base_keep_it_each_and_the_journal_has_it_once() -> None:
    """GST and PST in Canada, and goods that bear only one of them."""
    lines = [stated("Mug", "100", ("GST", "5", "5"), ("PST", "7", "7")), stated("Book", "50", ("GST", "5", "2.50"))]
    order = placed_order(lines=lines, total=Decimal("164.50"), tax_total=None, prices_include_tax=False, currency="CAD")
    (invoice,) = order.invoices
    db.session.flush()

    assert said(invoice) == [("7", "100.00", "7.00"), ("5", "150.00", "7.50")]
    entries = [row for row in journal(EVER) if row[1] == "invoice"]
    assert sum(row[10] for row in entries) == Decimal(150)
    assert sum(row[12] for row in entries) == Decimal("164.50")
    assert [row[4] for row in vat_summary(EVER)] == [Decimal(150), Decimal(100)]
    assert [one for one in checks.findings() if not one.startswith("the guard invoice_is_fixed")] == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("is_compound", [False, True])
@pytest.mark.parametrize("gross", [False, True])
@pytest.mark.parametrize(("quantity", "net"), [("3", "30.03"), ("7", "23.31"), ("11", "219.89")])
def test_a_tax_on_another_one_is_on_both(quantity: str, net: str, gross: bool, is_compound: bool) -> None:
    """QST of 9.975 %, on GST of 5 % or beside it; in all documents, however it is credited."""
    gst = rounded(Decimal(net) * 5 / 100, "CAD")
    base = Decimal(net) + gst if is_compound else Decimal(net)
    qst = rounded(base * Decimal("9.975") / 100, "CAD")
    goods = stated("Mug", net, ("GST", "5", str(gst)), ("QST", "9.975", str(qst)))
    total = Decimal(net) + gst + qst
    goods.quantity, goods.total = Decimal(quantity), total if gross else Decimal(net)
    order = placed_order(lines=[goods], total=total, tax_total=None, prices_include_tax=gross, currency="CAD")
    (invoice,), (mugs,) = order.invoices, order.lines

    assert said(invoice) == [("9.975", str(base), str(qst)), ("5", net, str(gst))]
    for _ in range(int(quantity)):
        create_credit_note(invoice, by=SYSTEM, quantities={mugs.id: Decimal(1)})
    assert set(summed(said_rows(one) for one in order.invoices).values()) == {TaxRow()}
    assert sum(row[12] for row in journal(EVER)) == 0
    assert [one for one in checks.findings() if not one.startswith("the guard invoice_is_fixed")] == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("currency", "prices", "discount", "unit"),
    [("JPY", ("1234", "99"), "500", "1"), ("KWD", ("1.234", "0.099"), "0.5", "0.001")],
)
def test_other_decimals(currency: str, prices: tuple[str, str], discount: str, unit: str) -> None:
    lines = edited("Cup", 3, prices[0], "10"), edited("Tea", 7, prices[1], "8")
    order = place_draft(draft_of(*lines, discount=discount, currency=currency), by=SYSTEM, notify=False)

    for (_name, rate), row in rows_of_order(order).items():
        assert abs(row.base * Decimal(rate or 0) / 100 - row.tax) <= Decimal(unit)
    assert sum(row.base for row in rows_of_order(order).values()) == order.net_total
    assert [one for one in checks.findings() if not one.startswith("the guard invoice_is_fixed")] == []


@pytest.mark.usefixtures("database")
def test_all_of_the_price_taken_off_leaves_nothing_to_tax() -> None:
    draft = draft_of_two_rates()
    lines = [as_edited(one) for one in draft.lines if one.kind == "product"]
    order = place_draft(edit_lines(draft, by=SYSTEM, lines=lines, order_discount=Decimal(200)), by=SYSTEM, notify=False)

    assert order.total == order.tax_total == 0
    assert {(row.base, row.tax) for row in rows_of_order(order).values()} == {(ZERO, ZERO)}


@pytest.mark.usefixtures("database")
def test_a_discount_larger_than_the_goods_of_its_rate_makes_a_negative_row() -> None:
    lines = [line("Mug", quantity="1", unit_price="12.10"), line("Book", quantity="1", unit_price="109", rate="9")]
    off = line("Sale", quantity="1", unit_price="-24.20", kind="discount")
    (invoice,) = placed_order(lines=[*lines, off], total=Decimal("96.90"), tax_total=None).invoices

    assert said(invoice) == [("21", "-10.00", "-2.10"), ("9", "100.00", "9.00")]


# --- several documents ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_invoices_and_credit_notes_in_parts_close_per_rate() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    draft = draft_of(edited("Mug", 3, "9.99", "21"), edited("Book", 7, "4.95", "9"), discount="5.55")
    order = place_draft(draft, by=SYSTEM, notify=False)
    mugs, books, sale = order.lines
    first = issue_invoice(order, by=SYSTEM, quantities={mugs.id: Decimal(2), books.id: Decimal(3), sale.id: Decimal(1)})
    second = issue_invoice(order, by=SYSTEM)
    assert summed([said_rows(first), said_rows(second)]) == rows_of_order(order)

    notes = [create_credit_note(first, by=SYSTEM, quantities={one: Decimal(1)}) for one in (mugs.id, books.id)]
    notes += credit_order(order, by=SYSTEM)
    for row in (row for document in [first, second, *notes] for row in document.snapshot["vat"]):
        assert abs(Decimal(row["base"]) * Decimal(row["rate"]) / 100 - Decimal(row["tax"])) < Decimal("0.02")
    assert set(summed(said_rows(one) for one in order.invoices).values()) == {TaxRow()}
    assert (list(checks.findings()), list(checks.warnings())) == ([], [])


@pytest.mark.usefixtures("database")
def test_many_small_lines_are_credited_with_the_tax_on_their_sum() -> None:
    """Ten of 0.33 bear 0.57 of VAT, seven of them 0.06 and three 0.05. Those seven make 2.31: 0.40, and not 0.42."""
    order = place_draft(draft_of(*(edited(f"Bead {n}", 1, "0.33", "21") for n in range(10)), discount="0"), by=SYSTEM)
    (invoice,) = order.invoices
    dearest = sorted(order.lines, key=lambda one: -one.tax_total)[:7]
    note = create_credit_note(invoice, by=SYSTEM, quantities={one.id: Decimal(1) for one in dearest})

    assert sum(one.tax_total for one in dearest) == Decimal("0.42")
    assert said(note) == [("21", "-1.91", "-0.40")]
    assert len(note.snapshot["lines"]) == 7
    assert [said(rest) for rest in credit_order(order, by=SYSTEM)] == [[("21", "-0.82", "-0.17")]]
    assert [one for one in checks.findings() if not one.startswith("the guard invoice_is_fixed")] == []


@pytest.mark.usefixtures("database")
def test_shipping_on_two_rates_that_is_credited_in_three_amounts_closes() -> None:
    goods = [stated("Mug", "121", ("VAT", "21", "21.00")), stated("Book", "109", ("VAT", "9", "9.00"))]
    shipping = stated("Post", "10", ("VAT", "21", "0.87"), ("VAT", "9", "0.41"), kind="shipping")
    order = placed_order(lines=[*goods, shipping], total=Decimal(240), tax_total=None)
    (invoice,), post = order.invoices, order.lines[2]
    for _ in range(2):
        create_credit_note(invoice, by=SYSTEM, amounts={post.id: Decimal("3.33")})
    credit_order(order, by=SYSTEM)

    assert set(summed(said_rows(one) for one in order.invoices).values()) == {TaxRow()}
    assert [one for one in checks.findings() if not one.startswith("the guard invoice_is_fixed")] == []


# --- documents from before ------------------------------------------------------------------------------------------


def as_before(invoice: Invoice) -> None:
    """What an earlier version kept and printed: a line of two rates in the base of both."""
    says = json.loads(json.dumps(invoice.snapshot))
    for one in says["lines"]:
        one["taxes"] = [{"name": "VAT", "rate": tax["rate"]} for tax in one["taxes"]]
    says["vat"] = [
        {"name": "VAT", "rate": "21", "base": "65.21", "tax": "15.62"},
        {"name": "VAT", "rate": "9", "base": "74.31", "tax": "7.43"},
    ]
    db.session.flush()
    db.session.execute(text("DROP TRIGGER invoice_is_fixed"))
    invoice.snapshot = says
    db.session.flush()


@pytest.mark.usefixtures("database")
def test_exports_of_an_invoice_that_was_printed_wrong_are_right_and_check_names_it() -> None:
    (invoice,) = discounted().invoices
    number, order = invoice.number, invoice.order.number
    as_before(invoice)
    assert not has_bases(invoice.snapshot)

    assert [(str(row[9]), str(row[10]), str(row[11])) for row in journal(EVER)] == RIGHT
    assert [(str(row[3]), str(row[4]), str(row[5])) for row in vat_summary(EVER)] == RIGHT
    assert [one for one in checks.findings() if not one.startswith("the guard invoice_is_fixed")] == []
    assert list(checks.warnings()) == [
        f"{order}: {number} was printed with VAT of 15.62 on 65.21 (21 %), 7.43 on 74.31 (9 %); "
        f"it should be 15.62 on 74.38 (21 %), 7.43 on 82.57 (9 %). Credit {number} and make it anew"
    ]
    invoice = db.session.scalars(select(Invoice).where(Invoice.number == number)).one()
    (note,) = credit_order(invoice.order, by=SYSTEM)
    assert said(note) == [(rate, f"-{base}", f"-{tax}") for rate, base, tax in RIGHT]
    assert said(invoice)[0] == ("21", "65.21", "15.62")  # what was issued stays
    assert list(checks.warnings()) == []
