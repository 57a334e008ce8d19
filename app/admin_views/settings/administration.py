"""Invoices, shipping and returns: what the shop has decided once for all orders."""

from __future__ import annotations

import io

from flask import Response, abort, send_file
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.fields import BooleanField, SelectField
from wtforms.validators import NumberRange, ValidationError

from app import queries
from app.actions.numbering import why_not_change_credit_note_series
from app.actions.terms import remove_terms, replace_terms, terms_of, why_not_terms
from app.admin_views.differing import changed_values
from app.admin_views.forms import countries
from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.admin_views.signin import actor
from app.errors import ActionRefused
from app.extensions import db
from app.models import FacturXFor, InvoiceMoment, Shop, StoredFile
from app.pages.fields import AmountField, FileUpload, LinesField
from app.pages.labels import PDF_WITH_XML

TERMS = _l("Terms, as PDF")

#: More is no small rest any more.
LARGEST_REST = 25


def true_or_false(value: object) -> bool:
    return str(value) == "True"


def in_capitals(lines: list[str] | None) -> list[str]:
    return [line.upper() for line in lines or []]


def are_countries(form: Form, field: Field) -> None:
    known = dict(countries("en"))
    if unknown := [line for line in field.data if line not in known]:
        raise ValidationError(_("“%(text)s” is no country. Enter two letters such as DE.", text=unknown[0][:40]))


def can_be_the_terms(form: Form, field: Field) -> None:
    if field.data and (reason := why_not_terms(field.data[1])):
        raise ValidationError(reason)


class AdministrationSettings(ShopTopic):
    right = sight = "settings.administration"
    path = ADVANCED
    edit_template = "admin/settings/administration.html"
    form_columns = (
        "invoice_moment", "payment_term_days", "write_off_limit", "delivery_times", "hide_email_on_invoices",
        "hide_phone_on_invoices", "credit_notes_own_series", "factur_x_for", "factur_x_countries", "quote_days",
        "forbid_unpaid_shipping", "return_days", "low_stock", "terms", "remove_terms",
    )  # fmt: skip
    form_extra_fields = {
        "terms": FileUpload(
            TERMS, [can_be_the_terms], description=_l("Attached to the mail with an order’s first invoice.")
        ),
        "remove_terms": BooleanField(_l("Remove the terms")),
    }
    form_overrides = {
        "invoice_moment": SelectField,
        "delivery_times": LinesField,
        "write_off_limit": AmountField,
        "credit_notes_own_series": SelectField,
        "factur_x_for": SelectField,
        "factur_x_countries": LinesField,
        "forbid_unpaid_shipping": SelectField,
    }
    headings = {
        "invoice_moment": _l("Invoices"),
        "quote_days": _l("Quotes"),
        "forbid_unpaid_shipping": _l("Shipping and returns"),
        "low_stock": _l("Stock"),
        "terms": _l("Terms"),
    }
    column_labels = {
        "invoice_moment": _l("Create invoices"),
        "payment_term_days": _l("Days to pay"),
        "write_off_limit": _l("Write off rests up to"),
        "delivery_times": _l("Delivery times"),
        "hide_email_on_invoices": _l("Leave the customer’s e-mail address off invoices"),
        "hide_phone_on_invoices": _l("Leave the customer’s phone number off invoices"),
        "credit_notes_own_series": _l("Numbers of credit notes"),
        "factur_x_for": PDF_WITH_XML,
        "factur_x_countries": _l("Only to buyers in these countries"),
        "quote_days": _l("Days a quote is valid"),
        "forbid_unpaid_shipping": _l("Sending what is not paid yet"),
        "return_days": _l("Return period in days"),
        "low_stock": _l("Low stock, in pieces"),
        "terms": TERMS,
    }
    form_args = {
        "invoice_moment": {
            "choices": [
                (InvoiceMoment.DIRECT.value, _l("Direct: when the order is placed")),
                (InvoiceMoment.PAID.value, _l("Paid: when the order is paid")),
                (InvoiceMoment.MANUAL.value, _l("Manual: by hand, on the order")),
            ],
            "coerce": InvoiceMoment,
        },
        "payment_term_days": {"validators": [NumberRange(0, 365)]},
        "write_off_limit": {
            "validators": [NumberRange(0, LARGEST_REST)],
            "description": _l(
                "Where a customer paid a little less or more than is owed: one press on the order, or at the bank’s "
                "line. In the currency of the order; 0 writes off nothing."
            ),
        },
        "delivery_times": {"description": _l("One a line; offered in the pop-up of an invoice.")},
        "credit_notes_own_series": {
            "choices": [("True", _l("A series of their own")), ("False", _l("The series of the invoices"))],
            "coerce": true_or_false,
            "description": _l("Can be changed until the first credit note is made."),
        },
        "factur_x_for": {
            "choices": [
                (FacturXFor.NOBODY.value, _l("To nobody")),
                (FacturXFor.BUSINESSES.value, _l("To businesses")),
                (FacturXFor.EVERYBODY.value, _l("To everybody")),
            ],
            "coerce": FacturXFor,
            "description": _l(
                "Instead of the plain PDF. Where something is missing for it, the plain one goes, "
                "and the order says so. What is chosen on a customer’s own page goes before this."
            ),
        },
        "factur_x_countries": {
            "filters": [in_capitals],
            "validators": [are_countries],
            "description": _l("Two letters such as DE, one country a line. Empty: to all countries."),
        },
        "quote_days": {
            "validators": [NumberRange(1, 365)],
            "description": _l("Each draft can have its own."),
        },
        "forbid_unpaid_shipping": {
            "choices": [("False", _l("Warn")), ("True", _l("Forbid"))],
            "coerce": true_or_false,
        },
        "return_days": {
            "validators": [NumberRange(0, 3650)],
            "description": _l("From the day the last parcel went. A later return is possible, with a warning."),
        },
        "low_stock": {
            "validators": [NumberRange(0, 1_000_000, _l("Enter a number of pieces, 0 or more."))],
            "description": _l(
                "Products of which there are so many, or fewer, stand in the tab “Low stock” of Catalogue > Products."
            ),
        },
    }

    def shown(self, name: str, value: object) -> str:
        return super().shown(name, str(value) if name in self.form_overrides and isinstance(value, bool) else value)

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        if "credit_notes_own_series" in changed_values(model) and (reason := why_not_change_credit_note_series()):
            raise ActionRefused(reason)
        super().on_model_change(form, model, is_created)
        if form.terms.data:
            name, content = form.terms.data
            replace_terms(model, name=name, content=content, by=actor())
        elif form.remove_terms.data:
            remove_terms(model, by=actor())

    def render(self, template: str, **kwargs: object) -> str:
        terms = terms_of(queries.shop())
        return super().render(template, terms_name=terms.name if terms else "", **kwargs)

    @expose("/terms")
    def terms(self) -> Response:
        """The terms as they are now."""
        file = db.session.get(StoredFile, queries.shop().terms_id or 0) or abort(404)
        return send_file(io.BytesIO(file.content), file.media_type, download_name=file.name, as_attachment=True)
