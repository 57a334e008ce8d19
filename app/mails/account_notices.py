"""Mails that tell somebody of the staff what happened to their own sign-in: whoever did it, they should hear of it."""

from __future__ import annotations

import secrets
from enum import StrEnum
from functools import partial
from typing import Self

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from app.columns import now
from app.config import site_address
from app.extensions import ShownText
from app.history import Actor
from app.mails.addresses import one_line
from app.mails.staff_mail import Words, moment, queue_to_staff
from app.mails.words import about_shop
from app.models import Staff
from app.queries import shop

KIND = "account_notice"


class Notice(StrEnum):
    """What a person is told of: its value, and its sentence without the full stop, which is the mail's subject too."""

    sentence: ShownText

    def __new__(cls, value: str, sentence: ShownText) -> Self:
        notice = str.__new__(cls, value)
        notice._value_ = value
        notice.sentence = sentence
        return notice

    PASSWORD_CHANGED = "password_changed", _l("Your password was changed")
    ADDRESS_CHANGED = "address_changed", _l("Your e-mail address for signing in was changed to %(text)s")
    NEW_BROWSER = "new_browser", _l("Somebody signed in as you with a browser that was not known yet")
    APP_ADDED = "app_added", _l("An authenticator app was set up for you")
    APP_REMOVED = "app_removed", _l("Your authenticator app was removed")
    PASSKEY_ADDED = "passkey_added", _l("The passkey “%(text)s” was added for you")
    PASSKEY_REMOVED = "passkey_removed", _l("Your passkey “%(text)s” was removed")
    CODES_RENEWED = "codes_renewed", _l("New recovery codes were made for you; the old ones are void")
    CODE_USED = "code_used", _l("Somebody signed in as you with a recovery code; %(text)s are left")
    FACTORS_RESET = "factors_reset", _l("Your second factors were taken away; you sign in with the password alone")


def tell_person(staff: Staff, what: Notice, *, by: Actor, place: str = "", text: str = "", address: str = "") -> None:
    """Write to the person in their language; `place` is where it was done from, `address` another than theirs."""
    say = partial(words_of_notice, staff, what, by=by, place=place, text=text)
    queue_to_staff(KIND, staff, say, once_key=f"{KIND}:{what}:{secrets.token_hex(12)}", by=by, address=address)


def words_of_notice(staff: Staff, what: Notice, language: str, *, by: Actor, place: str = "", text: str = "") -> Words:
    """The words of the mail; "" leaves out the line that names it."""
    with force_locale(language):
        notice = str(what.sentence) % {"text": text}
    return {
        **about_shop(shop()),
        "staff_name": one_line(str(staff)),
        "notice": one_line(notice),
        "notice_at": moment(now(), language),
        "notice_from": one_line(place),
        "notice_by": "" if by.staff_id == staff.id else one_line(by.name),
        "profile_link": f"{site_address()}/admin/profile/" if site_address() else "",
    }
