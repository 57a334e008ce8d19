"""The tables of Reports fit their cards at every width, compared ones and long German words, too."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.extensions import db
from tests.exports.vat_return.every_sale import sell_everything
from tests.factories import line, placed_order

OVERFLOWING = """[...document.querySelectorAll('.figures-wrap')].filter(one => one.scrollWidth > one.clientWidth).length
    + (document.documentElement.scrollWidth > innerWidth)"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_tables_fit(app: Flask, signed_in: Page, language: str) -> None:
    with app.app_context():
        dear = line("Oak table, eight chairs", quantity="3", unit_price="45678.90", sku="TBL-OAK-8", external_id="1")
        placed_order(lines=[dear], total=dear.total)
        db.session.commit()
    page = signed_in
    page.goto("/admin/order/")
    choose(page, language)
    for what in ("sales", "products", "customers"):
        for width in (390, 768, 1024, 1360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"/admin/figures/{what}?period=this_month&compare=before&step=week")
            expect(page.locator(".figures-fit tbody .figure-before").first).to_be_visible()
            assert page.evaluate(OVERFLOWING) == 0, (what, width)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_vat_return_and_its_documents_fit(app: Flask, signed_in: Page, language: str) -> None:
    with app.app_context():
        sell_everything("NL")
        db.session.commit()
    page = signed_in
    page.goto("/admin/order/")
    choose(page, language)
    for path in ("?period=this_year", "documents?period=this_year&at=3b"):
        for width in (390, 768, 1024, 1360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"/admin/vat-return/{path}")
            expect(page.locator(".figures-fit tbody td.num").first).to_be_visible()
            assert page.evaluate(OVERFLOWING) == 0, (path, width)


def choose(page: Page, language: str) -> None:
    page.evaluate("code => document.querySelector(`.preferences button[value=${code}]`).click()", language)
    page.wait_for_function("code => document.documentElement.lang === code", arg=language)
