"""Each site by itself: what all of them share is there whichever of them an app has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app import Site, create_app
from app.account import add_account
from app.admin_views import add_back_office
from app.api import add_api
from app.pages.policy import PAGE_POLICY
from tests.clients import Client
from tests.databases import forget_connections

Alone = Callable[[Site], Flask]

SITES: dict[str, tuple[Site, str, str]] = {
    "back office": (add_back_office, "/sign-in", "/admin/"),
    "api": (add_api, "/api/", ""),
    "account": (add_account, "/account/sign-in/", "/account/"),
}


@pytest.fixture
def app_with(app: Flask) -> Iterator[Alone]:
    """An app on the same shop that has this site only."""
    url, made = app.config["SQLALCHEMY_DATABASE_URI"], []

    def make(site: Site) -> Flask:
        made.append(create_app({"SQLALCHEMY_DATABASE_URI": url, "TESTING": True}, sites=(site,)))
        return made[-1]

    yield make
    for one in made:
        forget_connections(one)


@pytest.mark.parametrize("name", SITES)
def test_a_site_by_itself_has_policy_language_filters_and_error_pages(app_with: Alone, name: str) -> None:
    site, page, start = SITES[name]
    alone = app_with(site)
    browser = Client(alone)

    shown = browser.get(page, headers={"Accept-Language": "de"})
    missing = browser.get("/nothing-here", headers={"Accept-Language": "de"})

    assert (shown.status_code, shown.headers["Content-Security-Policy"]) == (200, PAGE_POLICY)
    assert (missing.status_code, missing.headers["Content-Security-Policy"]) == (404, PAGE_POLICY)
    assert '<html lang="de">' in missing.text
    assert "Nicht gefunden" in missing.text
    assert (f'href="{start}"' in missing.text) if start else "btn-primary" not in missing.text
    assert {"amount", "day", "moment"} <= set(alone.jinja_env.filters)


@pytest.mark.parametrize("name", SITES)
def test_a_site_by_itself_keeps_how_somebody_wants_the_screens(app_with: Alone, name: str) -> None:
    browser = Client(app_with(SITES[name][0]))

    answer = browser.post("/preferences/", data={"language": "fr", "next": "/there"})

    assert (answer.status_code, answer.location) == (303, "/there")
    assert '<html lang="fr">' in browser.get("/nothing-here").text


def test_my_account_by_itself_takes_addresses_and_slows_down_whoever_asks_for_links(app_with: Alone) -> None:
    browser = Client(app_with(add_account))

    asked = [browser.post("/account/sign-in/", data={"email": "nobody@example.com"}).status_code for _each in range(4)]

    assert asked == [200, 200, 200, 429]


def test_the_api_by_itself_asks_for_a_key(app_with: Alone) -> None:
    assert Client(app_with(add_api)).get("/api/orders").status_code == 401
