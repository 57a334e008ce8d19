"""SALES > Tasks: what everybody has to do, on orders or apart from them. Added, changed and finished from here too."""

from __future__ import annotations

from functools import partial
from textwrap import shorten

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from app import queries
from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.actions.tasks import add_task, finish_task
from app.admin_views.base import Beginning
from app.admin_views.dashboard.action_dialog import ActionPlace, PopUp, open_dialog, submit_dialog
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.dashboard.loading import with_assignee
from app.admin_views.filters import FilterByStaff, FilteredByRecords
from app.admin_views.signin import actor
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.admin_views.task_rows import labels_of
from app.extensions import ShownText
from app.models import Order, Staff, Task, TaskStatus
from app.pages.formatting import badge
from app.pages.labels import TASK_STATUS
from app.pages.preferences import local_path
from app.queries.keyset import ListSort, for_few, of_other
from app.queries.record_search import TASK_SEARCH
from app.security import form_tokens


class TaskList(FilteredByRecords, TabbedList):
    begins = (Beginning(add_task.title, ".add", add_task.right),)
    tabs = {
        "": ListTab(_l("Open"), lambda: [queries.OPEN_TASK]),
        "overdue": ListTab(_l("Overdue"), lambda: [queries.late_task()]),
        "done": ListTab(_l("Done"), lambda: [Task.status == TaskStatus.DONE]),
        "all": ListTab(_l("All")),
    }
    many_actions = (finish_task,)
    column_list = ("description", "order", "due_at", "status", "assignee")
    sorts = {
        "description": for_few(Task.description),
        "order": of_other(Order.number, Task.order_id),
        "due_at": ListSort(queries.DUE_OR_NEVER),
        "status": for_few(Task.status),
        "assignee": of_other(Staff.name, Task.assignee_id),
    }
    column_default_sort = ("due_at", False)
    column_filters = (FilterByStaff(Task.assignee_id, _l("Assigned to")),)
    searched = TASK_SEARCH
    export_right = "exports.tasks"
    exported_values = {"description": lambda task: task.description}
    list_template = "admin/task/list.html"
    column_labels = {
        "description": _l("Task description"),
        "due_at": _l("Due"),
    }
    column_formatters = {
        "description": lambda view, context, model, name: shorten(model.description, 120, placeholder=" …"),
        "status": lambda view, context, model, name: status_of(model),
    }

    # --- the list ---

    def row_url(self, row: Task) -> str:
        """The order it is about; a task without one opens itself."""
        if row.order is not None:
            return url_for("order_page.show", number=row.order.number)
        left = request.full_path if request.blueprint == self.endpoint else url_for(f"{self.endpoint}.index_view")
        return url_for(f"{self.endpoint}.act", task_id=row.id, action_name="change_task", url=left)

    def list_query(self) -> Select[Task]:
        return select(Task).options(with_assignee(), joinedload(Task.order).load_only(Order.number))

    def narrowed(self) -> list[ColumnElement[bool]]:
        return [Task.assignee_id == actor().staff_id] if self.asked_whose() == "mine" else []

    def knows_part(self, name: str, value: str) -> bool:
        return value == "mine" if name == "whose" else super().knows_part(name, value)

    def asked_whose(self) -> str:
        return "mine" if self.list_args.get("whose") == "mine" else ""

    def kept(self) -> dict[str, str]:
        return {"whose": self.asked_whose()}

    def usual_sort(self) -> tuple[ListSort, bool]:
        """Done ones, and all: latest first. Open ones by when they are due; what is due at no time comes last."""
        if self.asked_tab() == "done":
            return ListSort(Task.done_at), True
        return (ListSort(Task.id), True) if self.asked_tab() == "all" else super().usual_sort()

    def render(self, template: str, **kwargs: object) -> str:
        if template == self.list_template:
            kwargs.update(self.around_the_list())
        return super().render(template, **kwargs)

    def around_the_list(self) -> dict[str, object]:
        whose = self.asked_whose()
        return {
            "whose": [
                (self.list_url(whose=who), title, who == whose)
                for who, title in (("", _l("Everybody")), ("mine", _l("Mine")))
            ],
            "whose_text": _("Mine") if whose else "",
            "add": add_task,
            "why_not_add": lacking(add_task.right),
            "why_not_finish": lacking(finish_task.right),
        }

    def get_empty_list_message(self) -> ShownText:
        return _l("No tasks")

    # --- doing something ---

    @expose("/add_task", methods=["GET", "POST"])
    def add(self) -> ResponseReturnValue:
        """A task apart from any order."""
        url = url_for(".add", url=back())
        return self.answer(add_task, ActionPlace(queries.shop, queries.shop, lambda name, record_id: url), url)

    @expose("/<int:task_id>/<any(change_task, finish_task, reopen_task):action_name>", methods=["GET", "POST"])
    def act(self, task_id: int, action_name: str) -> ResponseReturnValue:
        read, lock = partial(self.get_one, str(task_id)), partial(queries.locked_task, task_id)
        place = ActionPlace(read, lock, partial(task_url, task_id))
        return self.answer(ACTIONS[action_name], place, task_url(task_id, action_name))

    def answer(self, action: AnyAction, place: ActionPlace, url: str) -> ResponseReturnValue:
        """GET opens the pop-up; POST does it and goes back, or shows the pop-up with what is wrong."""
        form_tokens.lead_back_to(back())
        shown = open_dialog(action, place, None) if request.method != "POST" else submit_dialog(action, place, None)
        if not isinstance(shown, PopUp):
            return redirect(back(), code=303)
        template = f"admin/order/dialogs/{action.dialog}.html"
        return self.render(template, shown=shown, url=url, back=back()), shown.status


def task_url(task_id: int, name: str, record_id: int | None = None) -> str:
    return url_for("task.act", task_id=task_id, action_name=name, url=back())


def back() -> str:
    """The page that was left for this one."""
    wanted = request.values.get("url", "")
    return local_path(wanted) if wanted else url_for("task.index_view")


# --- what the address asks for --------------------------------------------------------------------------------------


def status_of(task: Task) -> Markup:
    return Markup(" ").join(badge(label) for label in labels_of(task)) or badge(TASK_STATUS[task.status])
