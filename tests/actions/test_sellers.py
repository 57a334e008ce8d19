"""No first invoice without what the law wants said of the seller, whichever way it would be issued."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

import app
from app import queries
from app.actions import ACTIONS
from app.actions.cancelling import cancel_order
from app.actions.drafts import place_draft
from app.actions.invoices import issue_invoice
from app.actions.quotes import accept_quote, send_quote
from app.actions.reopening import reopen
from app.actions.sellers import SellerIncomplete, complete_seller, why_seller_incomplete
from app.columns import now
from app.documents.invoice_page import invoice_page
from app.documents.sellers import DEMANDED, missing_of_seller
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewPayment
from app.models import Invoice, InvoiceKind, InvoiceMoment, Order, Quote, Shop
from app.queries import order_list
from tests.every_action import SITUATIONS, draft, to_a_business, with_e_invoice_that_waits
from tests.factories import COMPANY, PLACED_AT, line, new_order, place, placed_order

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def new_shop(database: None) -> None:
    queries.shop().seller_demanded = True


def invoices() -> list[Invoice]:
    kind = InvoiceKind.INVOICE
    return list(db.session.scalars(select(Invoice).where(Invoice.kind == kind, Invoice.is_demo.is_(False))))


def entered(**other: object) -> None:
    complete_seller(queries.shop(), {**COMPANY, **other}, by=SYSTEM)


# --- what is missing ------------------------------------------------------------------------------------------------


def test_a_new_shop_lacks_all_but_its_country() -> None:
    assert missing_of_seller(queries.shop()) == ["name", "street", "postcode", "city", "vat_id"]
    assert why_seller_incomplete() == (
        "Invoices must name your company in full. Still missing: Name, Street and number, Postcode, Town, VAT number. "
        "See Settings > Company."
    )


@pytest.mark.parametrize("name", DEMANDED)
def test_each_of_them_is_missed_alone(name: str) -> None:
    assert missing_of_seller(Shop(**{**COMPANY, name: " "})) == [name]


@pytest.mark.parametrize(
    "said",
    [
        {"vat_id": "", "is_small_business": True},
        {"vat_id": "", "country": "US"},
        {"postcode": "", "country": "HK", "vat_id": ""},
    ],
)
def test_what_its_law_does_not_ask_of_it_is_not_missed(said: dict[str, object]) -> None:
    assert missing_of_seller(Shop(**{**COMPANY, "is_small_business": False, **said})) == []


# --- every way that issues ------------------------------------------------------------------------------------------


def quote_accepted() -> Order:
    order = draft()
    send_quote(order, by=SYSTEM)
    return accept_quote(db.session.scalars(select(Quote).where(Quote.order_id == order.id)).one(), by=SYSTEM)


def reopened() -> Order:
    order = placed_order()
    cancel_order(order, by=SYSTEM)
    reopen(order, by=SYSTEM)
    return order


def paid_elsewhere_later() -> Order:
    new = new_order(updated_at=PLACED_AT)
    order = place(new)
    payment = NewPayment(amount=new.total, paid_at=PLACED_AT, method="iDEAL", external_id="tr_9")
    update_order(order, replace(new, payments=[payment], updated_at=now()), by=SYSTEM)
    return order


#: Whoever hands e-invoices over has entered the seller.
UNKNOWN_SELLER = [make for make in SITUATIONS if make not in (to_a_business, with_e_invoice_that_waits)]
WAYS: tuple[Callable[[], Order], ...] = (*UNKNOWN_SELLER, quote_accepted, reopened, paid_elsewhere_later)


def do_everything(moment: InvoiceMoment) -> None:
    """Each way to an order, and each action on it that needs nothing said, alone."""
    for make in WAYS:
        try:
            order = make()
        except ActionRefused:
            continue
        for action in ACTIONS.values():
            if Order not in action.record_types or any(one.is_required for one in action.parameters.values()):
                continue
            queries.shop().invoice_moment = moment
            db.session.flush()
            attempt = db.session.begin_nested()
            with suppress(ActionRefused):
                action(order, by=SYSTEM)
                db.session.flush()
                issued_by.update([action.name] * len(invoices()))
            attempt.rollback()


issued_by: Counter[str] = Counter()


@pytest.mark.parametrize("moment", [InvoiceMoment.DIRECT, InvoiceMoment.PAID])
def test_nothing_issues_an_invoice_before_the_seller_is_known(moment: InvoiceMoment) -> None:
    queries.shop().invoice_moment = moment
    issued_by.clear()
    do_everything(moment)
    assert (issued_by, invoices()) == ({}, [])


def test_the_same_ways_issue_invoices_once_it_is() -> None:
    entered()
    issued_by.clear()
    do_everything(InvoiceMoment.PAID)
    assert set(issued_by) >= {"issue_invoice", "mark_paid", "place_draft", "cancel_order"}


def test_one_function_makes_invoices() -> None:
    """So that no way around the question comes in."""
    makers = [
        f"{path.stem}.{function.name}"
        for path in (Path(app.__file__).parent).rglob("*.py")
        if "InvoiceKind.INVOICE" in (text := path.read_text("utf-8"))
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef) and makes_invoice(function)
    ]
    assert makers == ["invoices.issue_invoice"]


def makes_invoice(function: ast.FunctionDef) -> bool:
    calls = [call for call in ast.walk(function) if isinstance(call, ast.Call) and ast.unparse(call.func) == "Invoice"]
    return any("kind=InvoiceKind.INVOICE" in ast.unparse(call) for call in calls)


# --- what becomes of them -------------------------------------------------------------------------------------------


def test_the_order_comes_in_and_its_invoice_waits_visibly() -> None:
    order = placed_order()
    assert (order.invoices, order.invoice_waits) == ([], True)
    assert order_list.find(order_list.Question(view="invoice_waits"), "UTC").views["invoice_waits"] == 1

    entered()
    issue_invoice(order, by=SYSTEM)
    assert (len(order.invoices), order.invoice_waits) == (1, False)
    assert order.invoices[0].snapshot["seller"]["vat_id"] == COMPANY["vat_id"]


def test_place_is_refused_with_the_draft_and_its_number_as_they_were() -> None:
    order = draft()
    with pytest.raises(SellerIncomplete):
        place_draft(order, by=SYSTEM)
    assert order.is_draft

    queries.shop().invoice_moment = InvoiceMoment.MANUAL
    place_draft(order, by=SYSTEM)
    assert (order.is_draft, order.invoice_waits) == (False, False)


def test_a_shop_that_sent_invoices_before_goes_on_until_all_is_there() -> None:
    queries.shop().seller_demanded = False
    assert placed_order().invoices
    entered(street="")
    assert placed_order().invoices
    entered()
    queries.shop().street = ""
    assert placed_order().invoice_waits


def test_the_demo_shop_issues_under_its_own_company() -> None:
    assert place(new_order(source="seed"), demo=True).invoices


def test_an_exempt_small_business_says_so_instead_of_vat() -> None:
    entered(vat_id="", is_small_business=True)
    mug = line("Mug", quantity="1", unit_price="10", rate="0")
    order = placed_order(lines=[mug], total=Decimal(10), tax_total=Decimal(0))
    text = invoice_page(order.invoices[0], "nl")
    assert "artikel 25 Wet op de omzetbelasting" in text
    with_vat = placed_order().invoices[0]
    assert with_vat.snapshot["small_business"] is False
