"""Taking out what a list shows: its columns, of the ticked rows or of all that match, as CSV or XLSX.

Rows are read by their ids, a chunk at a time, so that a million take no more memory than a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from flask import Response, abort, flash, g, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, inspect, select

from app import queries
from app.admin_views.forms import as_id
from app.admin_views.list_address import Filters
from app.admin_views.list_looks import ColumnChoice
from app.admin_views.record_actions import RecordActions
from app.admin_views.signin import demand_right, may
from app.admin_views.taking_out import record_export, send_whole
from app.exports import FILES, as_csv, as_xlsx
from app.extensions import Model, ShownText, db, read_only
from app.pages.preferences import local_path
from app.queries.narrowing import meet_on_the_way
from app.queries.record_search import Hits
from app.security import form_tokens

#: Rows that are read together.
READ_TOGETHER = 500


class ListExport(RecordActions):
    """Mixed into `RecordView`."""

    export_right = ""  # "": it can't be taken out
    export_types = ("xlsx", "csv")
    exported_values: Mapping[str, Callable[..., object]] = {}  # where a cell says less, or more, than the file is to
    exported_currency: Callable[..., str] | None = None  # of its amounts, where rows are of more than one
    exported_as_shown: tuple[str, ...] = ()  # moments that the list shows as a status

    # Of the view that this is mixed into.
    name: ShownText
    list_args: Mapping[str, str]
    columns_offered: Callable[[], list[ColumnChoice]]
    conditions: Callable[..., list[ColumnElement[bool]]]
    find_hits: Callable[..., Hits]
    get_list_value: Callable[..., object]
    unread_parts: Callable[[], list[str]]
    _get_list_filter_args: Callable[[], Filters]

    @property
    def may_export(self) -> bool:
        return bool(self.export_right) and may(self.export_right)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """All that match what the address asks for; of what the list does not know there is no file."""
        self.demand_export(export_type)
        if self.unread_parts():
            return redirect(f"{url_for('.index_view')}?{request.query_string.decode('ascii', 'replace')}", code=303)
        where, ways = self.matching(), list(g.list_ways)
        return self.send_rows(export_type, where, meet_on_the_way(where, ways))

    def export_ticked(self, export_type: str, ids: list[str]) -> ResponseReturnValue:
        self.demand_export(export_type)
        form_tokens.stay_usable()
        wanted = sorted({record_id for text in ids if (record_id := as_id(text))})[: max(self.page_size_options)]
        if not wanted:
            flash(_("Tick at least one row first."), "error")
            return redirect(local_path(request.values.get("url") or url_for(".index_view")), code=303)
        where = [self.model.id.in_(wanted)]
        return self.send_rows(export_type, where, where)

    def demand_export(self, export_type: str) -> None:
        if not self.export_right:
            abort(404)
        demand_right(self.export_right)
        if export_type not in self.export_types:
            abort(404)

    def send_rows(
        self, kind: str, where: list[ColumnElement[bool]], further: list[ColumnElement[bool]]
    ) -> ResponseReturnValue:
        shown = {one.name: str(one.title) for one in self.columns_offered() if one.is_shown}
        title, zone, name = str(self.name), queries.shop().time_zone, f"{self.endpoint}.{kind}"
        record_export(title)
        rows = self.exported_rows(list(shown), where, further)
        headings = [*shown.values(), *([_("Currency")] if self.exported_currency else [])]
        if kind == "xlsx":
            with read_only():
                content = as_xlsx(headings, rows, title=title, time_zone=zone)
            return send_whole(content, FILES["xlsx"], name)
        pieces = as_csv(headings, rows, separator=";", decimal=",", time_zone=zone)
        response = Response(stream_with_context(pieces), mimetype=FILES["csv"])
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def exported_rows(
        self, names: list[str], where: list[ColumnElement[bool]], further: list[ColumnElement[bool]]
    ) -> Iterator[list[object]]:
        """By ascending id. After a whole chunk there are many: the others are met row by row, and not all looked up."""
        last, currency_of = 0, self.exported_currency
        while True:
            query = select(self.model.id).where(*where, self.model.id > last).order_by(self.model.id)
            ids = list(db.session.scalars(query.limit(READ_TOGETHER)))
            rows = self.list_query().where(self.model.id.in_(ids)).order_by(self.model.id)
            for row in db.session.scalars(rows).unique():
                cells = [self.exported_value(row, name) for name in names]
                yield [*cells, currency_of(row)] if currency_of else cells
            if len(ids) < READ_TOGETHER:
                return
            last, where = ids[-1], further

    def exported_value(self, row: Model, name: str) -> object:
        """A number or a day as such; all else as the list shows it."""
        if name in self.exported_values:
            return self.exported_values[name](row)
        value = getattr(row, name) if name in inspect(type(row)).columns else None
        if isinstance(value, Decimal | date) and name not in self.exported_as_shown:
            return value
        return Markup(escape(self.get_list_value(None, row, name))).striptags()
