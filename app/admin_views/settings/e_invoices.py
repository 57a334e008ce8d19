"""E-invoices: which go by themselves, in which format, and where they are handed over; with a button that tries it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.fields import PasswordField, SelectField
from wtforms.validators import Length, ValidationError

from app import queries
from app.actions.endpoints import why_not_address
from app.admin_views.dashboard.invoices import FORMAT_TITLES
from app.admin_views.outage_news import POINT_TROUBLES, e_invoice_outage
from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.admin_views.signin import may
from app.connections.access_point import access_point_of, is_same_place, try_point
from app.connections.e_invoices import folder_of_shop, try_folder
from app.connections.failures import ShopFailure
from app.einvoices.sending import is_set_up
from app.extensions import db
from app.mails.addresses import is_address
from app.mails.server import server_of, why_not_ready
from app.mails.test_mail import TROUBLES, plain_words, try_server
from app.models import EInvoiceWay, Shop, Telling
from app.pages.labels import E_INVOICE_WAY
from app.queries.outages import current_outages

#: Names of headers that a request has already, or that say how it is read.
TAKEN_HEADERS = {"host", "content-length", "content-type", "transfer-encoding", "connection", "idempotency-key"}


def is_usable_place(form: Form, field: Field) -> None:
    if ".." in (field.data or "").replace("\\", "/").split("/"):
        raise ValidationError(_("Enter the path without “..”."))


def is_mail_address(form: Form, field: Field) -> None:
    if form.e_invoice_way.data == EInvoiceWay.MAIL and not is_address((field.data or "").strip()):
        raise ValidationError(_("Enter the e-mail address of your access point."))


def is_endpoint(form: Form, field: Field) -> None:
    address = (field.data or "").strip()
    if not address and form.e_invoice_way.data != EInvoiceWay.ACCESS_POINT:
        return
    if reason := why_not_address(address):
        raise ValidationError(reason)


def is_below_endpoint(mark: str) -> object:
    def check(form: Form, field: Field) -> None:
        address = (field.data or "").strip()
        if not address:
            return
        if reason := why_not_address(address.replace(mark, "x")):
            raise ValidationError(reason)
        if mark not in address or not is_same_place(address, (form.access_point_url.data or "").strip()):
            raise ValidationError(_("An address of the same host, with %(mark)s in it.", mark=mark))

    return check


def is_header_name(form: Form, field: Field) -> None:
    name = (field.data or "").strip()
    if name and (not re.fullmatch(r"[A-Za-z0-9-]{1,60}", name) or name.lower() in TAKEN_HEADERS):
        raise ValidationError(_("This can’t be the name of a header. Usual ones are Authorization and X-Api-Key."))


def is_for_this_place(form: Form, field: Field) -> None:
    """The one that is stored goes to the host that it was entered for, and to no other one."""
    own, address, typed = queries.shop(), (form.access_point_url.data or "").strip(), field.data or ""
    if own.access_point_secret and not typed and address and not is_same_place(address, own.access_point_url):
        raise ValidationError(_("Enter it again: it was entered for another address."))
    if typed and not (typed.isascii() and typed.isprintable()):
        raise ValidationError(_("A header holds plain letters, digits and signs only."))
    parts = urlsplit(address)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if (typed or own.access_point_secret) and parts.scheme == "http" and not is_here:
        raise ValidationError(_("The secret would travel unencrypted. Enter the address with https://."))


class EInvoiceSettings(ShopTopic):
    right = sight = "settings.e_invoices"
    path = ADVANCED
    edit_template = "admin/settings/e_invoices.html"
    form_columns = (
        "e_invoices_go", "e_invoice_format", "e_invoice_way", "e_invoice_folder", "e_invoice_address",
        "access_point_url", "access_point_header", "access_point_secret", "access_point_as_form", "access_point_status",
        "access_point_lookup",
    )  # fmt: skip
    form_overrides = {
        "e_invoices_go": SelectField,
        "e_invoice_format": SelectField,
        "e_invoice_way": SelectField,
        "access_point_secret": PasswordField,
    }
    headings = {
        "e_invoices_go": _l("Which go"),
        "e_invoice_way": _l("Where they go"),
        "access_point_url": _l("API of an access point"),
    }
    column_labels = {
        "e_invoices_go": _l("Send e-invoices when they are issued"),
        "e_invoice_format": _l("Format"),
        "e_invoice_way": _l("Way"),
        "e_invoice_folder": _l("Folder"),
        "e_invoice_address": _l("E-mail address"),
        "access_point_url": _l("Address for documents"),
        "access_point_header": _l("Header of the secret"),
        "access_point_secret": _l("Secret"),
        "access_point_as_form": _l("As a file of a form"),
        "access_point_status": _l("Address of the status"),
        "access_point_lookup": _l("Address to look up a document"),
    }
    form_args = {
        "e_invoices_go": {
            "choices": [
                (Telling.OFF, _l("Off")),
                (Telling.ASK, _l("Ask each time")),
                (Telling.ON, _l("On")),
            ],
            "coerce": Telling,
            "description": _l(
                "Those of businesses that can be reached on Peppol, or that want a reference named. By hand each one "
                "can be sent, in the pop-up of the invoice."
            ),
        },
        "e_invoice_format": {"choices": list(FORMAT_TITLES.items())},
        "e_invoice_way": {"choices": list(E_INVOICE_WAY.items()), "coerce": EInvoiceWay},
        "e_invoice_folder": {
            "validators": [is_usable_place],
            "description": _l("Empty: the folder e-invoices of the installation. Each file appears there as a whole."),
        },
        "e_invoice_address": {
            "validators": [is_mail_address],
            "description": _l("Of an access point that takes e-invoices as attachments. They go by your mail server."),
        },
        "access_point_url": {
            "validators": [is_endpoint],
            "description": _l("Where documents are posted, such as https://api.example.com/documents."),
        },
        "access_point_header": {
            "validators": [is_header_name],
            "description": _l("Empty: Authorization."),
        },
        "access_point_secret": {
            "validators": [is_for_this_place, Length(max=1000)],
            "description": _l(
                "As the header has it, such as Bearer and the key. Stored encrypted. Leave it empty to keep the one "
                "that is stored."
            ),
        },
        "access_point_as_form": {
            "description": _l("Otherwise the document itself is the body of the request."),
        },
        "access_point_status": {
            "validators": [is_below_endpoint("{id}")],
            "description": _l(
                "With {id} for its id there, such as https://api.example.com/documents/{id}. Empty: where its answer "
                "leads."
            ),
        },
        "access_point_lookup": {
            "validators": [is_below_endpoint("{key}")],
            "description": _l(
                "With {key} for the Idempotency-Key that goes along. It is asked before a document whose answer got "
                "lost goes again. Empty: it goes again under the same key."
            ),
        },
    }

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        for name in ("e_invoice_folder", "e_invoice_address", "access_point_url", "access_point_header"):
            setattr(model, name, (getattr(model, name) or "").strip())
        for name in ("access_point_status", "access_point_lookup"):
            setattr(model, name, (getattr(model, name) or "").strip())
        super().on_model_change(form, model, is_created)

    def update_model(self, form: Form, model: Shop) -> bool:
        if not form.access_point_secret.data:
            form.access_point_secret.data = model.access_point_secret
        return super().update_model(form, model)

    def render(self, template: str, **kwargs: object) -> str:
        reason = "" if is_set_up(queries.shop()) else _("Enter where they go, and save it first.")
        return super().render(
            template, why_not_try=reason, e_invoice_outage=e_invoice_outage(current_outages()), **kwargs
        )

    @expose("/trial", methods=["POST"])
    def trial(self) -> ResponseReturnValue:
        """By the settings as stored, at once; no invoice is sent."""
        if not may(self.right):
            abort(403)
        if not is_set_up(queries.shop()):
            flash(_("Enter where they go, and save it first."), "error")
            return redirect(url_for(".index_view"), code=303)
        try:
            flash(TRIALS[queries.shop().e_invoice_way](queries.shop()), "success")
        except (TrialFailed, ShopFailure) as failure:
            flash(say_failure(failure) if isinstance(failure, ShopFailure) else str(failure), "error")
        return redirect(url_for(".index_view"), code=303)


class TrialFailed(Exception):
    """The text is for the person at the screen."""


def say_failure(failure: ShopFailure) -> str:
    return " ".join(filter(None, [str(POINT_TROUBLES[failure.trouble]), failure.detail]))


def try_the_folder(own: Shop) -> str:
    folder = folder_of_shop(own)
    try:
        try_folder(folder)
    except OSError as error:
        raise TrialFailed(
            _("Nothing can be written to %(folder)s: %(error)s", folder=folder, error=error.strerror or error)
        ) from error
    return _("A file was written to %(folder)s and removed again.", folder=folder)


def try_the_mail(own: Shop) -> str:
    if reason := why_not_ready(own):
        raise TrialFailed(reason)
    server, to, locale = server_of(own), own.e_invoice_address, get_locale()
    db.session.rollback()  # nobody waits while the server thinks
    try:
        answer = try_server(server, to=to, language=locale.language if locale else "en")
    except TROUBLES as error:
        raise TrialFailed(plain_words(error, server)) from error
    return _("The mail server took a mail to %(address)s: %(answer)s", address=to, answer=answer)


def try_the_access_point(own: Shop) -> str:
    point = access_point_of(own)
    db.session.rollback()
    status = try_point(point)
    return _("The access point answers (%(status)s), and lets Toonbank in.", status=status)


TRIALS = {
    EInvoiceWay.FOLDER: try_the_folder,
    EInvoiceWay.MAIL: try_the_mail,
    EInvoiceWay.ACCESS_POINT: try_the_access_point,
}
