"""Whatever WTForms says of a field by itself stands in the language of the page: in every form of desk and account."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from wtforms import Form
from wtforms.fields.core import UnboundField
from wtforms.i18n import DummyTranslations

from app.config import LANGUAGES
from app.pages.localized_forms import PAGE_TEXTS
from tests.clients import Client

OTHERS = [code for code in LANGUAGES if code != "en"]

#: Of which the forms of the desk are made: nobody fills these in themselves.
FROM_LIBRARIES = ("flask_admin.", "flask_security.", "flask_wtf.", "wtforms.")


def forms_below(base: type[Form]) -> Iterator[type[Form]]:
    for one in base.__subclasses__():
        yield one
        yield from forms_below(one)


def is_ours(form: type[Form]) -> bool:
    """Neither a library's nor what another test tries a widget with."""
    return not form.__module__.startswith((*FROM_LIBRARIES, "tests.admin_views."))


def forms_of_views(app: Flask) -> Iterator[type[Form]]:
    """Those that are made from the columns of a record, with those of the rows inside it."""
    for view in app.extensions["admin"][0]._views:
        made = [getattr(view, name, None) for name in ("_create_form_class", "_edit_form_class")]
        for form in (one for one in made if isinstance(one, type)):
            yield form
            fields = [getattr(form, name) for name in dir(form) if not name.startswith("_")]
            given = [one for field in fields if isinstance(field, UnboundField) for one in field.args]
            yield from (one for one in given if isinstance(one, type) and issubclass(one, Form))


def every_form(app: Flask) -> list[type[Form]]:
    with app.test_request_context("/admin/"):
        return list(dict.fromkeys([*filter(is_ours, forms_below(Form)), *forms_of_views(app)]))


@cache
def built_in_messages() -> list[tuple[str, ...]]:
    """("Not a valid choice.",) or one and many: as they are called in the sources of WTForms."""
    found = set()
    for name in ("validators.py", "fields", "csrf"):
        place = resources.files("wtforms") / name
        for source in [place] if place.is_file() else [one for one in place.iterdir() if one.name.endswith(".py")]:
            for call in ast.walk(ast.parse(source.read_text())):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    texts = [
                        one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    ]
                    wanted = {"gettext": 1, "ngettext": 2}.get(call.func.attr)
                    if wanted and len(texts) >= wanted:
                        found.add(tuple(texts[:wanted]))
    return sorted(found)


def translations_of(form: type[Form]) -> Any:
    """As WTForms puts its Meta together, of a form that may take more than its fields."""
    metas = tuple(vars(one)["Meta"] for one in form.__mro__ if "Meta" in vars(one))
    return type("Meta", metas, {})().get_translations(form) or DummyTranslations()


def english_in(form: type[Form]) -> list[str]:
    """What it says in English on a page of another language."""
    translations = translations_of(form)
    said = []
    for texts in built_in_messages():
        shown = (
            [translations.gettext(*texts)] if len(texts) == 1 else [translations.ngettext(*texts, n) for n in (1, 5)]
        )
        said += [one for one in shown if one in texts]
    return said


def test_wtforms_says_much_by_itself() -> None:
    messages = {texts[0] for texts in built_in_messages()}

    assert {"Not a valid choice.", "Not a valid time value.", "This field is required."} <= messages
    assert len(messages) > 25


@pytest.mark.parametrize("language", OTHERS)
def test_no_form_says_anything_in_english_on_a_page_of_another_language(app: Flask, language: str) -> None:
    forms = every_form(app)

    with app.test_request_context("/admin/"), force_locale(language):
        said = {form.__qualname__: english for form in forms if (english := english_in(form))}

    assert said == {}
    assert len(forms) > 40


def test_in_english_they_stay_as_they_are(app: Flask) -> None:
    with app.test_request_context("/admin/"), force_locale("en"):
        for form in every_form(app):
            assert translations_of(form).gettext("Not a valid choice.") == "Not a valid choice."


def test_every_form_of_ours_stands_on_the_same(app: Flask) -> None:
    assert [form.__qualname__ for form in every_form(app) if translations_of(form) is not PAGE_TEXTS] == []


def test_a_form_that_is_made_of_the_stock_one_is_found(app: Flask) -> None:
    class Stock(Form):
        """Says in English what WTForms says by itself."""

    with app.test_request_context("/admin/"), force_locale("de"):
        assert Stock in every_form(app)
        assert "Not a valid choice." in english_in(Stock)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Ongeldige keuze"), ("de", "Keine gültige Auswahl"), ("fr", "est pas un choix valide"),
        ("es", "Opción inválida"),
    ],
)  # fmt: skip
def test_a_period_that_does_not_exist_is_named_in_the_language_of_the_page(
    client: Client, language: str, said: str
) -> None:
    client.post("/preferences/", data={"language": language})
    page = client.get("/admin/figures/sales?period=no_such").text

    assert "Not a valid choice" not in page
    assert said in page
