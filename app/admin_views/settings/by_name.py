"""The settings by their names, `company.vat_id`, for the command line: same forms, rules and history as the pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from flask import current_app, g
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, Form, PasswordField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from app import queries
from app.actions.numbering import change_series
from app.admin_views.registered import find_views
from app.admin_views.settings.numbering import counters
from app.admin_views.settings.topic import ShopTopic
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.history import Actor
from app.models import Shop
from app.pages.fields import LinesField

NUMBERING = "numbering"
OF_A_SERIES = ("prefix", "next", "digits")
YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off", "")


def read_settings(names: Iterable[str] = ()) -> dict[str, str]:
    """Name -> value as text of all settings, or of these; ActionRefused for one that there is not.

    A secret that is stored reads "(set)".
    """
    known = dict(all_settings())
    return {name: known[known_name(name, known)] for name in names} if names else known


def change_settings(values: Mapping[str, str], *, by: Actor) -> dict[str, tuple[str, str]]:
    """Set these and commit, all of them or none; name -> (before, after) of those that changed.

    Raises ActionRefused, with the name of what is wrong in front.
    """
    before = read_settings(values)
    db.session.rollback()
    with transaction():
        with acting_as(by):
            for topic in find_views(ShopTopic):
                set_on_topic(topic, {n: v for n, v in values.items() if n.startswith(f"{group_of(topic)}.")})
        for kind in counters():
            set_series(kind, values, by)
    after = read_settings(values)
    return {name: (before[name], after[name]) for name in values if before[name] != after[name]}


def known_name(name: str, known: Mapping[str, str]) -> str:
    if name in known:
        return name
    group = name.partition(".")[0]
    near = [one for one in known if one.startswith(f"{group}.")] or sorted({one.partition(".")[0] for one in known})
    raise ActionRefused(_("There is no setting %(name)s. There are: %(near)s", name=name, near=", ".join(near)))


# --- the shop's record ----------------------------------------------------------------------------------------------


def group_of(topic: ShopTopic) -> str:
    return topic.right.partition(".")[2]


def all_settings() -> Iterator[tuple[str, str]]:
    shop = queries.shop()
    for topic in find_views(ShopTopic):
        form = form_of(topic, shop)
        for name in settable(topic, form):
            yield f"{group_of(topic)}.{name}", as_text(form[name])
    for kind, counter in counters().items():
        for part in OF_A_SERIES:
            yield f"{NUMBERING}.{kind}.{part}", str(getattr(counter, part))


def form_of(topic: ShopTopic, shop: Shop) -> Form:
    form: Form = topic._edit_form_class(None, obj=shop)
    return form


def settable(topic: ShopTopic, form: Form) -> list[str]:
    """Its fields that are columns of the shop's record; files are for the page."""
    return [name for name in topic.form_columns if name in form and hasattr(Shop, name)]


def as_text(field: Field) -> str:
    if isinstance(field, PasswordField):
        return "(set)" if field.data else ""
    if isinstance(field, LinesField):
        return "; ".join(field.data or [])
    if isinstance(field.data, bool):
        return "yes" if field.data else "no"
    if isinstance(field.data, list | tuple):
        return ", ".join(str(getattr(one, "value", one)) for one in field.data)
    return "" if field.data is None else str(getattr(field.data, "value", field.data))


def set_on_topic(topic: ShopTopic, values: Mapping[str, str]) -> None:
    """As the topic's page saves them: its form is filled in, checked as a whole, and goes through the same hooks."""
    if not values:
        return
    shop = queries.shop()
    form = form_of(topic, shop)
    for full_name, text in values.items():
        name = full_name.partition(".")[2]
        fill_in(form[name], text, getattr(shop, name))
    if not form.validate():
        name, errors = next(iter(form.errors.items()))
        raise ActionRefused(f"{group_of(topic)}.{name}: {errors[0]}{choices_of(form[name])}")
    form.populate_obj(shop)
    try:
        topic.on_model_change(form, shop, False)
    except ValidationError as wrong:
        raise ActionRefused(f"{next(iter(values))}: {wrong}") from None
    db.session.flush()


def fill_in(field: Field, text: str, now: object) -> None:
    """What a browser would send for it."""
    field.process(MultiDict([(field.name, one) for one in list_values(field, text)]), now)


def list_values(field: Field, text: str) -> list[str]:
    if isinstance(field, BooleanField):
        return ["y"] if is_yes(field.name, text) else []
    if isinstance(field, SelectMultipleField):
        return [one.strip() for one in text.split(",") if one.strip()]
    if isinstance(field, LinesField):
        return ["\n".join(text.split(";"))]
    if isinstance(field, SelectField) and {str(value) for value, *_rest in field.iter_choices()} == {"True", "False"}:
        return [str(is_yes(field.name, text))]
    return [text]


def is_yes(name: str, text: str) -> bool:
    if text.lower() not in (*YES, *NO):
        raise ActionRefused(_("%(name)s: say yes or no.", name=name))
    return text.lower() in YES


def choices_of(field: Field) -> str:
    """A list to choose from, where it is short enough to read."""
    values = [str(value) for value, *_rest in field.iter_choices()] if isinstance(field, SelectField) else []
    return f" ({', '.join(values)})" if 0 < len(values) <= 10 else ""


@contextmanager
def acting_as(by: Actor) -> Iterator[None]:
    """Pages name the person at the screen in History; here it is whoever runs the command."""
    with current_app.test_request_context():
        g.actor = by
        yield


# --- numbers --------------------------------------------------------------------------------------------------------


def set_series(kind: str, values: Mapping[str, str], by: Actor) -> None:
    lead = f"{NUMBERING}.{kind}."
    given = {name.removeprefix(lead): text for name, text in values.items() if name.startswith(lead)}
    if not given:
        return
    counter = counters()[kind]
    numbers = {part: whole_number(f"{lead}{part}", text) for part, text in given.items() if part != "prefix"}
    try:
        change_series(
            kind,
            prefix=given.get("prefix", counter.prefix),
            digits=numbers.get("digits", counter.digits),
            next=numbers.get("next"),
            by=by,
        )
    except ActionRefused as no:
        raise ActionRefused(f"{NUMBERING}.{kind}: {no}") from None


def whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ActionRefused(_("%(name)s: “%(text)s” is not a whole number.", name=name, text=text))
    return int(text)
