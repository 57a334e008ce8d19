"""CUSTOMERS: who they are, their own addresses and their orders."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement
from wtforms import Field, Form
from wtforms.fields import SelectField
from wtforms.validators import Email, Optional, ValidationError

from app import queries
from app.accounting.receivables import OpenItem, by_age, items_of_customer
from app.actions.account_statements import send_statement, statement_now, why_not_send_statement
from app.actions.custom_statuses import set_custom_status
from app.actions.declaration import AnyAction
from app.actions.drafts import begin_draft
from app.actions.merging import foreseen, merge_customers, why_not_merge_into
from app.actions.personal_data import erase_personal_data, personal_data
from app.actions.reminders import remind_customer_again, stop_customers_reminders
from app.actions.vat_checks import check_customers_vat_number
from app.admin_views.cell_actions import cells_in_orders
from app.admin_views.dashboard.buttons import lacking, why_not
from app.admin_views.filters import FilterByCustomersCountry, FilterByValue, FilteredByRecords, days_of
from app.admin_views.forms import LanguageField, as_id
from app.admin_views.own_addresses import (
    AddressConverter,
    OwnAddresses,
    changed_addresses,
    differing_addresses,
    stamp_of,
)
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import run_alone, run_locked
from app.admin_views.shown_vat_checks import show_vat_checks
from app.admin_views.signin import demand_right, may
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.admin_views.taking_out import record_export, send_whole
from app.columns import now
from app.documents.account_statement import name_of_statement
from app.documents.account_statement_page import draw_statement
from app.documents.vat_checks import vies_number_of
from app.documents.vat_numbers import why_not_vat_number
from app.errors import ActionRefused
from app.exports import FILES, as_csv, as_xlsx
from app.exports.statement_of_account import STATEMENT_COLUMNS, statement_rows
from app.extensions import Model, db
from app.history import Actor
from app.models import Customer, CustomerAddress, FacturXTo
from app.pages.formatting import country, day, language
from app.pages.labels import (
    AGES,
    FACTUR_X_TO,
    PAYMENT_STATUS,
    PDF_WITH_XML,
    RETURN_STATUS,
    shipment_label,
    status_label,
)
from app.queries import tab_conditions
from app.queries.keyset import ListSort, each_for_few
from app.queries.periods import Period
from app.queries.record_search import CUSTOMER_SEARCH
from app.security import form_tokens

STATEMENT = "exports.statement"  # the right

#: So many orders on a page of the customer's.
MOST_ORDERS = 20


def is_vat_number_of_customer(form: Form, field: Field) -> None:
    """By the country that it begins with, else by that of their first address. What is stored already stays."""
    addresses = form["addresses"].data or [] if "addresses" in form else []
    country = next((one["country"] for one in addresses if one and one.get("country")), "")
    if field.data and field.data != field.object_data and (reason := why_not_vat_number(field.data, country)):
        raise ValidationError(reason)


def asked_day(name: str) -> date | None:
    """None where none is given. Refuses what is no day: the table would be of other days than was meant."""
    said = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise ActionRefused(_("“%(text)s” is no day. Enter it like 2026-11-30.", text=said[:40])) from None


def asked_days() -> tuple[date | None, date]:
    """From and until; until today where nothing is said."""
    since, until = asked_day("since"), asked_day("until") or queries.today()
    if since and since > until:
        raise ActionRefused(_("The last day can’t be before the first."))
    return since, until


class Ages(NamedTuple):
    """What a customer owes in a currency, per age, and in all; `credit` is what they have to come of it."""

    currency: str
    sums: list[Decimal]
    credit: Decimal
    total: Decimal


def row_of_ages(items: list[OpenItem], currency: str, today: date) -> Ages:
    credit = sum((item.open for item in items if item.is_credit), Decimal(0))
    sums = list(by_age(items, today).values())
    return Ages(currency, sums, credit, sum(sums, credit))


def act_on_customer(action: AnyAction, *, to: str | None = None) -> ResponseReturnValue:
    """Run it on the customer that the form names, say what became of it, and go back to their page."""
    customer_id = as_id(request.form.get("id")) or 0
    page = url_for("customer.details_view", id=customer_id)
    form_tokens.lead_back_to(page)
    try:
        run = partial(run_locked, action, partial(one_locked, customer_id))
        run() if to is None else run(to=to)
        flash(str(action.done), "success")
    except ActionRefused as no:
        flash(str(no), "error")
    return redirect(page, code=303)


def is_called_somehow(form: Form, field: Field) -> None:
    if not any((form[name].data or "").strip() for name in ("name", "company", "email")):
        raise ValidationError(_("Give a name, a company or an e-mail address at least."))


class CustomerView(FilteredByRecords, TabbedList):
    tabs = {
        "": ListTab(_l("All")),
        "businesses": ListTab(_l("Businesses"), tab_conditions.businesses),
        "owe": ListTab(_l("Owe something"), tab_conditions.who_owe),
    }
    texts = RecordTexts(
        new=_l("New customer"), saved=_l("Customer saved"), none=_l("No customers yet"),
        none_hint=_l("Whoever orders becomes one by themselves."),
    )  # fmt: skip
    right = "customers.customers"
    can_create = can_edit = can_view_details = True
    column_list = ("name", "company", "email", "phone", "language", "created_at")
    more_columns = ("vat_id", "buyer_reference", "notes")
    column_sortable_list = ("name", "company", "email", "created_at")
    sorts = {
        "language": ListSort(Customer.language, (Customer.name,)),
        **each_for_few(Customer.phone, Customer.vat_id, Customer.buyer_reference, Customer.notes),
    }
    column_default_sort = ("name", False)
    column_filters = (
        *days_of(Customer.created_at, _l("Customer since")),
        FilterByCustomersCountry(CustomerAddress.country, _l("Country")),
        FilterByValue(Customer.language, _l("Language"), language, Customer.merged_into_id.is_(None)),
    )
    column_formatters = {
        "language": lambda view, context, model, name: language(model.language) if model.language else "",
        "created_at": lambda view, context, model, name: day(model.created_at),
    }
    searched = CUSTOMER_SEARCH
    edited_in_rows = ("notes",)
    export_right = "exports.customers"
    details_template = "admin/customer/details.html"
    column_labels = {
        "name": _l("Name"),
        "company": _l("Company"),
        "vat_id": _l("VAT number"),
        "buyer_reference": _l("Buyer reference"),
        "email": _l("E-mail"),
        "phone": _l("Phone"),
        "language": _l("Language"),
        "notes": _l("Notes"),
        "factur_x": PDF_WITH_XML,
        "addresses": _l("Addresses"),
        "created_at": _l("Customer since"),
    }
    form_columns = ("name", "company", "vat_id", "buyer_reference", "email", "phone", "language", "factur_x", "notes")
    form_overrides = {"language": LanguageField, "factur_x": SelectField}
    form_args = {
        "name": {"validators": [is_called_somehow]},
        "vat_id": {"validators": [is_vat_number_of_customer]},
        "buyer_reference": {
            "description": _l("Their invoices name it: the Leitweg-ID of a German authority, a cost centre."),
        },
        "email": {"validators": [Optional(), Email()]},
        "language": {"choices": ()},
        "factur_x": {"choices": [(one.value, title) for one, title in FACTUR_X_TO.items()], "coerce": FacturXTo},
        "notes": {"description": _l("Only staff see this.")},
    }
    inline_models = (OwnAddresses(CustomerAddress),)
    inline_model_form_converter = AddressConverter

    def narrowed(self) -> list[ColumnElement[bool]]:
        """Those who were merged into others are only signposts."""
        return [Customer.merged_into_id.is_(None)]

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        customer = self.get_one(request.args.get("id", "")) or abort(404)
        if customer.merged_into_id is not None:
            return redirect(url_for(".details_view", id=customer.merged_into_id))
        page = min(as_id(request.args.get("page")) or 0, 10**6)
        orders = queries.orders_of_customer(customer, most=MOST_ORDERS + 1, skip=page * MOST_ORDERS)
        drafts, tasks, questions = queries.waiting_for_customer(customer)
        return self.render(
            self.details_template,
            customer=customer,
            orders=orders[:MOST_ORDERS],
            newer_url=self.page_of_orders(customer, page - 1) if page else "",
            older_url=self.page_of_orders(customer, page + 1) if len(orders) > MOST_ORDERS else "",
            vat_checks=show_vat_checks(vies_number_of(customer)),
            why_not_check=why_not(check_customers_vat_number, customer),
            revenue=queries.revenue_of_customer(customer),
            returns=queries.returns_of_customer(customer, most=MOST_ORDERS),
            waiting={"drafts": drafts, "tasks": tasks, "questions": questions},
            history=queries.history_of(customer),
            cells=cells_in_orders(queries.custom_statuses() if orders and may(set_custom_status.right) else []),
            shipment_label=shipment_label,
            status_label=status_label,
            country=country,
            language=language,
            with_xml=FACTUR_X_TO[customer.factur_x] if customer.factur_x else "",
            labels={"payment": PAYMENT_STATUS, "returns": RETURN_STATUS},
            why_not_begin=lacking(begin_draft.right),
            why_not_merge=lacking(merge_customers.right),
            why_not_stop=why_not(stop_customers_reminders, customer),
            why_not_remind=why_not(remind_customer_again, customer),
            why_not_state=lacking(STATEMENT),
            account=self.account_of(customer),
            today=queries.today(),
            return_url=self.get_url(".index_view"),
        )

    def account_of(self, customer: Customer) -> dict[str, object] | None:
        """What is open by age, per currency, and whether it can be sent; for who may see it."""
        if lacking(STATEMENT):
            return None
        items, today = items_of_customer(customer), queries.today()
        currencies = sorted({item.currency for item in items})
        return {
            "ages": list(AGES.values()),
            "rows": [row_of_ages([one for one in items if one.currency == code], code, today) for code in currencies],
            "why_not_send": lacking(send_statement.right) or why_not_send_statement(customer, items),
        }

    def page_of_orders(self, customer: Customer, page: int) -> str:
        return url_for(".details_view", id=customer.id, page=page or None, _anchor="orders")

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        customer = self.get_one(request.args.get("id", ""))
        if customer is not None and customer.merged_into_id is not None:
            return redirect(url_for(".edit_view", id=customer.merged_into_id), code=303)
        return super().edit_view()

    @expose("/statement")
    def statement(self) -> ResponseReturnValue:
        """What was invoiced and paid in some days, or ever, and what is owed after each, as CSV or XLSX."""
        demand_right(STATEMENT)
        customer = self.get_one(request.args.get("id", "")) or abort(404)
        try:
            since, until = asked_days()
        except ActionRefused as no:
            flash(str(no), "error")
            return redirect(url_for(".details_view", id=customer.id), code=303)
        zone = queries.shop().time_zone
        if request.args.get("file") == "pdf":
            return self.print_statement(customer)
        name = "-".join(["statement", str(customer.id), *(day.isoformat() for day in (since, until) if day)])
        rows = list(statement_rows(customer, Period(since, until, zone)))
        record_export(_("Statement of account"))
        kind = "csv" if request.args.get("file") == "csv" else "xlsx"
        if kind == "csv":
            pieces = as_csv(STATEMENT_COLUMNS, rows, separator=";", decimal=",", time_zone=zone)
            content = io.BytesIO(b"".join(pieces))
        else:
            with as_xlsx(STATEMENT_COLUMNS, rows, title=_("Statement of account"), time_zone=zone) as made:
                content = io.BytesIO(made.read())
        return send_whole(content, FILES[kind], f"{name}.{kind}")

    def print_statement(self, customer: Customer) -> Response:
        """What is open today, as the letter that would be sent."""
        says, language = statement_now(customer, items_of_customer(customer), queries.today())
        content = draw_statement(says, language, at=now())
        record_export(_("Statement of account"))
        return send_whole(io.BytesIO(content), "application/pdf", name_of_statement(says, language))

    @expose("/send-statement", methods=("POST",))
    def send_statement(self) -> ResponseReturnValue:
        return act_on_customer(send_statement, to=request.form.get("to", "").strip())

    @expose("/check-vat-number", methods=("POST",))
    def check_vat_number(self) -> ResponseReturnValue:
        return act_on_customer(check_customers_vat_number)

    @expose("/stop-reminders", methods=("POST",))
    def stop_reminders(self) -> ResponseReturnValue:
        return act_on_customer(stop_customers_reminders)

    @expose("/remind-again", methods=("POST",))
    def remind_again(self) -> ResponseReturnValue:
        return act_on_customer(remind_customer_again)

    # --- merging: search the other one, look at what would happen, do it ---

    @expose("/merge/", methods=("GET", "POST"))
    def merge(self) -> ResponseReturnValue:
        if not may(merge_customers.right):
            abort(403)
        gone_id, into_id = as_id(request.values.get("id")) or 0, as_id(request.values.get("into"))
        if request.method == "POST":
            return self.merged(gone_id, into_id or 0)
        customer = self.get_one(str(gone_id)) or abort(404)
        into = (self.get_one(str(into_id)) or abort(404)) if into_id else None
        return self.merge_page(customer, into)

    def merged(self, gone_id: int, into_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".details_view", id=into_id))
        try:
            into = run_alone(merge_customers.right, lambda by: merge(gone_id, into_id, by))
        except ActionRefused as no:
            flash(str(no), "error")
            return redirect(url_for(".details_view", id=gone_id), code=303)
        flash(str(merge_customers.done), "success")
        return redirect(url_for(".details_view", id=into.id), code=303)

    def merge_page(self, customer: Customer, into: Customer | None) -> str:
        asked = request.args.get("find", "")
        found = queries.customers_called(asked, demo=customer.is_demo, most=20)
        reason = merge_customers.why_not(customer) or (why_not_merge_into(customer, into) if into else "")
        return self.render(
            "admin/customer/merge.html",
            customer=customer,
            into=into,
            plan=foreseen(customer, into) if into and not reason else None,
            reason=reason,
            titles=self.column_labels,
            find=asked,
            found=[one for one in found if one.id != customer.id],
        )

    # --- personal data: given and erased ---

    @expose("/personal-data/")
    def personal_data(self) -> str:
        """What can be done with all that is stored of a customer, and what erasing keeps."""
        customer = self.get_one(request.args.get("id", "")) or abort(404)
        return self.render(
            "admin/customer/personal_data.html",
            customer=customer,
            why_not_give=lacking("exports.personal_data"),
            why_not_erase=why_not(erase_personal_data, customer),
        )

    @expose("/personal-data/give", methods=("POST",))
    def give_personal_data(self) -> Response:
        """A file for the customer."""
        customer_id = request.form.get("id", "")

        def give(by: Actor) -> dict[str, object]:
            return personal_data(self.get_one(customer_id) or abort(404), by=by)

        text = json.dumps(run_alone("exports.personal_data", give), indent=2, ensure_ascii=False)
        content = io.BytesIO(text.encode())
        return send_file(content, "application/json", as_attachment=True, download_name=f"customer-{customer_id}.json")

    @expose("/personal-data/erase", methods=("POST",))
    def erase(self) -> ResponseReturnValue:
        return act_on_customer(erase_personal_data)

    # --- saving: the addresses count as a part of the customer ---

    def stamp(self, model: Customer) -> str:
        return f"{super().stamp(model)}-{stamp_of(model)}"

    def row_stamp(self, record: Model) -> str:
        """A row shows no address."""
        return super().stamp(record)

    def update_model(self, form: Form, model: Customer) -> bool:
        """Customer and addresses as they are now: nobody changes either until this is over."""
        for address in model.addresses:
            db.session.expire(address)
        queries.locked_customers(model.id)
        return super().update_model(form, model)

    def differing(self, form: Form, model: Customer) -> Iterator[tuple[str, str, str]]:
        yield from super().differing(form, model)
        if "addresses" in form:
            yield from differing_addresses(form.addresses, model)

    def changed(self, model: Customer) -> dict[str, list[object]]:
        return super().changed(model) | changed_addresses(model)


def one_locked(customer_id: int) -> Customer | None:
    return next(iter(queries.locked_customers(customer_id)), None)


def merge(gone_id: int, into_id: int, by: Actor) -> Customer:
    """Both are locked before anything about them is decided."""
    both = queries.locked_customers(*dict.fromkeys([gone_id, into_id]))
    if {one.id for one in both} != {gone_id, into_id}:
        abort(404)
    merged: Customer = merge_customers(both[0], by=by, into=both[-1])
    return merged
