"""SALES > Orders: the list, its tabs and filters, and what can be done to one row or many."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import load_only
from werkzeug.datastructures import MultiDict

from app import jobs, queries
from app.actions import ACTIONS, Action
from app.actions.declaration import AnyAction
from app.actions.drafts import begin_draft
from app.actions.next_steps import next_in_row, steps_of
from app.admin_views import bulk
from app.admin_views.base import RecordView
from app.admin_views.cell_actions import CellActions, cells_in_orders
from app.admin_views.dashboard.action_dialog import in_order, submit_dialog
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.first_steps import ways_in
from app.admin_views.freshness import demand_fresh
from app.admin_views.job_starting import begin_job
from app.admin_views.list_address import say_part
from app.admin_views.list_looks import write_address
from app.admin_views.list_page import Capped
from app.admin_views.neighbours import LIST_PART
from app.admin_views.printouts import PICK_LIST, ROWS_PRINTED, Printout, say_too_many
from app.admin_views.run_action import itself, run_on_each, shorten_list
from app.admin_views.signin import may
from app.extensions import ShownText, put_in_quotes, read_only, transaction
from app.mails.kinds import mail_title, why_off
from app.models import JobKind, Order
from app.pages.formatting import badge, badges, country, order_badges, price, recent_here
from app.pages.labels import (
    CONCERN,
    ORDER_STATUS,
    PAYMENT_STATUS,
    SHIPMENT_STATUS,
    Label,
    custom_labels,
    status_label,
)
from app.pages.preferences import local_path
from app.queries import order_list
from app.queries.concerns import ORDERS_OF, Concern
from app.queries.counting import COUNT_CAP
from app.queries.narrowing import values_of_orders
from app.queries.order_list import Page, Question
from app.queries.packing import slips_to_pack
from app.queries.record_search import ORDER_SEARCH
from app.security import form_tokens

VIEW_TITLES = {
    "": _l("All"),
    "open": _l("Open"),
    "unpaid": _l("Unpaid"),
    "to_ship": _l("To ship"),
    Concern.NEEDS_DECISION.value: CONCERN[Concern.NEEDS_DECISION].text,
}

#: The other concerns are a filter: there are many, and each is rare.
IN_FILTER = [concern for concern in ORDERS_OF if concern.value not in VIEW_TITLES]
OVERDUE_LABELS = {
    days: Label(text, "red", "clock")
    for days, text in zip(
        order_list.OVERDUE,
        (_l("Overdue"), _l("Over 30 days late"), _l("Over 60 days late"), _l("Over 90 days late")),
        strict=True,
    )
}
REMINDED_LABELS = {
    sent: Label(text, "gray", "bell")
    for sent, text in zip(
        order_list.REMINDED,
        (_l("Not reminded"), _l("Reminded once"), _l("Reminded twice"), _l("Reminded three times or more")),
        strict=True,
    )
}
#: Of VAT that the buyer owes instead.
REVERSED_TITLE = _l("Reversed to the buyer")

#: More than a hundred orders have.
ALL_PARCELS = 1000


class OrderList(CellActions, RecordView):
    """The fast list; a row opens the order's dashboard."""

    searched = ORDER_SEARCH
    tab_part = "view"
    printouts = (PICK_LIST,)
    column_list = ("number", "placed_at", "customer_name", "total", "payment_status", "shipment_status", "status")
    more_columns = (
        "payment_method_title", "shipping_method_title", "email", "phone", "vat_id", "purchase_order",
        "external_number", "discount_codes", "memo",
    )  # fmt: skip
    sorts = order_list.SORTS
    column_labels = {
        "number": _l("Number"),
        "total": _l("Total"),
        "placed_at": _l("Date"),
        "customer_name": _l("Customer"),
        "payment_status": _l("Payment"),
        "shipment_status": _l("Shipment"),
        "payment_method_title": _l("Payment method"),
        "shipping_method_title": _l("Shipping method"),
        "purchase_order": _l("Buyer’s order number"),
        "external_number": _l("Number in the shop"),
        "discount_codes": _l("Discount codes"),
        "memo": _l("Memo"),
    }

    def unread_parts(self) -> list[str]:
        return [say_unread(name, value) for name, value in order_list.read_question(self.list_args).unread]

    def cell_texts(self) -> dict[str, Callable[[Order], str]]:
        return {
            "status": lambda order: badge(status_label(order)),
            "memo": lambda order: say_more(order.memos[0].text if order.memos else ""),
        }

    def row_url(self, row: Order) -> str:
        return url_for("order_page.show", number=row.number)

    def list_query(self) -> Select[Order]:
        """Of what a search over everything shows."""
        columns = (Order.number, Order.external_number, Order.elsewhere_number, Order.customer_name)
        return select(Order).options(load_only(*columns))

    @expose("/")
    def index_view(self) -> str:
        question = order_list.settle_sort(order_list.read_question(request.args.to_dict(), self.page_size))
        shown = [one.name for one in self.columns_offered() if one.is_shown]
        more = [one for name in shown if name in self.more_columns for one in order_list.columns_of(name)]
        page = order_list.find(question, queries.shop().time_zone, more)
        return self.render("admin/order/list.html", **self.look_shown(), **self.shown(question, page))

    @expose("/filters")
    def more_filters(self) -> str:
        """What is seldom narrowed by: as a pop-up, or a page of its own. Its form leads to the list."""
        question = order_list.read_question(request.args.to_dict(), self.page_size)
        link, was = Links(question), dict(question.unread)
        typed = {name: typed_amount(getattr(question, name)) or was.get(name, "") for name in TYPED_AMOUNTS}
        return self.render(
            "admin/order/filters.html",
            kept={name: value for name, value in link.state.items() if name not in MORE_TITLES},
            chosen=[(name, title, getattr(question, name), choices) for name, title, choices in more_choices()],
            typed=[(name, MORE_TITLES[name], value) for name, value in (typed | {"product": question.product}).items()],
            back=link(),
        )

    def kept_address(self, args: Mapping[str, str]) -> str:
        """As the list's own links say it; a tab's name by itself is none of the list's filters."""
        question = order_list.read_question(args)
        kept = state(question) | dict(question.unread)
        kept.pop("page_size", None)
        return write_address(sorted(kept.items()))

    def asked_by(self, address: str) -> MultiDict[str, str]:
        return MultiDict(parse_qsl(address))

    def count_by(self, address: str) -> ColumnElement[int]:
        return order_list.count_of(order_list.read_question(self.asked_by(address)), queries.shop().time_zone)

    @expose("/bulk", methods=["POST"])
    def on_many(self) -> ResponseReturnValue:
        """Do what the pressed button says: to one row, to the ticked rows, or to all that match."""
        back = local_path(request.form.get("url", "")) if request.form.get("url") else url_for(".index_view")
        form_tokens.lead_back_to(back)
        if one := request.form.get("row"):
            return self.run_on_row(one, back)
        name = request.form.get("action", "")
        action = next((action for action in bulk.bulk_actions() if action.name == name), None)
        printout = next((one for one in self.printouts if one.name == name), None)
        if action is None and printout is None and name not in jobs.PRINTS:
            abort(400)
        if action is not None and not may(action.right):
            abort(403)
        if action is not None:
            demand_fresh(action.right)
        orders = bulk.find_meant(request.form, back)
        if not orders.numbers:
            flash(_("Select at least one order first."), "error")
            return redirect(back, code=303)
        if printout:
            return self.printed_together(printout, orders.numbers, back)
        return self.run_on_many(action, orders, back) if action else self.printed(name, orders.numbers, back)

    def run_on_row(self, pressed: str, back: str) -> ResponseReturnValue:
        name, _colon, number = pressed.partition(":")
        action = bulk.pressed_in_rows().get(name) or abort(400)
        if queries.order_numbered(number) is None:
            flash(_("There is no such order."), "error")
        else:
            submit_dialog(action, replace(in_order(number), has_form=False), None)
        return redirect(back, code=303)

    @expose("/bulk-undo", methods=["POST"])
    def undo_on_many(self) -> ResponseReturnValue:
        """Take back what was just done to many orders."""
        back = local_path(request.form.get("url", ""))
        form_tokens.lead_back_to(back)
        action = ACTIONS.get(request.form.get("undoes", "")) or abort(400)
        undo = bulk.undo_of(action) or abort(400)
        if not may(undo.right):
            abort(403)
        numbers = order_list.known_numbers(request.form.getlist("rowid")[: bulk.IN_REQUEST])
        run_on_each(undo, numbers, back=back, on=action.undo_on or itself, **bulk.as_undone(undo))
        return redirect(back, code=303)

    def run_on_many(self, action: Action, orders: bulk.Meant, back: str) -> ResponseReturnValue:
        """A few orders at once; others after a preview, which comes again until it shows what will be done."""
        step = request.form.get("step", "")
        if not step and not bulk.asks_first(action, len(orders.numbers)):
            run_on_each(action, orders.numbers, back=back)
            return redirect(back, code=303)
        form = bulk.form_for(action, orders.numbers, request.form if step else None)
        is_complete = form.validate()
        if step == "do" and orders.has_grown:
            flash(_("More orders match now than before. Check them before you continue."), "warning")
        elif step == "do" and is_complete:
            return self.do_to_many(action, orders.numbers, form.data, back)
        if not step and not is_complete:
            form = bulk.form_for(action, orders.numbers)  # nobody is blamed for what was not asked yet
        form_tokens.stay_usable()  # nothing is done yet: no try of it takes the token
        shown = bulk.preview_page(action, orders, form, is_complete=is_complete)
        with read_only():
            answer = self.render("admin/order/preview.html", back=back, **shown)
        return answer, 422 if step and not is_complete else 200

    def do_to_many(self, action: Action, numbers: list[str], how: dict[str, object], back: str) -> ResponseReturnValue:
        if len(numbers) > bulk.IN_REQUEST:
            return self.start_job(JobKind.BULK, numbers, how, back, action=action.name)
        run_on_each(action, numbers, back=back, **how)
        return redirect(back, code=303)

    def start_job(
        self, kind: JobKind, numbers: list[str], how: dict[str, object], back: str, *, action: str = ""
    ) -> ResponseReturnValue:
        form_tokens.begin_anew()
        with transaction():
            page = begin_job(kind, numbers, how, back=back, action=action)
        return redirect(page, code=303)

    def printed(self, name: str, numbers: list[str], back: str) -> ResponseReturnValue:
        """One PDF or ZIP of all their invoices or packing slips, in a window of its own: the list stays open.

        Where nothing is printed of some of them, that window says so first.
        """
        form_tokens.stay_usable()
        kind = JobKind(name)
        with read_only():
            many = len(numbers) > bulk.PRINTS_IN_REQUEST or jobs.count_unprinted(kind, numbers) >= bulk.DRAWS_IN_REQUEST
        if many:
            return self.start_job(kind, numbers, {}, back)
        with read_only():
            without = jobs.numbers_without(kind, numbers)
            others = [number for number in numbers if number not in set(without)]
            content = jobs.collect_at_once(kind, numbers) if others and not without else None
        if without and others:
            return self.render("admin/order/print.html", **said_before_print(kind, others, without), back=back)
        if content is None:
            flash(f"{shorten_list(without)}: {jobs.NOTHING_TO_PRINT[kind]}", "error")
            return redirect(back, code=303)
        made = jobs.COLLECTIONS[kind]
        return send_file(io.BytesIO(content), made.media_type, download_name=f"{name}.{made.ending}")

    def printed_together(self, printout: Printout, numbers: list[str], back: str) -> ResponseReturnValue:
        """The same, of what is drawn anew for the parcels of all of them."""
        form_tokens.stay_usable()
        if len(numbers) > ROWS_PRINTED:
            flash(say_too_many(), "error")
            return redirect(back, code=303)
        with read_only():
            slips = slips_to_pack(ALL_PARCELS, Order.number.in_(numbers))
            have = {slip.order.number for slip in slips}
            others, without = split_by(numbers, have)
            if slips and not without:
                return printout.send(slips)
        if slips:
            said = {"name": printout.name, "title": printout.title, "reason": printout.nothing}
            return self.render("admin/order/print.html", numbers=others, without=without, back=back, **said)
        flash(f"{shorten_list(without)}: {printout.nothing}", "error")
        return redirect(back, code=303)

    def shown(self, question: Question, page: Page) -> dict[str, object]:
        statuses = queries.custom_statuses()
        custom = custom_labels(statuses)
        shops = shops_to_tell_apart()
        steps = {action.name: RowButton.of(action) for action in steps_of(Order) if may(action.right)}
        link = Links(question)
        address = list_address(link)
        return {
            "question": question,
            "page": page,
            "address": address,
            "list_part": f"?{urlencode({LIST_PART: address})}" if link.state or question.page else "",
            "tabs": [
                {
                    "url": link(view=name),
                    "text": title,
                    "current": question.view == name and not question.unread,
                    "count": format_count(count),
                }
                for name, title, count in views_of(question, page)
            ],
            "views_above": self.views_above(),
            "return_url": address,
            "filters": [*filters_of(link, custom, shops), *concerns_filter(link, page.views)],
            "chips": chips_of(link, custom, shops),
            "sorts_by": lambda name: page.count <= COUNT_CAP or order_list.sorts_many(question, name),
            "bulk_actions": bulk.group_offered(),
            "prints": jobs.PRINTS,
            "count_text": format_count(page.count),
            "previous_url": turn_page(link, page, -1) if question.page else "",
            "next_url": turn_page(link, page, 1) if page.has_next else "",
            "shops": shops,
            "badges": {**order_badges(), "custom": badges(custom)},
            "cells": cells_in_orders(statuses),
            "say_more": say_more,
            "recent": recent_here(),
            "kept": {k: v for k, v in link.state.items() if k != "search"},
            "kept_but_days": {k: v for k, v in link.state.items() if k not in ("since", "until")},
            "filters_url": filters_url(link),
            "clear_url": link(**{**dict.fromkeys(order_list.FILTERS, ""), "view": question.view, "search": ""}),
            "export_url": export_url(question) if may("exports.orders") and not question.unread else "",
            "unread_parts": self.unread_parts(),
            "row_buttons": [RowButton.of(action) for action in bulk.row_actions() if may(action.right)],
            "steps": steps,
            "step_in": lambda row: None if (step := next_in_row(row)) is None else steps.get(step.name),
            "has_print": has_print,
            "why_not_begin": lacking(begin_draft.right),
            "ways_in": [] if page.views[""] else ways_in(),
            "link": link,
        }


def split_by(numbers: list[str], have: set[str]) -> tuple[list[str], list[str]]:
    """Those that are among them, and the others."""
    return [one for one in numbers if one in have], [one for one in numbers if one not in have]


def said_before_print(kind: JobKind, numbers: list[str], without: list[str]) -> dict[str, object]:
    reason = jobs.NOTHING_TO_PRINT[kind]
    return {"name": kind, "title": jobs.PRINTS[kind], "numbers": numbers, "without": without, "reason": reason}


def views_of(question: Question, page: Page) -> list[tuple[str, ShownText, int]]:
    """The tabs; some of them only while there is something in them."""
    hidden = [name for name in order_list.WHEN_ANY if not page.views[name] and name != question.view]
    return [(name, title, page.views[name]) for name, title in VIEW_TITLES.items() if name not in hidden]


#: So much of a text stands in a row.
LETTERS_IN_ROW = 120


def say_more(value: str | Sequence[str]) -> str:
    """What a row shows of an order besides: as much of it as has room."""
    text = value if isinstance(value, str) else ", ".join(value)
    return text if len(text) <= LETTERS_IN_ROW else f"{text[:LETTERS_IN_ROW]}…"


# --- what stands in a row -------------------------------------------------------------------------------------------


class RowButton(NamedTuple):
    """What of a button is the same in all rows: its word and its icon are looked up once, not once a row."""

    name: str
    title: str
    hint: str  # what else comes of one press
    icon: str
    opens: bool  # a pop-up, where something is asked, or a mail can be left out
    is_offered: Callable[[order_list.ListRow], bool]

    @classmethod
    def of(cls, action: AnyAction) -> RowButton:
        title, in_rows = str(action.title), action.in_rows
        icon = (in_rows.icon if in_rows else "") or action.icon
        at_once = bool(in_rows and in_rows.at_once and queries.shop().mail_hold)
        opens = bool(action.inputs or action.final) and not at_once
        hint = title if opens or not action.mail or why_off(action.mail) else tells_at_once(action)
        return cls(action.name, title, hint, icon, opens, in_rows.is_offered if in_rows else never_in_rows)


def never_in_rows(row: order_list.ListRow) -> bool:
    return False


def tells_at_once(action: AnyAction) -> str:
    return _(
        "%(action)s: the customer gets “%(mail)s”, unless you undo it",
        action=action.title,
        mail=mail_title(action.mail),
    )


def has_print(row: order_list.ListRow) -> bool:
    """Whether there is, or can be, an invoice to print of it."""
    return bool(row.invoiced or not row.total)


def format_count(count: int) -> str:
    """A count for people: "137", "1,000+"."""
    return str(Capped(count))


# --- addresses: the URL always holds the whole state ----------------------------------------------------------------


def state(question: Question) -> dict[str, str]:
    """What of the question stands in the address; the page and its anchor are left out."""
    given = {
        "view": question.view,
        "search": question.search,
        "status": question.status,
        "payment": question.payment,
        "shipment": question.shipment,
        "custom": question.custom,
        "shop": question.shop,
        **{name: getattr(question, name) for name in order_list.SAID},
        "amount_from": "" if question.amount_from is None else str(question.amount_from),
        "amount_to": "" if question.amount_to is None else str(question.amount_to),
        "product": question.product,
        "vat": question.vat,
        "has": question.has,
        "overdue": question.overdue,
        "reminders": question.reminders,
        "since": question.since.isoformat() if question.since else "",
        "until": question.until.isoformat() if question.until else "",
        "sort": question.sort if question.sort != "placed_at" else "",
        "desc": "" if question.descending == (question.sort == "placed_at") else str(int(question.descending)),
        "page_size": str(question.size) if question.size != question.usual_size else "",
    }
    return {name: value for name, value in given.items() if value}


def export_url(question: Question) -> str:
    """Where what the list shows now is taken out, all its pages."""
    return url_for("reports.index", list=urlencode(state(question)))


class Links:
    """Addresses of the list as it is asked for, with some of its state changed; an empty value takes that part away."""

    def __init__(self, question: Question):
        self.question = question
        self.page, self.state = url_for("order.index_view"), state(question)

    def __call__(self, **changed: str) -> str:
        query = urlencode({name: value for name, value in (self.state | changed).items() if value != ""})
        return self.page + (f"?{query}" if query else "")


def list_address(link: Links) -> str:
    page = {"page": str(link.question.page)} if link.question.page else {}
    return link(**page)


def turn_page(link: Links, page: Page, step: int) -> str:
    """The next or previous page, with the first row of this one to start from."""
    anchor = {"a": order_list.anchor_text(link.question, page.first)} if page.first is not None else {}
    to = link.question.page + step
    return link(**({"page": str(to)} if to else {}), **anchor)


# --- what stands behind "More filters" ------------------------------------------------------------------------------

HAS_TITLES = {"memo": _l("Memo"), "task": _l("Open task"), "question": _l("Ticket not answered")}
MORE_TITLES = {
    "country": _l("Country"),
    "payment_method": _l("Payment method"),
    "shipping_method": _l("Shipping method"),
    "channel": _l("Channel"),
    "amount_from": _l("Amount from"),
    "amount_to": _l("Amount to"),
    "product": _l("Product (SKU)"),
    "has": _l("With"),
    "vat": _l("VAT"),
}
TYPED_AMOUNTS = ("amount_from", "amount_to")


def filters_url(link: Links) -> str:
    """With what was typed and not understood."""
    typed = {name: value for name, value in link.question.unread if name in MORE_TITLES}
    return f"{url_for('order.more_filters')}?{urlencode(link.state | typed)}"


def more_choices() -> list[tuple[str, ShownText, list[tuple[str, ShownText]]]]:
    """Name, title and choices of each filter that is chosen from a list: what the orders say, if they say anything."""
    found = dict(zip(order_list.SAID, values_of_orders([*order_list.SAID.values()]), strict=True))
    choices: dict[str, list[tuple[str, ShownText]]] = {
        "country": sorted([(code, country(code)) for code in found.pop("country")], key=lambda choice: choice[1]),
        **{name: [(value, value) for value in values] for name, values in found.items()},
        "has": [*HAS_TITLES.items()],
        "vat": [(order_list.REVERSED, REVERSED_TITLE)],
    }
    return [(name, MORE_TITLES[name], values) for name, values in choices.items() if values]


def said_more(question: Question) -> list[tuple[str, str]]:
    """The filters of these that are on, in words."""
    titles = {
        "country": country(question.country),
        "has": HAS_TITLES.get(question.has, ""),
        "vat": REVERSED_TITLE if question.vat else "",
        **{name: typed_amount(getattr(question, name)) for name in TYPED_AMOUNTS},
    }
    said = {name: titles.get(name, getattr(question, name)) for name in MORE_TITLES}
    return [(name, f"{MORE_TITLES[name]}: {text}") for name, text in said.items() if text]


def typed_amount(value: Decimal | None) -> str:
    """As its reader would type it."""
    return "" if value is None else price(value)


def say_unread(name: str, value: str) -> str:
    """With the name of the filter; of an amount also how it is written."""
    title = str(MORE_TITLES.get(name, name))
    if name in TYPED_AMOUNTS:
        return f"{title}: " + _("“%(text)s” is not an amount. Enter one such as 12.50.", text=value[:40])
    return say_part(title, value)


#: Title, choices as (address, text, is chosen), and the text of the one that is chosen.
Filter = tuple[ShownText, list[tuple[str, ShownText, bool]], ShownText]


def shops_to_tell_apart() -> dict[int, Label]:
    """The shops that orders come from, by id; none as long as there is only one."""
    shops = queries.outside_shops()
    return {shop.id: Label(shop.title, "gray", "") for shop in shops} if len(shops) > 1 else {}


def filters_of(link: Links, custom: Mapping[int, Label], shops: Mapping[int, Label]) -> list[Filter]:
    """The drop-downs above the list; those of custom statuses and of shops only where there are any to choose from."""
    shop_labels = {str(id): label for id, label in shops.items()}
    own = {str(id): label for id, label in custom.items()}
    return [
        choices_of(link, "payment", _l("Payment"), PAYMENT_STATUS),
        choices_of(link, "shipment", _l("Shipment"), SHIPMENT_STATUS),
        choices_of(link, "status", _l("Status"), {s: ORDER_STATUS[s] for s in order_list.STATUSES}),
        *([choices_of(link, "custom", _l("Custom status"), own)] if own else []),
        *([choices_of(link, "shop", _l("Shop"), shop_labels)] if shop_labels else []),
        *filters_of_unpaid(link),
    ]


def filters_of_unpaid(link: Links) -> list[Filter]:
    """Only among the unpaid ones, where reminders are sent from."""
    asked = link.question
    if asked.view != "unpaid" and not asked.overdue and not asked.reminders:
        return []
    return [
        choices_of(link, "overdue", _l("Pay by"), OVERDUE_LABELS),
        choices_of(link, "reminders", _l("Reminders"), REMINDED_LABELS),
    ]


def concerns_filter(link: Links, counts: Mapping[str, int]) -> list[Filter]:
    """What asks for somebody, with how many orders: those that there are now, if any."""
    choices: list[tuple[str, ShownText, bool]] = [(link(view=""), _l("Any"), link.question.view not in IN_FILTER)]
    for concern in IN_FILTER:
        if counts[concern] or concern == link.question.view:
            text = f"{CONCERN[concern].text} ({format_count(counts[concern])})"
            choices.append((link(view=concern), text, concern == link.question.view))
    chosen = CONCERN[Concern(link.question.view)].text if link.question.view in IN_FILTER else ""
    return [(_l("Attention"), choices, chosen)] if len(choices) > 1 else []


Choice = TypeVar("Choice", bound=str)


def choices_of(link: Links, name: str, title: ShownText, labels: Mapping[Choice, Label]) -> Filter:
    current = getattr(link.question, name)
    choices: list[tuple[str, ShownText, bool]] = [(link(**{name: ""}), _l("Any"), not current)]
    choices += [(link(**{name: value}), label.text, value == current) for value, label in labels.items()]
    return title, choices, labels[current].text if current in labels else ""


def chips_of(link: Links, custom: Mapping[int, Label], shops: Mapping[int, Label]) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    labelled = (("payment", PAYMENT_STATUS), ("shipment", SHIPMENT_STATUS), ("status", ORDER_STATUS))
    chips = [(str(labels[value].text), name) for name, labels in labelled if (value := getattr(link.question, name))]
    for name, of_unpaid in (("overdue", OVERDUE_LABELS), ("reminders", REMINDED_LABELS)):
        if chosen := getattr(link.question, name):
            chips.append((str(of_unpaid[chosen].text), name))
    if link.question.view in IN_FILTER:
        chips.append((str(CONCERN[Concern(link.question.view)].text), "view"))
    if link.question.custom:
        label = custom.get(int(link.question.custom))
        chips.append((str(label.text) if label else _("Unknown status"), "custom"))
    if link.question.shop:
        label = shops.get(int(link.question.shop))
        chips.append((str(label.text) if label else _("Unknown shop"), "shop"))
    if link.question.search:
        chips.append((put_in_quotes(link.question.search), "search"))
    chips += [(text, name) for name, text in said_more(link.question)]
    if link.question.since:
        chips.append((_("From %(day)s", day=link.question.since.isoformat()), "since"))
    if link.question.until:
        chips.append((_("Until %(day)s", day=link.question.until.isoformat()), "until"))
    return [(text, link(**{name: ""})) for text, name in chips]
