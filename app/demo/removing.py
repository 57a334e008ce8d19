"""Removing the demo shop: every row of it in one go, and nothing else."""

from __future__ import annotations

from typing import cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Exists,
    Select,
    String,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import cast as as_type

from app.config import LANGUAGES
from app.demo import catalogue
from app.extensions import Model, db
from app.history import Actor, Happened, record
from app.models import (
    Arrival,
    Connection,
    Counter,
    Customer,
    CustomerAddress,
    CustomStatus,
    EInvoice,
    History,
    Invoice,
    InvoiceLine,
    LineBooking,
    LineState,
    LinkState,
    Memo,
    Order,
    OrderAddress,
    OrderLine,
    OrderSearch,
    OutgoingMail,
    OutsideShop,
    PackingSlipPrint,
    Payment,
    PaymentMethod,
    Print,
    Product,
    Quote,
    QuoteLink,
    QuotePrint,
    Return,
    ReturnLine,
    Shipment,
    ShipmentLine,
    ShippingMethod,
    ShopProduct,
    StatementFile,
    StatementLine,
    StockMovement,
    Task,
    Ticket,
)
from app.write_back import ask_to_compare_stock


def remove_demo(*, by: Actor) -> int:
    """Delete the demo shop; returns how many orders it had. What real orders use of its catalogue stays."""
    db.session.flush()
    remove_statements()
    remove_what_belongs_to_orders()
    delete_rows(Order, Order.is_demo, Order.is_draft)  # they may be copies of the others
    removed = delete_rows(Order, Order.is_demo)
    remove_shops()
    remove_customers()
    remove_catalogue()
    remove_statuses()
    db.session.execute(update(Counter).where(Counter.series == "demo").values(next=Counter.start))
    db.session.expire_all()

    record(Happened.DEMO_REMOVED, None, by)
    return removed


def remove_what_belongs_to_orders() -> None:
    """Children first: the database lets them go only while their demo order or document is still there."""
    orders = select(Order.id).where(Order.is_demo)
    invoices = select(Invoice.id).where(Invoice.is_demo)
    shipments = select(Shipment.id).where(Shipment.is_demo)
    returns = select(Return.id).where(Return.is_demo)
    delete_rows(PackingSlipPrint, PackingSlipPrint.shipment_id.in_(shipments))
    delete_rows(ShipmentLine, ShipmentLine.shipment_id.in_(shipments))
    delete_rows(Shipment, Shipment.is_demo)
    delete_rows(OutgoingMail, OutgoingMail.is_demo)
    remove_quotes(orders)
    give_back_stock(orders)
    delete_rows(StockMovement, StockMovement.is_demo, StockMovement.order_id.in_(orders))
    delete_rows(ReturnLine, ReturnLine.return_id.in_(returns))
    delete_rows(Return, Return.is_demo)
    delete_rows(Ticket, Ticket.is_demo)
    delete_rows(EInvoice, EInvoice.invoice_id.in_(invoices))
    delete_rows(Print, Print.invoice_id.in_(invoices))
    delete_rows(InvoiceLine, InvoiceLine.invoice_id.in_(invoices))
    delete_rows(Invoice, Invoice.is_demo)
    delete_rows(History, History.is_demo)
    for table in (Payment, Memo, Task, Arrival, OrderLine, OrderAddress):
        delete_rows(table, table.order_id.in_(orders))
    delete_rows(OrderSearch, OrderSearch.id.in_(orders))


def remove_statements() -> None:
    """Those of the demo's bank; real money that was booked on orders of the demo alone waits again."""
    payments = select(Payment.id).join(Order, Order.id == Payment.order_id).where(Order.is_demo)
    lines = select(StatementLine.id).join(StatementFile).where(StatementFile.is_demo)
    booked = select(LineBooking.line_id).where(LineBooking.payment_id.in_(payments))
    elsewhere = select(LineBooking.line_id).where(LineBooking.payment_id.not_in(payments))
    waits = {"state": LineState.OPEN, "decided_at": None, "decided_by": ""}
    theirs = (StatementLine.id.in_(booked), StatementLine.id.not_in(elsewhere))
    again = update(StatementLine).where(StatementLine.state == LineState.BOOKED, *theirs)
    db.session.execute(again.values(waits).execution_options(synchronize_session=False))
    delete_rows(LineBooking, LineBooking.payment_id.in_(payments))
    delete_rows(StatementLine, StatementLine.id.in_(lines))
    delete_rows(StatementFile, StatementFile.is_demo)


def remove_shops() -> None:
    shops = select(OutsideShop.id).where(OutsideShop.is_demo)
    for table in (Arrival, Connection):
        delete_rows(table, table.outside_shop_id.in_(shops))
    delete_rows(OutsideShop, OutsideShop.is_demo)


def remove_quotes(orders: Select[int]) -> None:
    quotes = select(Quote.id).where(Quote.order_id.in_(orders))
    delete_rows(QuoteLink, QuoteLink.quote_id.in_(quotes))
    delete_rows(QuotePrint, QuotePrint.quote_id.in_(quotes))
    delete_rows(Quote, Quote.order_id.in_(orders))


def give_back_stock(orders: Select[int]) -> None:
    """What demo orders took of products that stay is in stock again, as if they had never been."""
    of_demo = (StockMovement.is_demo, StockMovement.order_id.in_(orders))
    moved = select(func.sum(StockMovement.quantity)).where(StockMovement.product_id == Product.id, *of_demo)
    changed = update(Product).where(Product.id.in_(select(StockMovement.product_id).where(*of_demo)))
    ids = list(db.session.scalars(select(StockMovement.product_id).where(*of_demo).distinct()))
    given_back = changed.values(stock=Product.stock - moved.scalar_subquery(), version=Product.version + 1)
    db.session.execute(given_back.execution_options(synchronize_session=False))
    forget_numbers = {"base": None, "base_movement_id": None, "trying": None, "trying_base": None}
    compared_anew = update(ShopProduct).where(ShopProduct.product_id.in_(ids)).values(forget_numbers)
    db.session.execute(compared_anew.execution_options(synchronize_session=False))
    ask_to_compare_stock(ids)


def remove_customers() -> None:
    ordered = exists().where(Order.customer_id == Customer.id)
    gone = select(Customer.id).where(Customer.is_demo, ~ordered)
    delete_rows(CustomerAddress, CustomerAddress.customer_id.in_(gone))
    delete_rows(Customer, Customer.is_demo, ~ordered)


def remove_catalogue() -> None:
    """Products and methods go when no real order uses them; methods also only when no person ever touched them."""
    unused = select(Product.id).where(Product.is_demo, ~exists().where(OrderLine.product_id == Product.id))
    delete_rows(StockMovement, StockMovement.is_demo, StockMovement.product_id.in_(unused))
    match_anew(unused)
    delete_rows(Product, Product.id.in_(unused))
    delete_rows(
        PaymentMethod,
        PaymentMethod.title.in_([method.title for method in catalogue.payment_methods()]),
        ~exists().where(Order.payment_method_id == PaymentMethod.id),
        ~was_touched(PaymentMethod),
    )
    delete_rows(
        ShippingMethod,
        ShippingMethod.title.in_([method.title for method in catalogue.shipping_methods()]),
        ~exists().where(Order.shipping_method_id == ShippingMethod.id),
        ~was_touched(ShippingMethod),
    )


def remove_statuses() -> None:
    """Those that no real order has, and that no person ever touched."""
    delete_rows(
        CustomStatus,
        CustomStatus.title.in_(
            [catalogue.say_in(language, title) for title, _colour in catalogue.OWN_STATUSES for language in LANGUAGES]
        ),
        ~exists().where(Order.custom_status_id == CustomStatus.id),
        ~was_touched(CustomStatus),
    )


def match_anew(products: Select[int]) -> None:
    """What a connected shop sells as one of these is to be matched with another product."""
    values = {"product_id": None, "state": LinkState.TO_MATCH, "is_due": False, "differs_at": None}
    values |= {"base": None, "base_movement_id": None}
    changed = update(ShopProduct).where(ShopProduct.product_id.in_(products)).values(values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def was_touched(table: type[PaymentMethod] | type[ShippingMethod] | type[CustomStatus]) -> Exists:
    subject = literal(f"{table.__tablename__}:", String).concat(as_type(table.id, String))
    return exists().where(History.subject == subject)


def delete_rows(table: type[Model], *where: ColumnElement[bool] | InstrumentedAttribute[bool]) -> int:
    done = db.session.execute(delete(table).where(*where).execution_options(synchronize_session=False))
    return cast("CursorResult[*tuple[object, ...]]", done).rowcount
