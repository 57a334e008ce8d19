"""A packing slip is printed once for what it says, and kept."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app import queries
from app.actions.personal_data import erase_personal_data
from app.actions.shipments import create_packing_slip, mark_sent
from app.documents.packing_slips import packing_slip
from app.extensions import db, read_only
from app.history import SYSTEM
from app.models import Customer, MailState, OutgoingMail, PackingSlipPrint, Shipment
from app.operations import checks
from tests.documents.printed_text import lines_of
from tests.factories import paid_order, placed_order

pytestmark = pytest.mark.usefixtures("database")


def a_slip(**stated: object) -> Shipment:
    shipment = create_packing_slip(paid_order(language="en", **stated), by=SYSTEM)
    db.session.commit()
    return shipment


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(PackingSlipPrint)) or 0


@pytest.mark.each_database
def test_printing_again_gives_the_same_bytes() -> None:
    shipment = a_slip()
    first = packing_slip(shipment)
    queries.shop().name = "Aardewerk Delft"
    db.session.commit()
    renamed = packing_slip(shipment)
    queries.shop().name = "My shop"
    db.session.commit()

    assert packing_slip(shipment) == first
    assert renamed != first
    assert kept() == 2


@pytest.mark.each_database
def test_it_is_kept_while_the_caller_only_reads() -> None:
    shipment = a_slip()
    with read_only():
        assert shipment.number
        content = packing_slip(shipment)
        db.session.rollback()

    assert [row.content for row in db.session.scalars(select(PackingSlipPrint))] == [content]


def test_an_open_slip_follows_its_order_and_each_print_stays() -> None:
    shipment = a_slip()
    before = packing_slip(shipment)
    shipment.order.shipping.street = "Oude Delft 1"
    db.session.commit()

    after = packing_slip(shipment)

    assert ["Oude Delft 1" in lines_of(pdf) for pdf in (before, after)] == [False, True]
    assert kept() == 2


def test_one_that_is_sent_stays_what_was_printed() -> None:
    shipment = a_slip()
    printed = packing_slip(shipment)
    mark_sent(shipment.order, by=SYSTEM, tracking_code="3SABC", notify=False)
    shipment.order.shipping.street = "Oude Delft 1"
    db.session.commit()

    assert packing_slip(shipment) == printed
    assert "3SABC" in lines_of(packing_slip(shipment, "de"))  # first printed after it went


def test_a_note_without_blanks_stays_on_the_page() -> None:
    shipment = a_slip(customer_note="x" * 400)

    lines = [text for text in lines_of(packing_slip(shipment)) if set(text) == {"x"}]

    assert "".join(lines) == "x" * 400
    assert len(lines) > 3


def test_the_database_refuses_to_change_or_delete_a_print() -> None:
    packing_slip(a_slip())
    db.session.commit()

    for change in ("UPDATE packing_slip_print SET content = ''", "DELETE FROM packing_slip_print"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(change))
        db.session.rollback()


@pytest.mark.each_database
def test_prints_go_with_the_personal_data_of_their_customer() -> None:
    shipment = a_slip()
    packing_slip(shipment)
    mark_sent(shipment.order, by=SYSTEM, notify=False)
    other = create_packing_slip(paid_order(customer_note="Ring twice"), by=SYSTEM)
    db.session.commit()
    customer = db.session.scalars(select(Customer).order_by(Customer.id)).first()
    assert customer
    mark_sent(other.order, by=SYSTEM, notify=False)
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT))

    erase_personal_data(customer, by=SYSTEM)
    db.session.commit()

    assert kept() == 0
    assert "Markt 87" not in lines_of(packing_slip(shipment))
    assert list(checks.findings()) == []


def test_check_names_a_slip_whose_print_is_damaged() -> None:
    packing_slip(a_slip())
    db.session.commit()
    db.session.execute(text("DROP TRIGGER packing_slip_print_is_fixed"))
    db.session.execute(text("UPDATE packing_slip_print SET content = x'00'"))

    guard_that_is_gone, *damaged = checks.findings()
    assert guard_that_is_gone.startswith("the guard packing_slip_print_is_fixed is missing")
    assert damaged == ["PS00001: a stored print does not match its hash"]
    db.session.rollback()


def test_prints_of_the_demo_shop_go_with_it() -> None:
    shipment = create_packing_slip(placed_order(), by=SYSTEM)
    shipment.order.is_demo = True
    db.session.execute(text("DROP TRIGGER shipment_is_fixed"))
    shipment.is_demo = True
    db.session.flush()
    packing_slip(shipment)

    db.session.execute(text("DELETE FROM packing_slip_print"))

    assert kept() == 0
    db.session.rollback()
