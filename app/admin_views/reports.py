"""REPORTS: data taken out as CSV or XLSX, for a period, an accountant or another program."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from urllib.parse import parse_qsl

from flask import Response, abort, flash, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, Form, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from app import jobs, queries
from app.actions.closing_books import close_books, closings, reopen_books
from app.admin_views.base import Beginning, StaffPage
from app.admin_views.job_starting import begin_job
from app.admin_views.signin import actor, demand_right, may
from app.admin_views.taking_out import record_export, send_whole
from app.errors import ActionRefused
from app.exports import EXPORTS, FILES, Export, as_csv, as_xlsx
from app.exports.double_entry import BOOK_FILES, find_other_currencies, read_books, usual_file
from app.extensions import db, read_only, transaction
from app.history import Happened, record
from app.models import JobKind
from app.pages.localized_forms import LocalizedForm
from app.queries import order_list
from app.queries.periods import Period
from app.security import form_tokens

SEPARATORS = {";": _l("Semicolon"), ",": _l("Comma"), "\t": _l("Tab")}
DECIMALS = {",": _l("Comma: 12,50"), ".": _l("Point: 12.50")}


#: Days of a file for an accountant's program: a year, which may be a long one.
LONGEST_BOOKS = 731

#: Orders whose documents go into one ZIP.
ORDERS_IN_ZIP = 5_000

DOCUMENTS = "exports.invoices"  # the right
LEDGER = "exports.ledger"  # the right
CLOSE, REOPEN = "settings.close_books", "settings.reopen_books"


class PeriodForm(LocalizedForm):
    since = DateField(_l("From"), [Optional()])
    until = DateField(_l("Until"), [Optional()])

    def validate_until(self, field: Field) -> None:
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("This day is before the first one."))


class ExportForm(PeriodForm):
    file = SelectField(_l("File"), choices=[("xlsx", "XLSX (Excel)"), ("csv", "CSV")])
    separator = SelectField(_l("Separator"), choices=list(SEPARATORS.items()), default=";")
    decimal = SelectField(_l("Decimal sign"), choices=list(DECIMALS.items()), default=",")

    def validate_decimal(self, field: Field) -> None:
        if self.file.data == "csv" and field.data == self.separator.data:
            raise ValidationError(_("The decimal sign and the separator can’t be the same."))


class BooksForm(PeriodForm):
    """The days of a file for an accountant's program."""

    since = DateField(_l("From"), [InputRequired()])
    until = DateField(_l("Until"), [InputRequired()])
    what = SelectField(_l("File"), choices=[(name, file.title) for name, file in BOOK_FILES.items()])

    def validate_since(self, field: Field) -> None:
        if self.until.data and field.data and (self.until.data - field.data).days > LONGEST_BOOKS:
            raise ValidationError(_("At most %(days)s days.", days=LONGEST_BOOKS))


class ClosingForm(LocalizedForm):
    until = DateField(_l("Until"), [InputRequired()])


class Reports(StaffPage):
    begins = (Beginning(_l("Export"), ".index"),)

    def is_accessible(self) -> bool:
        return super().is_accessible() and bool(find_offered_exports() or may(CLOSE) or may(REOPEN))

    @expose("/")
    def index(self) -> str:
        return self.render(
            "admin/reports/index.html",
            exports=find_offered_exports(),
            form=ExportForm(request.args),
            narrowed=read_narrowing(),
            documents_form=PeriodForm(data=last_month(), prefix="zip-") if may(DOCUMENTS) else None,
            **self.about_books(),
            **self.about_closing(),
        )

    def about_books(self) -> dict[str, object]:
        if not may(LEDGER):
            return {}
        shop, month = queries.shop(), last_month()
        period = Period(month["since"], month["until"], shop.time_zone)
        return {
            "books_form": BooksForm(data={**month, "what": usual_file(shop.country)}, prefix="books-"),
            "currency": shop.currency,
            "other_currencies": find_other_currencies(period, shop.currency),
        }

    @expose("/documents", methods=["POST"])
    def documents(self) -> ResponseReturnValue:
        """All documents of some days as one ZIP, which a job makes, with the books that one may take out."""
        demand_right(DOCUMENTS)
        form_tokens.lead_back_to(url_for(".index"))
        form = PeriodForm(request.form, prefix="zip-")
        if not form.validate():
            return self.told_what_is_wrong(form)
        numbers = jobs.orders_in(Period(form.since.data, form.until.data, queries.shop().time_zone))
        if reason := why_not_zip(numbers):
            flash(reason, "error")
            return redirect(url_for(".index"), code=303)
        form_tokens.begin_anew()
        how = {name: day.isoformat() for name in ("since", "until") if (day := form[name].data)}
        how["books"] = " ".join(name for name in jobs.JOURNAL_FILES if may(f"exports.{name}"))
        with transaction():
            record(Happened.DATA_EXPORTED, None, actor(), text=str(jobs.PRINTS[JobKind.ZIP_INVOICES]))
            page = begin_job(JobKind.ZIP_INVOICES, numbers, how)
        return redirect(page, code=303)

    @expose("/close", methods=["POST"])
    def close(self) -> ResponseReturnValue:
        """Nothing is dated into days that are over any more, until the one that was entered."""
        demand_right(CLOSE)
        form = ClosingForm(request.form, prefix="close-")
        if not form.validate():
            return self.told_what_is_wrong(form)
        closed = partial(close_books, form.until.data, by=actor())
        return self.decide(closed, _("Books closed."))

    @expose("/reopen", methods=["POST"])
    def reopen(self) -> ResponseReturnValue:
        demand_right(REOPEN)
        opened = partial(reopen_books, by=actor(), reason=request.form.get("reason", ""))
        return self.decide(opened, _("Books opened again."))

    def decide(self, act: Callable[[], object], said: str) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".index"))
        db.session.rollback()
        try:
            with transaction():
                act()
        except ActionRefused as no:
            flash(str(no), "error")
        else:
            flash(said, "success")
        return redirect(url_for(".index"), code=303)

    def about_closing(self) -> dict[str, object]:
        if not (may(CLOSE) or may(REOPEN) or may(LEDGER)):
            return {}
        return {
            "closings": closings(),
            "closed_until": queries.shop().books_closed_until,
            "closing_form": ClosingForm(data={"until": last_month()["until"]}, prefix="close-") if may(CLOSE) else None,
            "may_reopen": may(REOPEN),
        }

    @expose("/<what>")
    def take_out(self, what: str) -> ResponseReturnValue:
        """The file, as it is read. Orders may be narrowed as the order list is: `list` holds its address."""
        export = EXPORTS.get(what) or abort(404)
        demand_right(f"exports.{what}")
        form = ExportForm(request.args)
        if not form.validate():
            return self.told_what_is_wrong(form)
        record_export(str(export.title))
        return send_export(export, what, form)

    @expose("/books")
    def books(self) -> ResponseReturnValue:
        """The journal as a file of an accountant's program; what it lacks is said instead."""
        demand_right(LEDGER)
        form = BooksForm(request.args, prefix="books-")
        if not form.validate():
            return self.told_what_is_wrong(form)
        with read_only():
            books = read_books(form.since.data, form.until.data)
            file = BOOK_FILES[form.what.data]
            why_not = file.why_not(books)
            content = b"" if why_not else file.write(books)
        if why_not:
            flash(why_not, "error")
            return redirect(url_for(".index"), code=303)
        record_export(str(file.title))
        return send_whole(io.BytesIO(content), file.media_type, file.name(books))

    def told_what_is_wrong(self, form: Form) -> ResponseReturnValue:
        for field in form:
            for error in field.errors:
                flash(f"{field.label.text}: {error}", "error")
        return redirect(url_for(".index"), code=303)


def last_month() -> dict[str, date]:
    """Its first and its last day: what an accountant asks for."""
    until = queries.today().replace(day=1) - timedelta(days=1)
    return {"since": until.replace(day=1), "until": until}


def why_not_zip(numbers: list[str]) -> str:
    if not numbers:
        return _("There are no invoices of these days.")
    if len(numbers) > ORDERS_IN_ZIP:
        count, most = f"{len(numbers):,}", f"{ORDERS_IN_ZIP:,}"
        return _(
            "These days have invoices of %(count)s orders; a ZIP takes %(most)s. Choose fewer days.",
            count=count,
            most=most,
        )
    return ""


def read_narrowing() -> str:
    """The state of the list of orders that somebody came from."""
    return request.args.get("list", "")[:1000]


def find_offered_exports() -> dict[str, Export]:
    return {name: export for name, export in EXPORTS.items() if may(f"exports.{name}")}


def send_export(export: Export, name: str, form: ExportForm) -> Response:
    zone = queries.shop().time_zone
    period = Period(form.since.data, form.until.data, zone)
    question = order_list.read_question(dict(parse_qsl(read_narrowing())))
    conditions = order_list.conditions(question, zone) if read_narrowing() else []
    rows, file = export.rows(period, conditions), f"{name}{days(form.since.data, form.until.data)}"
    if form.file.data == "xlsx":
        with read_only():
            content = as_xlsx(export.columns, rows, title=str(export.title), time_zone=zone)
        return send_whole(content, FILES["xlsx"], f"{file}.xlsx")
    pieces = as_csv(export.columns, rows, separator=form.separator.data, decimal=form.decimal.data, time_zone=zone)
    response = Response(stream_with_context(pieces), mimetype=FILES["csv"])
    response.headers["Content-Disposition"] = f'attachment; filename="{file}.csv"'
    return response


def days(since: date | None, until: date | None) -> str:
    return "".join(f"-{day.isoformat()}" for day in (since, until) if day)
