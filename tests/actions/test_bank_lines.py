"""Lines of bank statements are here once, proposed for the right orders, and booked by nobody but a person."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from time import process_time

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.actions.bank_files import FileReport, take_in_statement
from app.actions.bank_lines import (
    PartOfLine,
    book_line,
    propose_bookings,
    set_line_aside,
    take_line_up_again,
    undo_booking,
)
from app.actions.payments import enter_payment
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.history import SYSTEM
from app.models import LineState, Order, Payment, SetAside, StatementFile, StatementLine
from app.queries.bank import lines_of_statements
from app.statements.matching import Claim, Matcher, Proposal, Sureness, Why
from tests.arrange import at_once
from tests.factories import placed_order
from tests.statements.written import ACCOUNT, Movement, write_camt, write_csv, write_mt940

TOTAL = Decimal("67.75")


def read(*movements: Movement, name: str = "bank.xml") -> FileReport:
    return take_in_statement(name, write_camt(movements), by=SYSTEM)


def lines() -> list[StatementLine]:
    return list(db.session.scalars(select(StatementLine).order_by(StatementLine.id)))


def proposal(of: Movement) -> Proposal | None:
    read(of)
    (found,) = propose_bookings(lines_of_statements(LineState.OPEN, most=10))
    return found


def paid_by(order: Order, name: str = "F JANSEN", *, amount: Decimal = TOTAL, text: str = "") -> Movement:
    return Movement(str(amount), text or f"Order {order.number}", name, "NL26RABO0300000023", "R1")


def states() -> list[tuple[str, Decimal]]:
    return [(line.state, line.amount) for line in lines()]


# --- booking --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_a_sure_line_is_booked_with_its_own_day() -> None:
    order = placed_order()
    found = proposal(paid_by(order))
    assert found is not None
    assert (found.sureness, found.whys) == (Sureness.SURE, (Why.NUMBER, Why.AMOUNT))
    assert order.payments == []

    (payment,) = book_line(lines()[0].id, [PartOfLine(order.number, TOTAL)], by=SYSTEM, notify=True)

    assert (order.open_amount, payment.reference, str(payment.paid_at.date())) == (0, "R1", "2026-11-05")
    assert [line.state for line in lines()] == [LineState.BOOKED]
    assert order.invoices[0].is_paid


@pytest.mark.usefixtures("database")
def test_undo_takes_the_payments_back_and_the_line_waits_again() -> None:
    order = placed_order()
    read(paid_by(order))
    (line,) = lines()
    book_line(line.id, [PartOfLine(order.number, TOTAL)], by=SYSTEM, notify=False)

    undo_booking(line.id, by=SYSTEM)

    assert (line.state, order.open_amount, len(order.payments)) == (LineState.OPEN, TOTAL, 2)
    book_line(line.id, [PartOfLine(order.number, TOTAL)], by=SYSTEM, notify=False)
    assert order.open_amount == 0


@pytest.mark.usefixtures("database")
def test_a_line_is_booked_once() -> None:
    order = placed_order()
    read(paid_by(order))
    book_line(lines()[0].id, [PartOfLine(order.number, TOTAL)], by=SYSTEM, notify=False)

    with pytest.raises(ActionRefused, match="booked already"):
        book_line(lines()[0].id, [PartOfLine(order.number, TOTAL)], by=SYSTEM, notify=False)

    assert len(order.payments) == 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("amounts", [["67.74"], ["67.75", "1.00"], ["68.75", "-1.00"], []])
def test_what_does_not_come_to_the_line_is_refused(amounts: list[str]) -> None:
    order = placed_order()
    read(paid_by(order))
    parts = [PartOfLine(order.number, Decimal(amount)) for amount in amounts]

    with pytest.raises(ActionRefused):
        book_line(lines()[0].id, parts, by=SYSTEM, notify=False)

    assert (order.payments, lines()[0].state) == ([], LineState.OPEN)


@pytest.mark.usefixtures("database")
def test_a_refund_that_went_out_is_entered_as_one() -> None:
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=TOTAL + 10)
    found = proposal(Movement("-10.00", f"Refund {order.number}", "Femke Jansen", reference="R2"))
    assert found is not None
    assert found.is_sure

    (refund,) = book_line(lines()[0].id, [PartOfLine(order.number, Decimal(-10))], by=SYSTEM, notify=False)

    assert (refund.amount, refund.reference, order.open_amount) == (-10, "R2", 0)
    db.session.expire_all()
    assert str(db.session.get_one(Payment, refund.id).paid_at.date()) == "2026-11-05"


@pytest.mark.usefixtures("database")
def test_set_aside_and_taken_up_again() -> None:
    read(Movement("-3.50", "Costs", reference="C1"))
    (line,) = lines()

    set_line_aside(line.id, by=SYSTEM)
    assert (line.state, line.aside) == (LineState.SET_ASIDE, SetAside.NOT_OURS)

    take_line_up_again(line.id, by=SYSTEM)
    assert (line.state, line.aside) == (LineState.OPEN, None)


# --- once -----------------------------------------------------------------------------------------------------------

TWO = (Movement("25.00", "Order", "A", reference="R1"), Movement("25.00", "Order", "A", reference="R2"))


@pytest.mark.usefixtures("database")
def test_a_file_is_read_once() -> None:
    assert read(*TWO) == FileReport(added=2)

    with pytest.raises(ActionRefused, match="read before"):
        read(*TWO, name="again.xml")

    assert len(lines()) == 2


@pytest.mark.usefixtures("database")
def test_files_that_overlap_add_what_is_new() -> None:
    """True equals of one day stay apart, also without a reference of the bank's."""
    same = [Movement("25.00", "Order", "A")] * 2
    assert read(*same) == FileReport(added=2)

    assert read(*same, *TWO) == FileReport(added=2, known=2)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("write", [write_mt940, write_csv])
def test_the_same_days_in_another_format_are_booked_once(write: object) -> None:
    """Other references and other words: they are shown as probably known, and dropped by nobody."""
    order = placed_order()
    read(paid_by(order), *TWO)
    other = [Movement("67.75", "ander woord", "JANSEN", reference="Z9"), *(Movement("25.00", "x") for _ in TWO)]

    report = take_in_statement("other", write([*other, Movement("1.00", "new", reference="N")]), by=SYSTEM)  # type: ignore[operator]

    assert report == FileReport(added=1, probably_known=3)
    assert sorted(states()) == sorted(
        [*((LineState.OPEN, amount) for amount in (TOTAL, Decimal(25), Decimal(25), Decimal(1)))]
        + [(LineState.SET_ASIDE, amount) for amount in (TOTAL, Decimal(25), Decimal(25))]
    )


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("whole_first", [True, False])
def test_a_batch_and_its_parts_are_there_once(whole_first: bool) -> None:
    whole = write_camt([Movement("100.00", reference="B1")])
    parts = "".join(
        f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><RmtInf><Ustrd>{amount}</Ustrd></RmtInf></TxDtls>' for amount in (60, 40)
    )
    text = whole.decode()
    split = (text[: text.index("<TxDtls>")] + parts + text[text.index("</NtryDtls>") :]).encode()
    files = [whole, split] if whole_first else [split, whole]

    for file in files:
        take_in_statement("bank.xml", file, by=SYSTEM)

    assert sorted(line.amount for line in lines() if line.state == LineState.OPEN) == [40, 60]


@pytest.mark.usefixtures("database")
def test_an_account_is_known_by_its_number_too() -> None:
    read(TWO[0])
    text = write_mt940([TWO[0]]).replace(ACCOUNT.encode() + b"EUR", ACCOUNT[-10:].encode())

    report = take_in_statement("bank.sta", text, by=SYSTEM)

    assert (report.added, {line.account for line in lines()}) == (0, {ACCOUNT})


@pytest.mark.each_database
def test_two_who_read_the_same_movements_at_once_add_them_once(app: Flask, database: object) -> None:
    db.session.commit()
    files = [write_camt(TWO), write_camt([*TWO, Movement("1.00", "x", reference="R3")])]

    def read_one(position: int) -> FileReport:
        with app.app_context(), transaction():
            return take_in_statement(f"{position}.xml", files[position], by=SYSTEM)

    reports = at_once(2, read_one)

    assert sum(report.added for report in reports) == 3
    assert len(lines()) == 3


@pytest.mark.each_database
def test_the_database_refuses_a_movement_that_is_there(database: object) -> None:
    read(*TWO)
    first, second = lines()

    with pytest.raises(IntegrityError):
        db.session.execute(
            update(StatementLine).where(StatementLine.id == second.id).values(fingerprint=first.fingerprint)
        )


@pytest.mark.usefixtures("database")
def test_a_file_that_can_not_be_read_leaves_nothing() -> None:
    with pytest.raises(ActionRefused, match="does not add up"):
        take_in_statement("bank.xml", write_camt(TWO).replace(b">60.00<", b">61.00<"), by=SYSTEM)

    assert (lines(), db.session.scalars(select(StatementFile)).all()) == ([], [])


# --- proposals ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
def test_less_and_more_than_what_is_open_is_said() -> None:
    order = placed_order()
    less, more = proposal(paid_by(order, amount=Decimal("60.00"))), None
    assert less is not None
    assert (less.sureness, less.whys) == (Sureness.LIKELY, (Why.NUMBER, Why.PART))

    set_line_aside(lines()[0].id, by=SYSTEM)
    more = proposal(paid_by(order, amount=Decimal("70.00")))
    assert more is not None
    assert (more.sureness, more.whys) == (Sureness.LIKELY, (Why.NUMBER, Why.OVER))


@pytest.mark.usefixtures("database")
def test_one_line_pays_several_orders() -> None:
    first, second = placed_order(), placed_order()
    both = f"orders {first.number} and {second.number}"

    found = proposal(paid_by(first, amount=TOTAL * 2, text=both))

    assert found is not None
    assert found.is_sure
    assert {share.claim.number: share.amount for share in found.shares} == {first.number: TOTAL, second.number: TOTAL}


@pytest.mark.usefixtures("database")
def test_the_number_and_amount_of_another_customer_are_not_sure() -> None:
    other = placed_order()
    other.customer_name = "Piet Bakker"

    found = proposal(paid_by(other, "F JANSEN"))

    assert found is not None
    assert (found.sureness, Why.OTHER_NAME in found.whys) == (Sureness.LIKELY, True)


@pytest.mark.usefixtures("database")
def test_an_account_that_paid_before_is_known() -> None:
    first = placed_order()
    read(paid_by(first))
    book_line(lines()[0].id, [PartOfLine(first.number, TOTAL)], by=SYSTEM, notify=False)
    second = placed_order()

    found = proposal(Movement("67.75", "thanks", "Somebody Else", "NL26RABO0300000023", "R9"))

    assert found is not None
    assert [share.claim.number for share in found.shares] == [second.number]
    assert Why.ACCOUNT in found.whys


@pytest.mark.usefixtures("database")
def test_a_payout_is_no_payment_of_an_order() -> None:
    """Its payments are lines of their own; the sum on the bank's account is known by its reference."""
    order = placed_order()
    report = (
        "Date,Settlement currency,Settlement amount,Settlement reference,ID,Description\n"
        f"2026-11-03,EUR,67.75,77.01,tr_1,Order {order.number}\n2026-11-05,EUR,-1.66,77.01,,Withheld fees MOL-1\n"
    )
    take_in_statement("mollie.csv", report.encode(), by=SYSTEM)
    read(Movement("66.09", "Mollie 77.01", "Stichting Mollie Payments", reference="P1"))

    waiting = lines_of_statements(LineState.OPEN, most=10)
    of_order, of_payout = propose_bookings(waiting)

    assert [line.amount for line in waiting] == [TOTAL, Decimal("66.09")]
    assert of_order is not None
    assert of_payout is not None
    assert ([share.claim.number for share in of_order.shares], of_payout.whys[0]) == ([order.number], Why.PAYOUT)
    assert [line.aside for line in lines() if line.state == LineState.SET_ASIDE] == [SetAside.FEE, SetAside.PAYOUT]


# --- many -----------------------------------------------------------------------------------------------------------

FIRST = "Femke Jan Anna Piet Sofie Karel Emma Lucas Noor Daan Julia Sem".split()
LAST = (
    "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Verhoeven Kok Jacobs Maas Schouten "
    "Willems Hoekstra Koster Prins Blom Huisman Peeters Kuipers Veenstra Kramer Post Kuiper Veldhuis Wolters Martens"
).split()


def mixed_statement(random: Random, count: int) -> tuple[list[Claim], list[tuple[StatementLine, int]]]:
    """Orders, many of one amount, and lines as people and banks write them, each with the order that it is for."""
    claims, said = [], []
    for number in range(count):
        name = f"{random.choice(FIRST)} {random.choice(LAST)}"
        amount = Decimal(random.choice((1995, 2500, 4990, random.randrange(500, 30_000)))) / 100
        own, invoice = f"ORD{10_000 + number}", f"INV{number:05}"
        claims.append(
            Claim(number, own, amount, "EUR", (own, str(5000 + number * 7), invoice), (), (name,), number % 800)
        )
        said.append((claims[-1], name))
    found = []
    for claim, name in said:
        text, payer = as_written(random, claim, name)
        line = StatementLine(amount=claim.amount, currency="EUR", name=payer, iban="", text=text, reference="")
        line.end_to_end = ""
        found.append((line, claim.order_id))
    random.shuffle(found)
    return claims, found


def as_written(random: Random, claim: Claim, name: str) -> tuple[str, str]:
    first, last = name.split()
    payer = random.choice([name, name.upper(), f"{first[0]} {last}", f"{last} {first[0]}.", f"Hr {last}", name])
    number = claim.numbers[0]
    place = random.randrange(4, len(number))
    wrong = number[:place] + str((int(number[place]) + random.randrange(1, 10)) % 10) + number[place + 1 :]
    ways = [
        f"Bestelling {number}", number.lower(), f"ord {number[3:]}", f"ORD {number[3:5]} {number[5:]}", number[3:],
        f"betaling {claim.numbers[2]}", f"factuur {claim.numbers[2]} bedankt", f"/REMI/{number}/EREF",
        f"Order: {number}.",
        f"{claim.numbers[0]} van 12-11-2026", f"ORD-{number[3:]}", f"Order #{claim.numbers[1]}",
    ]  # fmt: skip
    if random.random() < 0.06:
        return f"Bestelling {wrong}", payer
    return random.choice(ways), payer


@pytest.mark.parametrize("seed", [2, 15])
def test_a_thousand_lines_are_proposed_right_and_none_is_sure_and_wrong(seed: int) -> None:
    """Of seed 2 one digit typed wrong names another order of the same amount and the same name."""
    claims, told = mixed_statement(Random(seed), 1000)

    started = process_time()
    found = Matcher(claims).propose_all([line for line, _order in told])
    took = process_time() - started

    right = [
        proposal is not None and [share.claim.order_id for share in proposal.shares] == [order]
        for proposal, (_line, order) in zip(found, told, strict=True)
    ]
    sure = [is_right for proposal, is_right in zip(found, right, strict=True) if proposal and proposal.is_sure]
    assert sum(right) >= 950
    assert len(sure) >= 650
    assert all(sure)
    assert took < 2


def test_a_number_one_digit_wrong_that_is_another_orders_is_never_sure() -> None:
    """The same amount, and no name: then only the number speaks, and it is exact."""
    claims = [
        Claim(1, "ORD10001", Decimal(25), "EUR", ("ORD10001",), (), ("Jan Bakker",), 1),
        Claim(2, "ORD10002", Decimal(25), "EUR", ("ORD10002",), (), ("Jan Smit",), 2),
    ]
    line = StatementLine(amount=Decimal(25), currency="EUR", name="J SMIT", iban="", text="ORD10001", reference="")
    line.end_to_end = ""

    (found,) = Matcher(claims).propose_all([line])

    assert found is not None
    assert not found.is_sure
