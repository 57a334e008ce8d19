"""A quote, opened by the link of its mail without signing in: looked at, printed, accepted once."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial, wraps

from flask import Blueprint, Response, abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from app import queries
from app.account.visiting import PATH
from app.accounting.tax_rows import MARGIN_SCHEMES
from app.actions.quotes import accept_quote, why_not_accept_quote
from app.documents.invoice_page import has_vat, say_own_word
from app.documents.quotes import print_quote
from app.documents.wording import Writing, words_in
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.history import Actor
from app.models import ActorKind, Quote
from app.security import sessions

quotes = Blueprint("quotes", __name__, url_prefix=f"{PATH}/quote")

QuoteView = Callable[[Quote, str], ResponseReturnValue]


def for_link(view: QuoteView) -> Callable[[str], ResponseReturnValue]:
    """Only for whoever has the link; in the language of the quote."""

    @wraps(view)
    def seen(token: str) -> ResponseReturnValue:
        quote = db.session.get(Quote, sessions.linked_quote_id(token) or 0)
        if quote is None:
            return render_template("account/no_quote.html"), 410
        with force_locale(quote.language):
            return view(quote, token)

    return seen


@quotes.get("/<token>")
@for_link
def open_quote(quote: Quote, token: str) -> ResponseReturnValue:
    return quote_to_look_at(quote, token)


@quotes.post("/<token>")
@for_link
def accept(quote: Quote, token: str) -> ResponseReturnValue:
    """Of two at once the second waits for the order's lock, and is told that it is ordered."""
    number = quote.order.number
    try:
        with transaction():
            queries.locked_order(number) or abort(404)
            db.session.refresh(quote)
            accept_quote(quote, by=Actor(ActorKind.CUSTOMER, quote.order.email))
    except ActionRefused as no:
        db.session.rollback()
        flash(str(no), "error")
        return redirect(url_for(".open_quote", token=token), code=303)
    flash(_("Thank you, your order is placed."), "success")
    return redirect(url_for(".open_quote", token=token), code=303)


@quotes.get("/<token>/quote.pdf")
@for_link
def take_print(quote: Quote, token: str) -> Response:
    return send_file(io.BytesIO(print_quote(quote)), "application/pdf", download_name=f"{quote}.pdf")


def quote_to_look_at(quote: Quote, token: str) -> str:
    says = quote.snapshot
    write = Writing(quote.language, says["currency"])
    return render_template(
        "account/quote.html",
        quote=quote,
        says=says,
        token=token,
        write=write,
        own_word=partial(say_own_word, says, write),
        words=words_in(quote.language),
        ordered_as=quote.order.number if quote.accepted_at else "",
        why_not=why_not_accept_quote(quote),
        has_vat=has_vat(says),
        margins=MARGIN_SCHEMES,
    )


@quotes.context_processor
def about_the_shop() -> dict[str, object]:
    """Nobody is signed in here, and the language is the quote's."""
    return {"visitor": "", "shop": queries.shop(), "offered": []}
