"""What the numbers of orders and documents look like."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import Form
from wtforms.fields import FormField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from app import queries
from app.actions.numbering import change_series, locked_counters, next_count, next_number
from app.admin_views.base import StaffPage
from app.admin_views.settings.topic import ADVANCED, Topic
from app.admin_views.signin import actor
from app.errors import ActionRefused
from app.extensions import ShownText, db
from app.models import Counter
from app.numbering import MOST_DIGITS, PREFIX, begins_anew_on, fill_in, format_number, is_dated, shop_day
from app.pages.formatting import day as format_day
from app.pages.localized_forms import LocalizedForm

SERIES_TITLES = {
    "order": _l("Orders"),
    "invoice": _l("Invoices"),
    "credit_note": _l("Credit notes"),
    "packing_slip": _l("Packing slips"),
    "return": _l("Returns"),
    "quote": _l("Quotes"),
}


class SeriesForm(LocalizedForm):
    """One kind of numbers. `seen` is what the counter said when the page was opened."""

    lead = StringField(  # WTForms means something else by "prefix"
        _l("Prefix"),
        [
            Length(max=40),
            Regexp(PREFIX.pattern + "$", message=_l("Letters, digits, - . _ and {yyyy}, {yy}, {mm} only.")),
        ],
    )
    next = IntegerField(_l("Next number"), [InputRequired(), NumberRange(1, 10 ** (MOST_DIGITS - 1) - 1)])
    digits = IntegerField(_l("Digits, at least"), [InputRequired(), NumberRange(1, MOST_DIGITS)])
    seen = HiddenField()

    def preview(self) -> str:
        if self.next.data is None or self.digits.data is None or not 1 <= self.digits.data <= MOST_DIGITS:
            return "–"
        return preview_number(self.lead.data or "", self.next.data, self.digits.data)


def preview_number(prefix: str, next: int, digits: int) -> str:
    """The next number; of a prefix that knows the year also the first one of the next period."""
    if not is_dated(prefix):
        return format_number(prefix, next, digits)
    today = shop_day()
    number = format_number(fill_in(prefix, today), next, digits)
    anew_on = begins_anew_on(prefix, today) or today
    first = format_number(fill_in(prefix, anew_on), 1, digits)
    return _("%(number)s; from %(day)s on %(first)s", number=number, day=format_day(anew_on), first=first)


NumberingForm: Any = type(
    "NumberingForm", (LocalizedForm,), {kind: FormField(SeriesForm, title) for kind, title in SERIES_TITLES.items()}
)


class NumberingSettings(Topic, StaffPage):
    right = sight = "settings.numbering"
    path = ADVANCED

    def titles(self) -> dict[str, ShownText]:
        return {f"numbers_{kind}": title for kind, title in SERIES_TITLES.items()}

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> ResponseReturnValue:
        if request.method == "POST":
            form = NumberingForm(request.form)
            if form.validate() and save(form):
                flash(_("Numbers changed."), "success")
                return redirect(url_for(".index_view"), code=303)
            return self.page(form), 422
        return self.page(NumberingForm(data={kind: as_shown(counter) for kind, counter in counters().items()}))

    def page(self, form: Form) -> str:
        together = not queries.shop().credit_notes_own_series
        shown = {"form": form, "together": together, "changes": self.changes(), **self.frame()}
        return str(self.render("admin/settings/numbering.html", **shown))

    @expose("/preview/<any(order, invoice, credit_note, packing_slip, return, quote):kind>")
    def preview(self, kind: str) -> str:
        """The next number as it would be with what is typed in now."""
        row = NumberingForm(request.args)[kind].form
        return row.preview() if row.validate() else "–"


def counters() -> dict[str, Counter]:
    rows = db.session.scalars(select(Counter).where(Counter.series == "main", Counter.kind.in_(SERIES_TITLES)))
    return {counter.kind: counter for counter in rows}


def as_shown(counter: Counter) -> dict[str, object]:
    next = next_count(counter)
    seen = stamp(counter.prefix, next, counter.digits)
    return {"lead": counter.prefix, "next": next, "digits": counter.digits, "seen": seen}


def stamp(prefix: str, next: int | None, digits: int | None) -> str:
    return f"{prefix}/{next}/{digits}"


def save(form: Form) -> bool:
    """Change what was changed on the page, all of it or nothing; what is wrong stands beside the number."""
    db.session.rollback()
    locked = locked_counters()
    for kind in SERIES_TITLES:
        row = form[kind].form
        try:
            save_row(kind, row, locked[kind, "main"])
        except ActionRefused as no:
            row.next.errors = [*row.next.errors, str(no)]
    if form_has_errors(form):
        db.session.rollback()
        return False
    db.session.commit()
    return True


def save_row(kind: str, row: SeriesForm, counter: Counter) -> None:
    """A next number that nobody touched means to go on counting, though some were drawn meanwhile."""
    seen_prefix, _slash, rest = (row.seen.data or "").partition("/")
    seen_next, _slash, seen_digits = rest.partition("/")
    wanted = (row.lead.data or "", row.next.data, row.digits.data)
    if stamp(*wanted) == row.seen.data:
        return
    if (seen_prefix, seen_digits) != (counter.prefix, str(counter.digits)):
        row.seen.data = as_shown(counter)["seen"]
        raise ActionRefused(
            _(
                "Somebody else changed this meanwhile: the next number is %(number)s. Save again to put yours in.",
                number=next_number(counter),
            )
        )
    prefix, next, digits = wanted
    go_on = str(next) == seen_next
    change_series(kind, prefix=prefix, digits=digits or 1, next=None if go_on else next, by=actor())


def form_has_errors(form: Form) -> bool:
    return any(field.errors for kind in SERIES_TITLES for field in form[kind].form)
