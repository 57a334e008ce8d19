"""What somebody decides about a product of a connected shop: which of ours it is, a new one of it, or none of ours."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select

from app import queries
from app.actions.declaration import Input, Many, action
from app.actions.stock import count_stock
from app.amounts.money import ZERO
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import LINKED, LinkState, Product, ShopProduct
from app.write_back import ask_to_compare_stock

MATCHING = "catalogue.shop_products"
GONE_THERE = _l("It is not there any more in the shop.")


def why_not_match(there: ShopProduct) -> str:
    return str(GONE_THERE) if there.gone_at else ""


def propose_own_product(there: ShopProduct) -> str:
    """Ours of the same SKU or the same name, where only one has it; "" mostly."""
    same = select(Product).where(or_(Product.sku == there.sku, Product.name.in_([str(there), there.title])))
    found = db.session.scalars(same.order_by(Product.id).limit(2)).all()
    return (found[0].sku or found[0].name) if len(found) == 1 else ""


@action(
    title=_l("Match"),
    group="catalogue",
    right=MATCHING,
    right_title=_l("match products of shops"),
    icon="git-merge",
    done=_l("Matched"),
    dialog_title=_l("Match it with a product of yours"),
    why_not=why_not_match,
    inputs=(
        Input(
            "sku",
            _l("SKU or name of your product"),
            required=True,
            per_order=True,
            initial=propose_own_product,
            hint=_l("As it stands under Catalogue > Products."),
        ),
    ),
)
def match_shop_product(there: ShopProduct, *, sku: str, by: Actor) -> None:
    """It is this product of ours from now on, whatever its SKU becomes."""
    put_link(there, find_own_product(sku.strip()), LinkState.BY_HAND, by=by)


def find_own_product(sku_or_name: str) -> Product:
    """By its SKU, else by its name where only one has it. Raises ActionRefused."""
    by_sku = db.session.scalar(select(Product).where(Product.sku == sku_or_name))
    if by_sku is not None:
        return by_sku
    named = db.session.scalars(select(Product).where(Product.name == sku_or_name).order_by(Product.id).limit(2)).all()
    if len(named) == 1:
        return named[0]
    if named:
        raise ActionRefused(_("SKU or name: several products have this name. Enter the SKU."))
    if similar := similar_products(sku_or_name):
        raise ActionRefused(
            _("SKU or name: no product is called “%(typed)s”. Similar: %(names)s.", typed=sku_or_name, names=similar)
        )
    raise ActionRefused(_("SKU or name: there is no such product. Enter its SKU as it stands under Products."))


def similar_products(typed: str) -> str:
    """A few of ours whose SKU or name has this in it."""
    found = queries.products_like(typed, most=5)
    return ", ".join(f"{one.name} ({one.sku})" if one.sku else one.name for one in found)


# --- a new one of it ------------------------------------------------------------------------------------------------


def why_not_make(there: ShopProduct) -> str:
    if there.state in LINKED:
        return _("It is matched with a product already.")
    return why_not_match(there)


@action(
    title=_l("New product of it"),
    group="catalogue",
    right=MATCHING,
    icon="plus",
    done=_l("Product created"),
    why_not=why_not_make,
    many=Many(_l("A product is made of each, with its name, price and stock. Matched ones stay as they are.")),
)
def make_product_of_it(there: ShopProduct, *, by: Actor) -> Product:
    """With what the shop states: name, SKU, price, and how many there are."""
    if there.sku and db.session.scalar(select(Product.id).where(Product.sku == there.sku)):
        raise ActionRefused(_("You have a product with the SKU %(sku)s already: match it.", sku=there.sku))
    rate = vat_rate_of(there)
    made = Product(
        sku=there.sku or None,
        name=str(there)[:255],
        price=price_with_vat(there, rate),
        vat_rate=rate,
        keeps_stock=there.is_counted,
        is_active=there.is_offered,
    )
    if there.is_counted and there.stock is not None:
        made.stock = there.stock
    db.session.add(made)
    db.session.flush()
    count_stock(made, made.stock or ZERO, by=by)

    record(Happened.RECORD_CREATED, None, by, subject=made, record=made.name)
    put_link(there, made, LinkState.BY_HAND, by=by)
    return made


def price_with_vat(there: ShopProduct, rate: Decimal) -> Decimal:
    """Ours include VAT; so do a shop's, unless it says otherwise."""
    price = max(there.price or ZERO, ZERO)
    if there.includes_tax is False:
        price = (price * (100 + rate) / 100).quantize(Decimal("0.01"))
    return price


def vat_rate_of(there: ShopProduct) -> Decimal:
    """As stated; else as most of ours have it whose tax class is the same in that shop, else as most of ours."""
    if there.vat_rate is not None:
        return there.vat_rate
    often = func.count().desc()
    of_class = (
        select(Product.vat_rate)
        .join(ShopProduct, ShopProduct.product_id == Product.id)
        .where(ShopProduct.outside_shop_id == there.outside_shop_id, ShopProduct.tax_class == there.tax_class)
    )
    for query in (of_class, select(Product.vat_rate)):
        rate = db.session.scalar(query.group_by(Product.vat_rate).order_by(often, Product.vat_rate.desc()).limit(1))
        if rate is not None:
            return rate
    return ZERO


# --- none of ours ---------------------------------------------------------------------------------------------------


def why_not_leave(there: ShopProduct) -> str:
    return _("It is left already.") if there.state == LinkState.NOT_OURS else ""


@action(
    title=_l("Not ours"),
    group="catalogue",
    right=MATCHING,
    icon="ban",
    done=_l("Left: it is none of yours"),
    why_not=why_not_leave,
    undo="match_anew",
    many=Many(_l("They are none of your products: their orders move no stock, and nothing is told of them.")),
)
def leave_shop_product(there: ShopProduct, *, by: Actor) -> None:
    """Its orders move no stock of ours, and the shop is told nothing of it."""
    put_link(there, None, LinkState.NOT_OURS, by=by)


def why_not_match_anew(there: ShopProduct) -> str:
    return _("It waits to be matched already.") if there.state == LinkState.TO_MATCH else ""


@action(
    title=_l("To match again"),
    group="catalogue",
    right=MATCHING,
    icon="arrow-back-up",
    done=_l("Waits to be matched"),
    why_not=why_not_match_anew,
    many=Many(_l("What they were matched with is forgotten. Those with a SKU of yours match by themselves again.")),
)
def match_anew(there: ShopProduct, *, by: Actor) -> None:
    """Forget what was decided; the next reading matches it by its SKU, if it can."""
    put_link(there, None, LinkState.TO_MATCH, by=by)


def put_link(there: ShopProduct, product: Product | None, state: LinkState, *, by: Actor) -> None:
    before = there.state
    if there.product_id != (product.id if product else None):
        there.forget_numbers()
    there.product_id, there.state = (product.id if product else None), state
    db.session.flush()
    if product is not None:
        ask_to_compare_stock([product.id])

    changes = {"state": [before.value, state.value], "product_id": ["", str(product) if product else ""]}
    record(Happened.RECORD_CHANGED, None, by, subject=there, record=str(there), changes=changes)
