"""Payment and shipping methods to choose from a list for the shop's country, instead of typing each of them."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import ngettext
from sqlalchemy import select

from app import queries
from app.actions.usual_offers import offer_usual, usual_payments, usual_shippings
from app.admin_views.base import StaffPage
from app.admin_views.run_action import run_alone
from app.admin_views.signin import may
from app.extensions import db
from app.models import PaymentMethod, ShippingMethod
from app.pages.formatting import country
from app.security import form_tokens

#: Kind -> the right it takes, the list where they stand, and what there is.
METHOD_LISTS = {
    "payment": ("catalogue.payment_methods", "payment_method.index_view", usual_payments, PaymentMethod.title),
    "shipping": ("catalogue.shipping_methods", "shipping_method.index_view", usual_shippings, ShippingMethod.title),
}


class UsualMethods(StaffPage):
    def is_visible(self) -> bool:
        return False  # the lists of methods, and the first steps, lead here

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        kind = request.args.get("kind", "payment")
        right, endpoint, offers_of, titles = METHOD_LISTS.get(kind) or abort(404)
        if request.method == "POST":
            form_tokens.lead_back_to(url_for(endpoint))
            keys = request.form.getlist("offer")
            count = run_alone(right, lambda by: offer_usual(kind, keys, by=by))
            flash(ngettext("%(num)s method added", "%(num)s methods added", count), "success")
            return redirect(url_for(endpoint), code=303)
        known = set(db.session.scalars(select(titles)))
        code = queries.shop().country
        return str(
            self.render(
                "admin/settings/usual_methods.html",
                kind=kind,
                may_add=may(right),
                offers=offers_of(code),
                country=country(code),
                known=known,
                list_url=url_for(endpoint),
            )
        )
