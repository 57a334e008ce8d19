"""What every page of the back office stands on: staff only, everything off until a view allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.filters import BaseFilter
from sqlalchemy import Column, ColumnElement, Integer, Label, Select, SQLColumnExpression, false, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.interfaces import ORMOption
from wtforms import Form, HiddenField

from app.admin_views.differing import both_values, changed_values, differing_values
from app.admin_views.freshness import demand_fresh, demand_proof
from app.admin_views.list_address import Filters, ListAddress
from app.admin_views.list_export import ListExport
from app.admin_views.list_looks import ListLooks
from app.admin_views.list_page import Capped, Listable, ListPage
from app.admin_views.neighbours import Neighbouring, asked_of_list, say_place
from app.admin_views.record_form import RecordConverter, RecordForm
from app.admin_views.record_history import RecordHistory
from app.admin_views.record_texts import LeadsOn, RecordTexts, say_by_name
from app.admin_views.row_edits import RowEdits
from app.admin_views.signin import actor, is_staff, may
from app.columns import ExactDecimal
from app.config import LARGEST_ID
from app.csrf import SAFE_METHODS
from app.errors import ActionRefused, DoneAlready
from app.extensions import Model, ShownText, db
from app.history import Happened, record
from app.pages.formatting import BY_TYPE
from app.pages.labels import COLUMN_TITLES
from app.pages.preferences import local_path
from app.queries import counting
from app.queries.keyset import (
    ListSort,
    PagePlace,
    SortValue,
    cut_page,
    is_always_there,
    next_ids,
    put_in_order,
    read_anchor,
)  # fmt: skip
from app.queries.narrowing import Way, is_met_on_the_way, meet_on_the_way
from app.queries.neighbours import Listing, neighbour_columns, neighbours_in
from app.queries.record_search import Hits, Searched, find_rows, has_words
from app.queries.search import split_question
from app.security import form_tokens


@dataclass(frozen=True)
class Beginning:
    """What can be begun on a page, besides a record of a list that makes new ones."""

    title: ShownText
    endpoint: str  # of a page of the same view, such as ".upload"
    right: str = ""  # "": whoever may open the page


class StaffOnly:
    """Everybody who is signed in may look; `right` is what it takes to change something."""

    right = ""  # "": nothing can be changed here
    sight = ""  # the right it takes to see the page at all; "": any member of staff
    begins: tuple[Beginning, ...] = ()
    asks_fresh = False  # whether a change takes a fresh sign-in, though the right does not say so

    def is_accessible(self) -> bool:
        return is_staff() and (not self.sight or may(self.sight))

    def _run_view(self, fn: Callable[..., ResponseReturnValue], *args: object, **kwargs: object) -> ResponseReturnValue:
        """The stock one calls a view again after any TypeError, which hides our own."""
        refuse_unreadable_way_back()
        if request.method not in SAFE_METHODS:
            self.demand_fresh_sign_in()
        return fn(self, *args, **kwargs)

    def demand_fresh_sign_in(self) -> None:
        """Of whoever could change something here."""
        if self.asks_fresh:
            demand_proof()
        elif may(self.right):
            demand_fresh(self.right)

    def inaccessible_callback(self, name: str, **kwargs: object) -> ResponseReturnValue:
        if is_staff():
            abort(403)
        if "HX-Request" in request.headers:
            abort(401)  # the page stays, with what was typed, and says so
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))


def refuse_unreadable_way_back() -> None:
    """Flask-Admin takes the page to lead back to apart before it looks where it leads."""
    try:
        urlsplit(request.values.get("url", ""))
    except ValueError:
        abort(400)


class StaffPage(StaffOnly, BaseView):
    """A page of our own."""


class RecordView(ListExport, RecordHistory, ListAddress, ListLooks, RowEdits, StaffOnly, ModelView):
    """A Flask-Admin view of one kind of record. Nothing is allowed until a subclass says so, field by field."""

    texts = RecordTexts()
    can_create = False
    can_edit = False
    can_delete = False
    can_export = False
    can_view_details = False
    column_list: Sequence[str] = ()
    column_sortable_list: Sequence[str] = ()  # by the column of that name
    sorts: Mapping[str, ListSort] = {}  # by something else, or something more
    column_display_actions = False
    column_type_formatters = column_type_formatters_detail = BY_TYPE
    can_set_page_size = True
    page_size_options = (25, 50, 100)
    column_filters: Sequence[BaseFilter] | None = None
    form_columns: Sequence[str] = ()
    model_form_converter = RecordConverter
    form_base_class = RecordForm
    searched: Searched[Model] | None = None  # by which of the documents that are kept for searching
    search_columns: tuple[SQLColumnExpression[str | None], ...] = ()  # of what stays small, looked through row by row
    numeric_columns: tuple[str, ...] = ()  # besides those that the model knows as numbers

    @cached_property
    def right_aligned(self) -> frozenset[str]:
        """The columns that hold numbers, whether they are shown or not."""
        columns = inspect(self.model).columns
        numbers = (name for name, column in columns.items() if is_number(column))
        return frozenset((*numbers, *self.numeric_columns))

    def get_column_name(self, field: str) -> ShownText:
        """A view names only what is called otherwise than in the other lists."""
        return (self.column_labels or {}).get(field) or COLUMN_TITLES.get(field) or super().get_column_name(field)

    def get_list_columns(self) -> list[tuple[str, ShownText]]:
        """With those that people may choose besides, at the end: the others keep their positions."""
        more = [(name, self.get_column_name(name)) for name in self.more_columns]
        return [*super().get_list_columns(), *more]

    def get_empty_list_message(self) -> ShownText:
        return str(self.texts.none)

    def row_url(self, row: Any) -> str:
        """Where a click on the row leads, from whatever page; "" for the view's own details or form."""
        return ""

    def row_title(self, row: object) -> str:
        """What a row is called among those of other kinds."""
        return str(row)

    # --- the list: total order, capped count, ids before rows ---

    def init_search(self) -> bool:
        return bool(self.searched or self.search_columns)

    def get_list(
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: bool,
        search: str | None,
        filters: Filters,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int, list[Any]]:
        sort, descending = self.chosen_sort(sort_column, sort_desc)
        where = self.conditions(search, filters)
        anchor = read_anchor(self.list_args.get("a", ""), sort.key)
        place = PagePlace(min(max(page or 0, 0), 10**7), page_size or self.page_size, anchor)
        ways: list[Way] = g.list_ways
        found = self.find_hits(search, self.looked_through(where, sort, place, descending=descending), place.size)
        count = self.counted(count_by_ways([*found.beside(where), *found.to_count], ways))
        if ways and not found.are_few:
            others = [one for one in where if all(one is not way.looked_up for way in ways)]
            next_rows = self.ids_from(others, sort, place, descending=descending)
            if is_met_on_the_way(ways, next_rows, self.model.id, enough=place.size + 1):
                where = meet_on_the_way(where, ways)
        ids = self.ids_from([*found.beside(where), *found.rows], sort, place, descending=descending)
        parts: list[Label[SortValue]] = [part.label(f"part_{at}") for at, part in enumerate((sort.key, *sort.then))]
        shown = cut_page(ids.add_columns(*parts), place).subquery()
        key, *then = (shown.c[part.name] for part in parts)
        rows = self.list_query().add_columns(key).join(shown, shown.c.id == self.model.id)
        rows = put_in_order(rows, ListSort(key, tuple(then)), self.model.id, descending=descending)
        records = db.session.execute(rows).unique().all()
        g.list_page = ListPage(place, sort, descending, records)
        return count, [record for record, _key in records[: place.size]]

    def matching(self) -> list[ColumnElement[bool]]:
        """What the rows of all pages fulfil."""
        search = self.list_args.get("search")
        where = self.conditions(search, self._get_list_filter_args())
        found = self.find_hits(search, select(self.model.id).where(*where), 1)
        return [*found.beside(where), *found.rows]

    def find_hits(self, search: str | None, listed: Select[int], size: int) -> Hits:
        if not self.searched or not (search or "").strip():
            return Hits([], [])
        return find_rows(self.searched, search or "", listed, size=size)

    # --- one record among those of the list ---

    def neighbours(self, record: Listable) -> Neighbouring | None:
        """Through the list that the page was opened from, if it is this one, in an order that rows can be found by."""
        asked = asked_of_list(self.came_from(), url_for(".index_view"))
        if asked is None:
            return None
        g.list_args = asked
        try:
            listing = self.listing()
        finally:
            del g.list_args
        key = listing.sort.key
        if not isinstance(key, InstrumentedAttribute) or not is_always_there(key) or listing.sort.via is not None:
            return None
        value = getattr(record, key.key)
        row = db.session.execute(select(*neighbour_columns(listing, record.id, value, self.model.id))).one()
        beside = neighbours_in(*row)
        before, after = ((self.neighbour_url(id), "") if id else ("", "") for id in (beside.before, beside.after))
        return Neighbouring(before, after, say_place(beside))

    def came_from(self) -> str:
        return request.args.get("url", "")

    def neighbour_url(self, record_id: int) -> str:
        """The same page of another record."""
        return url_for(request.endpoint or "", id=record_id, url=self.came_from())

    def count_by(self, address: str) -> ColumnElement[int]:
        """How many rows a saved view has, as part of a statement."""
        g.list_args = self.asked_by(address)
        try:
            return self.count_asked()
        finally:
            del g.list_args

    def count_asked(self) -> ColumnElement[int]:
        search = self.list_args.get("search")
        where = self.conditions(search, self._get_list_filter_args())
        found = self.find_hits(search, select(self.model.id).where(*where), 1)
        return counting.count_capped(counting.rows_in(self.model, *found.beside(where), *found.to_count))

    def listing(self) -> Listing:
        """The list as its next and previous rows are looked for."""
        search, asked = self.list_args.get("search"), self.list_args.get("sort", "")
        name = self._get_column_by_idx(int(asked))[0] if is_position(asked) else None
        sort, descending = self.chosen_sort(name, self.list_args.get("desc") == "1")
        where = self.conditions(search, self._get_list_filter_args())
        ids = self.ids_from(where, sort, PagePlace(0, 1), descending=descending)
        found = self.find_hits(search, ids, 1)
        if found.rows and not found.are_few and self.searched:
            met = [has_words(self.searched, search or "")]
            return Listing(self.model, self.model.id, where, sort, descending, met)
        return Listing(self.model, self.model.id, [*found.beside(where), *found.rows], sort, descending)

    def ids_from(
        self, where: list[ColumnElement[bool]], sort: ListSort, place: PagePlace, *, descending: bool
    ) -> Select[int]:
        ids = select(self.model.id.label("id")).where(*where)
        return next_ids(ids, sort, self.model.id, descending=descending, place=place)

    def looked_through(
        self, where: list[ColumnElement[bool]], sort: ListSort, place: PagePlace, *, descending: bool
    ) -> Select[int]:
        """What is searched for is found among its own rows, whatever other record has their order."""
        if sort.via is None:
            return self.ids_from(where, sort, place, descending=descending)
        return self.ids_from(where, ListSort(self.model.id), PagePlace(0, place.size), descending=True)

    def list_query(self) -> Any:
        return select(self.model)

    def render(self, template: str, **kwargs: object) -> str:
        """The pager's links start from the first row shown; a list longer than is counted has no last page."""
        turn, count = kwargs.get("pager_url"), kwargs.get("count")
        if callable(turn) and isinstance(count, int) and "list_page" in g:
            shown: ListPage = g.list_page
            kwargs["pager_url"] = lambda page: shown.put_anchor(turn(page))
            kwargs["has_next"] = shown.has_next
            kwargs["num_pages"] = None if count > counting.COUNT_CAP else kwargs["num_pages"]
            kwargs["sorted_by"], kwargs["is_descending"] = self.name_of_sort(shown.sort), shown.descending
            kwargs["is_long"] = count > counting.COUNT_CAP
        if template == self.list_template:
            kwargs |= self.look_shown()
            kwargs["views_above"] = self.views_above()
            kwargs["unread_parts"] = self.unread_parts()
        if template in (self.edit_template, self.details_template) and "url" in request.args:
            shown_record = self.get_one(request.args.get("id", ""))
            kwargs["beside"] = self.neighbours(shown_record) if shown_record else None
        return str(super().render(template, **kwargs))

    def conditions(self, search: str | None, filters: Filters) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = [false()] if self.unread_parts() else []
        adapter = Conditions(where)
        g.list_ways = adapter.ways
        for index, _name, value in filters or ():
            flt = self._filters[index]
            flt.apply(adapter, flt.clean(value), None)
        for word in split_question(search or "") if self.search_columns else ():
            where.append(or_(*self.found_by(word)))
        return where

    def found_by(self, word: str) -> list[ColumnElement[bool]]:
        """The conditions of which a row that is searched for fulfils one."""
        return [column.icontains(word, autoescape=True) for column in self.search_columns]

    # --- what it is sorted by ---

    def get_sortable_columns(self) -> dict[str, str]:
        return {name: name for name in (*self.column_sortable_list, *self.sorts)}

    def chosen_sort(self, sort_column: str | None, sort_desc: bool) -> tuple[ListSort, bool]:
        """What an address asks for, which may name any column; a long list stays in an order that an index has."""
        if sort_column is not None and sort_column in self._sortable_columns:
            asked = self.sort_named(sort_column)
            is_for_few = asked.is_for_few or bool(asked.via is not None and self.list_args.get("search"))
            if not is_for_few or not self.is_long():
                return asked, sort_desc
        return self.usual_sort()

    def usual_sort(self) -> tuple[ListSort, bool]:
        """Of a list that is asked for no other."""
        if (days := self.column_of_days()) is not None:
            return ListSort(days), True
        column, descending = self.column_default_sort or ("id", True)
        return self.sort_named(column), descending

    def sort_named(self, column: str) -> ListSort:
        return self.sorts.get(column) or ListSort(getattr(self.model, column))

    def name_of_sort(self, sort: ListSort) -> str:
        """The column that says so; "" when none does."""
        return next((name for name in self._sortable_columns if self.sort_named(name).key is sort.key), "")

    def sorts_by(self, column: str, is_long: bool) -> bool:
        """Whether a list of this length is put in order by the column."""
        if column not in self._sortable_columns or not is_long:
            return column in self._sortable_columns
        sort = self.sort_named(column)
        return not (sort.is_for_few or (sort.via is not None and self.list_args.get("search")))

    def is_long(self) -> bool:
        """Whether it has more rows than are put in order without an index."""
        return (db.session.scalar(select(self.count_asked())) or 0) > counting.COUNT_CAP

    def counted(self, where: list[ColumnElement[bool]]) -> Capped:
        return Capped(db.session.scalar(select(counting.count_capped(counting.rows_in(self.model, *where)))) or 0)

    def get_one(self, id: str | int, *options: ORMOption) -> Any:
        """None for an id that can't be one; the stock view answers such addresses with an error."""
        text = str(id)
        could_be = text.isascii() and text.isdigit() and len(text) < 15 and int(text) <= LARGEST_ID
        return db.session.get(self.model, int(text), options=options) if could_be else None

    # --- saving: the right, the version that was looked at, and the history ---

    @property
    def may_change(self) -> bool:
        return bool(self.right) and may(self.right)

    def is_led_on(self, to: LeadsOn) -> bool:
        """Whether the person may go where an empty list leads."""
        return self.may_change if to.endpoint.startswith("usual_methods.") else True

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        if not self.may_change:
            abort(403)
        form_tokens.lead_back_to(self.page_left())
        answer = super().create_view()
        say_by_name(self.texts)
        return answer

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        if request.method == "POST" and not self.may_change:
            abort(403)
        form_tokens.lead_back_to(self.page_left())
        answer = super().edit_view()
        say_by_name(self.texts)
        return answer

    def page_left(self) -> str:
        """The page that the form was opened from, and leads back to."""
        return local_path(request.args.get("url") or url_for(".index_view"))

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        answer = super().delete_view() if self.may_change else abort(403)
        say_by_name(self.texts)
        return answer

    def scaffold_form(self) -> type[Form]:
        form = super().scaffold_form()
        form.seen_version = HiddenField()
        return form

    def stamp(self, model: Any) -> str:
        """What tells whether a record is still as it was when its form was opened; "" for one that nothing tells of."""
        return str(getattr(model, "version", ""))

    def edit_form(self, obj: Any = None) -> Form:
        form = super().edit_form(obj)
        if request.method != "POST":
            form.seen_version.data = self.stamp(obj)
        return form

    def update_model(self, form: Form, model: Any) -> bool:
        """Save, unless somebody else saved after this form was opened: then both values are shown."""
        if (form.seen_version.data or "") != (now := self.stamp(model)):
            flash(both_values(self.differing(form, model)), "error")
            form.seen_version.data = now
            return False
        return bool(super().update_model(form, model))

    def differing(self, form: Form, model: Any) -> Iterator[tuple[str, str, str]]:
        """(title of the field, what the record says now, what the form says) where somebody else was faster."""
        return differing_values(form, model)

    def handle_view_exception(self, exc: Exception) -> bool:
        if isinstance(exc, DoneAlready):
            raise exc
        if isinstance(exc, ActionRefused):
            flash(str(exc), "error")
            return True
        return bool(super().handle_view_exception(exc))

    def on_model_change(self, form: Form, model: Any, is_created: bool) -> None:
        if is_created:
            db.session.flush()
            record(Happened.RECORD_CREATED, None, actor(), subject=model, record=str(model))
        elif changed := self.changed(model):
            record(Happened.RECORD_CHANGED, None, actor(), subject=model, record=str(model), changes=changed)

    def changed(self, model: Any) -> dict[str, list[object]]:
        """What history keeps of a change."""
        return changed_values(model)

    def on_model_delete(self, model: Any) -> None:
        record(Happened.RECORD_DELETED, None, actor(), subject=model, record=str(model))


def is_position(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 3


def is_number(column: Column[object]) -> bool:
    """An id of another record is none."""
    return isinstance(column.type, ExactDecimal | Integer) and not column.foreign_keys


def count_by_ways(where: list[ColumnElement[bool]], ways: list[Way]) -> list[ColumnElement[bool]]:
    """What a list is narrowed by alone is counted without reading all that has it."""
    return [ways[0].alone] if len(where) == 1 and ways and where[0] is ways[0].looked_up else where


class Conditions:
    """Lets Flask-Admin's filters add their conditions to a list."""

    def __init__(self, where: list[ColumnElement[bool]]):
        self.where = where
        self.ways: list[Way] = []

    def by_way(self, way: Way) -> Conditions:
        self.ways.append(way)
        return self.filter(way.looked_up)

    def filter(self, *conditions: ColumnElement[bool]) -> Conditions:
        self.where.extend(conditions)
        return self
