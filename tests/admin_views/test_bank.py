"""The page of bank statements: files are read, lines booked as they were shown, set aside, and taken back."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import LineState, Order, OutgoingMail, Payment, StatementLine, StatementRecipe
from tests.clients import Client
from tests.factories import placed_order
from tests.statements.written import Movement, write_camt

BANK = "/admin/bank/"


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order().number


def upload(browser: Client, *movements: Movement) -> Any:
    file = (io.BytesIO(write_camt(movements)), "bank.xml")
    return browser.post(f"{BANK}upload", data={"files": file}, content_type="multipart/form-data")


def paid(number: str, amount: str = "67.75") -> Movement:
    return Movement(amount, f"Order {number}", "F JANSEN", "NL26RABO0300000023", "R1")


def states(in_app: Any) -> list[str]:
    with in_app():
        return list(db.session.scalars(select(StatementLine.state).order_by(StatementLine.id)))


def hidden(page: str) -> dict[str, list[str]]:
    """What the form of all sure lines carries."""
    form = page[page.index("sure line") - 3000 : page.index("sure line")]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="((?:line|order-\d+|amount-\d+))" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def test_what_is_sure_is_booked_by_one_button_after_looking(client: Client, in_app: Any, number: str) -> None:
    assert upload(client, paid(number), Movement("-3.50", "Costs", reference="C1")).status_code == 303
    page = client.get(BANK).text
    assert "Its number is in the text." in page
    assert states(in_app) == [LineState.OPEN, LineState.OPEN]

    assert client.post(f"{BANK}book", data={**hidden(page), "notify": "yes"}).status_code == 303

    assert states(in_app) == [LineState.BOOKED, LineState.OPEN]
    with in_app():
        payment = db.session.scalars(select(Payment)).one()
        assert (payment.order.number, payment.amount, payment.order.open_amount) == (number, Decimal("67.75"), 0)
        assert db.session.scalars(select(OutgoingMail.kind).where(OutgoingMail.kind == "order_paid")).all()


def test_a_line_is_booked_on_an_order_entered_by_hand_and_taken_back(client: Client, in_app: Any, number: str) -> None:
    upload(client, Movement("50.00", "?", "X", reference="R7"))
    assert "No order fits." in client.get(BANK).text

    client.post(f"{BANK}book", data={"line": "1", "order-1": number.lower(), "amount-1": "50,00"})
    assert states(in_app) == [LineState.BOOKED]
    assert number in client.get(f"{BANK}?state=booked").text

    client.post(f"{BANK}undo", data={"line": "1", "state": "booked"})
    assert states(in_app) == [LineState.OPEN]
    with in_app():
        assert sum(db.session.scalars(select(Payment.amount))) == 0


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"order-1": "NONE", "amount-1": "67.75"}, "There is no order NONE."),
        ({"order-1": "", "amount-1": "67.75"}, "Enter the number of an order"),
        ({"amount-1": "x"}, "Enter the number of an order"),
        ({"amount-1": "1e400"}, "Enter the number of an order"),
        ({"amount-1": "67.74"}, "do not come to that of the line"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_booked(
    client: Client, in_app: Any, number: str, given: dict[str, str], why: str
) -> None:
    upload(client, paid(number))

    client.post(f"{BANK}book", data={"line": "1", "order-1": number, "amount-1": "67.75", **given})

    assert why in client.get(BANK).text
    assert states(in_app) == [LineState.OPEN]
    with in_app():
        assert db.session.scalars(select(Payment)).all() == []


def test_a_line_is_set_aside_and_taken_up_again(client: Client, in_app: Any) -> None:
    upload(client, Movement("-3.50", "Costs", reference="C1"))

    client.post(f"{BANK}set-aside", data={"line": "1"})
    assert "Not for an order" in client.get(f"{BANK}?state=set_aside").text

    client.post(f"{BANK}take-up", data={"line": "1"})
    assert states(in_app) == [LineState.OPEN]


def test_a_file_that_is_no_statement_is_refused_by_its_name(client: Client, in_app: Any) -> None:
    file = (io.BytesIO(b"Name;Colour\nMug;red\n"), "mugs.csv")

    client.post(f"{BANK}upload", data={"files": file}, content_type="multipart/form-data")

    assert "mugs.csv: This is no statement that is known" in client.get(BANK).text
    assert states(in_app) == []


def test_who_may_not_enter_payments_only_looks(signed_in_as: Any, client: Client, in_app: Any, number: str) -> None:
    upload(client, paid(number))
    packer = signed_in_as("packer")

    assert number in packer.get(BANK).text
    assert packer.post(f"{BANK}book", data={"line": "1", "order-1": number, "amount-1": "67.75"}).status_code == 403

    assert states(in_app) == [LineState.OPEN]
    with in_app():
        assert db.session.scalars(select(Order)).one().payments == []


def test_the_columns_of_an_unknown_bank_are_said_once_and_its_next_file_is_read_at_once(
    client: Client, in_app: Any
) -> None:
    def send(text: str) -> Any:
        data = {"files": (io.BytesIO(text.encode("cp1252")), "other.csv")}
        return client.post(f"{BANK}upload", data=data, content_type="multipart/form-data")

    header = "Umsatzdatum;Gegenpartei;Zweck;Belastung;Gutschrift\n"
    row = "05.11.2026;Jürgen Müller;RE-1;;1.143,41\n"
    page = send(header + row).headers["Location"]
    assert page.startswith(f"{BANK}columns?file=")
    assert send(header + row).headers["Location"] == page, "it is the same file, and still waits"
    shown = client.get(page).text
    assert "Jürgen Müller" in shown
    assert "1,143.41" in shown
    assert "other.csv" in client.get(BANK).text
    assert states(in_app) == []

    said = {"booked_on": "Umsatzdatum", "credit": "Gutschrift", "debit": "Belastung", "name": "Gegenpartei"}
    wrong = client.post(page, data={**said, "booked_on": "Zweck", "step": "go"}).text
    assert "Line 2, column “Zweck”: “RE-1” is no day." in wrong
    assert states(in_app) == []
    assert "1,143.41" in client.post(page, data={**said, "step": "look"}).text
    assert client.post(page, data={**said, "step": "go"}).status_code == 303
    assert "1 new line" in client.get(BANK).text
    with in_app():
        (line,) = db.session.scalars(select(StatementLine))
        assert (line.amount, line.name, line.text) == (Decimal("1143.41"), "Jürgen Müller", "")

    assert send(f"{header}{row}06.11.2026;Bank;Kosten;3,10;\n").headers["Location"] == BANK
    assert "1 new line, 1 line was here" in client.get(BANK).text
    send(f"{header}36.11.2026;Bank;Kosten;3,10;\n")
    assert "Line 2, column “Umsatzdatum”: “36.11.2026” is no day." in client.get(BANK).text
    assert len(states(in_app)) == 2

    client.post(f"{BANK}forget", data={"recipe": "1"})
    page = send(f"{header}07.11.2026;Bank;Kosten;3,10;\n").headers["Location"]
    client.post(page, data={"step": "leave"})
    assert "waits no more" in client.get(client.get(page).headers["Location"]).text


def test_two_accounts_whose_files_have_one_header_are_told_apart(client: Client, in_app: Any) -> None:
    def send(text: str, **fields: str) -> str:
        data = {"files": (io.BytesIO(text.encode()), "other.csv"), **fields}
        answer = client.post(f"{BANK}upload", data=data, content_type="multipart/form-data")
        return str(answer.headers["Location"])

    def accounts() -> list[str]:
        with in_app():
            return list(db.session.scalars(select(StatementLine.account).order_by(StatementLine.id)))

    header = "Umsatzdatum;Gegenpartei;Zweck;Belastung;Gutschrift\n"
    first, second = "NL91ABNA0417164300", "DE59370400440099000011"
    said = {"booked_on": "Umsatzdatum", "credit": "Gutschrift", "debit": "Belastung", "step": "go"}
    client.post(send(f"{header}05.11.2026;A;RE-1;;10,00\n"), data={**said, "own_account": first})
    assert send(f"{header}06.11.2026;A;RE-2;;11,00\n") == BANK, "one account: nobody is asked"

    page = send(f"{header}06.11.2026;B;RE-3;;12,00\n", ask="yes")
    shown = client.get(page).text
    assert first in shown
    assert 'value="Umsatzdatum" selected' in shown or 'selected value="Umsatzdatum"' in shown
    assert "enter which account this file is of" in client.post(page, data=said).text
    assert client.post(page, data={**said, "own_account": "DE59 3704 0044 0099 0000 11"}).status_code == 303
    assert accounts() == [first, first, second]

    page = send(f"{header}07.11.2026;B;RE-4;;13,00\n")
    assert page.startswith(f"{BANK}columns?file="), "it could be of both"
    with in_app():
        ids = {one.account: one.id for one in db.session.scalars(select(StatementRecipe))}
    assert f'value="{second}"' in client.get(f"{page}&recipe={ids[second]}").text
    client.post(page, data={**said, "own_account": second})
    assert send(f"Konto;{first};;;\n{header}08.11.2026;A;RE-5;;14,00\n") == BANK, "it says of which it is"
    assert accounts() == [first, first, second, second, first]
    with in_app():
        assert len(db.session.scalars(select(StatementRecipe)).all()) == 2
