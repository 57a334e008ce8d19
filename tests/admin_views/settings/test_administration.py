"""Uploading, downloading and removing the terms."""

from __future__ import annotations

import io

import pytest

from app.queries import shop
from tests.admin_views.settings.saving import ADMINISTRATION, saved
from tests.arrange import pdf

PATH = "/admin/administration/terms"


def upload(client, content: bytes, name: str = "Terms 2026.pdf"):
    return saved(client, "administration", {**ADMINISTRATION, "terms": (io.BytesIO(content), name)})


@pytest.mark.each_database
def test_terms_are_uploaded_shown_and_downloaded_again(client, in_app):
    content = pdf()

    assert upload(client, content).status_code == 302

    page = client.get("/admin/administration/?id=1").text
    assert f'href="{PATH}"' in page
    assert "<ins>Terms 2026.pdf</ins>" in page
    answer = client.get(PATH)
    assert (answer.data, answer.mimetype) == (content, "application/pdf")
    assert "Terms%202026.pdf" in answer.headers["Content-Disposition"].replace('"Terms 2026.pdf"', "Terms%202026.pdf")


def test_saving_without_a_file_keeps_the_terms_and_a_tick_removes_them(client, in_app):
    upload(client, pdf())

    saved(client, "administration", {**ADMINISTRATION, "return_days": "5"})
    with in_app():
        assert shop().terms_id

    saved(client, "administration", {**ADMINISTRATION, "remove_terms": "y"})
    with in_app():
        assert shop().terms_id is None
    assert client.get(PATH).status_code == 404


def test_what_is_no_pdf_is_refused_beside_the_field(client, in_app):
    page = upload(client, b"MZ...", "terms.pdf")

    assert "This is not a PDF." in page.text
    with in_app():
        assert (shop().terms_id, shop().return_days) == (None, 14)


def test_the_terms_are_for_those_who_see_the_page(client, signed_in_as):
    upload(client, pdf())

    assert signed_in_as("office").get(PATH).status_code == 403


def test_countries_are_written_as_two_letters(client, in_app):
    page = saved(client, "administration", {**ADMINISTRATION, "factur_x_countries": "de\nUtopia"})
    assert "“UTOPIA” is no country." in page.text

    assert saved(client, "administration", {**ADMINISTRATION, "factur_x_countries": "de\n nl"}).status_code == 302

    with in_app():
        assert shop().factur_x_countries == ["DE", "NL"]
