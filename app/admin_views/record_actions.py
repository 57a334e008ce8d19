"""Declared actions on the records of a list: a button on each row, the bulk menu, the preview, and the report."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from flask import abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Form

from app import jobs
from app.actions.declaration import AnyAction
from app.admin_views.action_forms import form_for_many
from app.admin_views.bulk import DRAWS_IN_REQUEST, PREVIEW_TAKES, mails_of
from app.admin_views.dashboard.action_dialog import ActionPlace, PopUp, open_dialog, preview_dialog, submit_dialog
from app.admin_views.dashboard.buttons import Button, why_not
from app.admin_views.dashboard.mail_lines import mail_line
from app.admin_views.forms import as_id
from app.admin_views.freshness import demand_fresh
from app.admin_views.printouts import ROWS_PRINTED, Printout, say_too_many
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import Report, run_each, shorten_list
from app.admin_views.signin import actor, may
from app.config import LARGEST_ID
from app.errors import ActionRefused
from app.extensions import ShownText, db, read_only
from app.models import Order, Shipment
from app.pages.preferences import local_path
from app.security import form_tokens

#: What of the bulk menu is no action: it changes nothing.
PRINT = "print"

#: Nor is this, with the file that comes of it.
TICKED = {"export_xlsx": "xlsx", "export_csv": "csv"}

#: What a record is called, and what locks it.
Ticked = Sequence[tuple[str, Callable[[], object]]]


class RecordActions:
    """What a list of records gives for the actions that it declares, each with its own right."""

    record_actions: tuple[AnyAction, ...] = ()  # on each row, and on the ticked ones if it can be asked for all at once
    prints_ticked = False  # whether the ticked rows are printed as one PDF
    printouts: tuple[Printout, ...] = ()  # what else is printed of them; then `parcels_of` says of which parcels
    many_actions: tuple[AnyAction, ...] = ()  # on the ticked rows only: a row leads to a page that has a button for it

    # Of the view that this is mixed into.
    model: Any  # one of app/models.py
    get_one: Callable[..., Any]
    list_query: Callable[[], Any]
    render: Callable[..., str]
    texts: RecordTexts
    endpoint: str
    page_size_options: tuple[int, ...]
    export_ticked: Callable[[str, list[str]], ResponseReturnValue]
    _actions: list[tuple[str, ShownText]]
    _actions_data: dict[str, tuple[Callable[[list[str]], ResponseReturnValue], ShownText, ShownText | None]]

    @property
    def may_change(self) -> bool:
        raise NotImplementedError

    # --- what is offered ---

    def declared_action(self, name: str) -> AnyAction | None:
        return next((action for action in self.record_actions if action.name == name), None)

    @property
    def ticked_actions(self) -> tuple[AnyAction, ...]:
        return (*filter(is_for_many, self.record_actions), *self.many_actions)

    def row_buttons(self, record: Any) -> list[Button]:
        return [
            Button(
                one.title,
                one.icon,
                self.action_url(record.id, one.name),
                why_not(one, record),
                opens=asks(one),
            )
            for one in self.record_actions
        ]

    def init_actions(self) -> None:
        super().init_actions()  # type: ignore[misc]
        for action in self.ticked_actions:
            self._actions.append((action.name, action.title))
            confirm = action.many.confirm if action.many else None
            self._actions_data[action.name] = (partial(self.act_on_many, action), action.title, confirm)

    def is_action_allowed(self, name: str) -> bool:
        """Flask-Admin's own action deletes many rows and asks nobody: never that one."""
        action = next((one for one in self.ticked_actions if one.name == name), None)
        return may(action.right) if action else name != "delete" and self.may_change

    def action_url(self, record_id: int, name: str) -> str:
        """Empty for what is not offered here, such as an undo that the list does not declare."""
        return url_for(".act_on_record", record_id=record_id, action_name=name) if self.declared_action(name) else ""

    def lock_record(self, record_id: int) -> Any:
        """The record as it is now, locked. One that belongs to an order locks that first, as everybody does."""
        query = select(self.model).where(self.model.id == record_id).with_for_update(of=self.model)
        return db.session.scalar(query.execution_options(populate_existing=True)) if record_id <= LARGEST_ID else None

    # --- one record ---

    @expose("/<int:record_id>/act/<action_name>", methods=["GET", "POST"])
    def act_on_record(self, record_id: int, action_name: str) -> ResponseReturnValue:
        """GET opens the pop-up; POST does it and goes back to the list, or shows the pop-up with what is wrong."""
        action = self.declared_action(action_name) or abort(404)
        read, lock = partial(self.get_one, str(record_id)), partial(self.lock_record, record_id)
        place = ActionPlace(read, lock, lambda name, _id: self.action_url(record_id, name))
        form_tokens.lead_back_to(list_left())
        answer = self.answer_of(action, place)
        if isinstance(answer, PopUp):
            return self.pop_up(answer), answer.status
        return redirect(url_for("order_page.show", number=answer) if answer else list_left(), code=303)

    def answer_of(self, action: AnyAction, place: ActionPlace) -> PopUp | str:
        if request.method != "POST":
            return open_dialog(action, place, None)
        if "preview" in request.form and action.preview:
            return preview_dialog(action, place, None)
        return submit_dialog(action, place, None)

    def pop_up(self, shown: PopUp) -> str:
        order = shown.record if isinstance(shown.record, Order) else getattr(shown.record, "order", None)
        return self.render(
            f"admin/order/dialogs/{shown.action.dialog}.html",
            shown=shown,
            url=url_for(".act_on_record", record_id=shown.record.id, action_name=shown.action.name, url=list_left()),
            back=list_left(),
            mail=mail_line(shown.action, shown.record) if order and shown.action.mail else "",
        )

    # --- those that are ticked ---

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        name = request.form.get("action", "")
        if name in TICKED:
            return self.export_ticked(TICKED[name], request.form.getlist("rowid"))
        if name == PRINT and self.prints_ticked:
            return self.print_rows(request.form.getlist("rowid"))
        for printout in self.printouts:
            if name == printout.name:
                return self.print_together(printout, request.form.getlist("rowid"))
        if not self.is_action_allowed(name):
            abort(403)
        for action in self.ticked_actions:
            if action.name == name:
                demand_fresh(action.right)  # which may be another than the list's
        form_tokens.lead_back_to(list_left())
        return super().action_view()  # type: ignore[misc]

    def print_rows(self, ids: list[str]) -> ResponseReturnValue:
        """One PDF of the ticked documents, in a window of its own: the list stays as it is."""
        form_tokens.stay_usable()
        wanted = sorted({record_id for text in ids if (record_id := as_id(text))})[: max(self.page_size_options)]
        with read_only():
            undrawn = self.count_undrawn(wanted)
            content = self.draw_rows(wanted) if wanted and undrawn <= DRAWS_IN_REQUEST else None
        if content:
            return send_file(io.BytesIO(content), "application/pdf", download_name=f"{self.endpoint}.pdf")
        if not wanted or undrawn <= DRAWS_IN_REQUEST:
            flash(_("Tick at least one row first."), "error")
        else:
            flash(
                _("%(count)s of these are not drawn yet. Tick fewer, or try again in a minute.", count=undrawn), "error"
            )
        return redirect(list_left(), code=303)

    def print_together(self, printout: Printout, ids: list[str]) -> ResponseReturnValue:
        """What is drawn anew for all of the ticked ones, in a window of its own."""
        form_tokens.stay_usable()
        wanted = sorted({record_id for text in ids if (record_id := as_id(text))})
        with read_only():
            slips = self.parcels_of(wanted) if 0 < len(wanted) <= ROWS_PRINTED else []
            if slips:
                return printout.send(slips)
        too_many = say_too_many() if wanted else _("Tick at least one row first.")
        flash(str(printout.nothing) if 0 < len(wanted) <= ROWS_PRINTED else too_many, "error")
        return redirect(list_left(), code=303)

    def parcels_of(self, ids: list[int]) -> list[Shipment]:
        """Those of these rows that are to be packed."""
        raise NotImplementedError

    def count_undrawn(self, ids: list[int]) -> int:
        """How many of these documents nobody has printed yet, which takes a moment each."""
        raise NotImplementedError

    def draw_rows(self, ids: list[int]) -> bytes | None:
        raise NotImplementedError

    def act_on_many(self, action: AnyAction, ids: list[str]) -> ResponseReturnValue:
        """At once, or after a preview, which comes again until the form is complete."""
        records = self.ticked_records(ids)
        if not records:
            flash(_("Tick at least one row first."), "error")
            return redirect(list_left(), code=303)
        step = request.form.get("step", "")
        form = form_for_many(action, records[0], request.form if step else None)
        is_complete = form.validate()
        ticked = [(str(record), partial(self.lock_record, record.id)) for record in records]
        if not asks_first(action) or (step == "do" and is_complete):
            return self.run_on_ticked(action, records, ticked, form)
        if not step and not is_complete:
            form = form_for_many(action, records[0])  # nobody is blamed for what was not asked yet
        status = 422 if step and not is_complete else 200
        return self.preview(action, [record.id for record in records], ticked, form, is_complete), status

    def ticked_records(self, ids: list[str]) -> list[Any]:
        known = {record_id for text in ids if (record_id := as_id(text))}
        some = self.list_query().where(self.model.id.in_(sorted(known)))
        return list(db.session.scalars(some.order_by(self.model.id)).unique())

    def run_on_ticked(self, action: AnyAction, records: list[Any], ticked: Ticked, form: Form) -> Response:
        ids = [record.id for record in records]
        report = run_each(action, ticked, on=partial(fit_for_many, action), **form.data)
        self.offer_undo(action, report, [ids[position] for position in report.positions])
        if self.texts.many_done:
            report.flash_counts(self.texts.many_done, self.texts.many_unchanged)
        else:
            report.flash(f"{action.done or action.title}: {shorten_list(report.done)}")
        return redirect(list_left(), code=303)

    def offer_undo(self, action: AnyAction, report: Report, ids: list[int]) -> None:
        """Where the list declares what takes it back: for those that were changed."""
        undo = self.declared_action(action.undo)
        if undo is None or not may(undo.right) or not ids:
            return
        fields = [["action", undo.name], ["step", "do"], ["url", list_left()]]
        report.message["undo"] = url_for(".action_view")
        report.message["fields"] = [*fields, *(["rowid", record_id] for record_id in ids)]

    def preview(self, action: AnyAction, ids: list[int], ticked: Ticked, form: Form, is_complete: bool) -> str:
        form_tokens.stay_usable()  # nothing is done yet: no try of it takes the token
        seen = None
        if is_complete:
            seen = jobs.preview_records(action, ticked, by=actor(), how=form.data, seconds=PREVIEW_TAKES)
        with read_only():
            return self.render(
                "admin/model/preview.html",
                action=action,
                ids=ids,
                form=form,
                seen=seen,
                mails=mails_of(seen) if seen else [],
                back=list_left(),
            )


def list_left() -> str:
    """The list as it was when somebody acted: its page, its search, its order."""
    return local_path(request.values.get("url") or url_for(".index_view"))


def asks(action: AnyAction) -> bool:
    return bool(action.inputs or action.final)


def asks_first(action: AnyAction) -> bool:
    """Whether many records are looked at before: what mails, can't be taken back or must be filled in."""
    return not action.many and bool(asks(action) or action.mail)


Locked = TypeVar("Locked")


def fit_for_many(action: AnyAction, record: Locked) -> Locked:
    """The record, unless the action refuses it among many. It is locked already."""
    if action.many and (reason := action.many.why_not(record)):
        raise ActionRefused(reason)
    return record


def is_for_many(action: AnyAction) -> bool:
    """Whether all that it must be given can be asked once."""
    asked = {one.name for one in action.inputs_for_many}
    needed = [one for one in action.inputs if one.required] + [p for p in action.parameters.values() if p.is_required]
    return all(one.name in asked for one in needed)
