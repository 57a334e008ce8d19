"""SALES > Tasks: what everybody has to do, on orders or apart from them. Added, changed and finished from here too."""

from __future__ import annotations

from functools import partial
from textwrap import shorten
from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import joinedload

from app import queries
from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.actions.tasks import add_task, finish_task
from app.admin_views.base import COUNT_CAP, Capped, RecordView
from app.admin_views.dashboard.action_dialog import ActionPlace, PopUp, open_dialog, submit_dialog
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.dashboard.loading import with_assignee
from app.admin_views.signin import actor
from app.admin_views.task_rows import labels_of
from app.extensions import db
from app.models import Order, Task, TaskStatus
from app.pages.formatting import badge, moment
from app.pages.labels import TASK_STATUS
from app.pages.preferences import local_path
from app.security import form_tokens

#: The tabs: "" is the one that opens first.
STATES = {"": _l("Open"), "overdue": _l("Overdue"), "done": _l("Done"), "all": _l("All")}

ORDER_NUMBER = select(Order.number).where(Order.id == Task.order_id).scalar_subquery()


class TaskList(RecordView):
    column_list = ("description", "order", "due_at", "status", "assignee")
    column_sortable_list = ("due_at",)
    column_default_sort = ("due_at", False)
    search_columns = (Task.description, ORDER_NUMBER)
    list_template = "admin/task/list.html"
    column_labels = {
        "description": _l("Task description"),
        "order": _l("Order"),
        "due_at": _l("Due"),
        "status": _l("Status"),
        "assignee": _l("For"),
    }
    column_formatters = {
        "description": lambda view, context, model, name: shorten(model.description, 120, placeholder=" …"),
        "due_at": lambda view, context, model, name: moment(model.due_at) if model.due_at else "",
        "status": lambda view, context, model, name: status_of(model),
    }

    # --- the list ---

    def row_url(self, row: Any) -> str:
        """The order it is about; a task without one opens itself."""
        if row.order is not None:
            return url_for("order_page.show", number=row.order.number)
        return url_for(".act", task_id=row.id, action_name="change_task", url=request.full_path)

    def list_query(self) -> Any:
        return select(Task).options(with_assignee(), joinedload(Task.order).load_only(Order.number))

    def conditions(self, search: str | None, filters: Any) -> list[Any]:
        return [*super().conditions(search, filters), *of_whom(asked_whose()), *in_state(asked_state())]

    def sort_key(self, sort_column: Any, sort_desc: bool) -> tuple[Any, bool]:
        """What is done, latest first; what is not, by when it is due, and what is due at no time at the end."""
        if asked_state() == "done" and not sort_column:
            return Task.done_at, True
        return queries.DUE_OR_NEVER, sort_desc

    def render(self, template: str, **kwargs: Any) -> str:
        if template == self.list_template:
            kwargs.update(self.around_the_list())
        return super().render(template, **kwargs)

    def around_the_list(self) -> dict[str, Any]:
        state, whose, search = asked_state(), asked_whose(), request.args.get("search") or None
        counts = counts_of_states(whose)
        return {
            "tabs": [
                {
                    "url": url_for(".index_view", state=name or None, whose=whose or None, search=search),
                    "text": title,
                    "current": name == state,
                    "count": counts[name],
                }
                for name, title in STATES.items()
            ],
            "whose": [
                (url_for(".index_view", whose=who or None, state=state or None, search=search), title, who == whose)
                for who, title in (("", _l("Everybody")), ("mine", _l("Mine")))
            ],
            "whose_text": _("Mine") if whose else "",
            "add": add_task,
            "why_not_add": lacking(add_task.right),
            "why_not_finish": lacking(finish_task.right),
        }

    def get_empty_list_message(self) -> Any:
        return _l("No tasks")

    # --- doing something ---

    @expose("/add_task", methods=["GET", "POST"])
    def add(self) -> Any:
        """A task apart from any order."""
        url = url_for(".add", url=back())
        return self.answer(add_task, ActionPlace(queries.shop, queries.shop, lambda name, record_id: url), url)

    @expose("/<int:task_id>/<any(change_task, finish_task, reopen_task):action_name>", methods=["GET", "POST"])
    def act(self, task_id: int, action_name: str) -> Any:
        read, lock = partial(self.get_one, str(task_id)), partial(queries.locked_task, task_id)
        place = ActionPlace(read, lock, partial(task_url, task_id))
        return self.answer(ACTIONS[action_name], place, task_url(task_id, action_name))

    def answer(self, action: AnyAction, place: ActionPlace, url: str) -> Any:
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


def asked_state() -> str:
    state = request.args.get("state", "")
    return state if state in STATES else ""


def asked_whose() -> str:
    return "mine" if request.args.get("whose") == "mine" else ""


def in_state(state: str) -> list[Any]:
    conditions: dict[str, list[Any]] = {
        "": [queries.OPEN_TASK],
        "overdue": [queries.late_task()],
        "done": [Task.status == TaskStatus.DONE],
        "all": [],
    }
    return conditions[state]


def of_whom(whose: str) -> list[Any]:
    return [Task.assignee_id == actor().staff_id] if whose == "mine" else []


def counts_of_states(whose: str) -> dict[str, Capped]:
    """One statement."""
    counts = [count_tasks([*of_whom(whose), *in_state(state)]) for state in STATES]
    return dict(zip(STATES, map(Capped, db.session.execute(select(*counts)).one()), strict=True))


def count_tasks(where: list[Any]) -> Any:
    some = select(literal_column("1")).select_from(Task).where(*where).limit(COUNT_CAP + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def status_of(task: Task) -> Markup:
    return Markup(" ").join(badge(label) for label in labels_of(task)) or badge(TASK_STATUS[task.status])
