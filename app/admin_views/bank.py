"""SALES > Bank: statements read, and what came in booked on orders, line by line or all sure ones at once.

Nothing is booked before somebody has seen it: a form carries the orders and amounts that were shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TypeVar

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from flask_babel.speaklater import LazyString

from app.actions.bank_files import (
    FileReport,
    forget_recipe,
    leave_waiting,
    take_in_statement,
    take_in_waiting,
    unknown_table,
    waiting_file,
)
from app.actions.bank_lines import (
    PartOfLine,
    book_line,
    propose_bookings,
    set_line_aside,
    take_line_up_again,
    undo_booking,
)
from app.actions.rests import claims_rest
from app.admin_views.bank_columns import NEEDED_FIELDS, USUAL_FIELDS, show_columns
from app.admin_views.base import StaffPage
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.forms import as_id
from app.admin_views.list_address import say_part
from app.admin_views.list_page import Capped
from app.admin_views.signin import actor, may
from app.amounts.money import ZERO
from app.errors import ActionRefused
from app.extensions import ShownText, transaction
from app.models import LineState, SetAside, StatementLine
from app.pages.labels import Label
from app.queries.bank import count_statement_lines, kept_recipes, lines_of_statements, order_of_number, waiting_files
from app.repeating import Patience, repeat
from app.security import form_tokens
from app.statements.matching import Proposal, Sureness, Why
from app.statements.recognising import Recipes

BANK = "payments.bank"

Decided = TypeVar("Decided")

#: So many lines are shown, and can be booked, at once.
MOST_SHOWN_LINES = 200

TITLES_OF_STATES = {
    LineState.OPEN: _l("To book"),
    LineState.BOOKED: _l("Booked"),
    LineState.SET_ASIDE: LazyString(lambda: pgettext("lines", "Set aside")),  # that they are, not to do it
}
SURENESS = {
    Sureness.SURE: Label(_l("Sure"), "green", "check"),
    Sureness.LIKELY: Label(_l("Likely"), "blue", "check"),
    Sureness.POSSIBLE: Label(_l("Possible"), "orange", "info-circle"),
}
WHYS: dict[Why, ShownText] = {
    Why.REFERENCE: _l("The payment reference is that of this order."),
    Why.NUMBER: _l("Its number is in the text."),
    Why.NEAR_NUMBER: _l("A number in the text differs from its number by one digit."),
    Why.ACCOUNT: _l("This customer paid from this account before."),
    Why.NAME: _l("The name is that of the customer."),
    Why.AMOUNT: _l("The amount is what is open."),
    Why.PART: _l("It is less than what is open: the rest stays open."),
    Why.OVER: _l("It is more than what is open: the order will be paid too much."),
    Why.OTHER_NAME: _l("The name is another one."),
    Why.SEVERAL: _l("Other orders fit as well."),
    Why.PROPOSED_TWICE: _l("Another line is proposed for the same order."),
    Why.PAYOUT: _l("A payout of a payment provider, whose payments are lines of their own: nothing is booked."),
}
ASIDE: dict[SetAside, ShownText] = {
    SetAside.NOT_OURS: _l("Not for an order"),
    SetAside.FEE: _l("Fee of a payment provider"),
    SetAside.PAYOUT: _l("Payout of a payment provider"),
    SetAside.IN_PARTS: _l("Another file has its parts"),
    SetAside.PROBABLY_KNOWN: _l("Probably known: another file has one of this day and amount"),
}


@dataclass(frozen=True)
class ShownLine:
    line: StatementLine
    proposal: Proposal | None

    @property
    def label(self) -> Label | None:
        return SURENESS[self.proposal.sureness] if self.proposal else None

    @property
    def whys(self) -> list[ShownText]:
        return [WHYS[why] for why in self.proposal.whys] if self.proposal else []

    @property
    def rest(self) -> Decimal:
        """What booking it leaves of its one order, where that may be written off; below 0 is too much."""
        shares = self.proposal.shares if self.proposal else ()
        return claims_rest(shares[0].claim.amount, shares[0].amount) if len(shares) == 1 else ZERO

    @property
    def is_payout(self) -> bool:
        return self.proposal is not None and not self.proposal.shares


class Bank(StaffPage):
    right = BANK

    @expose("/")
    def index(self) -> str:
        state = asked_state()
        counts, search = count_statement_lines(), request.args.get("search", "")[:200]
        unread = unread_parts()
        lines = [] if unread else lines_of_statements(state, most=MOST_SHOWN_LINES, search=search)
        proposals = propose_bookings(lines) if state == LineState.OPEN else [None] * len(lines)
        shown = [ShownLine(line, proposal) for line, proposal in zip(lines, proposals, strict=True)]
        return self.render(
            "admin/bank/index.html",
            state=state,
            tabs=tabs_of(None if unread else state, counts),
            unread_parts=unread,
            shown=shown,
            sure=[one for one in shown if one.proposal and one.proposal.is_sure],
            search=search,
            why_not=lacking(BANK),
            aside=ASIDE,
            is_empty=not any(counts.values()),
            has_more=len(lines) == MOST_SHOWN_LINES,
            waiting=waiting_files(),
            recipes=kept_recipes(),
        )

    @expose("/upload", methods=["POST"])
    def upload(self) -> ResponseReturnValue:
        """Each file by itself: one that can't be read leaves the others alone."""
        refuse_without_right()
        form_tokens.lead_back_to(url_for(".index"))
        files = [(file.filename or "", file.read()) for file in request.files.getlist("files") if file.filename]
        if not files:
            flash(_("Choose a file."), "error")
        waits = None
        for name, content in files[:MOST_SHOWN_LINES]:
            report = attempt(partial(take_in_statement, name, content, by=actor(), recipes=asked_recipes()))
            if report is not None and report.waits is None:
                flash(f"{name}: {say_report(report)}", "success")
            waits = waits or (report.waits if report else None)
        return redirect(url_for(".columns", file=waits) if waits else url_for(".index"), code=303)

    @expose("/columns", methods=["GET", "POST"])
    def columns(self) -> ResponseReturnValue:
        """Which column is what in a file of a bank that nobody knows."""
        refuse_without_right()
        file_id = as_id(request.args.get("file")) or next((file.id for file in waiting_files()), 0)
        if request.method == "POST" and (step := request.form.get("step", "")) in ("leave", "go"):
            return self.leave(file_id) if step == "leave" else self.read_as_said(file_id)
        return self.show_waiting(file_id)

    def show_waiting(self, file_id: int) -> ResponseReturnValue:
        file = waiting_file(file_id)
        table = unknown_table(file) if file else None
        if file is None or table is None:
            flash(_("This file waits no more: it was read, or left."), "error")
            return redirect(url_for(".index"), code=303)
        given = request.form if request.method == "POST" else None
        shown = show_columns(file, table, given, as_id(request.args.get("recipe")))
        return str(self.render("admin/bank/columns.html", shown=shown, needed=NEEDED_FIELDS, usual=USUAL_FIELDS))

    def read_as_said(self, file_id: int) -> ResponseReturnValue:
        file = waiting_file(file_id)
        table = unknown_table(file) if file else None
        if file is not None and table is not None:
            shown = show_columns(file, table, request.form)
            if shown.form.errors or shown.problems:
                return self.show_waiting(file_id)
            recipe, name = shown.recipe, file.name
            form_tokens.lead_back_to(url_for(".index"))
            report = attempt(partial(take_in_waiting, file_id, recipe, by=actor()))
            if report is not None and report.waits is None:
                flash(f"{name}: {say_report(report)}", "success")
            if report is not None and report.waits:
                return redirect(url_for(".columns", file=report.waits), code=303)
        return redirect(url_for(".index"), code=303)

    def leave(self, file_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".index"))
        attempt(partial(leave_waiting, file_id))
        return redirect(url_for(".index"), code=303)

    @expose("/forget", methods=["POST"])
    def forget(self) -> ResponseReturnValue:
        """What was said of the columns of a bank: the next file with that header is asked about again."""
        refuse_without_right()
        form_tokens.lead_back_to(url_for(".index"))
        attempt(partial(forget_recipe, as_id(request.form.get("recipe")) or 0))
        flash(_("The next file of this bank is asked about again."), "success")
        return redirect(url_for(".index"), code=303)

    @expose("/book", methods=["POST"])
    def book(self) -> ResponseReturnValue:
        """One line, or all that were called sure; what was seen is what is booked."""
        refuse_without_right()
        form_tokens.lead_back_to(url_for(".index"))
        done = 0
        for line_id in asked_lines():
            parts = asked_parts(line_id)
            if parts is None:
                flash(_("Enter the number of an order, and an amount."), "error")
                continue
            ticked = {"notify": "notify" in request.form, "write_off": "write_off" in request.form}
            booked = attempt(partial(book_line, line_id, parts, by=actor(), **ticked))
            done += booked is not None
        if done:
            flash(ngettext("%(num)s line booked", "%(num)s lines booked", done), "success")
        return redirect(url_for(".index"), code=303)

    @expose("/set-aside", methods=["POST"])
    def put_aside(self) -> ResponseReturnValue:
        why = SetAside.PAYOUT if request.form.get("why") == SetAside.PAYOUT.value else SetAside.NOT_OURS
        return self.decide(lambda line_id: set_line_aside(line_id, by=actor(), why=why), pgettext("lines", "Set aside"))

    @expose("/take-up", methods=["POST"])
    def take_up(self) -> ResponseReturnValue:
        return self.decide(lambda line_id: take_line_up_again(line_id, by=actor()), _("To book again"))

    @expose("/undo", methods=["POST"])
    def undo(self) -> ResponseReturnValue:
        return self.decide(lambda line_id: undo_booking(line_id, by=actor()), _("Booking undone"))

    def decide(self, act: Callable[[int], StatementLine], done: str) -> ResponseReturnValue:
        refuse_without_right()
        page = url_for(".index", state=request.form.get("state") or None)
        form_tokens.lead_back_to(page)
        for line_id in asked_lines():
            if attempt(partial(act, line_id)) is not None:
                flash(done, "success")
        return redirect(page, code=303)


def refuse_without_right() -> None:
    if not may(BANK):
        abort(403)


def attempt(act: Callable[[], Decided]) -> Decided | None:
    """In a transaction of its own, begun anew where the database asks for it; None where it was refused."""

    def once() -> Decided:
        form_tokens.begin_anew()
        with transaction():
            return act()

    try:
        return repeat(once, Patience())
    except ActionRefused as refused:
        flash(str(refused), "error")
    return None


def say_report(report: FileReport) -> str:
    said = [ngettext("%(num)s new line", "%(num)s new lines", report.added)]
    if report.known:
        said.append(ngettext("%(num)s line was here", "%(num)s lines were here", report.known))
    if report.probably_known:
        text = ngettext("%(num)s line is probably known", "%(num)s lines are probably known", report.probably_known)
        said.append(text)
    return ", ".join(said)


# --- what is asked --------------------------------------------------------------------------------------------------


def asked_state() -> LineState:
    asked = request.args.get("state", "")
    return LineState(asked) if asked in list(LineState) else LineState.OPEN


def unread_parts() -> list[str]:
    asked = request.args.get("state", "")
    return [say_part("state", asked)] if asked and asked not in list(LineState) else []


def tabs_of(here: LineState | None, counts: dict[LineState, int]) -> list[dict[str, object]]:
    return [
        {
            "url": url_for(".index", state=state.value if state != LineState.OPEN else None),
            "text": title,
            "current": state == here,
            "count": Capped(counts[state]),
        }
        for state, title in TITLES_OF_STATES.items()
    ]


def asked_recipes() -> Recipes | None:
    """None of those that are known, where a file is of another bank or account with the same header."""
    return {} if "ask" in request.form else None


def asked_lines() -> list[int]:
    """Ids; what is none was not on the page."""
    return [
        int(one)
        for one in request.form.getlist("line")[:MOST_SHOWN_LINES]
        if one.isascii() and one.isdigit() and len(one) < 19
    ]


def asked_parts(line_id: int) -> list[PartOfLine] | None:
    """The orders and amounts that the form has for a line; None where one is missing or no amount."""
    numbers = request.form.getlist(f"order-{line_id}")[:20]
    amounts = request.form.getlist(f"amount-{line_id}")[:20]
    parts = []
    for number, amount in zip(numbers, amounts, strict=False):
        known = order_of_number(number)
        value = read_typed_amount(amount)
        if value is None or not number.strip():
            return None
        parts.append(PartOfLine(known or number.strip()[:60], value))
    return parts or None


def read_typed_amount(text: str) -> Decimal | None:
    """As it is typed: a comma or a point before the decimals."""
    try:
        value = Decimal(text.strip().replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**9 and value == round(value, 6) else None
