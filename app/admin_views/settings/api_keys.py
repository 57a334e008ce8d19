"""Keys with which programs use the API: made, shown once, handed over, and taken out of use."""

from __future__ import annotations

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup
from wtforms import BooleanField, DateField, Field, Form, StringField
from wtforms.validators import DataRequired, Length, StopValidation, ValidationError

from app import queries
from app.actions.api_keys import (
    change_last_day,
    create_key,
    hand_over_key,
    propose_last_day,
    revoke_key,
    why_not_create,
)
from app.admin_views.base import RecordView
from app.admin_views.forms import clean
from app.admin_views.record_texts import RecordTexts
from app.admin_views.rights_list import rights, rights_summary
from app.admin_views.run_action import run_alone
from app.admin_views.settings.topic import ADVANCED, Topic
from app.extensions import ShownText
from app.models import ApiToken, Staff
from app.pages.fields import TickList
from app.pages.formatting import badge, day, moment
from app.pages.labels import IN_USE, OUT_OF_USE, RUN_OUT
from app.pages.localized_forms import LocalizedForm
from app.queries.keyset import for_few, of_other
from app.security import form_tokens
from app.security.api_keys import has_expired, is_orphaned
from app.security.rights import GROUPS, READING, grants


def all_rights() -> list[tuple[str, ShownText]]:
    return [*READING.items(), *GROUPS.items(), *(one for some in rights().values() for one in some)]


def show_name(token: ApiToken) -> Markup:
    made = f"{moment(token.created_at)} · {token.created_by}"
    return Markup('<bdi>{}</bdi><div class="quiet"><span class="code">{}…</span> · {}</div>').format(
        token.title, token.beginning, made
    )


def show_status(token: ApiToken) -> Markup:
    """Whether it works, and until when."""
    if token.revoked_at or is_orphaned(token):
        return badge(OUT_OF_USE)
    is_over = has_expired(token, queries.today())
    until = _("until %(day)s", day=day(token.expires_on)) if token.expires_on else _("for good")
    return Markup('{}<div class="quiet">{}</div>').format(badge(RUN_OUT if is_over else IN_USE), until)


def day_or_never(form: Form, field: Field) -> None:
    """Nobody makes a key without an end by leaving something out."""
    is_empty = not any(field.raw_data or ())
    if form["never"].data or is_empty:
        field.data, field.errors = None, []
        raise StopValidation("" if form["never"].data else _("Choose a day, or tick “Never runs out”."))
    if field.data is not None and field.data < queries.today():
        raise ValidationError(_("This day is over. Choose a later one."))


class KeyForm(LocalizedForm):
    title = StringField(
        _l("Title"),
        [DataRequired(_l("Fill this in.")), Length(max=120)],
        filters=[clean, str.strip],
        description=_l(
            "Which program the key is for. What it does stands in history under this name. A new key for the same"
            " program takes the same title: then it finds the orders that it placed with the old one."
        ),
    )
    expires_on = DateField(
        _l("Last day"), [day_or_never], description=_l("Home says so 14 days before, and you get a mail.")
    )
    never = BooleanField(_l("Never runs out"))
    rights = TickList(_l("Rights"), choices=all_rights)

    def validate_rights(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one right."))
        if reason := why_not_create(field.data, own=current_user.rights):
            raise ValidationError(reason)


class ApiKeySettings(Topic, RecordView):
    texts = RecordTexts(
        new=_l("New API key"),
        saved=_l("API key saved"),
        none=_l("No API keys yet"),
        none_hint=_l("A program that reads orders or sends some needs a key of its own."),
    )
    right = sight = "settings.api_keys"
    path = ADVANCED
    record_actions = (change_last_day, hand_over_key, revoke_key)
    column_select_related_list = ("staff",)
    can_create = True
    list_template = "admin/settings/api_keys.html"
    create_template = "admin/settings/api_key.html"
    column_list = ("title", "rights", "staff", "used_at", "expires_on")
    column_sortable_list = ("title",)
    sorts = {
        "staff": of_other(Staff.name, ApiToken.staff_id),
        "used_at": for_few(ApiToken.used_at),
        "expires_on": for_few(ApiToken.expires_on),
    }
    column_default_sort = ("id", True)
    column_labels = {
        "title": _l("Title"),
        "rights": _l("Rights"),
        "staff": _l("Ends with"),
        "used_at": _l("Last used"),
        "expires_on": _l("Status"),
    }
    column_formatters = {
        "title": lambda view, context, model, name: show_name(model),
        "rights": lambda view, context, model, name: rights_summary(model.rights),
        "used_at": lambda view, context, model, name: moment(model.used_at) if model.used_at else _("Never"),
        "staff": lambda view, context, model, name: str(model.staff or _("nobody")),
        "expires_on": lambda view, context, model, name: show_status(model),
    }

    def titles(self) -> dict[str, ShownText]:
        return {"api_keys": _l("API keys"), "api_rights": _l("Rights of keys")}

    def render(self, template: str, **kwargs: object) -> str:
        return str(super().render(template, **self.frame(), **kwargs))

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """The answer to a new key is a page that shows it, this once: it is in no address and no log."""
        if not self.may_change:
            abort(403)
        form = KeyForm(request.form if request.method == "POST" else None, expires_on=propose_last_day())
        if request.method != "POST":
            return self.form_page(form)
        if not form.validate():
            return self.form_page(form), 422
        form_tokens.lead_back_to(url_for(".index_view"))
        how = {name: form[name].data for name in ("title", "rights", "expires_on")}
        token, key = run_alone(self.right, lambda by: create_key(**how, by=by))
        return self.render(
            "admin/settings/api_key_made.html", token=token, key=key, rights=rights_summary(token.rights)
        )

    def form_page(self, form: KeyForm) -> str:
        return self.render(
            self.create_template,
            form=form,
            right_groups=GROUPS,
            reading=READING,
            rights=rights(),
            own=current_user.rights,
            grants=grants,
        )
