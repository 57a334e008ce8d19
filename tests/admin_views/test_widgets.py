"""No form of Flask-Admin, inline or not, shows its own source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import render_template_string
from flask_admin.form import BaseForm
from flask_admin.model.fields import InlineFieldList, InlineFormField
from flask_login import login_user
from markupsafe import Markup
from wtforms import StringField

from app.admin_views.base import RecordView
from tests.clients import somebody

FIELD = "{% import 'ui.html' as ui %}{{ ui.field(field) }}"


class Inner(BaseForm):
    words = InlineFieldList(StringField("Word"))


class Nested(BaseForm):
    """Lists, a form in a form, and a list in that."""

    inner = InlineFormField(Inner)
    forms = InlineFieldList(InlineFormField(Inner))


def forms_of_all_views(app: Any) -> Iterator[tuple[str, Any]]:
    for view in app.extensions["admin"][0]._views:
        if isinstance(view, RecordView) and view.can_create:
            yield f"{view.endpoint} create", view._create_form_class()
        if isinstance(view, RecordView) and view.can_edit:
            yield f"{view.endpoint} edit", view._edit_form_class()


@pytest.fixture
def request_of_the_owner(app) -> Iterator[None]:
    with app.test_request_context("/admin/customer/new/"):
        login_user(somebody("owner"))
        yield


def test_every_field_of_every_form_is_markup(app, request_of_the_owner):
    drawn = [(name, field) for name, form in forms_of_all_views(app) for field in form]

    assert len(drawn) > 100
    assert "AddressRows" in {field.type for _name, field in drawn}
    assert [(name, field.name) for name, field in drawn if not isinstance(field(), Markup)] == []


def test_a_form_within_a_list_within_a_form_is_drawn_unescaped(app, request_of_the_owner):
    form = Nested(data={"inner": {"words": ["<b>&"]}, "forms": [{"words": ["one"]}]})

    page = "".join(render_template_string(FIELD, field=field) for field in form)

    assert 'name="forms-0-words-0"' in page
    assert "&lt;div" not in page
    assert 'value="&lt;b&gt;&amp;"' in page
