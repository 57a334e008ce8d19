"""SERVICES > Jobs: what is being done to many orders, how far it is, and what became of each order."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import defer

from app import jobs, queries
from app.actions import ACTIONS
from app.admin_views.base import RecordView
from app.admin_views.everything import url_of
from app.admin_views.job_starting import job_url
from app.admin_views.registered import find_views
from app.admin_views.signin import actor, may
from app.columns import now
from app.errors import ActionRefused
from app.extensions import Model, ShownText, db, transaction
from app.jobs import heartbeat
from app.models import Job, JobKind, JobState, StoredFile
from app.pages.formatting import badge, moment
from app.pages.labels import JOB_STATE
from app.queries.keyset import each_for_few
from app.security import form_tokens

UNFINISHED = (JobState.WAITING, JobState.RUNNING)


#: So many of each kind of result are shown...
MOST_TOLD = 1000
#: ...and so many records are asked for together what they are called.
NAMED_TOGETHER = 500

#: What a worker is at, by the names of its duties.
DUTIES = {
    "mails": _l("mails"),
    "jobs": _l("jobs"),
    "events": _l("events of connected shops"),
    "webhooks": _l("webhook messages"),
    "documents": _l("printing"),
    "reminders": _l("reminders"),
    "tasks": _l("tasks"),
    "copies": _l("copies"),
}


class JobList(RecordView):
    list_template = "admin/jobs/list.html"
    column_list = ("kind", "actor_name", "state", "done", "created_at", "finished_at")
    column_sortable_list = ("created_at", "state")
    sorts = each_for_few(Job.kind, Job.actor_name, Job.done, Job.finished_at)
    column_default_sort = ("id", True)
    search_columns = (Job.actor_name,)
    column_labels = {
        "kind": _l("What"),
        "actor_name": _l("By"),
        "done": _l("Progress"),
        "created_at": _l("Started"),
        "finished_at": _l("Finished"),
    }
    column_formatters = {
        "kind": lambda view, context, model, name: job_title(model),
        "state": lambda view, context, model, name: badge(JOB_STATE[model.state]),
        "done": lambda view, context, model, name: f"{model.done:,} / {model.total:,}",
    }

    def list_query(self) -> Select[Job]:
        return select(Job).options(defer(Job.task), defer(Job.report))

    def render(self, template: str, **kwargs: object) -> str:
        background = background_work() if template == self.list_template else None
        return super().render(template, background=background, **kwargs)

    def row_url(self, row: Job) -> str:
        return job_url(row)

    def get_empty_list_message(self) -> str:
        return _("No bulk actions yet")

    @expose("/<int:job_id>")
    def show(self, job_id: int) -> ResponseReturnValue:
        """The page renews its progress by itself; when the job is over, the whole page is asked for once more."""
        job = find_job_or_404(job_id)
        if jobs.batch_id_of(job):
            return redirect(job_url(job), code=303)
        if job.state not in UNFINISHED and request.headers.get("HX-Target") == "job-progress":
            return Response(headers={"HX-Refresh": "true"})
        return self.render("admin/jobs/job.html", **job_row(job))

    @expose("/<int:job_id>/cancel", methods=["POST"])
    def cancel(self, job_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".show", job_id=job_id))
        job = find_job_or_404(job_id)
        if not may_cancel(job):
            abort(403)
        page = job_url(job)
        db.session.rollback()
        try:
            with transaction():
                jobs.cancel_rest(job_id, by=actor())
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(page, code=303)

    @expose("/<int:job_id>/go-on", methods=["POST"])
    def go_on(self, job_id: int) -> ResponseReturnValue:
        """Where an error stopped it."""
        form_tokens.lead_back_to(url_for(".show", job_id=job_id))
        job = find_job_or_404(job_id)
        if not may_cancel(job):
            abort(403)
        page = job_url(job)
        form_tokens.begin_anew()
        try:
            with transaction():
                jobs.go_on(job_id)
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(page, code=303)

    @expose("/<int:job_id>/undo", methods=["POST"])
    def undo(self, job_id: int) -> ResponseReturnValue:
        """Take back what it did, by another job, whose page comes next."""
        page = url_for(".show", job_id=job_id)
        form_tokens.lead_back_to(page)
        job = db.session.get(Job, job_id) or abort(404)
        action, back = jobs.undo_of_job(job) or abort(404), job.task["back"]
        if not may(action.right):
            abort(403)
        form_tokens.begin_anew()
        try:
            with transaction():
                language = str(get_locale() or "en")
                again = jobs.take_job_back(job_id, by=actor(), language=language, back=back) or abort(404)
                page = url_for(".show", job_id=again.id)
                form_tokens.keep_answer(page)
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(page, code=303)

    @expose("/<int:job_id>/file")
    def file(self, job_id: int) -> ResponseReturnValue:
        job = find_job_or_404(job_id)
        if not may_take_file(job):
            abort(403)
        file = db.session.get(StoredFile, job.report.get("file") or 0) or abort(404)
        return send_file(io.BytesIO(file.content), file.media_type, download_name=file.name)


def background_work() -> tuple[bool, str]:
    """Whether a worker is running, and the sentence that says so."""
    pulse = heartbeat.pulse()
    if not pulse.is_running or pulse.seen_at is None:
        return False, not_running_since(pulse.seen_at)
    seen, doing = moment(pulse.seen_at), ", ".join(str(DUTIES[one]) for one in pulse.doing.split(", ") if one in DUTIES)
    if doing:
        return True, _("Background work: last seen %(moment)s, at %(doing)s.", moment=seen, doing=doing)
    return True, _("Background work: last seen %(moment)s.", moment=seen)


def not_running_since(seen_at: datetime | None) -> str:
    if seen_at is None:
        return _("Background work is not running: mails and jobs wait.")
    return _("Background work has not run since %(moment)s: mails and jobs wait.", moment=moment(seen_at))


def find_job_or_404(job_id: int) -> Job:
    """The job without its task, which may be long."""
    return db.session.scalar(select(Job).where(Job.id == job_id).options(defer(Job.task))) or abort(404)


def job_title(job: Job) -> ShownText:
    if job.kind != JobKind.BULK:
        return (jobs.PRINTS | jobs.IMPORTS)[job.kind]
    return ACTIONS[job.action].title if job.action in ACTIONS else job.action


def may_cancel(job: Job) -> bool:
    """Who started it, and whoever could have."""
    right = jobs.RIGHTS.get(job.kind) or (ACTIONS[job.action].right if job.action in ACTIONS else "")
    return job.staff_id == actor().staff_id or (bool(right) and may(right))


def may_take_file(job: Job) -> bool:
    """Who started it; of books that are in it, whoever may take those out."""
    if job.kind != JobKind.ZIP_INVOICES or job.staff_id == actor().staff_id:
        return True
    return all(may(f"exports.{name}") for name in jobs.books_in(job.task["how"]))


def job_row(job: Job) -> dict[str, object]:
    refused, failed = job.report.get("refused", {}), job.report.get("failed", {})
    not_done = {number for groups in (refused, failed) for numbers in groups.values() for number in numbers}
    is_over = job.state not in UNFINISHED  # the long lists are only read at the end
    undo = jobs.undo_of_job(job) if is_over else None
    changed, untried = (jobs.changed_by(job), jobs.untried_by(job)) if is_over else ([], [])
    named = [*not_done, *changed[:MOST_TOLD], *untried[:MOST_TOLD]] if is_over else []
    return {
        "job": job,
        "title": job_title(job),
        "label": JOB_STATE[job.state],
        "is_over": is_over,
        "is_print": job.kind in jobs.PRINTS,
        "may_take_file": may_take_file(job),
        "is_zip": job.kind == JobKind.ZIP_INVOICES,
        "may_cancel": may_cancel(job),
        "refused": refused,
        "failed": failed,
        "refused_count": sum(map(len, refused.values())),
        "failed_count": sum(map(len, failed.values())),
        "changed_count": job.done - len(not_done),
        "changed": changed,
        "untried": untried,
        "of_records": bool(job.report.get("records")),
        "names": name_records(job, named),
        "urls": find_urls(job, named),
        "most": MOST_TOLD,
        "may_go_on": may_cancel(job) and not jobs.why_not_go_on(job),
        "has_undo": undo is not None and may(undo.right),
        "why_not_undo": jobs.why_not_undo_job(job) if undo else "",
        "undone_by": job.report.get("undone_by"),
        "mails_wait_until": until_mails_go(job) if undo else None,
        "back": job.task["back"] if is_over else "",
    }


def name_records(job: Job, numbers: Sequence[str]) -> dict[str, str]:
    """What those records are called that are there; orders are called by their numbers."""
    kind = jobs.kind_of_records(job)
    return {} if kind is None else {number: str(row) for number, row in find_rows(select(kind), kind, numbers)}


def find_urls(job: Job, numbers: Sequence[str]) -> dict[str, str]:
    """Where a click on each of them leads in its list, for whoever may open that."""
    kind = jobs.kind_of_records(job)
    lists = [view for view in find_views(RecordView) if view.model is kind and view.is_accessible()]
    if kind is None or not lists:
        return {}
    return {number: url_of(lists[0], row) for number, row in find_rows(lists[0].list_query(), kind, numbers)}


def find_rows(query: Select[Model], kind: type[Model], numbers: Sequence[str]) -> Iterator[tuple[str, Model]]:
    """Those of these ids that are there, some at a time."""
    ids, id_of = sorted(map(int, numbers)), kind.__table__.c.id
    for at in range(0, len(ids), NAMED_TOGETHER):
        some = query.add_columns(id_of).where(id_of.in_(ids[at : at + NAMED_TOGETHER])).order_by(id_of)
        for row, record_id in db.session.execute(some):
            yield str(record_id), row


def until_mails_go(job: Job) -> datetime | None:
    """Until when the mails of what it did wait for Undo; None when that is over, or it mails nobody."""
    if job.finished_at is None or job.action not in ACTIONS or not ACTIONS[job.action].mail:
        return None
    until = job.finished_at + timedelta(seconds=queries.shop().mail_hold)
    return until if until > now() else None
