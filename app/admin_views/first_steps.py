"""The first hour of a shop: how its orders come in, and what is to be set up, as far as the person may do it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.actions.drafts import begin_draft
from app.admin_views.signin import may
from app.documents.sellers import missing_of_seller
from app.models import Shop
from app.queries.statistics import Waiting

#: How the address ends that the first owner is given until they enter their own.
NOBODYS_ADDRESS = "@shop.example"


@dataclass(frozen=True)
class Step:
    """Something that a new shop needs: where it is done, and whether it is."""

    text: str
    url: str
    is_done: bool


@dataclass(frozen=True)
class WayIn:
    """How orders come in; `posts` where a press does it."""

    title: str
    text: str
    url: str
    icon: str
    posts: bool = False


def first_steps(shop: Shop, waiting: Waiting, *, has_orders: bool) -> list[Step]:
    """Those that the person may take; nothing once all are done, or the shop has put them away."""
    if shop.steps_put_away:
        return []
    wanted = [
        ("staff.people", your_name()),
        ("", Step(_("Your password"), url_for("passwords.choose"), bool(current_user.password))),
        ("settings.company", company_step(shop)),
        ("catalogue.payment_methods", methods_step(_("Payment methods"), "payment", waiting.has_payment_methods)),
        ("catalogue.shipping_methods", methods_step(_("Shipping methods"), "shipping", waiting.has_shipping_methods)),
        ("settings.mail", Step(_("Mail server"), url_for("mail_settings.index_view"), bool(shop.smtp_host))),
        ("settings.numbering", numbers_step(waiting)),
        ("staff.people", Step(_("Colleagues"), url_for("staff.index_view"), waiting.has_colleagues)),
        (begin_draft.right, Step(_("First order"), url_for("order.index_view"), has_orders)),
    ]
    allowed = [step for right, step in wanted if not right or may(right)]
    return [] if all(step.is_done for step in allowed) or not may("settings.company") else allowed


def your_name() -> Step:
    page = url_for("staff.edit_view", id=current_user.id, url=url_for("admin.index"))
    return Step(_("Your name and e-mail address"), page, not current_user.email.endswith(NOBODYS_ADDRESS))


def company_step(shop: Shop) -> Step:
    text = _("Company, address and VAT number, or that you are VAT-exempt")
    return Step(text, url_for("company.index_view"), not missing_of_seller(shop))


def numbers_step(waiting: Waiting) -> Step:
    return Step(_("Numbers of invoices"), url_for("numbering.index_view"), waiting.has_invoice_numbers)


def methods_step(text: str, kind: str, is_done: bool) -> Step:
    return Step(text, url_for("usual_methods.index", kind=kind), is_done)


def ways_in() -> list[WayIn]:
    """Of an empty shop, as far as the person may."""
    ways = [
        ("imports.connections", WayIn(
            _("Connect my shop"), _("WooCommerce, Shopify, Magento and others: orders come in by themselves."),
            url_for("connection.index_view"), "plug",
        )),
        ("imports.files", WayIn(
            _("Read a file"), _("Orders out of a CSV, Excel or JSON file of your shop."),
            url_for("imports.index_view"), "upload",
        )),
        (begin_draft.right, WayIn(
            _("Type an order"), _("For somebody on the phone or at the counter."),
            url_for("draft.begin"), "pencil", posts=True,
        )),
        ("settings.demo", WayIn(
            _("Look at a demo"), _("About 150 invented orders to try everything with. One click removes them."),
            url_for("admin.plant_demo"), "eye", posts=True,
        )),
    ]  # fmt: skip
    return [way for right, way in ways if may(right)]
