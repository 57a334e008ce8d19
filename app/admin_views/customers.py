"""CUSTOMERS: who they are, their own addresses and their orders."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin import expose
from flask_admin.model.form import InlineFormAdmin
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectField
from wtforms.validators import Email, Length, Optional

from app.admin_views.base import RecordView
from app.admin_views.labels import PAYMENT_STATUS, SHIPMENT_STATUS, status_label
from app.config import LANGUAGES
from app.models import Customer, CustomerAddress
from app.queries import history_of, orders_of_customer, revenue_of_customer

ADDRESS_KINDS = [("billing", _l("Billing address")), ("shipping", _l("Shipping address"))]


class OwnAddresses(InlineFormAdmin):
    form_columns = (
        "id",
        "kind",
        "name",
        "company",
        "street",
        "street2",
        "postcode",
        "city",
        "region",
        "country",
        "phone",
    )
    form_overrides = {"kind": SelectField}
    form_args = {"kind": {"choices": ADDRESS_KINDS}, "country": {"validators": [Length(max=2)]}}
    column_labels = {
        "kind": _l("Kind"),
        "name": _l("Name"),
        "company": _l("Company"),
        "street": _l("Street and number"),
        "street2": _l("Second line"),
        "postcode": _l("Postcode"),
        "city": _l("Town"),
        "region": _l("Region"),
        "country": _l("Country (two letters)"),
        "phone": _l("Phone"),
    }


class CustomerView(RecordView):
    right = "customers.customers"
    can_create = can_edit = can_view_details = True
    column_list = ("name", "company", "email", "phone", "language", "created_at")
    column_sortable_list = ("name", "company", "email", "created_at")
    column_default_sort = ("name", False)
    search_columns = (Customer.name, Customer.company, Customer.email, Customer.phone)
    details_template = "admin/customer/details.html"
    column_labels = {
        "name": _l("Name"),
        "company": _l("Company"),
        "vat_id": _l("VAT id"),
        "email": _l("E-mail"),
        "phone": _l("Phone"),
        "language": _l("Language"),
        "notes": _l("Notes"),
        "created_at": _l("Customer since"),
    }
    form_columns = ("name", "company", "vat_id", "email", "phone", "language", "notes")
    form_overrides = {"language": SelectField}
    form_args = {
        "email": {"validators": [Optional(), Email(), Length(max=255)]},
        "language": {"choices": [("", "–"), *LANGUAGES.items()]},
        "notes": {"description": _l("Only staff see this.")},
    }
    inline_models = (OwnAddresses(CustomerAddress),)

    @expose("/details/")
    def details_view(self) -> str:
        customer = self.get_one(request.args.get("id", "")) or abort(404)
        return self.render(
            self.details_template,
            customer=customer,
            orders=orders_of_customer(customer, most=100),
            revenue=revenue_of_customer(customer),
            history=history_of(customer),
            status_label=status_label,
            labels={"payment": PAYMENT_STATUS, "shipment": SHIPMENT_STATUS},
            return_url=self.get_url(".index_view"),
        )

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        for address in model.addresses:
            address.country = (address.country or "").upper()
        super().on_model_change(form, model, is_created)
