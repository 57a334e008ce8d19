"""REPORTS > Figures: what was sold in some days, compared with others, as bars, as a table and as a file."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import DateField, Field, SelectField
from wtforms.validators import Optional, ValidationError

from app import queries
from app.admin_views.bars import BarChart, draw_bars
from app.admin_views.base import StaffPage
from app.admin_views.receivables import Receivables
from app.admin_views.signin import demand_right, may
from app.admin_views.taking_out import record_export, send_whole
from app.exports import FILES, as_csv, as_xlsx
from app.exports.figures import REPORTS, Block, FigureScope, Report, lay_out
from app.exports.figures.declaration import CountryCode, EarlierDay, NamedRate, Unit
from app.exports.figures.laying_out import Cell, FigureLine
from app.exports.figures.spans import COMPARISONS, SPANS, STEPS, Span, find_span
from app.extensions import db, read_only
from app.models import Invoice, WordKind
from app.pages import formatting
from app.pages.localized_forms import LocalizedForm
from app.queries.counting import count_capped, rows_in
from app.queries.own_words import word_at_screen

#: So many days a report may be asked for.
LONGEST = 3_660

#: So many invoices and credit notes a page looks at, which takes some five seconds. Added up by the database each takes
#: 4 µs (sales) to 17 µs (products); read one by one, 190 µs.
MOST_DOCUMENTS, MOST_READ = 300_000, 20_000

#: Rows of a currency on the page; the files have all of them.
MOST_ROWS = 100

REPORT = f"any({', '.join(REPORTS)})"


class FiguresForm(LocalizedForm):
    period = SelectField(_l("Period"), choices=list(SPANS.items()), default="this_month")
    since = DateField(_l("From"), [Optional()])
    until = DateField(_l("Until"), [Optional()])
    compare = SelectField(_l("Compare with"), choices=list(COMPARISONS.items()), default="")
    step = SelectField(_l("Per"), choices=[("", _l("By length")), *STEPS.items()], default="")

    def validate_period(self, field: Field) -> None:
        since, until = self.since.data, self.until.data
        if field.data != "days":
            return
        if not (since and until):
            raise ValidationError(_("Enter both days."))
        if until < since:
            raise ValidationError(_("The last day is before the first one."))
        if (until - since).days > LONGEST:
            raise ValidationError(_("At most %(days)s days.", days=LONGEST))
        if since.year < 1990 or until.year > 2200:
            raise ValidationError(_("Choose days of these years."))

    def span(self) -> Span:
        return find_span(self.period.data, queries.today(), self.since.data, self.until.data)


class Question(NamedTuple):
    """What somebody asks of a report, and what it is compared with."""

    asked: FigureScope
    compared: FigureScope | None


class Figures(StaffPage):
    def is_accessible(self) -> bool:
        return super().is_accessible() and bool(find_offered_reports())

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return redirect(url_for(".show", what=next(iter(find_offered_reports()))))

    @expose(f"/<{REPORT}:what>")
    def show(self, what: str) -> ResponseReturnValue:
        report = REPORTS[what]
        demand_right(report.right)
        form = FiguresForm(request.args)
        is_valid = form.validate()
        question = ask_for_figures(form, has_days=report.has_days) if is_valid else None
        why_not = why_not_shown(report, question) if question else ""
        with read_only():
            blocks = lay_out(report, *question) if question and not why_not else []
        return str(
            self.render(
                "admin/figures/report.html",
                what=what,
                report=report,
                reports=find_offered_reports(),
                form=form,
                question=question,
                why_not=why_not,
                blocks=blocks,
                charts={block.currency: draw_block(report, block) for block in blocks},
                show_cell=show_cell,
                show_change=show_change,
                show_name=show_name,
                most=MOST_ROWS,
                open_by_age=may(Receivables.sight),
                kept={name: value for name, value in request.args.items() if name in form},
            )
        )

    @expose(f"/<{REPORT}:what>/file")
    def take_out(self, what: str) -> ResponseReturnValue:
        """The same figures as a file: all rows, and the total of each currency below."""
        report = REPORTS[what]
        demand_right(report.right)
        form = FiguresForm(request.args)
        if not form.validate() or (kind := request.args.get("file", "xlsx")) not in FILES:
            abort(400)
        question = ask_for_figures(form, has_days=report.has_days)
        with read_only():
            blocks = lay_out(report, *question)
        record_export(str(report.title))
        return send_blocks(
            report, blocks, f"{what}-{name_days(question.asked.span if report.has_days else None)}", kind
        )


def ask_for_figures(form: FiguresForm, *, has_days: bool = True) -> Question:
    span, zone, is_demo = form.span(), queries.shop().time_zone, queries.has_only_demo()
    step = span.step(form.step.data)  # the days compared with are cut alike, be they a day more
    asked = FigureScope(span, zone, step, is_demo)
    before = span.compared(form.compare.data, form.period.data) if has_days else None
    return Question(asked, FigureScope(before, zone, step, is_demo) if before else None)


def why_not_shown(report: Report, question: Question) -> str:
    """Too much to read while somebody waits."""
    if not report.has_days:
        return ""
    most = MOST_READ if report.reads_documents else MOST_DOCUMENTS
    for asked in filter(None, question):
        documents = db.session.scalar(select(count_capped(rows_in(Invoice, *asked.of_documents()), most=most + 1))) or 0
        if documents > most:
            return _(
                "These days have more than %(most)s invoices and credit notes: that many are not added up while you "
                "wait. Choose fewer days, or take the file, which has all of them.",
                most=formatting.quantity(Decimal(most)),
            )
    return ""


def find_offered_reports() -> dict[str, Report]:
    return {name: report for name, report in REPORTS.items() if may(report.right)}


def draw_block(report: Report, block: Block) -> BarChart | None:
    unit = report.measures[report.drawn].unit

    def show(value: Decimal) -> str:
        return show_cell(Cell(value, unit), block.currency)

    return draw_bars(block.lines, name_line, show, is_timeline=report.is_timeline)


def name_line(line: FigureLine) -> str:
    return " – ".join(show_name(one) for one in line.names if one)


def show_name(name: object) -> str:
    if isinstance(name, CountryCode):
        return formatting.country(name) or "–"
    if isinstance(name, EarlierDay):
        return _("%(day)s (before)", day=formatting.day(name))
    if isinstance(name, NamedRate):
        name = replace(name, name=word_at_screen(WordKind.TAX, name.name))
    return formatting.day(name) if isinstance(name, date) else str(name) or "–"


def show_cell(cell: Cell, currency: str) -> str:
    if cell.value is None:
        return "–"
    if cell.unit == Unit.MONEY:
        return formatting.amount(cell.value, currency)
    return formatting.quantity(cell.value) + (" %" if cell.unit == Unit.PERCENT else "")


def show_change(cell: Cell, currency: str) -> str:
    """More is said as such: nobody takes it for the number itself."""
    return ("+" if cell.value and cell.value > 0 else "") + show_cell(cell, currency)


def name_days(span: Span | None) -> str:
    """Those that it is of; of what is told of this moment today."""
    if span is None:
        return queries.today().isoformat()
    return f"{span.since.isoformat()}-{span.until.isoformat()}"


def send_blocks(report: Report, blocks: list[Block], name: str, kind: str) -> Response:
    """Numbers in a file of CSV as a spreadsheet of who takes it out reads them in most countries here."""
    columns = (
        [str(one) for one in (_("Currency"), *blocks[0].headings, *blocks[0].columns)] if blocks else [_("Currency")]
    )
    rows = [
        (block.currency, *map(name_in_file, names), *(cell.value for cell in line.cells))
        for block in blocks
        for line, names in [*((line, line.names) for line in block.told), (block.total, name_total(block))]
    ]
    zone = queries.shop().time_zone
    if kind == "xlsx":
        return send_whole(as_xlsx(columns, rows, title=str(report.title), time_zone=zone), FILES[kind], f"{name}.xlsx")
    pieces = as_csv(columns, rows, separator=";", decimal=",", time_zone=zone)
    return send_whole(io.BytesIO(b"".join(pieces)), FILES[kind], f"{name}.csv")


def name_in_file(name: object) -> object:
    """A tax as its source names it, by which files are compared."""
    if isinstance(name, NamedRate):
        return str(name)
    return show_name(name) if isinstance(name, EarlierDay) else name


def name_total(block: Block) -> tuple[str, ...]:
    return (_("Total"), *("" for _heading in block.headings[1:]))
