"""Setting up what shows who somebody of the staff is besides the password, and taking it away.

Whatever changes is in history, is told to the person by mail, and signs them out everywhere else.
"""

from __future__ import annotations

from flask_babel import gettext as _

from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.mails.account_notices import Notice, tell_person
from app.models import Staff
from app.security import second_factors, sessions


def set_up_app(staff: Staff, *, secret: str, code: str, here: str, place: str, by: Actor) -> list[str]:
    """Set up an authenticator app; returns the recovery codes when the person had none, else [].

    `here` is the secret of the sign-in that stays, `place` where it is.
    """
    if not second_factors.keep_secret(staff, secret, code):
        raise ActionRefused(_("This is not the code that the app shows now. Wait for the next one, and type that."))

    record(Happened.FACTOR_ADDED, None, by, subject=staff, text=_("Authenticator app"))
    tell_person(staff, Notice.APP_ADDED, by=by, place=place)
    sessions.end_others(staff.id, but=here)
    return [] if second_factors.codes_left(staff.id) else second_factors.renew_codes(staff.id)


def remove_app(staff: Staff, *, here: str, place: str, by: Actor) -> None:
    """Recovery codes without another factor would be nothing but a weak password: they go as well."""
    if not staff.totp_secret:
        raise ActionRefused(_("There is no authenticator app."))
    second_factors.forget_app(staff)
    if not second_factors.has_factor(staff):
        second_factors.forget_codes(staff.id)

    record(Happened.FACTOR_REMOVED, None, by, subject=staff, text=_("Authenticator app"))
    tell_person(staff, Notice.APP_REMOVED, by=by, place=place)
    sessions.end_others(staff.id, but=here)


def welcome_passkey(staff: Staff, title: str, *, here: str, place: str, by: Actor) -> list[str]:
    """Tell of a passkey that was added; returns the recovery codes when the person had none, else [].

    What somebody calls it may be personal: only they read it, in the mail.
    """
    record(Happened.FACTOR_ADDED, None, by, subject=staff, text=_("Passkey"))
    tell_person(staff, Notice.PASSKEY_ADDED, by=by, place=place, text=title)
    sessions.end_others(staff.id, but=here)
    return [] if second_factors.codes_left(staff.id) else second_factors.renew_codes(staff.id)


def remove_passkey(staff: Staff, passkey_id: int, *, here: str, place: str, by: Actor) -> None:
    title = second_factors.forget_passkey(staff.id, passkey_id)
    if not title:
        raise ActionRefused(_("This passkey is no longer there."))
    if not second_factors.has_factor(staff):
        second_factors.forget_codes(staff.id)

    record(Happened.FACTOR_REMOVED, None, by, subject=staff, text=_("Passkey"))
    tell_person(staff, Notice.PASSKEY_REMOVED, by=by, place=place, text=title)
    sessions.end_others(staff.id, but=here)


def renew_codes(staff: Staff, *, place: str, by: Actor) -> list[str]:
    if not second_factors.has_factor(staff):
        raise ActionRefused(_("Recovery codes stand in for a second factor. Set one up first."))
    codes = second_factors.renew_codes(staff.id)

    record(Happened.RECOVERY_CODES_MADE, None, by, subject=staff)
    tell_person(staff, Notice.CODES_RENEWED, by=by, place=place)
    return codes


def use_recovery_code(staff: Staff, code: str, *, place: str, by: Actor) -> bool:
    """Whether the code lets this person in; it does so once."""
    if not second_factors.use_code(staff.id, code):
        return False

    left = second_factors.codes_left(staff.id)
    record(Happened.RECOVERY_CODE_USED, None, by, subject=staff, count=left)
    tell_person(staff, Notice.CODE_USED, by=by, place=place, text=str(left))
    return True


def reset_factors(staff: Staff, *, by: Actor) -> None:
    """Take all second factors away from somebody who lost them; signs them out everywhere."""
    if not second_factors.has_factor(staff):
        raise ActionRefused(_("%(name)s has no second factor.", name=str(staff)))
    second_factors.forget_app(staff)
    second_factors.forget_passkeys(staff.id)
    second_factors.forget_codes(staff.id)

    record(Happened.FACTORS_RESET, None, by, subject=staff, record=str(staff))
    tell_person(staff, Notice.FACTORS_RESET, by=by)
    sessions.end_sessions(staff)
