"""VAT numbers are asked about at VIES, a real server: what it says is kept, and nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.actions.cancelling import cancel_order
from app.actions.customers import create_customer
from app.actions.order_customer import change_customer
from app.actions.personal_data import erase_personal_data, personal_data
from app.actions.reverse_charge import reverse_charge
from app.actions.vat_checks import check_customers_vat_number, check_vat_number, vies_warning
from app.columns import now
from app.connections import vies
from app.documents.vat_checks import VAT_CHECKS, number_at_vies
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Customer, InvoiceMoment, Order, VatCheck, VatCheckState
from app.queries import shop
from tests.factories import address, placed_order
from tests.simulators.serving import (
    Answer,
    Fault,
    Way,
    answer_lost,
    cut_off,
    firewall,
    not_taken,
    redirect,
    slow,
    status,
)
from tests.simulators.vies import Trader, ViesServer, refusal

OWN, BUYER, UNKNOWN, NORTHERN = "NL853746333B01", "BE0456810810", "BE0403170701", "XI110305878"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ViesServer]:
    with ViesServer() as made:
        monkeypatch.setattr(vies, "VIES_URL", made.rest_api)
        made.traders = {OWN: Trader("Toonbank BV", "Delft"), BUYER: Trader("KOPJE BV", "Kouter 1\n9000  Gent")}
        made.traders |= {NORTHERN: Trader(), "DE136695976": Trader()}
        yield made


def switch_on(*, wanted: bool = True) -> None:
    shop().vat_id, shop().country, shop().checks_vat_numbers = OWN, "NL", wanted
    shop().invoice_moment = InvoiceMoment.MANUAL
    db.session.commit()


def order_of(vat_id: str = BUYER, country: str = "BE", **facts: Any) -> Order:
    to = address(company="Kopje BV", country=country, postcode="9000", city="Gent")
    buyer = NewCustomer(name="Jan", company="Kopje BV", vat_id=vat_id, email=facts.pop("email", "jan@example.org"))
    order = placed_order(customer=buyer, billing=to, shipping=to, **{"placed_at": now(), **facts})
    db.session.commit()
    return order


def checks() -> list[VatCheck]:
    db.session.expire_all()
    return list(db.session.scalars(select(VatCheck).order_by(VatCheck.id)))


def asked() -> list[VatCheck]:
    """All, after a worker asked what is to be asked, whatever it waited for."""
    db.session.execute(update(VatCheck).values(due_at=now() - timedelta(seconds=1)))
    db.session.commit()
    for _one in range(len(checks())):
        vies.ask_due("one")
    return checks()


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_an_order_that_brings_a_number_has_it_asked_about_and_the_answer_is_the_proof(server: ViesServer) -> None:
    switch_on(wanted=False)
    order_of(email="before@example.org")
    assert checks() == [], "the shop does not want it"
    switch_on()
    order = order_of("be 0456.810.810")
    (waiting,) = checks()
    assert (waiting.number, waiting.state, waiting.asked_by) == (BUYER, VatCheckState.WAITING, "")
    assert "VIES has not answered yet" in vies_warning(order)

    (proof,) = asked()

    (question,) = server.requests
    own = {"requesterMemberStateCode": "NL", "requesterNumber": OWN[2:]}
    assert question.json == {"countryCode": "BE", "vatNumber": BUYER[2:], **own}
    assert (proof.state, proof.name, proof.address) == (VatCheckState.VALID, "KOPJE BV", "Kouter 1\n9000 Gent")
    assert (proof.consultation, proof.requester, proof.error) == ("WAPIAAAA00000001", OWN, "")
    assert proof.answered_at
    assert abs(proof.answered_at - now()) < timedelta(minutes=1)
    assert vies_warning(order) == ""
    assert not VAT_CHECKS.is_any_due()

    order_of(email="other@example.org")
    reverse_charge(order, by=SYSTEM)
    assert checks() == [proof], "it was answered just now"
    db.session.execute(update(VatCheck).values(answered_at=now() - timedelta(days=2)))
    change_customer(order, by=SYSTEM, vat_id=UNKNOWN)
    assert [one.number for one in checks()] == [BUYER, UNKNOWN]
    order.vat_id = BUYER  # as somebody takes it back
    db.session.commit()
    assert [one.number for one in checks()] == [BUYER, UNKNOWN, BUYER], "before VAT is reversed it is asked anew"
    order_of(email="history@example.org", vat_id="NL004495445B01", placed_at=now() - timedelta(days=90))
    assert {one.number for one in checks()} == {BUYER, UNKNOWN, "NL004495445B01"}, "only the customer's own is new"


@pytest.mark.usefixtures("database")
def test_nothing_is_asked_of_old_orders_and_demo_records(server: ViesServer) -> None:
    switch_on()
    order = order_of("")
    for change in ({"placed_at": now() - timedelta(days=31)}, {"is_demo": True}):
        for name, value in change.items():
            setattr(order, name, value)
        order.vat_id = "DE136695976" if order.vat_id != "DE136695976" else BUYER
        db.session.commit()
        assert checks() == [], change
        order.placed_at, order.is_demo = now(), False
        db.session.commit()

    order.vat_id = UNKNOWN
    db.session.commit()
    assert [one.number for one in checks()] == [UNKNOWN]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("behind", "counts"), [(timedelta(hours=3), True), (timedelta(days=2), False)])
def test_the_moment_is_that_of_vies_unless_its_clock_is_wrong(
    server: ViesServer, behind: timedelta, counts: bool
) -> None:
    switch_on()
    server.now = lambda: now() - behind
    order_of()

    (proof,) = asked()

    assert proof.answered_at
    assert abs(proof.answered_at - now() + (behind if counts else timedelta(0))) < timedelta(minutes=1)


@pytest.mark.usefixtures("database")
def test_one_that_is_not_valid_is_said_before_vat_is_reversed_and_asked_again_by_hand(server: ViesServer) -> None:
    switch_on()
    order = order_of(UNKNOWN)
    (check,) = asked()
    assert (check.state, check.name, check.consultation) == (VatCheckState.INVALID, "", "WAPIAAAA00000001")
    assert "not valid" in vies_warning(order)
    assert reverse_charge.why_not(order) == ""

    server.traders[UNKNOWN] = Trader("Later BV")
    check_vat_number(order, by=SYSTEM)
    assert order.customer
    check_customers_vat_number(order.customer, by=SYSTEM)
    assert [one.state for one in asked()] == [VatCheckState.INVALID, VatCheckState.VALID], "one question at a time"
    assert vies_warning(order) == ""
    order.vat_id = ""
    assert check_vat_number.why_not(order) == "There is no VAT number to ask about."
    order.vat_id = "GB980780684"
    assert "member states and of Northern Ireland only" in check_vat_number.why_not(order)
    shop().checks_vat_numbers = False
    assert "Switch it on" in check_vat_number.why_not(order)


def refusing(code: str) -> Fault:
    return Fault(Way.INSTEAD, refusal(code))


def told(body: object) -> Fault:
    return Fault(Way.INSTEAD, Answer(200, body))


#: What goes wrong, and what is kept of it.
UNANSWERED: tuple[tuple[Fault, str], ...] = (
    (refusing("MS_UNAVAILABLE"), "MS_UNAVAILABLE"), (refusing("MS_MAX_CONCURRENT_REQ"), "MS_MAX_CONCURRENT_REQ"),
    (refusing("TIMEOUT"), "TIMEOUT"), (not_taken(), "no_answer"), (answer_lost(), "no_answer"),
    (cut_off(), "no_answer"), (slow(1.5), "too_slow"), (redirect("https://example.org"), "redirected"),
    (told("{'valid': True}"), "unreadable"), (told({"valid": "yes"}), "unreadable"),
    (told({"isValid": False, "userError": "SERVICE_UNAVAILABLE"}), "SERVICE_UNAVAILABLE"),
    (status(502), "out_of_order"), (status(429, retry_after=900), "too_busy"), (firewall(403), "refused_before"),
)  # fmt: skip


@pytest.mark.usefixtures("database")
def test_whatever_goes_wrong_means_that_nobody_knows_and_it_is_asked_again(
    server: ViesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vies, "VIES_DEADLINE", 1)
    switch_on()
    order = order_of()
    for fault, error in UNANSWERED:
        server.fail_next(fault)
        (check,) = asked()
        assert (check.state, check.worker, check.error) == (VatCheckState.WAITING, "", error)
        assert check.due_at > now() + timedelta(seconds=890 if error == "too_busy" else 50)
    assert "VIES has not answered yet" in vies_warning(order)
    (check,) = asked()
    assert check.state == VatCheckState.VALID

    db.session.execute(update(VatCheck).values(attempts=VAT_CHECKS.most_attempts, state=VatCheckState.WAITING))
    server.unavailable["BE"] = "MS_UNAVAILABLE"
    (check,) = asked()
    assert (check.state, check.error) == (VatCheckState.UNANSWERED, "MS_UNAVAILABLE"), "after days"


@pytest.mark.usefixtures("database")
def test_its_own_words_for_a_wrong_question_end_it_and_a_requester_it_does_not_know_is_left_out(
    server: ViesServer,
) -> None:
    switch_on()
    order_of()
    server.fail_next(refusing("INVALID_INPUT"))
    (check,) = asked()
    assert (check.state, check.error) == (VatCheckState.UNANSWERED, "INVALID_INPUT")

    shop().vat_id = "NL004495445B01"  # not in the register
    create_customer({"name": "Freya", "vat_id": NORTHERN, "billing": {"country": "GB"}}, by=SYSTEM)
    create_customer({"name": "Brit", "vat_id": "GB980780684", "billing": {"country": "GB"}}, by=SYSTEM)
    create_customer({"name": "Typo", "vat_id": "BE0456810811", "billing": {"country": "BE"}}, by=SYSTEM)
    create_customer({"name": "Uwe", "vat_id": "136695976", "billing": {"country": "DE"}}, by=SYSTEM)
    db.session.commit()
    _first, northern, german = asked()
    assert [one.number for one in (northern, german)] == [NORTHERN, "DE136695976"]
    assert {one.state for one in (northern, german)} == {VatCheckState.VALID}
    assert (german.name, german.address, german.consultation, german.requester) == ("", "", "", "")


@pytest.mark.usefixtures("database")
def test_what_was_told_is_given_and_erased_with_the_customer_but_for_what_was_invoiced(server: ViesServer) -> None:
    switch_on()
    order = order_of()
    (check,) = asked()
    customer = order.customer
    assert customer
    given: Any = personal_data(customer, by=SYSTEM)["vat_checks"]
    assert [(one["number"], one["name"], one["consultation"]) for one in given] == [
        (BUYER, "KOPJE BV", check.consultation)
    ]
    cancel_order(order, by=SYSTEM)
    partner = create_customer({"name": "Partner", "vat_id": "0456.810-810", "billing": {"country": "BE"}}, by=SYSTEM)
    db.session.commit()
    erase_personal_data(db.session.get_one(Customer, customer.id), by=SYSTEM)
    assert [one.consultation for one in checks() if one.consultation] == [check.consultation], "theirs as well"
    erase_personal_data(partner, by=SYSTEM)
    assert checks() == []


@pytest.mark.parametrize(
    ("vat_id", "country", "number"),
    [
        ("atu 12345678", "", "ATU12345678"), ("GR123456789", "GR", "EL123456789"), ("123456789", "GR", "EL123456789"),
        ("XI 110 305 878", "GB", "XI110305878"), ("GB110305878", "GB", ""), ("110305878", "GB", ""),
        ("CHE-123.456.788", "CH", ""), ("BE", "BE", ""), ("", "BE", ""), ("FR12123456789", "MC", "FR12123456789"),
    ],
)  # fmt: skip
def test_numbers_are_asked_about_as_vies_writes_them(vat_id: str, country: str, number: str) -> None:
    assert number_at_vies(vat_id, country) == number


def test_the_pages_of_customer_and_order_show_the_proof_and_ask_by_a_button(
    client: Any, in_app: Callable[[], Any], server: ViesServer
) -> None:
    with in_app():
        switch_on()
        order = order_of()
        asked()
        number, customer_id = order.number, order.customer_id
    of_customer = f"/admin/customer/details/?id={customer_id}"
    for path in (of_customer, f"/admin/order/{number}?tab=customer", f"/admin/order/{number}"):
        page = client.get(path).text
        assert "Valid" in page, path
        assert ("WAPIAAAA00000001" in page) == (not path.endswith(number)), path
    server.unavailable["BE"] = "MS_UNAVAILABLE"
    client.post("/admin/customer/check-vat-number", data={"id": customer_id})
    with in_app():
        asked()
    page = client.get(of_customer).text
    assert "does not answer at the moment. Toonbank asks again by itself." in page
    assert "WAPIAAAA00000001" in page, "the proof stays"
    assert "VIES asked about BE0456810810" in page
    with in_app():
        db.session.execute(update(VatCheck).values(state=VatCheckState.INVALID))
        db.session.commit()
    assert "not valid: you may owe the VAT" in client.get(f"/admin/order/{number}/reverse_charge").text
