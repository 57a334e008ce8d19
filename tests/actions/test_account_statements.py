"""The statement of account that is mailed: what is open by age, exact against the ledger, and kept as it went."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import queries
from app.accounting.receivables import Age, by_age, items_of_customer, open_items
from app.actions.account_statements import send_statement
from app.actions.credit_notes import credit_order
from app.actions.mailing import send_again
from app.actions.numbering import change_series
from app.actions.payments import enter_payment, enter_refund
from app.actions.rests import write_off_rest
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.mails import Postman, deliver_due
from app.models import Customer, History, Order, OutgoingMail
from tests.clients import Client
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import paid_order, placed_order
from tests.looking import refused
from tests.postbox import Postbox

TOTAL = Decimal("67.75")


def due(days_ago: int, **stated: Any) -> Order:
    shop = queries.shop()
    term, shop.payment_term_days = shop.payment_term_days, -days_ago
    order = placed_order(placed_at=now() - timedelta(days=max(days_ago, 0) + 14), language="en", **stated)
    shop.payment_term_days = term
    return order


def test_a_customer_gets_what_is_open_by_age_and_it_is_kept_as_it_went(
    client: Client, in_app: Any, signed_in_as: Callable[[str], Client]
) -> None:
    with in_app(), Postbox() as box:
        shop_in_delft()
        box.connect(queries.shop())
        change_series("order", prefix="D-ORD2026-", digits=5, next=10080, by=SYSTEM)  # too wide for the usual column
        orders = [due(days) for days in (-14, 0, 1, 30, 31, 60, 90, 91)]
        customer, today = orders[0].customer, queries.today()
        paid_order()
        enter_payment(orders[0], by=SYSTEM, amount=Decimal(20))
        credit_order(orders[1], by=SYSTEM)
        enter_payment(orders[2], by=SYSTEM, amount=TOTAL + 5)  # 5 are to go back
        enter_payment(orders[3], by=SYSTEM, amount=TOTAL - Decimal("0.05"))
        write_off_rest(orders[3], by=SYSTEM)

        items = items_of_customer(customer)
        assert [(item.order_number, item.open) for item in items if item.is_credit] == [(orders[2].number, -5)]
        ages = by_age(items, today)
        assert ages == {
            Age.NOT_DUE: TOTAL - 20, Age.UP_TO_30: 0, Age.UP_TO_60: 2 * TOTAL, Age.UP_TO_90: TOTAL, Age.OVER_90: TOTAL,
        }  # fmt: skip
        assert sum(item.open for item in items) == sum(order.open_amount for order in orders)
        assert [item.open for order in orders for item in open_items(order)].count(TOTAL) == 4

        mail = send_statement(customer, by=SYSTEM)
        assert (mail.kind, mail.to_address, mail.order_id, mail.language) == ("statement", customer.email, None, "en")
        said = [line for line in mail.body.splitlines() if line.startswith(("Total", "Of this", "You can"))]
        numbers = " ".join(item.invoice.number for item in items if item.invoice)
        assert said == [
            "Total open: €313.75",
            "Of this, overdue: €271.00",
            "You can transfer it to NL91 ABNA 0417 1643 00, in the name of Aardewerk Delft. "
            f"Please mention {numbers}.",
        ]  # fmt: skip
        db.session.commit()
        enter_payment(orders[5], by=SYSTEM, amount=TOTAL)  # after it was written: what it says stays
        db.session.commit()
        assert deliver_due(Postman()) >= 1
        (attached,) = next(one for one in box.mails if "Statement" in one["Subject"]).iter_attachments()
        content = attached.get_content()
        db.session.expire_all()
        lines = lines_of(content)
        assert attached.get_filename() == f"Statement-of-account-{today}.pdf"
        expected = [
            "Statement of account",
            orders[6].number,
            "Femke Jansen",
            "Over 90 days late",
            "€313.75",
            "€271.00",
            "In your favour",
        ]
        assert [one for one in expected if not any(one in line for line in lines)] == []
        assert mail.statement_print == content
        copy = send_again(mail, by=SYSTEM)
        assert copy.statement == mail.statement
        what = db.session.scalars(select(History.what).where(History.subject == f"customer:{customer.id}")).all()
        assert list(what)[-1] == "statement_sent"
        db.session.commit()
        mail_id, customer_id = mail.id, customer.id

    page = client.get(f"/admin/customer/details/?id={customer_id}").text
    assert "61–90 days" in page
    assert "€246.00" in page
    shown = client.get(f"/admin/outbox/{mail_id}/attachments/0")
    assert shown.data == content
    answer = client.get(f"/admin/customer/statement?id={customer_id}&file=pdf")
    assert answer.data.startswith(b"%PDF")
    packer = signed_in_as("packer")
    assert packer.post("/admin/customer/send-statement", data={"id": customer_id}).status_code == 403
    sent = client.post("/admin/customer/send-statement", data={"id": customer_id, "to": "books@example.org"})
    assert sent.status_code == 303
    wrong = client.post("/admin/customer/send-statement", data={"id": customer_id, "to": "books"})
    assert wrong.status_code == 303
    with in_app():
        mails = select(OutgoingMail.to_address).where(OutgoingMail.kind == "statement").order_by(OutgoingMail.id)
        assert list(db.session.scalars(mails)) == ["femke@example.org", "femke@example.org", "books@example.org"]
        customer = db.session.get_one(Customer, customer_id)
        for order in db.session.scalars(select(Order).where(Order.customer_id == customer_id)).all():
            if order.open_amount > 0:
                enter_payment(order, by=SYSTEM, amount=order.open_amount)
            elif order.open_amount < 0:
                enter_refund(order, by=SYSTEM, amount=-order.open_amount)
        refused(lambda: send_statement(customer, by=SYSTEM), "Nothing is open: there is nothing to send.")
