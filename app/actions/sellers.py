"""What is to be known of the shop before it sends invoices: the one place that every way to issue one goes through."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.documents.sellers import missing_of_seller
from app.errors import ActionRefused
from app.extensions import ShownText
from app.history import Actor, Happened, changes, record
from app.models import Order, Shop

SELLER_TITLES: dict[str, ShownText] = {
    "name": _l("Name"),
    "street": _l("Street and number"),
    "postcode": _l("Postcode"),
    "city": _l("Town"),
    "country": _l("Country"),
    "vat_id": _l("VAT number"),
    "is_small_business": _l("VAT-exempt as a small business"),
}


class SellerIncomplete(ActionRefused):
    """An invoice that may not be issued while something is missing of what the law wants said of the seller."""


def demand_seller(order: Order) -> None:
    """Raises SellerIncomplete when no invoice of the order may be issued yet."""
    if reason := why_no_invoice_of_seller(order):
        raise SellerIncomplete(reason)


def why_no_invoice_of_seller(order: Order) -> str:
    """A shop from before this was asked goes on, and is only told. The demo shop has a company of its own."""
    if order.is_demo or not queries.shop().seller_demanded:
        return ""
    return why_seller_incomplete()


def why_seller_incomplete() -> str:
    """What is missing on the shop's invoices; "" when nothing is."""
    missing = missing_of_seller(queries.shop())
    if not missing:
        return ""
    named = ", ".join(str(SELLER_TITLES[name]) for name in missing)
    if missing == ["vat_id"]:
        return _(
            "An invoice must have your VAT number, or say that you are VAT-exempt as a small business. "
            "Enter it in Settings > Company."
        )
    return _(
        "Invoices must name your company in full. Still missing: %(fields)s. See Settings > Company.", fields=named
    )


def complete_seller(shop: Shop, values: Mapping[str, object], *, by: Actor) -> None:
    """Enter what was missing, on the way to the invoice that asked for it. `values`: by the keys of SELLER_TITLES."""
    changed = changes(shop, values, values)
    for name in changed:
        setattr(shop, name, values[name])
    demand_from_now_on(shop)
    if changed:
        record(Happened.RECORD_CHANGED, None, by, subject=shop, record=str(shop), changes=changed)


def demand_from_now_on(shop: Shop) -> None:
    """Once all is there, it stays: also in a shop that sent invoices without it before."""
    shop.seller_demanded |= not missing_of_seller(shop)
