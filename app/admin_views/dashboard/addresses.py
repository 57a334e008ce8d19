"""The billing and the shipping address, each with a map or with the reason why there is none."""

from __future__ import annotations

import zlib

from flask import url_for
from flask_babel import gettext as _

from app import maps, queries
from app.actions.addresses import change_address, has_one_address
from app.admin_views.dashboard.buttons import button
from app.admin_views.dashboard.loading import OrderPage
from app.history import ADDRESS_TITLES
from app.models import ADDRESS_FIELDS, AddressKind, Order, OrderAddress
from app.pages.formatting import country


def addresses(page: OrderPage) -> list[dict[str, object]]:
    """Both; once where they are the same, with the button of the other one beside its own."""
    order = page.order
    if has_one_address(order):
        shown = one_address(order, AddressKind.BILLING, order.billing)
        other = button(change_address, order, title=_("Ship elsewhere"), url=edit_url(order, AddressKind.SHIPPING))
        return [{**shown, "title": _("Billing and shipping address"), "other": other}]
    return [
        one_address(order, AddressKind.BILLING, order.billing),
        one_address(order, AddressKind.SHIPPING, order.shipping),
    ]


def one_address(order: Order, kind: AddressKind, address: OrderAddress | None) -> dict[str, object]:
    edit = button(change_address, order, url=edit_url(order, kind))
    shown = {"kind": kind, "title": ADDRESS_TITLES[kind], "edit": edit}
    if address is None:
        return shown
    shop = queries.shop()
    found = maps.locate(address)  # as texts: a template would take a lazy sentence, address and all, for safe HTML
    return {
        **shown,
        "address": address,
        "country": country(address.country),
        "embedded": (embedded := maps.embed_map(shop.maps, shop.maps_key, address, found)),
        "map_url": map_url(order, address) if isinstance(found, maps.Place) and not embedded else "",
        "why_no_map": str(found.sentence) if isinstance(found, maps.NoPlace) else "",
        "notes": [str(note.sentence) for note in found.notes],
    }


def edit_url(order: Order, kind: AddressKind) -> str:
    return url_for("order_page.change_address", number=order.number, kind=kind)


def map_url(order: Order, address: OrderAddress) -> str:
    """With a mark of the address in it: another address has another map, which no browser has kept."""
    mark = zlib.crc32("\n".join(getattr(address, name) for name in ADDRESS_FIELDS).encode())
    return url_for("order_page.map", number=order.number, kind=address.kind, mark=f"{mark:08x}")
