"""What people do to a list for themselves: save a view of it, and choose its columns, rows a page and density."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.actions.list_views import change_list_view, choose_look, delete_list_view, save_list_view
from app.admin_views.base import RecordView, StaffPage
from app.admin_views.forms import as_id
from app.admin_views.freshness import demand_fresh
from app.admin_views.list_looks import OF_ONE_PAGE, SHARED_VIEWS, may_change_view
from app.admin_views.list_page import Capped
from app.admin_views.registered import find_views
from app.admin_views.signin import actor, demand_right, may
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.models import ListView, Staff
from app.pages.preferences import local_path
from app.queries.list_views import views_seen
from app.security import form_tokens


class ListViews(StaffPage):
    """Of whichever list the form names, for whoever may see that list."""

    def is_visible(self) -> bool:
        return False  # it stands above the lists

    @expose("/")
    def counts(self) -> ResponseReturnValue:
        """How many rows each saved view has: asked for by the page once it is there."""
        asked = named_list(request.args.get("list", ""))
        views = views_seen(asked.endpoint, current_user.id)
        counted = db.session.execute(select(*(asked.count_by(view.address) for view in views))).one() if views else ()
        told = {str(view.id): str(Capped(count)) for view, count in zip(views, counted, strict=True)}
        return jsonify(told)

    @expose("/save", methods=["POST"])
    def save(self) -> ResponseReturnValue:
        asked, back = named_list(request.form.get("list", "")), list_left()
        form_tokens.lead_back_to(back)
        address = asked.kept_address(MultiDict(parse_qsl(request.form.get("address", ""))))
        try:
            form_tokens.begin_anew()
            with transaction():
                save_list_view(asked.endpoint, request.form.get("title", ""), address, of=owner(), by=actor())
        except ActionRefused as refused:
            flash(str(refused), "error")
        else:
            flash(_("View saved"), "success")
        return redirect(back, code=303)

    @expose("/change", methods=["POST"])
    def change(self) -> ResponseReturnValue:
        """Rename it, or show it to everybody or to nobody else."""
        back = list_left()
        form_tokens.lead_back_to(back)
        form_tokens.begin_anew()
        try:
            with transaction():
                view = changeable_view()
                shared = owner() if may(SHARED_VIEWS) else me()
                change_list_view(view, title=request.form.get("title", ""), of=shared, by=actor())
        except ActionRefused as refused:
            flash(str(refused), "error")
        else:
            flash(_("View saved"), "success")
        return redirect(back, code=303)

    @expose("/delete", methods=["POST"])
    def delete(self) -> ResponseReturnValue:
        form_tokens.lead_back_to(list_left())
        form_tokens.begin_anew()
        with transaction():
            delete_list_view(changeable_view(), by=actor())
        flash(_("View deleted"), "success")
        return redirect(list_left(), code=303)

    @expose("/look", methods=["POST"])
    def look(self) -> ResponseReturnValue:
        """Which columns, how many rows a page, and how close they stand."""
        asked, back, form = named_list(request.form.get("list", "")), first_page(list_left()), request.form
        form_tokens.lead_back_to(back)
        form_tokens.begin_anew()
        as_declared = "reset" in form
        ticked = [name for name in asked.positions() if name in form.getlist("columns")]
        columns = [] if as_declared or asked.is_usual([first_of(asked), *ticked]) else [first_of(asked), *ticked]
        rows = as_id(form.get("rows")) or 0
        with transaction():
            choose_look(
                asked.endpoint,
                of=me(),
                columns=columns,
                rows=0 if as_declared or rows == asked.usual_rows or rows not in asked.page_size_options else rows,
                is_dense=not as_declared and form.get("density") == "dense",
            )
        flash(_("This list looks as you chose"), "success")
        return redirect(back, code=303)


def named_list(name: str) -> RecordView:
    """404 for what is no list; 403 for one that the person may not see."""
    view = next((one for one in find_views(RecordView) if one.endpoint == name), None)
    if view is None:
        abort(404)
    if not view.is_accessible():
        abort(403)
    return view


def first_of(asked: RecordView) -> str:
    return next(iter(asked.positions()), "")


def list_left() -> str:
    return local_path(request.form.get("url") or url_for("admin.index"))


def first_page(address: str) -> str:
    """Of the list at this address: a page of other rows is another page."""
    path, _mark, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in OF_ONE_PAGE]
    return f"{path}?{urlencode(kept)}" if kept else path


def me() -> Staff:
    return db.session.get_one(Staff, current_user.id)


def owner() -> Staff | None:
    """Of whom the view shall be; 403 for who may not show it to everybody."""
    if not request.form.get("is_shared"):
        return me()
    demand_right(SHARED_VIEWS)
    return None


def changeable_view() -> ListView:
    view = db.session.get(ListView, as_id(request.form.get("view")) or 0)
    if view is None or (view.staff_id not in (None, current_user.id)):
        abort(404)
    if not may_change_view(view):
        abort(403)
    if view.is_shared:
        demand_fresh(SHARED_VIEWS)
    named_list(view.list)
    return view
