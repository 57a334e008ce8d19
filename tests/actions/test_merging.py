"""Merging customers: what moves, what stays, where later orders go, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import queries
from app.actions.merging import foreseen, merge_customers
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake_readers.new_order import NewCustomer
from app.models import Customer, CustomerAddress, FacturXTo, History, Ticket
from tests.factories import placed_order
from tests.looking import refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def two() -> tuple[Customer, Customer]:
    """Femke twice: with her orders, and as an empty record that a colleague made."""
    first = placed_order().customer
    placed_order()
    first.notes, first.vat_id = "Rings twice.", "NL001"
    second = Customer(
        name="F. Jansen",
        email="f@example.org",
        notes="Is a potter.",
        addresses=[CustomerAddress(kind="billing", city="Leiden")],
    )
    db.session.add_all([second, Ticket(customer=first, subject="Where is it?")])
    db.session.flush()
    return first, second


def test_merge_customers_moves_orders_questions_addresses_and_notes():
    gone, stays = two()
    gone.factur_x = FacturXTo.NEVER
    plan = foreseen(gone, stays)

    merge_customers(gone, by=SYSTEM, into=stays)

    assert stays.factur_x == FacturXTo.NEVER  # said of the one, and nothing of the other
    assert (plan.orders, plan.tickets) == (2, 1)
    assert len(queries.orders_of_customer(stays, most=9)) == 2
    assert queries.orders_of_customer(gone, most=9) == []
    assert db.session.scalars(select(Ticket.customer_id)).all() == [stays.id]
    assert {a.kind: a.city for a in stays.addresses} == {"billing": "Leiden", "shipping": "Delft"}
    assert (stays.name, stays.email, stays.vat_id, stays.phone) == (
        "F. Jansen",
        "f@example.org",
        "NL001",
        "+31 15 555 0101",
    )
    assert stays.notes == "Is a potter.\n\nRings twice."
    assert plan.kept == {
        "name": ("F. Jansen", "Femke Jansen"),
        "email": ("f@example.org", "femke@example.org"),
    }
    assert (gone.merged_into_id, gone.name) == (stays.id, "Femke Jansen")
    told = db.session.scalars(select(History).where(History.what == Happened.CUSTOMERS_MERGED)).all()
    assert {entry.subject for entry in told} == {f"customer:{gone.id}", f"customer:{stays.id}"}


def test_later_orders_of_the_merged_one_are_the_other_ones():
    gone, stays = two()
    merge_customers(gone, by=SYSTEM, into=stays)

    assert placed_order().customer is stays  # by the shop's own id
    by_address = placed_order(customer=NewCustomer(email="Femke@example.org"))
    assert by_address.customer is stays


def test_who_was_merged_before_follows_along():
    first, second = two()
    third = Customer(name="F.J.")
    db.session.add(third)
    db.session.flush()
    merge_customers(first, by=SYSTEM, into=second)

    merge_customers(second, by=SYSTEM, into=third)
    db.session.refresh(first)

    assert first.merged_into_id == second.merged_into_id == third.id
    assert placed_order().customer is third


def test_merge_customers_refuses_itself_the_merged_and_the_demo():
    first, second = two()
    demo, other = Customer(name="Demo", is_demo=True), Customer(name="Other")
    db.session.add_all([demo, other])
    db.session.flush()

    refused(lambda: merge_customers(first, by=SYSTEM, into=first), "same one")
    refused(lambda: merge_customers(first, by=SYSTEM, into=demo), "don’t mix")
    merge_customers(first, by=SYSTEM, into=second)
    refused(lambda: merge_customers(first, by=SYSTEM, into=other), "merged into F. Jansen already")
    refused(lambda: merge_customers(other, by=SYSTEM, into=first), "merged into somebody else")
