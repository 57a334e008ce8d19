"""One's second factors: setting them up, removing them, and recovery codes."""

from __future__ import annotations

from flask import flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app import queries
from app.actions.second_factors import remove_app, remove_passkey, renew_codes, set_up_app, welcome_passkey
from app.admin_views.base import StaffPage
from app.admin_views.browsers import place_here
from app.admin_views.forms import clean
from app.admin_views.freshness import demand_proof
from app.admin_views.passkeys import ask_to_add, take_new_passkey
from app.admin_views.signin import actor
from app.encryption.sealed import CanNotOpen, Sealed
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.models import Staff
from app.pages.localized_forms import LocalizedForm
from app.pages.qr_code import draw_qr
from app.security import form_tokens, second_factors

NEW_SECRET = "new_factor"


class AppForm(LocalizedForm):
    code = StringField(_l("Code that the app shows"), [DataRequired(_l("Fill this in.")), Length(max=20)])


class PasskeyForm(LocalizedForm):
    title = StringField(
        _l("What you call it"),
        [DataRequired(_l("Fill this in.")), Length(max=120)],
        filters=[clean, str.strip],
        description=_l("Such as the device that it is in."),
    )


class Factors(StaffPage):
    stands_under = "profile"
    asks_fresh = True

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> str:
        return self.render(
            "admin/profile/factors.html",
            passkeys=second_factors.passkeys_of(current_user.id),
            has_app=bool(current_user.totp_secret),
            has_factor=second_factors.has_factor(current_user),
            codes_left=second_factors.codes_left(current_user.id),
            must=g.sign_in.lacks_factor,
        )

    @expose("/app", methods=("GET", "POST"))
    def app(self) -> ResponseReturnValue:
        """The code in the form shows that the app has the secret; until then nothing is stored but in the session."""
        secret, form = self.secret_to_set_up(), AppForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            form_tokens.lead_back_to(url_for(".index"))
            try:
                codes = self.set_up(secret, form.code.data)
            except ActionRefused as no:
                form.code.errors = [str(no)]
            else:
                session.pop(NEW_SECRET, None)
                return self.done(codes)
        address = second_factors.setup_address(secret, issuer=issuer(), account=current_user.email)
        picture = draw_qr(address, label=_("QR code for the app"))
        grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        page = self.render("admin/profile/app.html", form=form, picture=picture, secret=grouped)
        return page, 422 if form.errors else 200

    def secret_to_set_up(self) -> str:
        """The one that the picture showed; a new one for a page that is opened anew. Encrypted, as all secrets are."""
        try:
            kept = Sealed(session.get(NEW_SECRET, "")).open()
        except CanNotOpen:
            kept = {}
        if request.method == "POST" and kept.get("staff") == str(current_user.id):
            return kept["totp"]
        secret = second_factors.generate_app_secret()
        session[NEW_SECRET] = Sealed.of({"totp": secret, "staff": str(current_user.id)}).token
        return secret

    def set_up(self, secret: str, code: str) -> list[str]:
        form_tokens.begin_anew()
        with transaction():
            return set_up_app(me(), secret=secret, code=code, here=session["sid"], place=place_here(), by=actor())

    def done(self, codes: list[str]) -> ResponseReturnValue:
        flash(_("The second factor is set up. You are signed out everywhere else."), "success")
        return self.show_codes(codes) if codes else redirect(url_for(".index"), code=303)

    def show_codes(self, codes: list[str]) -> str:
        """They stand in no address and no log, and are not shown again."""
        return self.render("admin/profile/codes.html", codes=codes)

    @expose("/passkey", methods=("GET", "POST"))
    def passkey(self) -> ResponseReturnValue:
        """The device makes the key; its public part, and what it is called here, are kept."""
        demand_proof()
        form = PasskeyForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            form_tokens.lead_back_to(url_for(".index"))
            try:
                codes = self.add_passkey(request.form.get("credential", ""), form.title.data)
            except ActionRefused as no:
                form.title.errors = [str(no)]
            else:
                return self.done(codes)
        return self.render("admin/profile/passkey.html", form=form), 422 if form.errors else 200

    @expose("/passkey/ask")
    def ask_for_passkey(self) -> ResponseReturnValue:
        """What the browser asks of a device."""
        demand_proof()
        return ask_to_add(me())

    def add_passkey(self, answer: str, title: str) -> list[str]:
        """The recovery codes that come with the first factor."""
        form_tokens.begin_anew()
        with transaction():
            if take_new_passkey(me(), answer, title) is None:
                raise ActionRefused(_("The device’s answer did not fit, or came too late. Try again."))
            return welcome_passkey(me(), title, here=session["sid"], place=place_here(), by=actor())

    @expose("/remove-passkey", methods=("POST",))
    def remove_passkey(self) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".index"))
        form_tokens.begin_anew()
        number = request.form.get("passkey", "")
        passkey_id = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        try:
            with transaction():
                remove_passkey(me(), passkey_id, here=session["sid"], place=place_here(), by=actor())
            flash(_("The passkey is removed. You are signed out everywhere else."), "success")
        except ActionRefused as no:
            flash(str(no), "error")
        return redirect(url_for(".index"), code=303)

    @expose("/remove-app", methods=("POST",))
    def remove_app(self) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".index"))
        form_tokens.begin_anew()
        try:
            with transaction():
                remove_app(me(), here=session["sid"], place=place_here(), by=actor())
            flash(_("The authenticator app is removed. You are signed out everywhere else."), "success")
        except ActionRefused as no:
            flash(str(no), "error")
        return redirect(url_for(".index"), code=303)

    @expose("/codes", methods=("POST",))
    def codes(self) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".index"))
        form_tokens.begin_anew()
        try:
            with transaction():
                return self.show_codes(renew_codes(me(), place=place_here(), by=actor()))
        except ActionRefused as no:
            flash(str(no), "error")
            return redirect(url_for(".index"), code=303)


def me() -> Staff:
    """The person at the screen, as a record that can be changed."""
    return db.session.get_one(Staff, current_user.id)


def issuer() -> str:
    return queries.shop().name or "Toonbank"
