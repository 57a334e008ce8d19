"""Who visits My account: known by a cookie of its own, and what is theirs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response

from app import queries
from app.columns import now
from app.config import cookie_name, is_https
from app.csrf import SAFE_METHODS
from app.extensions import Sideline, db, read_only, transaction, writing
from app.history import Actor
from app.models import ActorKind, Customer, Order, Ticket
from app.security import sessions

COOKIE = "account"
#: Stays when a visit ends: by it the browser is known again. It lets nobody in.
KNOWN = "known"
PATH = "/account"

Where = ParamSpec("Where")
PageFunction = Callable[Where, ResponseReturnValue]


def for_customers(view: PageFunction[Where]) -> PageFunction[Where]:
    """Only for somebody who is signed in; others are sent to the sign-in page."""

    @wraps(view)
    def seen(*args: Where.args, **kwargs: Where.kwargs) -> ResponseReturnValue:
        email = who()
        if email is None:
            return redirect(url_for("signing_in.ask"), code=303)
        g.visitor = email
        return view(*args, **kwargs)

    return seen


def who() -> str | None:
    """The address of the customer at the screen; None for anybody else. The transaction is over afterwards.

    What is sent in a form keeps nobody signed in by itself: its page was looked at before.
    """
    secret = visit_secret()
    if not secret or len(secret) > 100:
        return None
    with read_only():
        found = sessions.visit(secret)
        db.session.rollback()
    if found is None:
        return None
    email, seen_at = found
    if request.method in SAFE_METHODS and now() - seen_at > sessions.VISIT_SEEN_EVERY:
        with writing(Sideline.VISITOR_SEEN), transaction():
            sessions.keep_visit(secret)
    return email


def visitor() -> str:
    email: str = g.visitor
    return email


def customer() -> Actor:
    """The customer at the screen, as history names them."""
    return Actor(ActorKind.CUSTOMER, visitor())


def visit_secret() -> str:
    return request.cookies.get(cookie_name(COOKIE), "")


def cookie_path() -> str:
    """My account's own; over https the whole host's, which a cookie that is the host's alone has to have."""
    return "/" if is_https() else PATH


def let_in(response: Response, email: str) -> Response:
    response.set_cookie(
        cookie_name(COOKIE),
        sessions.begin_visit(email),
        max_age=int(sessions.VISIT_LASTS.total_seconds()),
        path=cookie_path(),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    response.set_cookie(
        cookie_name(KNOWN),
        mark_of(email),
        max_age=int(sessions.BROWSERS_LAST.total_seconds()),
        path=cookie_path(),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def mark_of(email: str) -> str:
    """Tells the address to nobody, and nobody else can make it."""
    said = f"my account {email.strip().lower()}".encode()
    return hmac.new(str(current_app.config["SECRET_KEY"]).encode(), said, hashlib.sha256).hexdigest()


def is_known_browser() -> bool:
    """Whether the customer whose address the form says has been in My account with this browser before."""
    mark = request.cookies.get(cookie_name(KNOWN), "")
    return hmac.compare_digest(mark.encode(), mark_of(request.form.get("email", "")).encode())


def let_out(response: Response) -> Response:
    response.delete_cookie(
        cookie_name(COOKIE), path=cookie_path(), secure=bool(current_app.config["SESSION_COOKIE_SECURE"]), httponly=True
    )
    return response


# --- what is theirs -------------------------------------------------------------------------------------------------


def own_customers() -> Select[int]:
    """The ids of the customers with the visitor's address; two shops may each have sent one.

    Of one that was merged into another, that other: it is the same person, by another of their addresses.
    """
    return select(func.coalesce(Customer.merged_into_id, Customer.id)).where(func.lower(Customer.email) == visitor())


def own_orders() -> Select[Order]:
    return select(Order).where(Order.customer_id.in_(own_customers()), Order.is_draft.is_(False))


def own_order(number: str, *, to_change: bool = False) -> Order | None:
    """The order of this number, if it is the visitor's; locked when something is to change on it."""
    if "\0" in number:
        return None
    query = own_orders().where(Order.number == number)
    return db.session.scalar(query.with_for_update(of=Order) if to_change else query)


def own_ticket(ticket_id: int, *, to_change: bool = False) -> Ticket | None:
    """The visitor's own question; locked, after its order, when something is to change on it."""
    if ticket_id >= 2**31:
        return None
    query = select(Ticket).join(Order, Order.id == Ticket.order_id).where(Order.customer_id.in_(own_customers()))
    found = db.session.scalar(query.where(Ticket.id == ticket_id))
    return queries.locked_ticket(ticket_id) if found and to_change else found
