"""Views speak of their records by name, never of "records" or "items in the table"."""

from __future__ import annotations

import pytest

from app.admin_views.base import RecordView
from app.admin_views.record_texts import RecordTexts

STOCK = ("Record was", "items in the table", "New: ")


def record_views(app):
    return [view for view in app.extensions["admin"][0]._views if isinstance(view, RecordView)]


def test_every_view_that_saves_names_what_it_saves(app):
    nothing_said = RecordTexts()
    views = record_views(app)

    assert len(views) > 20
    assert [view.endpoint for view in views if view.can_create and view.texts.new == nothing_said.new] == []
    assert [
        view.endpoint for view in views if (view.can_create or view.can_edit) and view.texts.saved == nothing_said.saved
    ] == []


@pytest.mark.parametrize(
    ("language", "new", "saved"), [("en", "New customer", "Customer saved"), ("de", "Neuer Kunde", "Kunde gespeichert")]
)
def test_a_saved_record_is_named_in_the_language_of_the_screen(client, language, new, saved):
    client.set_cookie("language", language)
    form = client.get("/admin/customer/new/").text

    answer = client.post("/admin/customer/new/", data={"name": "Ada"}, follow_redirects=True).text

    assert f"{new}</h1>" in form
    assert saved in answer
    assert not any(stock in form + answer for stock in STOCK)


def test_an_empty_list_says_what_is_not_there_yet(client):
    assert "No customers yet" in client.get("/admin/customer/").text
