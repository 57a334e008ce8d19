"""What an invoice must say of the shop, asked for in the pop-up of what issues the first one: saved, and on it goes."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from app import queries
from app.actions.declaration import AnyAction
from app.actions.drafts import place_draft
from app.actions.invoices import is_invoiced_when_placed, issue_invoice
from app.actions.sellers import SELLER_TITLES, why_no_invoice_of_seller
from app.admin_views.forms import CountryField, at_most_letters, clean
from app.documents.sellers import UNNAMED, missing_of_seller
from app.models import Order, Shop
from app.pages.company_numbers import is_vat_number
from app.pages.localized_forms import LocalizedForm

SELLER_RIGHT = "settings.company"
PREFIX = "seller-"


def text_of_seller(name: str, most: int = 255) -> StringField:
    return StringField(SELLER_TITLES[name], [at_most_letters(most)], filters=[clean, str.strip])


class SellerForm(LocalizedForm):
    """Refuses while something is missing, with a sentence beside the field."""

    name = text_of_seller("name")
    street = text_of_seller("street")
    postcode = text_of_seller("postcode", 60)
    city = text_of_seller("city")
    country = CountryField(SELLER_TITLES["country"], choices=[])
    vat_id = StringField(SELLER_TITLES["vat_id"], [at_most_letters(60), is_vat_number], filters=[clean, str.strip])
    is_small_business = BooleanField(SELLER_TITLES["is_small_business"], description=_l("Invoices say so instead."))

    def validate(self, extra_validators: Mapping[str, object] | None = None) -> bool:
        if not super().validate(extra_validators):
            return False
        missing = missing_of_seller(Shop(**self.data))
        for name in missing:
            self[name].errors = [_("Fill this in.")]
        return not missing


def seller_form(given: Mapping[str, str] | None = None) -> SellerForm:
    """With what is known already; a shop that nobody has named yet has no name."""
    shop = queries.shop()
    known = {name: getattr(shop, name) for name in SELLER_TITLES}
    if known["name"] == UNNAMED:
        known["name"] = ""
    return SellerForm(given, prefix=PREFIX, data=known)


def asks_for_seller(action: AnyAction, record: object) -> bool:
    """Whether the pop-up of this action asks for it: an invoice would come of it, and can't be issued yet."""
    if not isinstance(record, Order) or not why_no_invoice_of_seller(record):
        return False
    return action is issue_invoice or (action is place_draft and is_invoiced_when_placed(record))
