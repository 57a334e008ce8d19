"""Home: what waits, what came in last, what needs attention, and the first steps of a new shop."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask_admin import AdminIndexView, expose
from flask_babel import gettext as _
from sqlalchemy import func, literal_column, select

from app import order_list, queries
from app.admin_views.base import StaffOnly
from app.admin_views.labels import ORDER_STATUS, PAYMENT_STATUS, custom_labels
from app.admin_views.orders import counted
from app.admin_views.signin import actor, may
from app.extensions import db
from app.models import Arrival, MailState, Order, OutgoingMail, Shop

LATEST = 8


class Home(StaffOnly, AdminIndexView):
    @expose("/")
    def index(self) -> str:
        shop = queries.shop()
        page = order_list.find(order_list.Question(size=LATEST), shop.time_zone)
        return self.render(
            "admin/home.html",
            page=page,
            counted=counted,
            steps=first_steps(shop, has_orders=bool(page.rows)),
            attention=attention(),
            has_demo=has_demo_orders(),
            may_settle=may("settings.demo"),
            labels={
                "status": ORDER_STATUS,
                "payment": PAYMENT_STATUS,
                "custom": custom_labels(queries.custom_statuses()),
            },
        )

    @expose("/remove-demo", methods=["POST"])
    def remove_demo(self) -> Any:
        if not may("settings.demo"):
            abort(403)
        from app.demo import remove

        removed = remove(by=actor())
        db.session.commit()
        flash(_("The demo shop is gone: %(count)s orders removed.", count=removed), "success")
        return redirect(url_for(".index"), code=303)


def first_steps(shop: Shop, *, has_orders: bool) -> list[tuple[str, str, bool]]:
    """What a new shop has to do: text, where, and whether it is done; nothing when all of it is."""
    steps = [
        (_("Enter the company’s address and VAT id"), url_for("company.index_view"), bool(shop.city and shop.vat_id)),
        (_("Set up the mail server"), url_for("mail_settings.index_view"), bool(shop.smtp_host)),
        (_("Bring the first orders in"), url_for("arrivals.index_view"), has_orders),
    ]
    return [] if all(done for _text, _url, done in steps) else steps


def attention() -> list[tuple[str, str]]:
    """What went wrong and waits for somebody: text and where."""
    failed = select(func.count()).where(OutgoingMail.state == MailState.FAILED).scalar_subquery()
    unread = select(func.count()).where(Arrival.result == "quarantined").scalar_subquery()
    mails, payloads = db.session.execute(select(failed, unread)).one()
    found = []
    if mails:
        found.append((_("%(count)s mails could not be sent", count=mails), url_for("outbox.index_view")))
    if payloads:
        found.append(
            (
                _("%(count)s payloads could not be read", count=payloads),
                url_for("arrivals.index_view", flt0_0="quarantined"),
            )
        )
    return found


def has_demo_orders() -> bool:
    return db.session.scalar(select(literal_column("1")).select_from(Order).where(Order.is_demo).limit(1)) is not None
