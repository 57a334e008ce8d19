"""The demo shop's bank: a statement of its last days, with a line of each kind that such a page has to tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import PartOfLine, book_line, set_line_aside
from app.amounts.money import ZERO
from app.demo.baskets import part_of
from app.demo.catalogue import BANK
from app.demo.company import COMPANY
from app.demo.stories import COLLEAGUES
from app.documents.structured_references import make_rf
from app.extensions import db
from app.models import Order, StatementFile, StatementLine
from app.queries import shop
from app.queries.bank import orders_awaiting_money

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
STATEMENT_CURRENCY = "EUR"
OPENING = Decimal("2431.20")

#: What customers write before the number of their order.
ORDER_IN = {"nl": "Bestelling", "de": "Bestellung", "fr": "Commande", "es": "Pedido"}


@dataclass(frozen=True)
class BankMovement:
    """A line of the statement; `amount` is negative where money went out."""

    days_ago: int
    amount: Decimal
    name: str
    text: str


def put_in_statement(today: date) -> None:
    """Read a statement up to this day; a colleague has booked one of its lines, and put another one aside."""
    movements = list(movements_of(today))
    name = f"{COMPANY['iban']} {today.isoformat()}.xml"
    take_in_statement(name, write_statement(movements, today), by=COLLEAGUES[0], demo=True)
    booked, aside, *_others = lines_of_demo()
    (settled,) = [one for one in orders_to_pay(today) if make_rf(one.invoices[0].number) in booked.text]
    book_line(booked.id, [PartOfLine(settled.number, booked.amount)], by=COLLEAGUES[0], notify=False)
    set_line_aside(aside.id, by=COLLEAGUES[1])


def lines_of_demo() -> list[StatementLine]:
    query = select(StatementLine).join(StatementFile).where(StatementFile.is_demo).order_by(StatementLine.id)
    return list(db.session.scalars(query))


# --- what moved -----------------------------------------------------------------------------------------------------


def movements_of(today: date) -> Iterator[BankMovement]:
    """First what is decided already, then what waits: who paid, who is paid back, and what is of no order."""
    settled, *waiting = orders_to_pay(today)
    yield by_reference(settled)
    yield BankMovement(6, Decimal("-14.95"), "", "Charges of the business account")
    for pay, order in zip(WAYS_TO_PAY, waiting, strict=False):
        yield pay(order)
    for order in orders_awaiting_money():
        if order.is_demo and order.open_amount < 0 and order.currency == STATEMENT_CURRENCY:
            yield BankMovement(1, order.open_amount, order.customer_name, f"Paid back, order {order.number}")
    yield BankMovement(3, Decimal("-1450.00"), "Landlord (demo)", "Rent of the shop")
    yield BankMovement(2, Decimal("63.17"), "Water authority (demo)", "Paid back, see our letter")
    yield BankMovement(1, Decimal("-3.20"), "", "Charges of 16 transfers")


def orders_to_pay(today: date) -> list[Order]:
    """Those that wait for a transfer of their whole amount since the day before yesterday or longer, oldest first."""
    zone = ZoneInfo(shop().time_zone)
    return [
        order
        for order in orders_awaiting_money()
        if order.is_demo
        and order.payment_method is not None
        and order.payment_method.title == BANK
        and order.currency == STATEMENT_CURRENCY
        and order.customer_name
        and order.invoices
        and order.open_amount == order.total
        and order.placed_at.astimezone(zone).date() <= today - timedelta(days=2)
    ]


def by_reference(order: Order) -> BankMovement:
    return BankMovement(1, order.open_amount, order.customer_name, make_rf(order.invoices[0].number))


def by_number(order: Order) -> BankMovement:
    return paid_by_number(order, order.open_amount)


def by_name(order: Order) -> BankMovement:
    return BankMovement(1, order.open_amount, order.customer_name, "")


def with_wrong_digit(order: Order) -> BankMovement:
    return BankMovement(
        1, order.open_amount, order.customer_name, write_order_number(order, "9" + outside_number(order)[1:])
    )


def by_somebody_else(order: Order) -> BankMovement:
    return BankMovement(1, order.open_amount, "T. Example", write_order_number(order, outside_number(order)))


def too_little(order: Order) -> BankMovement:
    return paid_by_number(order, part_of(order.open_amount, "0.8", STATEMENT_CURRENCY))


def too_much(order: Order) -> BankMovement:
    return paid_by_number(order, order.open_amount + 5)


def paid_by_number(order: Order, amount: Decimal) -> BankMovement:
    return BankMovement(1, amount, order.customer_name, write_order_number(order, outside_number(order)))


def write_order_number(order: Order, number: str) -> str:
    return f"{ORDER_IN.get(order.language, 'Order')} {number}"


def outside_number(order: Order) -> str:
    """As the outside shop told it to the customer."""
    return order.external_number.removeprefix("#")


#: Those who owe longest pay in the ways that ask most of who looks.
WAYS_TO_PAY: tuple[Callable[[Order], BankMovement], ...] = (
    too_little,
    by_name,
    by_number,
    too_much,
    with_wrong_digit,
    by_reference,
    by_somebody_else,
)


# --- as a bank writes it --------------------------------------------------------------------------------------------


def write_statement(movements: list[BankMovement], today: date) -> bytes:
    """As CAMT.053."""
    document = ElementTree.Element("Document", xmlns=NAMESPACE)
    statement = ElementTree.SubElement(ElementTree.SubElement(document, "BkToCstmrStmt"), "Stmt")
    append_elements(statement, "Id", text=f"DEMO{today:%Y%m%d}")
    account = append_elements(statement, "Acct")
    append_elements(account, "Id", "IBAN", text=COMPANY["iban"])
    append_elements(account, "Ccy", text=STATEMENT_CURRENCY)
    closing = OPENING + sum((one.amount for one in movements), ZERO)
    for code, amount in (("OPBD", OPENING), ("CLBD", closing)):
        balance = append_elements(statement, "Bal")
        append_elements(balance, "Tp", "CdOrPrtry", "Cd", text=code)
        add_amount(balance, amount)
    for number, one in enumerate(movements, start=1):
        add_entry(statement, one, today - timedelta(days=one.days_ago), f"DEMO{today:%Y%m%d}{number:03}")
    return ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)


def add_entry(statement: ElementTree.Element, one: BankMovement, day: date, reference: str) -> None:
    entry = append_elements(statement, "Ntry")
    add_amount(entry, one.amount)
    append_elements(entry, "Sts", "Cd", text="BOOK")
    append_elements(entry, "BookgDt", "Dt", text=day.isoformat())
    append_elements(entry, "AcctSvcrRef", text=reference)
    details = append_elements(entry, "NtryDtls", "TxDtls")
    if one.name:
        append_elements(details, "RltdPties", "Dbtr" if one.amount > 0 else "Cdtr", "Pty", "Nm", text=one.name)
    if one.text:
        append_elements(details, "RmtInf", "Ustrd", text=one.text)


def add_amount(parent: ElementTree.Element, amount: Decimal) -> None:
    append_elements(parent, "Amt", text=f"{abs(amount):.2f}").set("Ccy", STATEMENT_CURRENCY)
    append_elements(parent, "CdtDbtInd", text="CRDT" if amount > 0 else "DBIT")


def append_elements(parent: ElementTree.Element, *names: str, text: str = "") -> ElementTree.Element:
    """Elements within each other, the text in the last of them, which is returned."""
    for name in names:
        parent = ElementTree.SubElement(parent, name)
    parent.text = text or None
    return parent
