"""Declared actions on the records of a list: a button on each row, the bulk menu, the preview, and the report."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import abort, flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, false, func, select
from werkzeug.wrappers import Response
from wtforms import Form

from app import jobs, queries
from app.actions.declaration import AnyAction
from app.admin_views.action_forms import form_for_many
from app.admin_views.bulk import DRAWS_IN_REQUEST, IN_REQUEST, PREVIEW_TAKES, Meant, as_number, mails_of
from app.admin_views.dashboard.action_dialog import ActionPlace, PopUp, open_dialog, preview_dialog, submit_dialog
from app.admin_views.dashboard.buttons import Button, why_not
from app.admin_views.dashboard.mail_lines import mail_line
from app.admin_views.forms import as_id
from app.admin_views.freshness import demand_fresh
from app.admin_views.job_starting import begin_job
from app.admin_views.neighbours import asked_of_list
from app.admin_views.printouts import ROWS_PRINTED, Printout, say_too_many
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import Report, run_each, shorten_list
from app.admin_views.signin import actor, may
from app.errors import ActionRefused
from app.extensions import ShownText, db, read_only, transaction
from app.models import JobKind, Order, Shipment
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
    matching: Callable[[], list[ColumnElement[bool]]]
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
        return queries.locked_record(self.model, record_id)

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
        name, is_all = request.form.get("action", ""), bool(request.form.get("all_matching"))
        if name in TICKED and is_all:
            return redirect(f"{url_for('.export', export_type=TICKED[name])}?{urlsplit(list_left()).query}", code=303)
        if name in TICKED:
            return self.export_ticked(TICKED[name], request.form.getlist("rowid"))
        if name == PRINT and self.prints_ticked:
            return self.print_rows(self.find_all_meant().numbers if is_all else request.form.getlist("rowid"))
        for printout in self.printouts:
            if name == printout.name:
                ids = self.find_all_meant().numbers if is_all else request.form.getlist("rowid")
                return self.print_together(printout, ids)
        if not self.is_action_allowed(name):
            abort(403)
        asked = [action for action in self.ticked_actions if action.name == name]
        for action in asked:
            demand_fresh(action.right)  # which may be another than the list's
        form_tokens.lead_back_to(list_left())
        if is_all and asked:
            return self.act_on_all(asked[0], self.find_all_meant())
        return super().action_view()  # type: ignore[misc]

    def print_rows(self, ids: list[str]) -> ResponseReturnValue:
        """One PDF of the ticked documents, in a window of its own: the list stays as it is."""
        form_tokens.stay_usable()
        wanted = sorted({record_id for text in ids if (record_id := as_id(text))})
        if len(wanted) > (most := max(self.page_size_options)):
            flash(_("At most %(count)s are printed together. Tick them page by page.", count=most), "error")
            return redirect(list_left(), code=303)
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
        fields = [("rowid", str(record.id)) for record in records]
        return self.preview(action, fields, ticked, form, is_complete), status

    # --- all that match ---

    def find_all_meant(self) -> Meant:
        """All that the list shows on any of its pages, but for what came in after the person looked: by ids."""
        given = request.form
        up_to = as_number(given.get("up_to")) or db.session.scalar(select(func.max(self.model.id))) or 0
        wanted = select(self.model.id).where(*self.matching_left(), self.model.id <= up_to).order_by(self.model.id)
        ids = [str(record_id) for record_id in db.session.scalars(wanted)]
        fields = [("all_matching", "1"), ("up_to", str(up_to)), ("seen", str(len(ids)))]
        return Meant(ids, fields, has_grown="seen" in given and len(ids) > as_number(given.get("seen")))

    def matching_left(self) -> list[ColumnElement[bool]]:
        """What the rows of the list that was left fulfil; none does where that is another list."""
        asked = asked_of_list(list_left(), url_for(".index_view"))
        if asked is None:
            return [false()]
        g.list_args = asked
        try:
            return self.matching()
        finally:
            del g.list_args

    def act_on_all(self, action: AnyAction, meant: Meant) -> ResponseReturnValue:
        """After a preview, which says how many they are, and comes again until it shows what will be done."""
        first = self.ticked_records(meant.numbers[: jobs.MOST_PREVIEWED])
        if not first:
            flash(_("Tick at least one row first."), "error")
            return redirect(list_left(), code=303)
        step = request.form.get("step", "")
        form = form_for_many(action, first[0], request.form if step else None)
        is_complete = form.validate()
        ticked = [(str(record), partial(self.lock_record, record.id)) for record in first]
        if step == "do" and meant.has_grown:
            flash(_("More records match now than before. Check them before you continue."), "warning")
        elif step == "do" and is_complete:
            is_job = len(meant.numbers) > IN_REQUEST
            return self.begin_on_all(action, meant, form) if is_job else self.run_on_ticked(action, first, ticked, form)
        if not step and not is_complete:
            form = form_for_many(action, first[0])  # nobody is blamed for what was not asked yet
        status = 422 if step and not is_complete else 200
        return self.preview(action, meant.fields, ticked, form, is_complete, count=len(meant.numbers)), status

    def begin_on_all(self, action: AnyAction, meant: Meant, form: Form) -> Response:
        form_tokens.begin_anew()
        with transaction():
            page = begin_job(
                JobKind.BULK,
                meant.numbers,
                form.data,
                back=list_left(),
                action=action.name,
                records=self.model.__tablename__,
            )
        return redirect(page, code=303)

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

    def preview(
        self,
        action: AnyAction,
        fields: Sequence[tuple[str, str]],
        ticked: Ticked,
        form: Form,
        is_complete: bool,
        count: int | None = None,
    ) -> str:
        """`fields` say again which records are meant; there are `count` of them, if not all are in `ticked`."""
        form_tokens.stay_usable()  # nothing is done yet: no try of it takes the token
        seen = None
        if is_complete:
            fit = [(name, partial(lock_fit, action, lock)) for name, lock in ticked]
            seen = jobs.preview_records(action, fit, by=actor(), how=form.data, seconds=PREVIEW_TAKES)
            seen.total = count or len(ticked)
        with read_only():
            return self.render(
                "admin/model/preview.html",
                action=action,
                fields=fields,
                count=count or len(ticked),
                is_job=(count or 0) > IN_REQUEST,
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


def lock_fit(action: AnyAction, lock: Callable[[], Locked | None]) -> Locked | None:
    record = lock()
    return None if record is None else fit_for_many(action, record)


def is_for_many(action: AnyAction) -> bool:
    """Whether all that it must be given can be asked once."""
    asked = {one.name for one in action.inputs_for_many}
    needed = [one for one in action.inputs if one.required] + [p for p in action.parameters.values() if p.is_required]
    return all(one.name in asked for one in needed)
