"""A file of orders from upload to undo: columns, what would happen, the import, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

FILE = """\
Bestelnummer;Besteldatum;Klant;Artikel;Aantal;Stukprijs;Totaal
W-1;31-1-2025;Zoë Groen;Crème;2;5,50;11,00
W-2;;Wim;Zeep;1;5,00;5,00
W-3;3-2-2025;Wim;Zeep;1;5,00;5,00
"""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """As a Dutch Excel saves it."""
    file = tmp_path / "orders.csv"
    file.write_bytes(FILE.encode("cp1252"))
    return file


def upload(page: Page, file: Path) -> None:
    page.goto("/admin/imports/upload")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/columns")


def test_upload_map_look_import_and_undo(signed_in: Page, orders: Path, live_worker, assert_accessible):
    page = signed_in
    assert_accessible(page, "/admin/imports/")
    assert_accessible(page, "/admin/imports/upload")
    upload(page, orders)
    expect(page.locator("#number")).to_have_value("Bestelnummer")
    expect(page.locator("#read")).to_contain_text("2 × Crème")
    assert_accessible(page)

    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_text("2 new orders")).to_be_visible()
    expect(page.locator("#error")).to_contain_text("row 3, Besteldatum")
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="All errors as CSV").click()
    assert "row 3, Besteldatum" in Path(download.value.path()).read_text("utf-8-sig")
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator("#added")).to_contain_text("ORD10001", timeout=20_000)  # without a reload
    expect(page.locator("#quarantined")).to_contain_text("row 3, Besteldatum")
    assert_accessible(page)
    page.get_by_role("button", name="Undo import").click()
    page.locator("dialog[open]").get_by_role("button", name="Undo import").click()

    expect(page.locator("#undone")).to_contain_text("ORD10002", timeout=20_000)
    expect(page.get_by_text("Undone by Owner")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="ORD10001").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(signed_in: Page, orders: Path, assert_accessible, scheme):
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 850})
    upload(page, orders)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text("Other fields").click()
    assert_accessible(page)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/preview")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
