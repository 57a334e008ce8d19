"""SERVICES > Import & connections > Products of shops: which product of ours each is, and where numbers differ."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from app.actions.shop_products import leave_shop_product, make_product_of_it, match_anew, match_shop_product
from app.admin_views.dashboard.buttons import Button
from app.admin_views.record_texts import RecordTexts
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.connections.failures import SENTENCES
from app.extensions import ShownText, db
from app.models import (
    DIFFERS,
    LINKED,
    LinkState,
    OutsideShop,
    Product,
    ShopProduct,
)
from app.pages.formatting import badge, moment, quantity
from app.pages.labels import LINK_STATE
from app.queries.concerns import as_indexed
from app.queries.keyset import ListSort, for_few, of_other
from app.queries.record_search import SHOP_PRODUCT_SEARCH


def of_state(*states: LinkState) -> list[ColumnElement[bool]]:
    return [ShopProduct.state.in_(states)]


class ShopProducts(TabbedList):
    texts = RecordTexts(
        none=_l("Nothing here"),
        many_done=lambda count: ngettext("%(num)s product changed.", "%(num)s products changed.", count),
        many_unchanged=lambda count: ngettext("%(num)s product unchanged:", "%(num)s products unchanged:", count),
    )
    tabs = {
        "": ListTab(_l("To match"), lambda: of_state(LinkState.TO_MATCH)),
        "matched": ListTab(_l("Matched"), lambda: of_state(*LINKED)),
        "differences": ListTab(_l("Differences"), lambda: [as_indexed(f"({DIFFERS})")]),
        "not_ours": ListTab(_l("Not ours"), lambda: of_state(LinkState.NOT_OURS)),
        "all": ListTab(_l("All")),
    }
    record_actions = (match_shop_product, make_product_of_it, leave_shop_product, match_anew)
    right = match_shop_product.right
    stands_under = "arrivals"
    tab = _l("Products of shops")
    column_list = ("title", "outside_shop", "state", "product", "stock", "note")
    column_sortable_list = ("title",)
    sorts = {
        "outside_shop": of_other(OutsideShop.title, ShopProduct.outside_shop_id),
        "state": ListSort(ShopProduct.state, (ShopProduct.title,)),
        "product": of_other(Product.name, ShopProduct.product_id),
        "stock": for_few(ShopProduct.stock),
    }
    column_default_sort = ("id", False)
    searched = SHOP_PRODUCT_SEARCH
    list_template = "admin/connections/products.html"
    has_notes = True  # sentences, which take room
    column_labels = {
        "title": _l("Product there"),
        "product": _l("Product here"),
        "stock": _l("Stock there"),
        "note": _l("Note"),
    }
    column_formatters = {
        "title": lambda view, context, model, name: f"{model} ({model.sku})" if model.sku else str(model),
        "state": lambda view, context, model, name: badge(LINK_STATE[model.state]),
        "product": lambda view, context, model, name: product_link(model),
        "stock": lambda view, context, model, name: pieces(model),
        "note": lambda view, context, model, name: note_of(model),
    }

    def is_visible(self) -> bool:
        return False  # a tab

    def list_query(self) -> Select[ShopProduct]:
        return select(ShopProduct).options(joinedload(ShopProduct.outside_shop), joinedload(ShopProduct.product))

    def narrowed(self) -> list[ColumnElement[bool]]:
        shop = self.list_args.get("shop", "")
        return [ShopProduct.outside_shop_id == int(shop)] if is_short_id(shop) else []

    def knows_part(self, name: str, value: str) -> bool:
        return is_short_id(value) if name == "shop" else super().knows_part(name, value)

    def kept(self) -> dict[str, str]:
        return {"shop": self.list_args.get("shop", "")}

    def row_buttons(self, record: ShopProduct) -> list[Button]:
        """Only what can be done: what is decided is taken back first."""
        actions = self.record_actions
        offered = actions[:-1] if record.state == LinkState.TO_MATCH else actions[-1:]
        titles = [one.title for one in offered]
        return [one for one in super().row_buttons(record) if one.title in titles]

    def row_url(self, row: ShopProduct) -> str:
        return url_for("product.edit_view", id=row.product_id) if row.product_id else ""

    def get_empty_list_message(self) -> ShownText:
        if self.asked_tab() == "differences":
            return _l("No number differs.")
        return _l("Nothing waits here. Products come in by “Read the catalogue” on the page of a connection.")


def is_short_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def product_link(row: ShopProduct) -> Markup | str:
    if row.product is None:
        return "–"
    return Markup('<a href="{}">{}</a>').format(url_for("product.edit_view", id=row.product_id), row.product.name)


def pieces(row: ShopProduct) -> str:
    """What the shop has, and what it was told where that is another number."""
    if row.stock is None:
        return "–"
    if not row.difference or row.told is None:
        return quantity(row.stock)
    return _("%(stock)s, told %(told)s", stock=quantity(row.stock), told=quantity(row.told))


def note_of(row: ShopProduct) -> str:
    """What is to be known of its stock, in a sentence; "" mostly."""
    if row.gone_at:
        return _("Not there any more since %(moment)s.", moment=moment(row.gone_at))
    if row.trouble:
        said = f" ({row.last_error})" if row.last_error else ""
        return f"{SENTENCES[row.trouble]}{said}"
    if row.differs_at:
        return _("Its number changed there, and no order explains it yet. Its orders are read first.")
    if row.product_id and not row.is_counted:
        return _("The shop does not count it.")
    return _("Waits to be compared.") if row.is_due else ""


# --- on the page of a product ---------------------------------------------------------------------------------------


def shops_of_product(product: Product) -> list[ShopProduct]:
    query = select(ShopProduct).where(ShopProduct.product_id == product.id).order_by(ShopProduct.id)
    return list(db.session.scalars(query.options(joinedload(ShopProduct.outside_shop))))
