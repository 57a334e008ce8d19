"""Declared actions that are done in a cell of a list: by the form, the right and the history of the action.

Nothing is saved over what somebody else did meanwhile: the cell then shows what is there now, and what was entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from app import queries
from app.actions import ACTIONS
from app.actions.custom_statuses import statuses_offered
from app.actions.declaration import AnyAction, InCell
from app.admin_views.action_forms import form_on
from app.admin_views.cell_toasts import (
    answer_cell,
    is_undoing,
    list_of_cell,
    say_change,
    say_not_undone,
    undo_in_cell,
)  # fmt: skip
from app.admin_views.dashboard.buttons import why_not
from app.admin_views.differing import both_values
from app.admin_views.forms import shown_value
from app.admin_views.mail_news import Toast
from app.admin_views.run_action import AlreadyLocked, lock_anew, run_locked
from app.admin_views.signin import demand_right, may
from app.errors import ActionRefused, ChangedMeanwhile
from app.extensions import ShownText
from app.models import CustomStatus, Order

#: What there is to choose from in a cell: values and their texts.
Choices = Iterable[tuple[object, ShownText]]

#: What script knows the cell by.
ATTRIBUTES = Markup(
    ' data-edit="%(column)s" data-version="%(seen)s" data-value="%(value)s" data-named="%(named)s" data-word="%(word)s"'
)


@cache
def actions_in_cells(kind: type) -> dict[str, tuple[AnyAction, InCell]]:
    """The actions that are done in cells of the list of these records, by the column."""
    every = [one for one in ACTIONS.values() if one.in_cell and kind in one.record_types]
    return {one.in_cell.column: (one, one.in_cell) for one in every if one.in_cell}


@dataclass(frozen=True)
class EditedCell:
    """What of the cells of a column is the same in all rows."""

    action: AnyAction
    place: InCell
    named: str  # what the column is called; "" where the action says all
    choices: list[tuple[str, ShownText]]  # of a drop-down; else it is typed

    def attributes(self, row: object) -> Markup:
        """Of the cell in this row."""
        return ATTRIBUTES % {
            "column": self.place.column,
            "seen": self.place.seen(row),
            "value": self.place.value(row),
            "named": self.named,
            "word": self.action.title if not self.named else "",
        }


def edited_cells(kind: type, choices: Mapping[str, Choices]) -> dict[str, EditedCell]:
    """By the column, those that the person may change; `choices` are given of each that is a drop-down."""
    cells = {}
    for column, (action, place) in actions_in_cells(kind).items():
        (entered,) = action.inputs
        offered = [(str(value), text) for value, text in choices.get(column, ())]
        is_choice = entered.choices is not None
        if may(action.right) and (len(offered) > 1 or not is_choice):
            cells[column] = EditedCell(action, place, str(entered.title) if is_choice else "", offered)
    return cells


def cells_in_orders(statuses: Sequence[CustomStatus]) -> dict[str, EditedCell]:
    """Of a table of orders, wherever it is; these are the statuses of the shop's own."""
    return edited_cells(Order, {"status": statuses_offered(statuses)})


class CellActions:
    """Mixed into the list of orders."""

    def cell_texts(self) -> Mapping[str, Callable[[Order], str]]:
        """By the column, what its cell says of a record; what is no markup is escaped."""
        raise NotImplementedError

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> ResponseReturnValue:
        """What was entered in one cell."""
        column, number = request.form.get("field", ""), request.form.get("id", "")
        action, place = actions_in_cells(Order).get(column) or abort(404)
        demand_right(action.right)
        record = lock_anew(partial(queries.locked_order, number))
        (entered,) = action.inputs
        form = form_on(action, record, MultiDict({entered.name: request.form.get(column, "")}))
        if not form.validate():
            return answer_cell({"error": " ".join(map(str, form[entered.name].errors))}, 422)
        was, was_shown = str(place.value(record)), self.read_cell(record, column)
        if request.form.get("seen_version", "") != str(place.seen(record)):
            yours = shown_value(form[entered.name])
            told = (
                say_not_undone(record, entered.title, was_shown)
                if is_undoing()
                else both_values([(str(entered.title), was_shown, yours)])
            )
            return answer_cell(self.cell_now(record, column, place, told), 409)
        try:
            run_locked(action, AlreadyLocked(record), **form.data)
        except (ActionRefused, ChangedMeanwhile) as no:
            return answer_cell({"error": str(no)}, 422)
        toast = self.toast_of_made(action, record)
        if toast is None:
            text = say_change(record, entered.title, was_shown, self.read_cell(record, column))
            toast = undo_in_cell(text, column, record.number, was=was, now=str(place.seen(record)))
        return answer_cell(self.cell_now(record, column, place), 200, toast)

    def read_cell(self, record: Order, column: str) -> str:
        """What a person reads in it."""
        return Markup(self.cell_texts()[column](record)).striptags()

    def toast_of_made(self, action: AnyAction, record: Order) -> Toast | None:
        """Of an action that makes something, which another one takes back: Undo is offered to who may do that."""
        if not action.undo or action.undo_on is None:
            return None
        toast: Toast = {"text": action.said_of(record)}
        undo, made = ACTIONS[action.undo], action.undo_on(record)
        if not why_not(undo, made):
            where = {"number": record.number, "action_name": undo.name, "record_id": made.id}
            toast["undo"] = url_for("order_page.act", **where, url=list_of_cell())
        return toast

    def cell_now(self, record: Order, column: str, place: InCell, error: str = "") -> dict[str, str]:
        """What the cell shows, and what its next change is compared with."""
        return {
            "version": str(place.seen(record)),
            "value": str(place.value(record)),
            "shown": str(escape(self.cell_texts()[column](record))),
            "error": error,
        }
