"""SALES > Tickets: the questions of customers, unanswered first; opened, answered, set aside and closed here."""

from __future__ import annotations

import io
from functools import partial

from flask import Response, abort, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app import queries
from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.actions.tickets import (
    WAITING,
    answer_ticket,
    assign_ticket,
    close_ticket,
    make_task,
    reopen_ticket,
    set_aside,
)
from app.admin_views.action_forms import form_on
from app.admin_views.dashboard.action_dialog import ActionPlace, PopUp, open_dialog, submit_dialog
from app.admin_views.dashboard.buttons import why_not
from app.admin_views.filters import FilterByStaff, FilteredByRecords, days_of
from app.admin_views.neighbours import LIST_PART, ThroughList
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.extensions import ShownText, db
from app.models import Order, Staff, Ticket, TicketMessage, TicketStatus
from app.pages.formatting import badge
from app.pages.labels import TICKET_STATUS
from app.queries.keyset import ListSort, each_for_few, of_other
from app.queries.record_search import TICKET_SEARCH
from app.security import form_tokens


def offered_actions() -> dict[str, AnyAction]:
    return {name: action for name, action in ACTIONS.items() if Ticket in action.record_types}


class TicketList(ThroughList, FilteredByRecords, TabbedList):
    tabs = {
        "": ListTab(_l("Waiting"), lambda: [Ticket.status.in_(WAITING)]),
        "answered": ListTab(_l("Answered"), lambda: [Ticket.status == TicketStatus.ANSWERED]),
        "closed": ListTab(_l("Closed"), lambda: [Ticket.status == TicketStatus.CLOSED]),
        "all": ListTab(_l("All")),
    }
    many_actions = (assign_ticket, set_aside, close_ticket)
    column_list = ("subject", "order", "name", "status", "last_message_at", "assignee")
    column_sortable_list = ("last_message_at",)
    sorts = {
        "order": of_other(Order.number, Ticket.order_id),
        **each_for_few(Ticket.subject, Ticket.name),
        "status": ListSort(Ticket.status, (Ticket.last_message_at,)),
        "assignee": of_other(Staff.name, Ticket.assignee_id),
    }
    column_filters = (
        *days_of(Ticket.last_message_at, _l("Last message")),
        FilterByStaff(Ticket.assignee_id, _l("Assigned to")),
    )
    searched = TICKET_SEARCH
    export_right = "exports.tickets"
    list_template = "admin/ticket/list.html"
    column_labels = {
        "name": _l("Customer"),
        "last_message_at": _l("Last message"),
    }
    column_formatters = {
        "status": lambda view, context, model, name: badge(TICKET_STATUS[model.status]),
    }

    # --- the list ---

    def row_url(self, row: Ticket) -> str:
        left = request.full_path.rstrip("?") if request.endpoint == f"{self.endpoint}.index_view" else None
        return url_for(f"{self.endpoint}.show", ticket_id=row.id, list=left)

    def came_from(self) -> str:
        return request.args.get(LIST_PART, "")

    def neighbour_url(self, record_id: int) -> str:
        return url_for(".show", ticket_id=record_id, list=self.came_from())

    def list_query(self) -> Select[Ticket]:
        return select(Ticket).options(with_assignee(), joinedload(Ticket.order).load_only(Order.number))

    def usual_sort(self) -> tuple[ListSort, bool]:
        """What waits longest first; what is answered, by when."""
        return ListSort(Ticket.last_message_at), bool(self.asked_tab())

    def get_empty_list_message(self) -> ShownText:
        return _l("No open tickets") if not self.asked_tab() else _l("No tickets")

    # --- one question ---

    @expose("/<int:ticket_id>")
    def show(self, ticket_id: int) -> ResponseReturnValue:
        return self.page(ticket_id)

    def page(self, ticket_id: int, answering: PopUp | None = None) -> tuple[str, int]:
        ticket = read_ticket(ticket_id) or abort(404)
        form = answering.form if answering else form_on(answer_ticket, ticket)
        offered = [set_aside, reopen_ticket if ticket.status == TicketStatus.CLOSED else close_ticket]
        return self.render(
            "admin/ticket/page.html",
            ticket=ticket,
            beside=self.neighbours(ticket),
            label=TICKET_STATUS[ticket.status],
            form=form,
            refusal=answering.refusal if answering else "",
            why_not_answer=why_not(answer_ticket, ticket),
            mail=_("%(address)s gets the answer by mail.", address=ticket.email) if ticket.email else "",
            presses=[(ticket_url(ticket_id, one.name), one, why_not(one, ticket)) for one in offered],
            asks=[(ticket_url(ticket_id, one.name), one, why_not(one, ticket)) for one in (assign_ticket, make_task)],
        ), (answering.status if answering else 200)

    @expose("/<int:ticket_id>/<action_name>", methods=["GET", "POST"])
    def act(self, ticket_id: int, action_name: str) -> ResponseReturnValue:
        """GET opens the pop-up; POST does it and goes back, or shows the form with what is wrong."""
        action = offered_actions().get(action_name) or abort(404)
        place = ActionPlace(
            partial(read_ticket, ticket_id), partial(queries.locked_ticket, ticket_id), partial(ticket_url, ticket_id)
        )
        form_tokens.lead_back_to(url_for(".show", ticket_id=ticket_id))
        shown = open_dialog(action, place, None) if request.method != "POST" else submit_dialog(action, place, None)
        back = url_for(".show", ticket_id=ticket_id)
        if not isinstance(shown, PopUp):
            return redirect(back, code=303)
        if action is answer_ticket:
            return self.page(ticket_id, shown)
        return self.render(
            "admin/order/dialogs/action.html", shown=shown, url=ticket_url(ticket_id, action_name), back=back, mail=""
        ), shown.status

    @expose("/<int:ticket_id>/picture/<int:file_id>")
    def picture(self, ticket_id: int, file_id: int) -> Response:
        ticket = read_ticket(ticket_id) or abort(404)
        files = [file for message in ticket.messages for file in message.pictures]
        file = next((one for one in files if one.id == file_id), None) or abort(404)
        return send_file(io.BytesIO(file.content), file.media_type, download_name=file.name)


def read_ticket(ticket_id: int) -> Ticket | None:
    query = select(Ticket).where(Ticket.id == ticket_id)
    parts = (
        joinedload(Ticket.order),
        joinedload(Ticket.task),
        with_assignee(),
        selectinload(Ticket.messages).selectinload(TicketMessage.pictures),
    )
    return db.session.scalar(query.options(*parts)) if ticket_id < 2**31 else None


def with_assignee() -> ORMOption:
    return joinedload(Ticket.assignee).options(load_only(Staff.name, Staff.email), lazyload(Staff.roles))


def ticket_url(ticket_id: int, name: str, record_id: int | None = None) -> str:
    return url_for("ticket.act", ticket_id=ticket_id, action_name=name)
