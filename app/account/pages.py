"""The pages of My account: own orders with their progress and documents, questions, returns, addresses."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from babel import Locale
from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import queries
from app.account.forms import AddressesForm, AskForm, ReplyForm, return_form
from app.account.progress import lost_in_words, progress_of
from app.account.signing_in import signing_in
from app.account.visiting import (
    PATH,
    customer,
    for_customers,
    own_customers,
    own_order,
    own_orders,
    own_ticket,
)
from app.actions.customers import change_own_address
from app.actions.returns import request_return, return_until, returnable, why_not_request_return
from app.actions.tickets import ask, reply
from app.documents import printing
from app.documents.return_slip_page import draw_return_slip
from app.documents.snapshots import reference_to_mention
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.models import Customer, Order, Return, ReturnReason, ReturnStatus, StoredFile, WordKind
from app.pages.preferences import remember
from app.pictures import MOST_PICTURES, picture
from app.queries.own_words import own_word
from app.queries.payment_links import payment_link
from app.security import form_tokens

account = Blueprint("account", __name__, url_prefix=PATH)

MOST_ORDERS_SHOWN = 100

#: What the slip of a return is asked for by, before its number: an invoice may have the same.
SLIP_OF = "return-"


@account.get("/")
@for_customers
def orders() -> str:
    query = own_orders().order_by(Order.placed_at.desc(), Order.id.desc()).limit(MOST_ORDERS_SHOWN)
    query = query.options(selectinload(Order.shipments), selectinload(Order.tickets))
    found = list(db.session.scalars(query))
    return render_template("account/orders.html", orders=[(order, progress_of(order)) for order in found])


@account.get("/order/<number>")
@for_customers
def order(number: str) -> str:
    found = own_order(number) or abort(404)
    return render_template(
        "account/order.html",
        payment_link=payment_link(found),
        order=found,
        own_word=own_word,
        reference=reference_to_mention(found),
        progress=progress_of(found),
        lost_in_words=lost_in_words,
        why_not_return=why_not_request_return(found),
        return_until=return_until(found),
        may_come=may_come,
        slip_of=SLIP_OF,
    )


def may_come(goods_return: Return) -> bool:
    return goods_return.status == ReturnStatus.AUTHORISED


@account.get("/order/<number>/<document>.pdf")
@for_customers
def document(number: str, document: str) -> Response:
    """An invoice or credit note of one's own order, or the slip of a return that the shop agreed to."""
    found = own_order(number) or abort(404)
    if goods_return := next(
        (one for one in found.returns if document == f"{SLIP_OF}{one.number}" and may_come(one)), None
    ):
        drawn = draw_return_slip(goods_return, queries.shop())
        return send_file(io.BytesIO(drawn), "application/pdf", download_name=f"{document}.pdf")
    invoice = next((one for one in found.invoices if one.number == document), None) or abort(404)
    return send_file(
        io.BytesIO(printing.printed(invoice).content), "application/pdf", download_name=f"{invoice.number}.pdf"
    )


# --- questions ------------------------------------------------------------------------------------------------------


@account.route("/order/<number>/ask", methods=["GET", "POST"])
@for_customers
def ask_about(number: str) -> ResponseReturnValue:
    found = own_order(number, to_change=request.method == "POST") or abort(404)
    form = AskForm(request.form if request.method == "POST" else None)
    page = lambda status=200: (render_template("account/ask_about.html", order=found, form=form), status)  # noqa: E731
    if request.method != "POST":
        return page()
    if not form.validate():
        return page(422)
    return do_or_say_why(
        lambda: ask(
            found, by=customer(), subject=form.subject.data or "", text=form.text.data or "", pictures=pictures()
        ),
        lambda ticket: url_for(".question", ticket_id=ticket.id),
        _("Your question is on its way to us."),
        page,
    )


@account.route("/question/<int:ticket_id>", methods=["GET", "POST"])
@for_customers
def question(ticket_id: int) -> ResponseReturnValue:
    ticket = own_ticket(ticket_id, to_change=request.method == "POST") or abort(404)
    form = ReplyForm(request.form if request.method == "POST" else None)
    page = lambda status=200: (render_template("account/question.html", ticket=ticket, form=form), status)  # noqa: E731
    if request.method != "POST":
        return page()
    if not form.validate():
        return page(422)
    return do_or_say_why(
        lambda: reply(ticket, by=customer(), text=form.text.data or "", pictures=pictures()),
        lambda message: url_for(".question", ticket_id=ticket_id),
        _("Your answer is on its way to us."),
        page,
    )


@account.get("/question/<int:ticket_id>/picture/<int:file_id>")
@for_customers
def shown_picture(ticket_id: int, file_id: int) -> Response:
    ticket = own_ticket(ticket_id) or abort(404)
    files: list[StoredFile] = [file for message in ticket.messages for file in message.pictures]
    file = next((one for one in files if one.id == file_id), None) or abort(404)
    return send_file(io.BytesIO(file.content), file.media_type, download_name=file.name)


def pictures() -> list[StoredFile]:
    """The pictures that came along, checked and made anew."""
    given = [file for file in request.files.getlist("pictures") if file.filename]
    if len(given) > MOST_PICTURES:
        raise ActionRefused(_("Pictures: at most %(most)s at once.", most=MOST_PICTURES))
    return [picture(file.read(), file.filename or "") for file in given]


# --- returns --------------------------------------------------------------------------------------------------------


@account.route("/order/<number>/return", methods=["GET", "POST"])
@for_customers
def send_back(number: str) -> ResponseReturnValue:
    found = own_order(number, to_change=request.method == "POST") or abort(404)
    lines = [line for line in found.lines if returnable(line) > 0]
    form = return_form(lines, reasons())(request.form if request.method == "POST" else None)
    page = lambda status=200: (  # noqa: E731
        render_template(
            "account/send_back.html",
            order=found,
            form=form,
            lines=[(line, form[f"line_{line.id}"], returnable(line)) for line in lines],
            why_not=why_not_request_return(found),
            return_until=return_until(found),
        ),
        status,
    )
    if request.method != "POST":
        return page()
    if not form.validate():
        return page(422)
    quantities: dict[int, Decimal] = {line.id: form[f"line_{line.id}"].data for line in lines}
    return do_or_say_why(
        lambda: request_return(
            found, by=customer(), quantities=quantities, reason=form.reason.data or "", note=form.note.data or ""
        ),
        lambda goods_return: url_for(".order", number=number),
        _("Your return has been requested. We will write to you."),
        page,
    )


def reasons() -> list[tuple[str, str]]:
    """As the shop says them, each with how the visitor reads it."""
    query = select(ReturnReason.title).where(ReturnReason.is_active).order_by(ReturnReason.position, ReturnReason.id)
    language = (get_locale() or Locale("en")).language
    return [(title, own_word(WordKind.RETURN_REASON, title, language)) for title in db.session.scalars(query)]


# --- addresses ------------------------------------------------------------------------------------------------------


@account.route("/addresses", methods=["GET", "POST"])
@for_customers
def addresses() -> ResponseReturnValue:
    """The addresses for next time; an order that was placed keeps its own."""
    query = select(Customer).where(Customer.id.in_(own_customers())).order_by(Customer.id.desc()).limit(1)
    found = db.session.scalar(query.with_for_update() if request.method == "POST" else query) or abort(404)
    form = AddressesForm(request.form if request.method == "POST" else None, obj=found)
    if request.method != "POST":
        return render_template("account/addresses.html", form=form)
    if not form.validate():
        return render_template("account/addresses.html", form=form), 422
    with transaction():
        change_own_address(found, by=customer(), addresses=form.data)
    flash(_("Your addresses are saved."), "success")
    return redirect(url_for(".addresses"), code=303)


@account.post("/language")
def language() -> Response:
    asked = request.form.get("language", "")
    response = redirect(url_for("account.orders"), code=303)
    if asked in queries.document_languages(queries.shop()):
        remember(response, "language", asked)
    return response  # type: ignore[return-value]


Done = TypeVar("Done")


def do_or_say_why(
    do: Callable[[], Done], where: Callable[[Done], str], said: str, page: Callable[..., tuple[str, int]]
) -> ResponseReturnValue:
    """Do it, commit, and go on; or say on the page why not, with what was typed still there."""
    try:
        with transaction():
            url = where(do())
            form_tokens.keep_answer(url, {"text": said})
    except ActionRefused as no:
        flash(str(no), "error")
        return page(422)
    flash(said, "success")
    return redirect(url, code=303)


@account.context_processor
@signing_in.context_processor
def about_the_visit() -> dict[str, object]:
    own = queries.shop()
    return {"visitor": g.get("visitor", ""), "shop": own, "offered": queries.document_languages(own)}
