"""CATALOGUE > Products, and the payment and shipping methods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.fields import SelectField
from wtforms.validators import DataRequired, InputRequired, Optional, Regexp, ValidationError

from app import queries
from app.accounting.vat_rates import usual_rate
from app.actions.stock import count_stock
from app.admin_views.base import RecordView
from app.admin_views.filters import FilterByOneOf, FilterByValue, FilteredByRecords, amounts_of
from app.admin_views.offered_rates import offered_here
from app.admin_views.own_word_marks import SaidInLanguages, say_missing
from app.admin_views.record_texts import LeadsOn, RecordTexts
from app.admin_views.shop_products import note_of, shops_of_product
from app.admin_views.signin import actor
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.models import PRODUCTS_UNDER_MARGIN_SCHEME, STOCK_NOT_KEPT, MarginScheme, MovementKind, Product, WordKind
from app.pages.fields import MaybeAmountField, not_negative
from app.pages.formatting import price, quantity, stock
from app.queries import movements_of, tab_conditions
from app.queries.concerns import as_indexed
from app.queries.keyset import ListSort, each_for_few, or_last
from app.queries.record_search import PRODUCT_SEARCH

#: The latest changes of stock that are shown with a product.
MOST_MOVEMENTS = 50

MOVEMENTS = {
    MovementKind.ORDERED: _l("Ordered"),
    MovementKind.CANCELLED: _l("Cancelled"),
    MovementKind.RETURNED: _l("Returned"),
    MovementKind.COUNTED: _l("Counted"),
    MovementKind.COUNTED_THERE: _l("Counted in the shop"),
    MovementKind.LOST: _l("Lost, sent again"),
}


MARGIN_SCHEME_TITLES = {
    MarginScheme.GOODS: _l("Second-hand goods"),
    MarginScheme.ART: _l("Works of art"),
    MarginScheme.ANTIQUES: _l("Antiques and collectors’ items"),
}


def rate_title(rate: str) -> str:
    return f"{quantity(Decimal(rate))} %"


#: The id of the list of VAT rates that a field offers; another one may be typed.
RATES_OFFERED = "vat-rates"


class WithVatRate(RecordView):
    """A record with a VAT rate: the rates of the shop's country are offered, and a new one has the standard rate."""

    create_template = "admin/product/create.html"
    edit_template = "admin/product/method.html"

    def create_form(self, obj: object = None) -> Form:
        form = super().create_form(obj)
        if request.method != "POST":
            form.vat_rate.data = usual_rate()
            if "price" in form:
                form.price.data = None  # 0 would be a price, too
        return form

    def render(self, template: str, **kwargs: object) -> str:
        if template in (self.create_template, self.edit_template):
            kwargs["rates"] = offered_here()
        return str(super().render(template, **kwargs))


class ProductView(FilteredByRecords, TabbedList, WithVatRate):
    tabs = {
        "": ListTab(_l("All")),
        "for_sale": ListTab(_l("For sale"), tab_conditions.products_for_sale),
        "low": ListTab(_l("Low stock"), lambda: tab_conditions.products_running_out(queries.shop().low_stock)),
        "sold_out": ListTab(_l("Out of stock"), tab_conditions.products_sold_out),
        "not_for_sale": ListTab(_l("Not for sale"), tab_conditions.products_not_for_sale),
    }
    texts = RecordTexts(
        new=_l("New product"),
        saved=_l("Product saved"),
        none=_l("No products yet"),
        none_hint=_l("A connected shop brings its own. For orders that are typed here, enter them once."),
    )
    right = "catalogue.products"
    can_create = can_edit = True
    column_list = ("name", "sku", "price", "vat_rate", "stock", "location", "is_active")
    more_columns = ("keeps_stock", "margin_scheme", "purchase_price")
    column_sortable_list = ("name", "price", "stock")
    sorts = {
        "sku": or_last(Product.sku),
        "vat_rate": ListSort(Product.vat_rate, (Product.name,)),
        **each_for_few(
            Product.location, Product.is_active, Product.keeps_stock, Product.margin_scheme, Product.purchase_price
        ),
    }
    column_default_sort = ("name", False)
    column_filters = (
        *amounts_of(Product.price, _l("Price")),
        FilterByValue(Product.vat_rate, _l("VAT rate"), rate_title, read=Decimal),
        FilterByOneOf(
            Product.keeps_stock,
            _l("Stock is kept"),
            "keeps_stock",
            {
                "yes": (_l("Yes"), (Product.keeps_stock.is_(True),)),
                "no": (_l("No"), (as_indexed(STOCK_NOT_KEPT),)),
            },
        ),
        FilterByOneOf(
            Product.margin_scheme,
            _l("Margin scheme"),
            "margin_scheme",
            {
                one.value: (title, (as_indexed(PRODUCTS_UNDER_MARGIN_SCHEME), Product.margin_scheme == one))
                for one, title in MARGIN_SCHEME_TITLES.items()
            },
        ),
    )
    searched = PRODUCT_SEARCH
    export_right = "exports.products"
    edited_in_rows = ("price", "stock", "location", "is_active")
    column_labels = {
        "sku": _l("SKU"),
        "price": _l("Price"),
        "stock": _l("Stock"),
        "keeps_stock": _l("Stock is kept"),
        "location": _l("Location"),
        "is_active": _l("For sale"),
        "margin_scheme": _l("Margin scheme"),
        "purchase_price": _l("Purchase price"),
    }
    column_formatters = {
        "margin_scheme": lambda view, context, model, name: MARGIN_SCHEME_TITLES.get(model.margin_scheme, ""),
        "purchase_price": lambda view, context, model, name: (
            "" if model.purchase_price is None else price(model.purchase_price)
        ),
        "price": lambda view, context, model, name: price(model.price),
        "stock": lambda view, context, model, name: stock(model.stock) if model.keeps_stock else "–",
    }
    edit_template = "admin/product/edit.html"
    form_columns = (
        "name", "sku", "price", "vat_rate", "margin_scheme", "purchase_price", "stock", "keeps_stock", "location",
        "is_active",
    )  # fmt: skip
    form_overrides = {"margin_scheme": SelectField, "purchase_price": MaybeAmountField}
    form_args = {
        "name": {"validators": [DataRequired()]},
        "sku": {"filters": [lambda text: (text or "").strip() or None]},
        "price": {"validators": [InputRequired(_l("Fill this in.")), not_negative]},
        "vat_rate": {"validators": [not_negative], "render_kw": {"list": RATES_OFFERED}},
        "margin_scheme": {
            "choices": [
                ("", _l("No: VAT as usual")),
                *((one.value, text) for one, text in MARGIN_SCHEME_TITLES.items()),
            ],
            "coerce": MarginScheme,
            "description": _l(
                "Then invoices say no VAT of it, and the VAT rate is that of the margin. Only for goods that were "
                "bought without VAT to deduct."
            ),
        },
        "purchase_price": {
            "validators": [Optional(), not_negative],
            "description": _l("Of one. The VAT in the margin is reckoned from it; no customer sees it."),
        },
        "stock": {"description": _l("What you counted. The difference is kept as a movement.")},
        "keeps_stock": {
            "description": _l("Orders warn when more is sold than there is. Untick it for goods made to order.")
        },
        "location": {"description": _l("Where it is stored; printed on the packing slip.")},
    }

    def usual_sort(self) -> tuple[ListSort, bool]:
        """What there is least of first, where it runs out."""
        return (ListSort(Product.stock), False) if self.asked_tab() in ("low", "sold_out") else super().usual_sort()

    def on_model_change(self, form: Form, model: Product, is_created: bool) -> None:
        super().on_model_change(form, model, is_created)
        count_stock(model, model.stock, by=actor())

    def render(self, template: str, **kwargs: Any) -> str:
        if template == self.edit_template:
            kwargs["movements"] = movements_of(kwargs["model"], most=MOST_MOVEMENTS)
            kwargs["kinds"] = MOVEMENTS
            kwargs["in_shops"] = shops_of_product(kwargs["model"])
            kwargs["note_of"] = note_of
        return super().render(template, **kwargs)


class PaymentMethodView(SaidInLanguages, WithVatRate):
    texts = RecordTexts(
        new=_l("New payment method"),
        saved=_l("Payment method saved"),
        none=_l("No payment methods yet"),
        none_hint=_l("They are chosen on orders that are typed here."),
        leads_on=LeadsOn("usual_methods.index", _l("Choose from a list"), (("kind", "payment"),)),
    )
    right = "catalogue.payment_methods"
    word_kind = WordKind.PAYMENT_METHOD
    can_create = can_edit = True
    column_list = ("title", "missing_in", "confirms_itself", "cost", "is_active")
    column_sortable_list = ("title", "confirms_itself", "cost", "is_active")
    column_default_sort = ("title", False)
    column_labels = {
        "missing_in": _l("Other languages"),
        "confirms_itself": _l("Paid at once (online payment)"),
        "ledger_account": _l("Account of the general ledger"),
    }
    column_formatters = {
        "missing_in": lambda view, context, model, name: say_missing(view.word_kind, model),
        "cost": lambda view, context, model, name: price(model.cost),
    }
    form_columns = ("title", "confirms_itself", "cost", "vat_rate", "ledger_account", "is_active")
    form_args = {
        "title": {"validators": [DataRequired()]},
        "ledger_account": {
            "validators": [Regexp(r"^[A-Za-z0-9.]{0,35}$", message=_l("Letters, digits and points only, 35 at most."))],
            "description": _l(
                "Where its money stands in the journal until a line of the bank or provider is booked as it. Empty: "
                "payments under way, where fees and payouts of providers stand too, or gift cards where the title says "
                "so."
            ),
        },
        "confirms_itself": {
            "description": _l(
                "The provider confirms the payment, as with iDEAL or a card: the order can’t be set to Not paid."
            )
        },
        "cost": {"validators": [not_negative]},
        "vat_rate": {"validators": [not_negative], "render_kw": {"list": RATES_OFFERED}},
    }


def usable_pattern(form: Form, field: Field) -> None:
    """Only web addresses: the customer clicks on it."""
    pattern = field.data or ""
    if not pattern:
        return
    if not pattern.startswith(("https://", "http://")):
        raise ValidationError(_("Start with https://"))
    if "{code}" not in pattern:
        raise ValidationError(_("Put {code} where the Track & Trace code belongs."))


class ShippingMethodView(SaidInLanguages, WithVatRate):
    texts = RecordTexts(
        new=_l("New shipping method"),
        saved=_l("Shipping method saved"),
        none=_l("No shipping methods yet"),
        none_hint=_l("With the carrier’s tracking page, the customer’s mail links to the parcel."),
        leads_on=LeadsOn("usual_methods.index", _l("Choose from a list"), (("kind", "shipping"),)),
    )
    right = "catalogue.shipping_methods"
    word_kind = WordKind.SHIPPING_METHOD
    can_create = can_edit = True
    column_list = ("title", "missing_in", "carrier", "is_pick_up", "cost", "is_active")
    column_sortable_list = ("title", "carrier", "is_pick_up", "cost", "is_active")
    column_default_sort = ("title", False)
    column_labels = {
        "missing_in": _l("Other languages"),
        "carrier": _l("Carrier"),
        "tracking_url": _l("Track & Trace address"),
        "is_pick_up": _l("Pick-up"),
    }
    column_formatters = {
        "missing_in": lambda view, context, model, name: say_missing(view.word_kind, model),
        "cost": lambda view, context, model, name: price(model.cost),
    }
    form_columns = ("title", "carrier", "tracking_url", "is_pick_up", "cost", "vat_rate", "is_active")
    form_args = {
        "title": {"validators": [DataRequired()]},
        "tracking_url": {
            "validators": [usable_pattern],
            "description": _l(
                "The carrier’s page, with {code}, {postcode} and {country} in it: "
                "https://carrier.example/track?code={code}&zip={postcode}"
            ),
        },
        "cost": {"validators": [not_negative]},
        "vat_rate": {"validators": [not_negative], "render_kw": {"list": RATES_OFFERED}},
    }
