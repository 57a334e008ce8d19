"""Turning the pages of a list: by the pager's links somebody meets each record once, in the order of the list."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import insert

from app.extensions import db
from app.models import Customer, Product
from app.queries import counting
from tests.clients import Client

BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def link(page: str, rel: str) -> str:
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*rel="{rel}"|<a [^>]*rel="{rel}"[^>]*href="([^"]+)"', page)
    return unescape(found[1] or found[2]) if found else ""


def rows(page: str) -> list[str]:
    return [unescape(address) for address in re.findall(r'<tr data-href="([^"&?]*[?]id=[0-9]+)', page)]


def walk(client: Client, url: str, rel: str = "next") -> list[list[str]]:
    pages = []
    while url:
        page = client.get(url).text
        pages.append(rows(page))
        last, url = url, link(page, rel)
    pages.append([last])
    return pages


SORTED_BY = {"customer": ("name", "company", "email", "created_at"), "product": ("name", "sku", "price", "stock")}


@pytest.mark.parametrize(
    "address",
    [
        "customer/?sort=0", "customer/?sort=0&desc=1", "customer/?sort=5&desc=1", "product/?sort=2", "product/?sort=1",
        "customer/?search=example&sort=2", "customer/?search=jansen&sort=0",
    ],
)  # fmt: skip
def test_every_record_is_met_once_forwards_and_back(
    client: Client, in_app, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNT_CAP", 40)
    with in_app():
        fill(90)
    of_all = [id for page in walk(client, f"/admin/{address}&page_size=100")[:-1] for id in page]

    there = walk(client, f"/admin/{address}&page_size=25")
    back = walk(client, there[-1][0], "prev")

    assert len(of_all) >= 30
    assert [id for page in there[:-1] for id in page] == of_all
    assert back[:-1] == there[-2::-1]


def fill(many: int) -> None:
    """Many of the same name, some without what they are sorted by."""
    db.session.execute(
        insert(Customer),
        [
            {
                "name": ("Jansen", "Bakker", "Visser")[n % 3],
                "email": f"{n % 7}@example.org",
                "created_at": BEGAN + timedelta(hours=n // 4),
            }
            for n in range(many)
        ],
    )
    db.session.execute(
        insert(Product),
        [{"name": f"Mug {n % 5}", "price": n % 4, "sku": f"M-{n}" if n % 2 else None} for n in range(many)],
    )
    db.session.commit()


MADE_UP = ["x", "1~2", "1~2~\0", f"1~{10**20}~x", "0~5~2026-13-01", "0~5~1e999", "0~5~NaN", f"0~5~{10**13}", "~~"]


@pytest.mark.parametrize("anchor", MADE_UP)
def test_an_address_that_somebody_made_up_shows_a_page(client: Client, anchor: str) -> None:
    for address, sort in (("customer", "5"), ("product", "2"), ("outbox", "")):
        asked = {"a": anchor, "page": "1", "sort": sort}
        assert client.get(f"/admin/{address}/", query_string=asked).status_code == 200


def test_a_list_longer_than_is_counted_says_so_and_goes_on(
    client: Client, in_app, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNT_CAP", 40)
    with in_app():
        fill(90)

    page = client.get("/admin/customer/?page=2").text

    assert "40+ in total" in page
    assert "of 2" not in page
    assert link(page, "next")
