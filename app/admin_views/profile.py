"""A page of one's own: name, language and time zone, how one signs in, and where one is signed in."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from app import queries
from app.actions.staff import change_profile
from app.admin_views.base import StaffPage
from app.admin_views.browsers import places_of
from app.admin_views.forms import clean
from app.admin_views.freshness import demand_proof
from app.admin_views.signin import actor
from app.admin_views.start_pages import list_start_pages
from app.config import LANGUAGES
from app.extensions import db, transaction
from app.models import Staff
from app.pages.localized_forms import LocalizedForm
from app.security import form_tokens, second_factors, sessions
from app.security.security_log import SecurityKind, note_security


class ProfileForm(LocalizedForm):
    name = StringField(_l("Name"), [DataRequired(_l("Fill this in.")), Length(max=255)], filters=[clean, str.strip])
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()))
    time_zone = SelectField(_l("Time zone"), description=_l("For times on the screen. Documents keep the shop’s."))
    start_page = SelectField(_l("Start page"), description=_l("Opens when you sign in."))

    def __init__(self, *args: object, **more: object):
        super().__init__(*args, **more)
        own = _("As the shop: %(zone)s", zone=queries.shop().time_zone)
        self.time_zone.choices = [("", own), *((zone, zone) for zone in sorted(available_timezones()))]
        self.start_page.choices = list_start_pages()


class Profile(StaffPage):
    def is_visible(self) -> bool:
        return False  # one's name, at the foot of the menu, leads here

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        form = ProfileForm(request.form if request.method == "POST" else None, obj=current_user)
        if request.method == "POST" and form.validate():
            form_tokens.lead_back_to(url_for(".index"))
            form_tokens.begin_anew()
            with transaction():
                change_profile(db.session.get_one(Staff, current_user.id), by=actor(), **form.data)
            flash(_("Your page is saved."), "success")
            return redirect(url_for(".index"), code=303)
        page = self.render(
            "admin/profile/index.html",
            form=form,
            places=places_of(current_user.id),
            has_factor=second_factors.has_factor(current_user),
        )
        return page, 422 if form.errors else 200

    @expose("/sign-out-there", methods=("POST",))
    def sign_out_there(self) -> ResponseReturnValue:
        """End one of one's own sign-ins, or all but this one."""
        place = request.form.get("place", "")
        form_tokens.lead_back_to(url_for(".index"))
        demand_proof()
        with transaction():
            if place:
                sessions.end_one(current_user.id, place)
            else:
                sessions.end_others(current_user.id, but=session["sid"])
            note_security(SecurityKind.SESSIONS_ENDED)
        flash(_("Signed out there.") if place else _("You are signed out everywhere else."), "success")
        return redirect(url_for(".index"), code=303)
