"""SERVICES > Import & connections > Shops: the shops that orders come from, and choosing one in a form."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import Form
from wtforms.validators import DataRequired

from app import queries
from app.actions.outside_shops import chosen_shop, proposed_shop, shop_named, shops_of
from app.admin_views.base import RecordView
from app.admin_views.record_texts import RecordTexts
from app.errors import ActionRefused
from app.extensions import db
from app.intake_readers import PLATFORMS
from app.intake_readers.hosts import host_in, is_web_link
from app.models import Connection, OutsideShop
from app.pages.formatting import moment
from app.queries.keyset import for_few
from app.queries.payment_links import ID, NUMBER, is_of_shop


class OutsideShops(RecordView):
    """They are made by a connection or by a file; here they get another name, or the host name that tells files."""

    texts = RecordTexts(saved=_l("Shop saved"))
    right = sight = "imports.connections"
    stands_under = "arrivals"
    tab = _l("Shops")
    can_edit = True
    column_list = ("title", "source", "host", "file_read_at")
    column_sortable_list = ("title", "source")
    sorts = {"host": for_few(OutsideShop.host), "file_read_at": for_few(OutsideShop.file_read_at)}
    column_default_sort = ("title", False)
    list_template = "admin/connections/list.html"
    edit_template = "admin/connections/shop.html"
    column_labels = {
        "title": _l("Shop"),
        "source": _l("Shop system"),
        "host": _l("Host name"),
        "payment_page": _l("Payment page"),
        "file_read_at": _l("Last file"),
    }
    column_formatters = {
        "source": lambda view, context, model, name: PLATFORMS.get(model.source, model.source),
        "host": lambda view, context, model, name: model.host or "–",
        "file_read_at": lambda view, context, model, name: moment(model.file_read_at) if model.file_read_at else "–",
    }
    form_columns = ("title", "host", "payment_page")
    form_args = {
        "title": {"validators": [DataRequired()]},
        "host": {
            "description": _l("Files that state this host name are taken for files of this shop."),
        },
        "payment_page": {
            "filters": [lambda text: (text or "").strip()],
            "description": _l(
                "Where customers of this shop pay an order, such as https://shop.example.com/pay/{number}; {id} stands "
                "for its id there. It is named in reminders while something is open. Orders of WooCommerce state "
                "theirs, which goes first."
            ),
        },
    }

    def is_visible(self) -> bool:
        return False  # a tab

    def get_empty_list_message(self) -> str:
        return _("No order came from a shop yet. A file or a connection makes the first one.")

    def update_model(self, form: Form, model: OutsideShop) -> bool:
        db.session.refresh(model, with_for_update=True)
        return super().update_model(form, model)

    def on_model_change(self, form: Form, model: OutsideShop, is_created: bool) -> None:
        model.title, model.host = " ".join(model.title.split()), host_in(model.host or "")
        with db.session.no_autoflush:
            others = [shop for shop in shops_of(model.source) if shop.id != model.id]
        if any(shop.title.casefold() == model.title.casefold() for shop in others):
            raise ActionRefused(_("There is a shop “%(title)s” already. Choose another name.", title=model.title))
        if model.host and (same := next((shop for shop in others if shop.host == model.host), None)):
            raise ActionRefused(_("%(host)s is the host name of “%(title)s”.", host=model.host, title=same.title))
        model.payment_page = model.payment_page or ""
        if model.payment_page and (reason := why_not_page(model)):
            raise ActionRefused(reason)
        super().on_model_change(form, model, is_created)


def why_not_page(shop: OutsideShop) -> str:
    """Why no customer can be led there."""
    sample = shop.payment_page.replace(NUMBER, "1").replace(ID, "1")
    if sample == shop.payment_page:
        return _("Payment page: {number} or {id} has to stand in it, for the order.")
    if not is_web_link(sample, takes_http=is_plain(shop)):
        return _("Payment page: enter an address that begins with https://.")
    if not is_of_shop(sample, shop):
        return _("Payment page: it has to lead to the shop’s own host name, which is entered above.")
    return ""


def is_plain(shop: OutsideShop) -> bool:
    """Whether the shop itself is connected without encryption."""
    query = select(Connection.id).where(Connection.outside_shop_id == shop.id, Connection.address.like("http://%"))
    return db.session.scalar(query.limit(1)) is not None


# --- choosing one in a form -----------------------------------------------------------------------------------------


def shop_choices() -> list[tuple[str, str]]:
    """Each shop by its name and platform; those of the demo get no more orders."""
    shops = [shop for shop in queries.outside_shops() if not shop.is_demo]
    return [(str(shop.id), f"{shop.title} ({PLATFORMS.get(shop.source, shop.source)})") for shop in shops]


def shop_of_file(source: str, chosen: str, name: str, hosts: Sequence[str]) -> OutsideShop:
    """The shop that was chosen, or named, or else the one that is proposed for a file that states these host names."""
    if name.strip():
        return shop_named(source, name)
    return chosen_shop(source, chosen) if chosen else proposed_shop(source, hosts)
