"""What every template can use: the language, the shop's name, and addresses of static files."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from app import queries
from app.config import LANGUAGES, cookie_name
from app.extensions import babel, read_only
from app.mails.texts import why_no_link
from app.pages.preferences import recall
from app.pages.shop_logo import logo, logo_url
from app.pages.static_files import inline_picture, serve_static_files, static_url
from app.security.identity import current_staff
from app.security.rights import is_lacked_right


def register_page_context(app: Flask) -> None:
    """These are globals of Jinja because macros imported without context need them too."""
    serve_static_files(app)
    app.jinja_env.globals["static_url"] = static_url
    app.jinja_env.globals["inline_picture"] = inline_picture
    app.jinja_env.globals["why_no_link"] = why_no_link
    app.jinja_env.globals["new_id"] = new_id
    app.jinja_env.globals["recall"] = recall
    app.jinja_env.globals["cookie_name"] = cookie_name
    app.jinja_env.tests["lacked_right"] = is_lacked_right
    app.jinja_env.install_gettext_callables(said, said_of_many, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = said_on_page
    app.jinja_env.globals["kept_on_page"] = kept_on_page
    app.context_processor(page_context)
    app.register_blueprint(logo)


def new_id() -> str:
    """Of an element on this page, and on no other that may be shown beside it as its pop-up."""
    g.elements = g.get("elements", 0) + 1
    return f"{crc32(request.path.encode()):x}-{g.elements}"


def begin_at(app: Flask, endpoint: str) -> None:
    """Where a page of trouble leads; of several sites the first one says it."""
    app.extensions.setdefault("start_page", endpoint)


def page_context() -> dict[str, object]:
    locale = get_locale()
    return {
        "ui_lang": locale.language if locale else "en",
        "languages": LANGUAGES,
        **shop_on_pages(),
        "start_page": current_app.extensions.get("start_page", ""),
    }


def said(text: str) -> str:
    """A text in the language of this moment: `force_locale` may hold in a part of a page."""
    return str(babel.domain_instance.get_translations().ugettext(text))


def said_of_many(one: str, many: str, count: int) -> str:
    return str(babel.domain_instance.get_translations().ungettext(one, many, count))


@pass_eval_context
def said_on_page(page: EvalContext, text: str, /, **values: object) -> str:
    """What templates call `_`: as Jinja's own does it, which looks it up in the page for each of some hundred texts."""
    found = said(text)
    shown = Markup(found) if page.autoescape else found
    return shown % values if values or "%" in found else shown


#: A role of one's own has a menu of its own: some hundred pages in five languages for some of them.
MOST_PARTS = 2_000


def kept_on_page(name: str, draw: Callable[[], str]) -> str:
    """The part of a page, drawn once for each language and set of rights; `name` says all else that it depends on. They
    belong to the application, for what is added to one is in no other's menu.
    """
    parts_kept: dict[tuple[object, ...], str] = current_app.extensions.setdefault("parts_of_pages", {})
    staff = current_staff()
    key = name, str(get_locale()), frozenset(staff.rights) if staff else None, request.root_path
    found = parts_kept.get(key)
    if found is None:
        if len(parts_kept) >= MOST_PARTS:
            parts_kept.clear()  # others may be looking for theirs meanwhile
        found = parts_kept[key] = draw()
    return found


def shop_on_pages() -> dict[str, str]:
    """Its name and logo, "" for none. A page that tells of trouble with the database has to do without; a form that
    comes back waits for no writer."""
    try:
        with read_only():
            own = queries.shop()
            return {"shop_name": own.name, "shop_logo": logo_url(own.logo_id)}
    except (LookupError, SQLAlchemyError):
        return {"shop_name": "Toonbank", "shop_logo": ""}


def chosen_language() -> str | None:
    """The language picked in this browser, else the person's own, else what the browser asks for."""
    if not has_request_context():
        return None
    picked = recall("language")
    if picked in LANGUAGES:
        return picked
    if (staff := current_staff()) and staff.language in LANGUAGES:
        return staff.language
    return language_asked_for()


def language_asked_for() -> str:
    """Somebody who asks for Swiss French, then English, is better served by French than by English."""
    asked = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((language for language in asked if language in LANGUAGES), "en")
