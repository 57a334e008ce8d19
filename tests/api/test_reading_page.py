"""The page on which people read what the API offers."""

from __future__ import annotations

from flask import Flask


def test_people_can_read_what_it_offers(app: Flask) -> None:
    page = app.test_client().get("/api/").text

    assert "/api/orders/{number}/actions/mark_paid" in page
    assert 'id="WholeOrder"' in page
