"""Somebody whose name, address and words bear a marker, put in by every way in; and where the marker stands."""

from __future__ import annotations

import hmac
import html
import io
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlencode

from flask import Flask
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import JSON, Column, Enum, LargeBinary, String, select, update

from app import jobs, queries
from app.actions.account_statements import send_statement
from app.actions.addresses import change_address
from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import PartOfLine, book_line, undo_booking
from app.actions.cancelling import cancel_order
from app.actions.drafts import copy_order, discard_draft, place_draft
from app.actions.endpoints import create_endpoint
from app.actions.list_views import save_list_view
from app.actions.memos import write_memo
from app.actions.merging import merge_customers
from app.actions.messages import notify_customer
from app.actions.payments import enter_refund, mark_not_paid, mark_paid, take_back_payment
from app.actions.quotes import send_quote
from app.actions.returns import reject_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.actions.tickets import answer_ticket
from app.columns import CompressedJSON, CompressedText, Encrypted, EncryptedText, now
from app.config import cookie_name
from app.documents.quotes import print_quote
from app.extensions import Base, db
from app.history import SYSTEM, Actor, person
from app.intake.batches import keep_file
from app.mails.message import statement_as_pdf
from app.models import (
    AddressKind,
    Arrival,
    Connection,
    CopyRun,
    Customer,
    EInvoiceFormat,
    EInvoiceSending,
    EInvoiceState,
    EInvoiceWay,
    Fate,
    FormToken,
    Invoice,
    InvoiceMoment,
    Job,
    JobKind,
    Look,
    MailState,
    Order,
    Outage,
    OutgoingMail,
    Outside,
    Pull,
    PullKind,
    Quote,
    Return,
    ShopChange,
    ShopProduct,
    ShopWrite,
    Source,
    StatementLine,
    Telling,
    VatCheck,
    VatCheckState,
    WebhookDelivery,
)
from app.operations.worker import print_documents, read_events
from app.security import sessions
from app.security.security_log import SecurityKind, note_security
from tests.api.sent import ORDER
from tests.arrange import order_14
from tests.clients import Client, Program, somebody
from tests.factories import new_connection, outside_shop, placed_order
from tests.whole.ways import import_file

MARK = "qzvxkw"
EMAIL, PHONE, NAME = f"{MARK}@{MARK}.example", "+31 15 9931 7731", f"{MARK.title()}a {MARK.title()}berg"
FOUND = re.compile(rf"{MARK}|9931[\s-]?7731", re.IGNORECASE)
ADDRESS = {"name": NAME, "company": f"{MARK} BV", "street": f"{MARK}straat 12", "postcode": f"9931 {MARK}"}
ADDRESS |= {"street2": f"{MARK} floor", "house_number": f"12{MARK}", "house_extension": MARK}
ADDRESS |= {"city": "Delft", "country": "NL", "phone": PHONE}
SAID = f"This is what {MARK} said"
SECRET = "a secret of the shop"
HOOK = "/hooks/woocommerce/key-marked"


# --- put in ---------------------------------------------------------------------------------------------------------


def put_in(app: Flask, staff: Client, program: Program) -> int:
    """By every way in; the id of the customer."""
    with app.app_context():
        connection = new_connection(key="key-marked", secret=SECRET, tell_notes=Telling.ASK, told_since=now())
        db.session.add(connection)
        create_endpoint("Stock", url="https://stock.example.org/hook", events=[], by=SYSTEM)
        placed_order()  # somebody else's, whose data stay
        db.session.commit()
    by_program(program)
    by_webhook(app, program)
    by_file(app)
    in_my_account(app)
    by_staff(app, staff)
    in_words_of_others(app)
    with app.app_context():
        finish_all()
        return db.session.scalars(select(Customer.id).where(Customer.email == EMAIL)).one()


def by_program(program: Program) -> None:
    who = {"name": NAME, "email": EMAIL, "phone": PHONE, "company": f"{MARK} BV", "vat_id": "NL993177318B01"}
    who |= {"buyer_reference": MARK}
    said = {"customer_note": SAID, "purchase_order": MARK}
    order = {**ORDER, "customer": who, "billing_address": ADDRESS, "shipping_address": ADDRESS, **said}
    answer = program.post("/api/orders", json=order, headers={"Idempotency-Key": "1"})
    assert answer.status_code == 201, answer.json
    number = answer.json["number"]
    refused = {**order, "external_id": "A-2", "currency": EMAIL}
    assert program.post("/api/orders", json=refused, headers={"Idempotency-Key": "2"}).status_code == 422
    assert program.post("/api/customers", json={"name": NAME, "email": EMAIL}).status_code == 409
    question = {"order_number": number, "subject": f"{MARK} asks", "text": SAID}
    assert program.post("/api/tickets", json=question, headers={"Idempotency-Key": "3"}).status_code == 201


def by_webhook(app: Flask, browser: Any) -> None:
    """Read, changed there, refused, of another topic, and in several spellings."""
    billing = {"first_name": MARK, "last_name": MARK, "email": EMAIL.upper(), "address_1": f"{MARK}straat 12"}
    order = woo_order(billing={**billing, "country": "NL"}, customer_note=SAID)
    escaped = json.dumps(order | {"id": 728}).replace(EMAIL.upper(), "".join(f"\\u{ord(c):04x}" for c in EMAIL))
    assert MARK not in escaped.split('"email"')[1].split(",")[0]
    send(browser, HOOK, order)
    send(browser, HOOK, order | {"date_modified_gmt": "2026-11-21T10:00:00", "customer_note": f"{SAID} again"})
    send(browser, HOOK, order | {"id": 727, "date_modified_gmt": "2026-11-22T10:00:00", "currency": "no money"})
    send(browser, HOOK, (escaped[:-1] + ', "currency": "no money"}').encode())
    send(browser, HOOK, urlencode({"id": 9, "billing[email]": EMAIL, "note": SAID}).encode())
    send(browser, HOOK, {"id": 77, "email": EMAIL, "first_name": MARK}, topic="customer.updated")
    work(app)
    with app.app_context():
        db.session.scalars(select(Connection)).one().address = "https://mugs.example.org"  # from now on it is told
        for source in Source:
            refused = {"source": source, "sha256": source.value, "result": Fate.QUARANTINED, "origin": "A shop"}
            for position, spelled in enumerate((EMAIL, EMAIL.upper(), f"{NAME}, {MARK}straat 12", PHONE)):
                row = Arrival(**refused, payload=json.dumps({"to": spelled, "note": SAID}), field=f"to {MARK}")
                row.outside_shop, row.reason = outside_shop("woocommerce"), f"“{spelled}” can’t be read."
                row.sha256 += str(position)
                db.session.add(row)
        db.session.commit()


def woo_order(**stated: Any) -> dict[str, Any]:
    return order_14(
        **{"id": 727, "number": str(stated.get("id", 727)), "date_modified_gmt": "2026-11-20T10:00:00", **stated}
    )


def send(browser: Any, path: str, payload: Any, *, topic: str = "order.created") -> Any:
    """As a WooCommerce shop tells of it, signed."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    headers = {"X-WC-Webhook-Signature": signature, "X-WC-Webhook-Topic": topic}
    return browser.post(path, data=body, content_type="application/json", headers=headers)


def by_file(app: Flask) -> None:
    """One order that comes in and one that is refused; and a table that nobody has brought in yet."""
    whom = {"first_name": MARK, "last_name": MARK, "email": EMAIL, "address_1": f"{MARK}straat 12"}
    content = [woo_order(id=800, billing=whom), woo_order(id=801, billing=whom, currency="no money")]
    with app.app_context():
        office = person(somebody("owner"))
        db.session.commit()
    import_file(app, content, notify=False, by=office)
    with app.app_context():
        while jobs.work_on_jobs("one"):
            pass
        table = f"Order,Name,E-mail\n1,{NAME},{EMAIL}\n".encode()
        keep_file(outside_shop("csv"), "orders.csv", table, notify=False, by=office)
        db.session.commit()


def in_my_account(app: Flask) -> None:
    stranger = Client(app)
    stranger.post("/account/sign-in/", data={"email": EMAIL.upper()})
    with app.app_context():
        sessions.customer_link(EMAIL)
        secret = sessions.begin_visit(EMAIL)
        order = first_order()
        mark_paid(order, by=SYSTEM)
        mark_sent(order, by=SYSTEM, tracking_code="3STOON")
        order.shipments[0].tracking_url = f"https://carrier.example/3S?postcode={MARK}"
        number, line = order.number, order.lines[0].id
        db.session.commit()
    browser = Client(app)
    browser.set_cookie(cookie_name("account"), secret)
    assert browser.get("/account/").status_code == 200  # is signed in
    picture = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(picture, "PNG")
    picture.seek(0)
    asked = {"subject": f"{MARK} again", "text": SAID, "pictures": (picture, f"{MARK}.png")}
    assert browser.post(f"/account/order/{number}/ask", data=asked).status_code == 303
    back = {f"line_{line}": "1", "note": SAID, "reason": "Damaged"}
    assert browser.post(f"/account/order/{number}/return", data=back).status_code == 303
    given = {f"billing-{name}": value for name, value in ADDRESS.items()}
    assert browser.post("/account/addresses", data=given).status_code == 303
    browser.post("/account/sign-in/out")
    with app.app_context():
        sessions.customer_link(EMAIL)
        sessions.begin_visit(EMAIL)
        note_security(SecurityKind.CUSTOMER_SIGNED_OUT, account=EMAIL, client=MARK, detail=SAID)
        told = {"location": "/", "message": {"success": f"The mail to {EMAIL} goes."}}
        db.session.add(FormToken(id="1", work="", used_at=now(), answer=told))
        db.session.commit()


def by_staff(app: Flask, staff: Client) -> None:
    assert staff.get(f"/admin/order/?search={MARK}").status_code == 200
    with app.app_context():
        order, owner = first_order(), person(somebody("owner"))
        customer_id = order.customer_id
        customer = db.session.get_one(Customer, customer_id)
        customer.notes, customer.external_id = SAID, MARK
        write_memo(order, by=owner, text=SAID)
        save_list_view("order", NAME, f"search={EMAIL}", of=somebody("owner"), by=owner)
        add_task(order, by=owner, description=SAID)
        notify_customer(order, by=owner, text=SAID, subject=MARK)
        mark_not_paid(order, by=owner, reason=SAID)
        with_statement = send_statement(customer, by=owner)
        with_statement.statement_print = statement_as_pdf(with_statement).content
        mark_paid(order, by=owner)
        take_back_payment(enter_refund(order, by=owner, amount=order.total, reason=SAID), by=owner)
        answer_ticket(order.tickets[0], by=owner, text=SAID)
        by_bank(order, owner)
        other = Customer(name=NAME, email=f"former-{EMAIL}", company=MARK, vat_id=MARK, phone=PHONE, notes=SAID)
        db.session.add(other)
        db.session.flush()
        merge_customers(other, by=owner, into=customer)
        of_draft = copy_order(order, by=owner)
        send_quote(of_draft, by=owner)
        db.session.commit()  # a print is kept in a transaction of its own
        print_quote(db.session.scalars(select(Quote)).one())
        discard_draft(of_draft, by=owner)
        queries.shop().invoice_moment = InvoiceMoment.MANUAL
        again = place_draft(copy_order(order, by=owner), by=owner)  # one that is never invoiced
        change_address(again, by=owner, kind=AddressKind.BILLING, address={**ADDRESS, "street": f"{MARK}laan 9"})
        cancel_order(again, by=owner, reason=SAID)
        of_shop = db.session.scalars(select(Order).where(Order.external_id == "727")).one()
        notify_customer(of_shop, by=owner, text=SAID, subject=MARK)
        order.stated = {**order.stated, "billing": ADDRESS}
        db.session.add(ShopChange(order=order, part="billing", theirs=ADDRESS, told_at=now()))
        numbers = [order.number, "ORD10001"]
        for kind in (JobKind.PRINT_PACKING_SLIPS, JobKind.PRINT_INVOICES):
            jobs.start(kind, numbers, by=owner, how={}, language="en", once="")
        how = {"text": SAID, "subject": EMAIL}
        jobs.start(JobKind.BULK, numbers[:1], action="notify_customer", by=owner, how=how, language="en", once="")
        db.session.commit()
        while jobs.work_on_jobs("one"):
            pass
        print_documents()
    assert staff.post("/admin/customer/personal-data/give", data={"id": str(customer_id)}).status_code == 200
    assert staff.post("/admin/customer/edit/", query_string={"id": customer_id}, data={"name": f"{NAME} x"}).status_code


def by_bank(order: Order, owner: Actor) -> None:
    """Somebody booked a line of a statement on her order, and took it back."""
    head = "IBAN/BBAN,Munt,Datum,Bedrag,Tegenrekening IBAN/BBAN,Naam tegenpartij,Omschrijving-1,Transactiereferentie"
    row = f"NL91ABNA0417164300,EUR,2026-11-05,5.00,{MARK},{NAME},{SAID},{MARK}"
    take_in_statement("bank.csv", f"{head}\n{row}\n".encode(), by=owner)
    (line_id,) = db.session.scalars(select(StatementLine.id))
    book_line(line_id, [PartOfLine(order.number, Decimal(5))], by=owner, notify=False)
    undo_booking(line_id, by=owner)


def in_words_of_others(app: Flask) -> None:
    """Of mail servers, shops and programs that say again what they were told."""
    quoted = f"550 <{EMAIL}> is unknown here"
    with app.app_context():
        connection = db.session.scalars(select(Connection)).one()
        connection.last_error = connection.tell_detail = connection.stock_detail = quoted
        stuck = Job(kind=JobKind.BULK, action="cancel_order", actor_name="Owner", last_error=quoted)
        stuck.task = {"numbers": [], "how": {"reason": f"Mail {EMAIL}"}, "language": "en", "once": "", "back": ""}
        stuck.report = {"refused": {quoted: ["ORD10001"]}}
        stuck.finished_at = now()
        looks = {"connection_id": connection.id, "kind": next(iter(PullKind)), "detail": quoted}
        db.session.add_all([stuck, CopyRun(last_error=quoted, asked_by="Owner"), Look(**looks), Pull(**looks)])
        db.session.add(Outage(what=Outside.MAIL, reason="refused", detail=quoted, since=now(), tried_at=now()))
        db.session.add(
            ShopProduct(
                outside_shop_id=connection.outside_shop_id, external_id="1", facts={}, title="Mug", last_error=quoted
            )
        )
        told = {"name": NAME, "address": f"{MARK}straat 12\nDelft", "consultation": MARK, "due_at": now()}
        db.session.add(VatCheck(number="NL993177318B01", state=VatCheckState.VALID, answered_at=now(), **told))
        hers = select(Order.id).join(Order.customer).where(Customer.email == EMAIL)
        for invoice_id in db.session.scalars(select(Invoice.id).where(Invoice.order_id.in_(hers))).all():
            about = {"format": EInvoiceFormat.UBL, "way": EInvoiceWay.FOLDER, "state": EInvoiceState.REFUSED}
            db.session.add(EInvoiceSending(invoice_id=invoice_id, last_error=quoted, due_at=now(), **about))
        db.session.execute(update(ShopWrite).where(ShopWrite.order_id.in_(hers)).values(last_error=quoted))
        db.session.execute(update(OutgoingMail).where(OutgoingMail.to_address == EMAIL).values(last_error=quoted))
        db.session.execute(update(WebhookDelivery).where(WebhookDelivery.order_id.in_(hers)).values(last_error=quoted))
        db.session.commit()


def first_order() -> Order:
    hers = select(Order).join(Order.customer).where(Customer.email == EMAIL)
    return db.session.scalars(hers.order_by(Order.id).limit(1)).one()


def finish_all() -> None:
    for one in db.session.scalars(select(Return)):
        reject_return(one, by=SYSTEM, reason=SAID)
    for order in db.session.scalars(select(Order).order_by(Order.id)).all():
        if not order.is_draft and not order.is_finished:
            if order.open_amount > 0:
                mark_paid(order, by=SYSTEM)
            mark_sent(order, by=SYSTEM)
    db.session.execute(update(OutgoingMail).where(OutgoingMail.id % 2 == 0).values(state=MailState.SENT))
    db.session.commit()


def work(app: Flask) -> None:
    with app.app_context():
        while read_events():
            pass


# --- looked for -----------------------------------------------------------------------------------------------------

CAN_HOLD_WORDS = (String, JSON, LargeBinary, CompressedJSON, CompressedText, Encrypted, EncryptedText)


def columns() -> Iterator[Column[Any]]:
    """Every column that can hold words, of every table."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, CAN_HOLD_WORDS) and not isinstance(column.type, Enum):
                yield column


def where_it_stands() -> dict[str, list[tuple[Any, ...]]]:
    """Column -> keys of the rows in which the marker stands, however it is spelled."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for column in columns():
        keys = list(column.table.primary_key)
        for *key, value in db.session.execute(select(*keys, column).where(column.is_not(None))):
            if FOUND.search(in_words(value)):
                found.setdefault(f"{column.table.name}.{column.name}", []).append(tuple(key))
    return found


def in_words(value: Any) -> str:
    if isinstance(value, bytes):
        if value.startswith(b"%PDF"):
            return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(value)).pages)
        value = value.decode("latin-1")
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda one: chr(int(one[1], 16)), text)
    return html.unescape(unquote(text))
