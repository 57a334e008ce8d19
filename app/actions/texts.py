"""The texts of the mails: writing one's own, going back to the standard, and switching a kind of mail off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.actions.declaration import Input, action
from app.columns import now
from app.config import LANGUAGES
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.mails.kinds import ALL, mail_title
from app.mails.texts import Text, mistakes_in, own_text, standard
from app.models import REMINDER, MailText
from app.queries import shop

MOST_LETTERS = {"subject": 300, "body": 20_000}

#: What a mail would be pointless without.
NEEDED = {"notify_customer": "message"}


@dataclass(frozen=True)
class TextPlace:
    """Where a text stands: a kind of mail in a language; "" is all of them. History names it as it names a record."""

    kind: str
    language: str = ""

    __tablename__: ClassVar[str] = MailText.__tablename__

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.language}"

    def __str__(self) -> str:
        language = LANGUAGES.get(self.language, "")
        return f"{mail_title(self.kind)} ({language})" if language else mail_title(self.kind)

    @property
    def text(self) -> Text:
        """The shop's own text, else the standard one."""
        return own_text(self.kind, self.language) or standard(self.kind, self.language)


def mistakes(place: TextPlace, field: str, value: str) -> list[str]:
    """What is wrong with the subject or the body, in sentences."""
    found = list(mistakes_in(value, place.kind))
    needed = NEEDED.get(place.kind)
    if not value.strip():
        found.append(_("Fill this in."))
    elif len(value) > MOST_LETTERS[field]:
        found.append(_("At most %(count)s letters.", count=MOST_LETTERS[field]))
    elif field == "body" and needed and f"{{{needed}}}" not in value:
        found.append(_("Without {%(word)s} this mail says nothing.", word=needed))
    return found


@action(
    title=_l("Save"),
    group="texts",
    done=_l("Text saved"),
    right_title=_l("Change texts"),
    inputs=(
        Input("subject", _l("Subject"), required=True, most=MOST_LETTERS["subject"]),
        Input("body", _l("Text"), kind="long_text", required=True, most=MOST_LETTERS["body"]),
    ),
)
def change_text(place: TextPlace, *, by: Actor, subject: str, body: str) -> None:
    """Make this the shop's own text; one that says the same as the standard is none."""
    new = Text(" ".join(subject.split()), "\n".join(line.rstrip() for line in body.strip().splitlines()))
    if wrong := [*mistakes(place, "subject", new.subject), *mistakes(place, "body", new.body)]:
        raise ActionRefused(" ".join(wrong))
    old, own = place.text, row_of(place)
    if new == standard(place.kind, place.language):
        if own:
            db.session.delete(own)
    elif own:
        own.subject, own.body = new.subject, new.body
    else:
        db.session.add(MailText(kind=place.kind, language=place.language, subject=new.subject, body=new.body))

    record_change(place, old, new, by)


def why_not_restore_text(place: TextPlace) -> str:
    return "" if own_text(place.kind, place.language) else _("This is the standard text already.")


@action(
    title=_l("Restore default"),
    group="texts",
    icon="arrow-back-up",
    done=_l("Standard text restored"),
    final=True,
    why_not=why_not_restore_text,
)
def restore_text(place: TextPlace, *, by: Actor) -> None:
    """Go back to the text that came with Toonbank; the own one stays in History."""
    old = place.text
    db.session.delete(row_of(place))
    record_change(place, old, standard(place.kind, place.language), by)


def row_of(place: TextPlace) -> MailText | None:
    query = select(MailText).where(MailText.kind == place.kind, MailText.language == place.language)
    return db.session.scalars(query.with_for_update()).one_or_none()


def record_change(place: TextPlace, old: Text, new: Text, by: Actor) -> None:
    pairs = {"subject": [old.subject, new.subject], "body": [old.body, new.body]}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if changes:
        db.session.flush()
        record(Happened.RECORD_CHANGED, None, by, subject=place, record=str(place), changes=changes)


# --- a kind of mail -------------------------------------------------------------------------------------------------


def why_not_switch_off(place: TextPlace) -> str:
    if not ALL[place.kind].by_itself:
        return _("This mail is sent only when somebody writes it.")
    return _("This mail is switched off.") if place.kind in shop().mails_off else ""


@action(
    title=_l("Switch off"),
    group="texts",
    icon="player-pause",
    done=_l("Mail switched off"),
    why_not=why_not_switch_off,
)
def switch_mail_off(place: TextPlace, *, by: Actor) -> None:
    """From now on no mail of this kind goes by itself."""
    own = shop()
    own.mails_off = sorted({*own.mails_off, place.kind})
    record(Happened.RECORD_CHANGED, None, by, subject=TextPlace(place.kind), record=mail_title(place.kind), changes=OFF)


def why_not_switch_on(place: TextPlace) -> str:
    return "" if place.kind in shop().mails_off else _("This mail is switched on.")


@action(
    title=_l("Switch on"),
    group="texts",
    icon="player-play",
    done=_l("Mail switched on"),
    why_not=why_not_switch_on,
)
def switch_mail_on(place: TextPlace, *, by: Actor) -> None:
    """Mails of this kind go again. Nobody is dunned for what fell due meanwhile."""
    own = shop()
    own.mails_off = [kind for kind in own.mails_off if kind != place.kind]
    if place.kind == REMINDER and own.reminders_since:
        own.reminders_since = now()
    record(Happened.RECORD_CHANGED, None, by, subject=TextPlace(place.kind), record=mail_title(place.kind), changes=ON)


ON = {"goes": [False, True]}
OFF = {"goes": [True, False]}
