"""Where an order goes, and the number of its house where a source keeps that apart from the street."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from app.actions.addresses import change_address
from app.actions.cancelling import cancel_order
from app.actions.customers import change_own_address, create_customer
from app.actions.drafts import begin_empty_draft
from app.actions.making_anew import correct_buyer
from app.actions.merging import merge_customers
from app.actions.order_customer import choose_customer
from app.actions.personal_data import erase_personal_data, personal_data
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import Found
from app.models import AddressKind, Customer, CustomerAddress, History, Order, OutgoingMail
from app.operations import checks
from tests.factories import address, new_order, outside_shop, paid_order, placed_order, shop_key
from tests.looking import everything, refused

pytestmark = pytest.mark.usefixtures("database")

HOUSE = {"street": "Markt 87 A", "house_number": "87", "house_extension": "A"}
ITS_HOUSE = ("Markt 87 A", "87", "A")


def order_with_house() -> Order:
    return placed_order(billing=address(**HOUSE), shipping=address(**HOUSE))


def last_changes() -> dict[str, list[str]]:
    query = select(History.facts).where(History.what == "address_changed").order_by(History.id.desc())
    changes: dict[str, list[str]] = db.session.scalars(query).first()["changes"]  # type: ignore[index]
    return changes


def test_where_both_are_the_same_both_can_be_changed_at_once() -> None:
    order = order_with_house()
    change_address(order, by=SYSTEM, kind=AddressKind.BILLING, address={"street": "Kade 3", "country": "be"}, both=True)

    assert order.billing is not None
    assert order.shipping is not None
    assert {one.street for one in (order.billing, order.shipping)} == {"Kade 3"}
    assert order.country == "BE"
    query = select(History.facts).where(History.what == "address_changed").order_by(History.id)
    assert [facts["kind"] for facts in db.session.scalars(query)] == ["billing", "shipping"]

    change_address(order, by=SYSTEM, kind=AddressKind.BILLING, address={"street": "Kade 4", "country": "BE"})
    assert [order.billing.street, order.shipping.street] == ["Kade 4", "Kade 3"]
    assert list(checks.findings()) == []


@pytest.mark.parametrize(
    ("written", "house"),
    [
        ({"street": "Kade 3"}, ("Kade 3", "", "")),
        ({"street": "Grote Markt 87a"}, ("Grote Markt 87a", "87", "A")),
        ({"street": "Markt 87 A", "house_number": "88"}, ("Markt 88 A", "88", "A")),
        ({"street": "Markt 87 A", "house_extension": ""}, ("Markt 87", "87", "")),
        ({"street": "Markt 87 A", "city": "Breda"}, ITS_HOUSE),
    ],
)
def test_change_address_keeps_the_line_and_the_house_true(written: dict[str, str], house: tuple[str, ...]) -> None:
    order = order_with_house()

    change_address(order, by=SYSTEM, kind=AddressKind.SHIPPING, address=written)

    assert order.shipping.house == house
    names = ("street", "house_number", "house_extension")
    was = {name: [old, new] for name, old, new in zip(names, ITS_HOUSE, house, strict=True) if old != new}
    assert {name: change for name, change in last_changes().items() if name in names} == was
    assert order.billing.house == ITS_HOUSE


def test_whoever_writes_the_line_forgets_another_house() -> None:
    order = order_with_house()

    order.shipping.street = "Kade 3"
    db.session.flush()

    assert order.shipping.house == ("Kade 3", "", "")


@pytest.mark.each_database
def test_check_finds_a_house_that_is_not_in_its_street() -> None:
    order = order_with_house()
    assert list(checks.findings()) == []

    db.session.execute(text("UPDATE order_address SET house_number = '9' WHERE kind = 'billing'"))
    db.session.execute(text("UPDATE customer_address SET street = 'Kade 3' WHERE kind = 'shipping'"))
    db.session.expire_all()

    assert list(checks.findings()) == [
        f"{order.number}: the house 9 A of the billing address is not in its street Markt 87 A",
        f"customer {order.customer_id}: the house 87 A of the shipping address is not in its street Kade 3",
    ]


def test_own_addresses_keep_their_house_as_long_as_the_street_says_it() -> None:
    customer = order_with_house().customer

    change_own_address(
        customer, by=SYSTEM, addresses={"billing": {"street": "Markt 87-A"}, "shipping": {"street": "Kade 3"}}
    )

    assert [one.house for one in customer.addresses] == [("Markt 87-A", "87", "A"), ("Kade 3", "", "")]


def test_a_customer_is_made_with_a_house_that_the_street_gets() -> None:
    customer = create_customer({"name": "Jan", "billing": {**HOUSE, "street": "Markt"}}, by=SYSTEM)

    assert customer.addresses[0].house == ITS_HOUSE


def test_the_house_goes_where_the_address_goes() -> None:
    order = order_with_house()
    other = Customer(name="Jan", addresses=[CustomerAddress(kind="billing", street="Kade 3", house_number="3")])
    db.session.add(other)
    db.session.flush()

    merge_customers(order.customer, by=SYSTEM, into=other)
    choose_customer(order, by=SYSTEM, customer_id=other.id, take_over=True)

    assert {one.kind: one.house for one in other.addresses} == {"billing": ("Kade 3", "3", ""), "shipping": ITS_HOUSE}
    assert (order.billing.house, order.shipping.house) == (("Kade 3", "3", ""), ITS_HOUSE)


def test_documents_know_the_house_and_print_the_line() -> None:
    order = paid_order(billing=address(**HOUSE), shipping=address(street="Markt 87 A"))
    (invoice,) = order.invoices

    buyer = invoice.snapshot["buyer"]
    assert [buyer[name] for name in HOUSE] == list(ITS_HOUSE)
    assert invoice.snapshot["ship_to"] is None  # it is the same place on paper

    corrected = correct_buyer(invoice, by=SYSTEM, address={"name": "Jan", "street": "Kade 3", "country": "NL"})
    assert "house_number" not in corrected.snapshot["buyer"]


@pytest.mark.each_database
def test_the_same_order_again_adds_nothing_to_its_house() -> None:
    outside_shop()
    new = new_order(billing=address(**HOUSE))
    found = Found(new.external_id, "raw", order=new)
    take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM)
    before = everything(without=["arrival"])

    again = take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM)

    assert again.result == "already there"
    assert everything(without=["arrival"]) == before
    assert db.session.scalars(select(Order)).one().billing.house == ITS_HOUSE


def test_the_house_is_given_and_erased_with_the_personal_data() -> None:
    order = order_with_house()
    cancel_order(order, by=SYSTEM, credit=True)
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state, mail.sent_at = "sent", now()
    db.session.flush()

    given = json.dumps(personal_data(order.customer, by=SYSTEM))
    erase_personal_data(order.customer, by=SYSTEM)

    assert given.count('"house_number": "87"') == 4
    assert order.shipping.house == ("", "", "")


def test_an_address_of_which_nothing_is_filled_in_is_none() -> None:
    draft = begin_empty_draft(by=SYSTEM)

    refused(lambda: change_address(draft, by=SYSTEM, kind=AddressKind.SHIPPING, address={"name": " "}), "Address: fill")
    customer = create_customer({"name": "Femke", "billing": {"city": ""}, "shipping": {"city": "Delft"}}, by=SYSTEM)

    assert draft.addresses == []
    assert [one.kind for one in customer.addresses] == [AddressKind.SHIPPING]
