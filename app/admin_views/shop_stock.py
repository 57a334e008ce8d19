"""A connection's products and stock: whose number of pieces counts, and what its page says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, inspect, select, update
from sqlalchemy.orm.interfaces import ORMOption
from wtforms import Form
from wtforms.fields import SelectField
from wtforms.validators import NumberRange

from app.admin_views.base import RecordView
from app.admin_views.connection_history import ConnectionHistory
from app.admin_views.record_texts import RecordTexts
from app.connections.failures import SENTENCES
from app.connections.shops import CATALOGUES
from app.errors import ActionRefused
from app.extensions import ShownText, db
from app.models import LINKED, Connection, LinkState, Product, Pull, PullKind, ShopProduct, StockMode, StockSide
from app.pages.formatting import quantity
from app.write_back import mark_due
from app.write_back.listeners import COUNTS

MODE_TITLES: dict[StockMode, ShownText] = {
    StockMode.OFF: _l("Each counts for itself"),
    StockMode.SHOP: _l("The shop counts"),
    StockMode.US: _l("Toonbank counts"),
}
SIDE_TITLES: dict[StockSide, ShownText] = {
    StockSide.US: _l("Toonbank’s number stays"),
    StockSide.SHOP: _l("The shop’s number stays"),
}


class ShopStock(ConnectionHistory, RecordView):
    texts = RecordTexts(saved=_l("Stock settings saved"))
    right = sight = "imports.connections"
    stands_under = "arrivals"
    can_edit = True
    edit_template = "admin/connections/stock.html"
    form_columns = ("stock_mode", "stock_buffer", "stock_wins", "stock_place", "catalogue_minutes")
    form_overrides = {"stock_mode": SelectField, "stock_wins": SelectField, "stock_place": SelectField}
    column_labels = {
        "stock_mode": _l("Stock"),
        "stock_buffer": _l("Pieces kept back"),
        "stock_wins": _l("Where they differ"),
        "stock_place": _l("Place there"),
        "catalogue_minutes": _l("Minutes between two looks at its products"),
    }
    form_args = {
        "stock_mode": {
            "choices": list(MODE_TITLES.items()),
            "coerce": StockMode,
            "description": _l(
                "The shop: its number is taken over here. Toonbank: every order, return and count here is told to the "
                "shop within a minute. It is for products that are matched, that the shop counts, and whose stock is "
                "kept here."
            ),
        },
        "stock_buffer": {
            "validators": [NumberRange(0, 1_000_000, _l("Enter a number of pieces, 0 or more."))],
            "description": _l("The shop is told so many less, and never less than 0."),
        },
        "stock_wins": {
            "choices": list(SIDE_TITLES.items()),
            "coerce": StockSide,
            "description": _l(
                "When it is switched on, and later where no order explains the shop’s number: Toonbank’s number "
                "replaces it, or it is taken over here as a movement of stock. What was never counted here takes the "
                "shop’s number first, whatever you choose."
            ),
        },
        "stock_place": {"description": _l("Where the shop counts what is told and read here.")},
        "catalogue_minutes": {
            "validators": [NumberRange(5, 1440, _l("Minutes: from 5 to 1440."))],
            "description": _l("What changed of its products; at night all of them are read."),
        },
    }

    def is_visible(self) -> bool:
        return False  # it is reached from the connection

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        return redirect(url_for("connection.index_view"))

    def get_one(self, id: str | int, *options: ORMOption) -> Connection | None:
        """Of a shop whose products can be read."""
        found = super().get_one(id, *options)
        return found if isinstance(found, Connection) and has_catalogue(found) else None

    def edit_form(self, obj: Connection | None = None) -> Form:
        form = super().edit_form(obj)
        places = places_of(obj) if obj else {}
        if places:
            form.stock_place.choices = [("", _("The first one")), *places.items()]
        else:
            del form.stock_place
        if obj and not CATALOGUES[obj.source].tells_stock:
            form.stock_mode.choices = [one for one in MODE_TITLES.items() if one[0] != StockMode.US]
        return form

    def on_model_change(self, form: Form, model: Connection, is_created: bool) -> None:
        """All numbers are compared. What the shop should have is known still, unless another number counts now."""
        if model.stock_mode != StockMode.OFF and (other := other_counting(model)):
            raise ActionRefused(
                _("“%(title)s” counts for this shop already. Set that one to count for itself.", title=other)
            )
        is_reckoned_anew = has_other(model, "stock_mode") or has_other(model, "stock_place")
        super().on_model_change(form, model, is_created)
        model.stock_after = model.stock_trouble = model.stock_trouble_at = None
        model.stock_detail = ""
        of_shop = ShopProduct.outside_shop_id == model.outside_shop_id
        values: dict[str, object] = {"trouble": None, "last_error": "", "is_due": False}
        if is_reckoned_anew:
            values |= dict.fromkeys(("base", "base_movement_id", "differs_at"))
            values |= dict.fromkeys(("trying", "trying_base", "trying_movement_id"))
        with db.session.no_autoflush:
            this = update(ShopProduct).where(of_shop).values(values)
            db.session.execute(this.execution_options(synchronize_session=False))
            if model.stock_mode != StockMode.OFF:
                mark_due(of_shop)

    def get_save_return_url(self, model: Connection, is_created: bool = False) -> str:
        return url_for("connection.show", connection_id=model.id)

    def render(self, template: str, **kwargs: object) -> str:
        connection = kwargs.get("model")
        if isinstance(connection, Connection):
            kwargs["page_url"] = url_for("connection.show", connection_id=connection.id)
            kwargs["compared"] = compared_of(connection)
        return str(super().render(template, **kwargs))


def has_other(connection: Connection, column: str) -> bool:
    """Whether somebody is changing it."""
    return bool(inspect(connection).attrs[column].history.has_changes())


def other_counting(connection: Connection) -> str:
    """The title of another connection of the same shop whose stock is compared; "" mostly."""
    of_shop = (Connection.outside_shop_id == connection.outside_shop_id, Connection.id != connection.id, COUNTS)
    with db.session.no_autoflush:
        return db.session.scalar(select(Connection.title).where(*of_shop)) or ""


def has_catalogue(connection: Connection) -> bool:
    return connection.source in CATALOGUES and connection.is_read


def places_of(connection: Connection) -> dict[str, str]:
    """Ids and names of the places where the shop counts, as they were read with its catalogue."""
    query = select(Pull.seen).where(Pull.connection_id == connection.id, Pull.kind == PullKind.CATALOGUE)
    return db.session.scalar(query) or {}


@dataclass(frozen=True)
class ComparedOf:
    """How many products are compared once it is switched on, how many of them have another number there, and some."""

    products: int
    differing: int
    examples: str


def compared_of(connection: Connection) -> ComparedOf:
    """By what was last read there; less what is kept back, which the shop is never told."""
    told = Product.stock - (connection.stock_buffer if connection.stock_mode == StockMode.US else 0)
    is_compared = (
        ShopProduct.outside_shop_id == connection.outside_shop_id,
        ShopProduct.state.in_(LINKED),
        ShopProduct.is_counted,
        Product.keeps_stock,
    )
    differs = ShopProduct.stock != case((told > 0, told), else_=0)
    counts = select(func.count(), func.count().filter(differs)).select_from(ShopProduct).join(ShopProduct.product)
    products, differing = db.session.execute(counts.where(*is_compared)).one()
    some = select(ShopProduct).join(ShopProduct.product).where(*is_compared, differs).order_by(ShopProduct.id).limit(3)
    examples = [say_difference(one) for one in db.session.scalars(some)] if differing else []
    return ComparedOf(products, differing, ", ".join(examples))


def say_difference(row: ShopProduct) -> str:
    assert row.product
    there, here = "–" if row.stock is None else quantity(row.stock), quantity(row.product.stock)
    return _("%(product)s: %(there)s there, %(here)s here", product=str(row), there=there, here=here)


# --- on the page of the connection ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class StockedOf:
    """What the connection's page says of its products: how many of each state, and how the stock is kept."""

    counts: Sequence[tuple[str, str, int]]  # title, where they are listed, how many
    settings: Sequence[tuple[ShownText, ShownText]]
    trouble: str
    is_read: bool


def stocked_of(connection: Connection, pulls: object) -> StockedOf | None:
    """None of a shop whose products can't be read."""
    if not has_catalogue(connection):
        return None
    known = pulls.get(PullKind.CATALOGUE) if isinstance(pulls, dict) else None
    counts = counts_of(connection) if known is not None else []
    settings: list[tuple[ShownText, ShownText]] = [(_l("Stock"), MODE_TITLES[connection.stock_mode])]
    if connection.stock_mode == StockMode.US:
        settings.append((_l("Pieces kept back"), str(connection.stock_buffer)))
        settings.append((_l("Where they differ"), SIDE_TITLES[connection.stock_wins]))
    trouble = connection.stock_trouble
    return StockedOf(counts, settings, str(SENTENCES[trouble]) if trouble else "", known is not None)


def counts_of(connection: Connection) -> list[tuple[str, str, int]]:
    of_shop = ShopProduct.outside_shop_id == connection.outside_shop_id
    query = select(ShopProduct.state, func.count()).where(of_shop).group_by(ShopProduct.state)
    counts = dict(db.session.execute(query).all())
    shop = connection.outside_shop_id
    return [
        (str(_l("To match")), url_for("shop_product.index_view", shop=shop), counts.get(LinkState.TO_MATCH, 0)),
        (
            str(_l("Matched")),
            url_for("shop_product.index_view", shop=shop, state="matched"),
            sum(counts.get(state, 0) for state in LINKED),
        ),
        (
            str(_l("Not ours")),
            url_for("shop_product.index_view", shop=shop, state="not_ours"),
            counts.get(LinkState.NOT_OURS, 0),
        ),
    ]
