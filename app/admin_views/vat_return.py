"""REPORTS > VAT return: what of the sales of a quarter goes where in the form of the shop's country."""

from __future__ import annotations

from itertools import islice

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from app import queries
from app.admin_views.base import StaffPage
from app.admin_views.figures import FiguresForm, Question, name_days, why_not_shown
from app.admin_views.signin import demand_right, may
from app.admin_views.taking_out import record_export
from app.admin_views.vat_return_files import TITLE, send_table, table_of_boxes, table_of_documents
from app.admin_views.vat_return_words import (
    explain_apart,
    explain_box,
    has_credit_boxes,
    name_place,
    write_filled,
    write_rate,
)
from app.exports import FILES
from app.exports.figures import REPORTS, FigureScope
from app.exports.figures.spans import SPANS
from app.exports.vat_return import FORMS, VatQuestion, ask_for_return, fill_return, sales_at
from app.exports.vat_return.form import CURRENCY, HOW_ROUNDED
from app.exports.vat_return.kinds import SALE_KINDS
from app.extensions import read_only
from app.pages import formatting

#: The right: the same figures as the VAT export has.
SEES_VAT = "exports.vat"

#: So many documents stand on a page behind a figure; the file has all of them.
MOST_SALES = 200

#: What the sums are of that are read one by one.
DOCUMENTS_READ = REPORTS["vat"]

#: What can be taken out.
VAT_TABLES = {"boxes": table_of_boxes, "documents": table_of_documents}


class VatReturnForm(FiguresForm):
    """The last quarter is what most returns are of."""

    period = SelectField(_l("Period"), choices=list(SPANS.items()), default="last_quarter")


class VatReturnPage(StaffPage):
    def is_accessible(self) -> bool:
        return super().is_accessible() and may(SEES_VAT)

    @expose("/")
    def index(self) -> str:
        demand_right(SEES_VAT)
        form = VatReturnForm(request.args)
        question = read_question(form) if form.validate() else None
        why_not = why_too_many(question) if question else ""
        with read_only():
            found = fill_return(question) if question and not why_not else None
        return str(
            self.render(
                "admin/vat_return/index.html",
                form=form,
                question=question,
                is_running=question is not None and question.asked.span.until >= queries.today(),
                why_not=why_not,
                found=found,
                shop=queries.shop(),
                known=", ".join(formatting.country(country) for country in FORMS),
                kinds=SALE_KINDS,
                how_rounded=HOW_ROUNDED,
                explain=explain_box,
                explain_apart=explain_apart,
                write=write_filled,
                write_rate=write_rate,
                name_country=formatting.country,
                currency=CURRENCY,
                has_credit_boxes=has_credit_boxes,
                kept=keep_period(),
            )
        )

    @expose("/documents")
    def documents(self) -> str:
        """What stands behind a figure: of a box by its code, of a kind of sale by its name."""
        demand_right(SEES_VAT)
        form = VatReturnForm(request.args)
        if not form.validate():
            abort(400)
        question = read_question(form)
        place, currency = request.args.get("at", ""), request.args.get("currency", CURRENCY)
        title = name_place(question.form, place) or abort(404)
        why_not = why_too_many(question)
        with read_only():
            sales = [] if why_not else list(islice(sales_at(question, place, currency), MOST_SALES + 1))
        return str(
            self.render(
                "admin/vat_return/documents.html",
                title=title,
                question=question,
                why_not=why_not,
                sales=sales[:MOST_SALES],
                has_more=len(sales) > MOST_SALES,
                most=MOST_SALES,
                kinds=SALE_KINDS,
                write_rate=write_rate,
                name_country=formatting.country,
                kept=keep_period(),
            )
        )

    @expose("/file")
    def take_out(self) -> ResponseReturnValue:
        """The return as a table, or all documents of these days with the boxes they go into."""
        demand_right(SEES_VAT)
        form = VatReturnForm(request.args)
        kind, what = request.args.get("file", "xlsx"), request.args.get("what", "boxes")
        if not form.validate() or kind not in FILES or what not in VAT_TABLES:
            abort(400)
        question = read_question(form)
        record_export(str(TITLE))
        name = f"vat-{what}-{name_days(question.asked.span)}"
        return send_table(name, kind, *VAT_TABLES[what](question))


# --- what is asked ----------------------------------------------------------------------------------------------------


def read_question(form: VatReturnForm) -> VatQuestion:
    shop = queries.shop()
    return ask_for_return(shop, FigureScope(form.span(), shop.time_zone, is_demo=queries.has_only_demo()))


def why_too_many(question: VatQuestion) -> str:
    return why_not_shown(DOCUMENTS_READ, Question(question.asked, None))


def keep_period() -> dict[str, str]:
    return {name: request.args[name] for name in ("period", "since", "until") if name in request.args}
