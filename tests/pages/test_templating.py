"""Templates answer as Jinja's own would, whatever is called and written in them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask_babel.speaklater import LazyString
from jinja2 import Environment, StrictUndefined, UndefinedError, pass_context, pass_environment
from jinja2.runtime import Context
from markupsafe import Markup

from app.pages.templating import QuickContext, escape_once


def quick() -> Environment:
    environment = Environment(autoescape=True)
    environment.context_class = QuickContext
    return environment


@pass_context
def title_here(page: Context) -> str:
    return f"<{page['title']}>"


@pass_environment
def is_escaping(environment: Environment) -> bool:
    return bool(environment.autoescape)


def ends_early() -> str:
    nothing: Iterator[str] = iter(())
    return next(nothing)


TEMPLATE = """
{%- macro bold(text, tone='') %}<b{{ ' class="x"' if tone }}>{{ text }}{{ caller() if caller }}</b>{% endmacro -%}
{%- for n in range(2) %}{{ bold(words[n], tone=n) }}{{ title() }}{{ escaping() }}{{ loop.cycle('a', 'b') }}{% endfor -%}
{%- call bold('&') %}{{ dict(a=1).get('a') }}{% endcall %}{{ early() }}{{ Number('1.50') }}{{ none -}}
{{ lazy }}{{ unknown }}"""


def test_what_is_called_and_written_is_what_jinja_writes() -> None:
    given = {"words": ["<i>", Markup("<i>")], "title": title_here, "escaping": is_escaping, "early": ends_early}
    more = {"Number": Decimal, "lazy": LazyString(lambda: "<lazy>")}
    written = quick().from_string(TEMPLATE).render(given | more)

    assert written == Environment(autoescape=True).from_string(TEMPLATE).render(given | more)
    assert written.startswith("<b>&lt;i&gt;</b>")


def test_what_is_markup_stays_and_all_else_is_escaped() -> None:
    assert [escape_once(value) for value in (Markup("<b>"), "<b>", 5, True, None)] == [
        "<b>",
        "&lt;b&gt;",
        "5",
        "True",
        "None",
    ]


def test_an_unknown_word_of_a_document_is_still_an_error() -> None:
    strict = Environment(autoescape=True, undefined=StrictUndefined)
    with pytest.raises(UndefinedError):
        strict.from_string("{{ unknown }}").render()
