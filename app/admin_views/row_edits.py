"""Values that are changed in the list itself, one at a time, by all the rules of the record's form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import abort, get_flashed_messages, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import escape
from sqlalchemy import Text, inspect
from wtforms import Form

from app.admin_views.cell_toasts import (
    UNDOES,
    answer_cell,
    is_undoing,
    say_change,
    say_not_undone,
    undo_in_cell,
)  # fmt: skip
from app.admin_views.differing import both_values
from app.admin_views.mail_news import Toast
from app.admin_views.record_history import chosen_text
from app.extensions import Model


class RowEdits:
    """Mixed into `RecordView`."""

    edited_in_rows: tuple[str, ...] = ()  # of the form's fields those that are changed in the list as well

    # Of the view that this is mixed into.
    model: type[Model]
    get_one: Callable[..., Model | None]
    get_list_value: Callable[..., object]
    stamp: Callable[..., str]
    differing: Callable[..., Iterator[tuple[str, str, str]]]
    update_model: Callable[..., bool]
    _edit_form_class: Callable[..., Form]

    @property
    def may_change(self) -> bool:
        raise NotImplementedError

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> ResponseReturnValue:
        """One value of a row, with the form, the right, the history and the warning of its own page."""
        if not self.may_change:
            abort(403)
        name, record = request.form.get("field", ""), self.get_one(request.form.get("id", ""))
        if name not in self.edited_in_rows or record is None:
            abort(404)
        form = self.cell_form(name)
        if not form.validate():
            return answer_cell(self.cell_answer(record, name, " ".join(map(str, form[name].errors))), 422)
        if not self.is_as_seen(form, record, name):
            return answer_cell(self.cell_answer(record, name, self.say_too_late(form, record, name)), 409)
        was, was_shown = self.cell_value(record, name), chosen_text(form[name], getattr(record, name))
        form.seen_version.data = self.stamp(record)
        if not self.update_model(form, record):
            return answer_cell(self.cell_answer(record, name, " ".join(map(str, get_flashed_messages()))), 422)
        now_shown = chosen_text(form[name], getattr(record, name))
        text = say_change(record, form[name].label.text, was_shown, now_shown)
        return answer_cell(self.cell_answer(record, name), 200, self.toast_of_cell(record, name, text, was))

    def is_as_seen(self, form: Form, record: Model, name: str) -> bool:
        """The row as it was opened; of what is undone only this value, whatever was changed in others since."""
        if is_undoing():
            return self.cell_value(record, name) == request.form[UNDOES]
        return (form.seen_version.data or "") == self.row_stamp(record)

    def say_too_late(self, form: Form, record: Model, name: str) -> str:
        if is_undoing():
            return say_not_undone(record, form[name].label.text, chosen_text(form[name], getattr(record, name)))
        return both_values(self.differing(form, record))

    def toast_of_cell(self, record: Model, name: str, text: str, was: str) -> Toast:
        is_tick_off = isinstance(getattr(record, name), bool) and not was
        number, now = request.form.get("id", ""), self.cell_value(record, name)
        return undo_in_cell(text, name, number, was=None if is_tick_off else was, now=now)

    def row_stamp(self, record: Model) -> str:
        """What tells whether a row is still as it was when the list was opened."""
        return self.stamp(record)

    def spans_lines(self, name: str) -> bool:
        """Whether people write more than a line in it."""
        return isinstance(inspect(self.model).columns[name].type, Text)

    def cell_form(self, name: str) -> Form:
        """The form of its page, with this one field."""
        form: Form = self._edit_form_class(request.form)
        for field in list(form):
            if field.name not in (name, "seen_version"):
                del form[field.name]
        return form

    def cell_answer(self, record: Model, name: str, error: str = "") -> dict[str, str]:
        """What the row shows now, or why nothing was saved."""
        told = {"version": self.row_stamp(record), "error": error}
        if error:
            return told
        shown = str(escape(self.get_list_value(None, record, name)))
        return {**told, "value": self.cell_value(record, name), "shown": shown}

    def cell_value(self, record: Model, name: str) -> str:
        """As its field would hold it."""
        value = getattr(record, name)
        return ("1" if value else "") if isinstance(value, bool) else str(value)
