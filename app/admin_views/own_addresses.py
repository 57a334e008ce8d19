"""A customer's own addresses, inside the form of the customer: at most one of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256

from flask_admin.contrib.sqla.fields import InlineModelFormList
from flask_admin.contrib.sqla.form import InlineModelConverter
from flask_admin.model.form import InlineFormAdmin
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from wtforms import Form, FormField
from wtforms.fields import SelectField

from app.admin_views.differing import changed_values
from app.admin_views.forms import CountryField
from app.admin_views.record_form import RecordForm
from app.history import ADDRESS_TITLES
from app.models import ADDRESS_FIELDS, Customer, CustomerAddress
from app.pages.fields import Check
from app.pages.formatting import country
from app.postal.house_numbers import settle_house

#: What is written; the parts of the house's number go by the line of the street.
WRITTEN = tuple(name for name in ADDRESS_FIELDS if not name.startswith("house_"))


class OwnAddresses(InlineFormAdmin):
    form_base_class = RecordForm
    form_columns = ("id", "kind", *WRITTEN)
    form_overrides = {"kind": SelectField, "country": CountryField}
    form_args = {"kind": {"choices": list(ADDRESS_TITLES.items())}, "country": {"choices": ()}}
    form_widget_args = {"kind": {"data-one-each": "1"}}
    column_labels = {
        "kind": _l("Kind"),
        "name": _l("Name"),
        "company": _l("Company"),
        "street": _l("Street and number"),
        "street2": _l("Second line"),
        "postcode": _l("Postcode"),
        "city": _l("Town"),
        "region": _l("Region"),
        "country": _l("Country"),
        "phone": _l("Phone"),
    }


class AddressRows(InlineModelFormList):
    """One row for each address. Which address a row is, its kind says: kinds can be swapped, and an address that
    somebody else added or removed meanwhile is no other one. A row without a word is no address."""

    most = len(ADDRESS_TITLES)
    new_title = _l("New address")
    add_title = _l("Add an address")

    def title_of(self, row: FormField) -> str:
        """What stands above the row; the first time it is shown, while it has no kind yet, it is a new one."""
        return str(ADDRESS_TITLES.get(row.form.kind.data, self.new_title))

    @property
    def spare_row(self) -> FormField | None:
        """An empty row for those whose browser runs no script: it needs no button."""
        if len(self.entries) >= self.most:
            return None
        row = self.append_entry()
        self.pop_entry()
        used = {other.form.kind.data for other in self.entries}
        row.form.kind.data = next((kind for kind in ADDRESS_TITLES if kind not in used), None)
        return row

    @property
    def given(self) -> dict[str, FormField]:
        """{kind: its row}, of those that stay."""
        return {row.form.kind.data: row for row in self._staying()}

    def _staying(self) -> list[FormField]:
        return [row for row in self.entries if not self.should_delete(row) and says_something(row)]

    def validate(self, form: Form, extra_validators: Sequence[Check] = ()) -> bool:
        valid = bool(super().validate(form, extra_validators))
        for row in self._staying():
            if self.given[row.form.kind.data] is not row:
                row.form.kind.errors = [_("There are two addresses of this kind. Keep one.")]
                self.errors.append(row.errors)
                valid = False
        return valid

    def populate_obj(self, obj: Customer, name: str) -> None:
        """Gone is what stood in a row of its own and has none any more; what the form didn't show stays."""
        known: dict[str, CustomerAddress] = {address.kind: address for address in obj.addresses}
        in_rows = {str(row.get_pk()) for row in self.entries}
        unseen = [one for one in obj.addresses if str(one.id) not in in_rows and one.kind not in self.given]
        obj.addresses = [*unseen, *(fill_address(known.get(kind), row) for kind, row in self.given.items())]


def says_something(row: FormField) -> bool:
    return any(row.form[name].data for name in WRITTEN)


def fill_address(address: CustomerAddress | None, row: FormField) -> CustomerAddress:
    address = address or CustomerAddress()
    was = address.house
    row.populate_obj(address, "")
    _street, address.house_number, address.house_extension = settle_house(was, address.house)
    return address


class AddressConverter(InlineModelConverter):
    inline_field_list_type = AddressRows


# --- what changed, for the history and for whoever was slower -------------------------------------------------------


def stamp_of(customer: Customer) -> str:
    """What all addresses say, in a few letters: the customer's version doesn't count changes of theirs."""
    texts = [[getattr(address, name) for name in ("kind", *ADDRESS_FIELDS)] for address in in_order(customer)]
    return sha256(json.dumps(texts).encode()).hexdigest()[:16]


def differing_addresses(rows: AddressRows, customer: Customer) -> Iterator[tuple[str, str, str]]:
    """(title, now, in the form) of each field of an address that says something else by now."""
    stored = {address.kind: address for address in customer.addresses}
    for kind, title in ADDRESS_TITLES.items():
        for name in WRITTEN:
            now = getattr(stored.get(kind), name, "")
            yours = (rows.given[kind].form[name].data or "") if kind in rows.given else ""
            if now != yours:
                shown = country if name == "country" else str
                yield f"{title}, {OwnAddresses.column_labels[name]}", shown(now), shown(yours)


def changed_addresses(customer: Customer) -> dict[str, list[object]]:
    """{"billing street": [before, now]} of what is about to be saved."""
    past = inspect(customer).attrs.addresses.history
    changed: dict[str, list[object]] = {}
    for address in [*past.deleted, *past.unchanged, *past.added]:
        for name, (before, now) in values_of(address, is_new=address in past.added, is_gone=address in past.deleted):
            if before != now:
                changed[f"{address.kind} {name}"] = [before, now]
    return changed


def values_of(address: CustomerAddress, *, is_new: bool, is_gone: bool) -> Iterator[tuple[str, tuple[object, object]]]:
    """(field, (before, now)) of each field; of an address that wasn't there or goes, that side is empty."""
    before = changed_values(address)
    for name in ADDRESS_FIELDS:
        now = getattr(address, name) or ""
        was = before[name][0] if name in before else now
        yield name, ("" if is_new else was, "" if is_gone else now)


def in_order(customer: Customer) -> list[CustomerAddress]:
    return sorted(customer.addresses, key=lambda address: address.kind)
