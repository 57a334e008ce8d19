"""Settings > Documents: what is saved, what is refused, and the example beside the form."""

from __future__ import annotations

import re

from app.models import INK, Paper, Shop
from app.queries import shop
from tests.admin_views.settings.saving import saved

LOOK = {
    "accent": "#9A3412", "paper": "letter", "logo_place": "right", "logo_size": "small", "sku_on_invoices": "column",
    "invoice_columns": ["unit_price", "vat"], "footer": "Thank you.", "footer_de": "Danke.", "page_foot": "Mugs Ltd",
    "slips_with_prices": "y",
}  # fmt: skip


def speak(in_app, *languages: str) -> None:
    with in_app():
        shop().languages = list(languages)


def test_each_language_has_its_texts_and_says_what_is_missing(client, in_app):
    speak(in_app, "de", "fr")

    assert saved(client, "document-settings", LOOK).status_code == 302

    with in_app():
        here = shop()
        assert (here.accent, here.paper, here.invoice_columns) == ("#9a3412", Paper.LETTER, ["unit_price", "vat"])
        assert here.slips_with_prices
        assert (here.footers, here.page_feet) == ({"de": "Danke."}, {})
    page = client.get("/admin/document-settings/?id=1").text
    fields = re.findall(r'name="((?:footer|page_foot)\w*)"', page)
    assert fields == ["footer", "footer_de", "footer_fr", "page_foot", "page_foot_de", "page_foot_fr"]
    missing = [part for part in page.split('<div class="field') if "Missing: who reads" in part]
    assert [re.search(r'name="(\w+)"', part)[1] for part in missing] == ["footer_fr", "page_foot_de", "page_foot_fr"]
    assert "<ins>Deutsch: Danke.</ins>" in page

    speak(in_app, "fr")  # what is not spoken any more keeps its text
    assert saved(client, "document-settings", {**LOOK, "footer_fr": "Merci."}).status_code == 302
    with in_app():
        assert shop().footers == {"de": "Danke.", "fr": "Merci."}

    languages = {"language": "fr", "languages": ["en", "de"], "currency": "EUR", "time_zone": "Europe/Paris"}
    assert saved(client, "languages", languages).status_code == 302
    with in_app():
        assert (shop().footer, shop().footers) == ("Merci.", {"de": "Danke.", "en": "Thank you."})
        assert (shop().page_foot, shop().page_feet) == ("Mugs Ltd", {"en": "Mugs Ltd"})


def test_what_cannot_be_read_or_has_no_room_is_refused(client, in_app):
    long = {"page_foot": "1\n2\n3\n4"}
    for values, why in (
        ({"accent": "#ffd000"}, "its contrast is 1.5, and it takes 4.5. As dark as #"),
        ({"accent": "red"}, "Enter a colour such as #1f2933."),
        (long, "Yours take 4."),
        ({"page_foot": "a long text " * 30}, "There is room for three rows."),
    ):
        assert why in saved(client, "document-settings", {**LOOK, **values}).text
    with in_app():
        assert shop().accent == INK


def test_the_example_is_drawn_as_it_is_filled_in_and_nothing_is_saved(client, in_app):
    speak(in_app, "de")
    with in_app():
        before = {column.key: getattr(shop(), column.key) for column in Shop.__mapper__.column_attrs}

    page = client.post("/admin/document-settings/preview", data={**LOOK, "preview_language": "de"}).text
    wrong = client.post("/admin/document-settings/preview", data={**LOOK, "accent": "#ffd000"}).text

    assert page.count("data:image/png;base64,iVBOR") == wrong.count("data:image/png;base64,iVBOR") == 1
    assert "its contrast is 1.5" in wrong
    assert '<option value="de" selected>' in page
    with in_app():
        assert {name: getattr(shop(), name) for name in before} == before
    kept = client.get("/admin/document-settings/example.png?preview_language=de")
    assert (kept.mimetype, kept.data[:4]) == ("image/png", b"\x89PNG")
    assert client.get("/admin/document-settings/example.pdf").data[:4] == b"%PDF"
