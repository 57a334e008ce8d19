"""Until which day the books are closed: nothing is dated into it any more, neither a document nor a payment.

Whoever enters something refuses such a day, and says it. What programs tell, and what follows from something of before,
is dated at the first moment after it instead.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import set_committed_value

from app import queries
from app.columns import now
from app.config import locale_of
from app.errors import ActionRefused
from app.extensions import db, remember
from app.models import Invoice, Order, Payment, Shop
from app.queries.periods import Period


def day_in_shop(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(queries.shop().time_zone)).date()


def is_closed(day: date) -> bool:
    until = queries.shop().books_closed_until
    return until is not None and day <= until


def why_day_is_closed(day: date) -> str:
    """Why nothing can be dated on this day; "" while it can."""
    until = queries.shop().books_closed_until
    if until is None or day > until:
        return ""
    return _(
        "The books are closed until %(until)s: nothing can be dated %(day)s. Choose a later day, or have them reopened "
        "(Reports > Exports).",
        until=write_day(until),
        day=write_day(day),
    )


def write_day(day: date) -> str:
    return format_date(day, "long", locale=locale_of(locale.language if (locale := get_locale()) else "en"))


def refuse_closed_day(day: date) -> None:
    wait_for_closing(day)
    if reason := why_day_is_closed(day):
        raise ActionRefused(reason)


def wait_for_closing(day: date = date.min) -> None:
    """What is dated back waits for who closes the books meanwhile, and closing for it. From then on it is known until
    which day they are closed. Nobody holds more than this while closing, so it may come after any other lock. Of many
    orders in one transaction the first waits for all.
    """
    if day < queries.today():
        remember(wait_for_closing, hold_closing)


def hold_closing() -> bool:
    with db.session.no_autoflush:  # what is being written has no bearing on it
        as_it_is = db.session.scalar(select(Shop.books_closed_until).with_for_update(read=True))
    set_committed_value(queries.shop(), "books_closed_until", as_it_is)
    return True


def open_moment(moment: datetime) -> datetime:
    """The moment, or the first one after what is closed; never one that is still to come."""
    wait_for_closing(day_in_shop(moment))
    if not is_closed(day_in_shop(moment)):
        return moment
    shop = queries.shop()
    first = Period(None, None, shop.time_zone).start_of((shop.books_closed_until or date.min) + timedelta(days=1))
    return min(first, now())


def refuse_in_closed_books(order: Order) -> None:
    wait_for_closing()
    if reason := why_in_closed_books(order):
        raise ActionRefused(reason)


def why_in_closed_books(order: Order) -> str:
    """Why an order goes neither into the books nor out of them: a payment of it is dated on a day that is closed."""
    if queries.shop().books_closed_until is None:
        return ""
    days = (day_in_shop(payment.paid_at) for payment in order.payments)
    closed = next((day for day in sorted(days) if is_closed(day)), None)
    if closed is None:
        return ""
    return _(
        "It was paid on %(day)s, and the books are closed until then. Have them reopened first (Reports > Exports).",
        day=write_day(closed),
    )


@event.listens_for(Payment, "before_insert")
@event.listens_for(Invoice, "before_insert")
def refuse_what_slipped_through(_mapper: Mapper[Invoice], _connection: Connection, record: Invoice | Payment) -> None:
    """No way past the others: what would be in the books of a closed day is not stored."""
    order, moment = record.order, record.paid_at if isinstance(record, Payment) else record.issued_at
    if order is None or order.is_demo or (isinstance(record, Payment) and order.invoiced_elsewhere_at):
        return
    if moment and (reason := why_day_is_closed(day_in_shop(moment))):
        raise ActionRefused(reason)
