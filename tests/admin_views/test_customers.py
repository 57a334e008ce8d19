"""The page of a customer: all that is known, pages of orders, a new order, and merging into another one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.drafts import copy_order
from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, MailState, OutgoingMail, Return, Task
from tests.arrange import at_once
from tests.factories import PLACED_AT, placed_order


@pytest.fixture
def pair(in_app) -> tuple[int, int]:
    """Femke with an order, and Stan without."""
    with in_app():
        femke = placed_order().customer
        stan = Customer(name="Stan Guit", email="stan@example.org")
        db.session.add(stan)
        db.session.flush()
        return femke.id, stan.id


def details(client, customer_id, **args):
    return client.get("/admin/customer/details/", query_string={"id": customer_id, **args})


def test_orders_are_paged_beyond_twenty(client, in_app):
    with in_app():
        placed = [placed_order(placed_at=PLACED_AT + timedelta(hours=i)) for i in range(23)]
        numbers, customer_id = [order.number for order in placed][::-1], placed[0].customer_id
        copy_order(placed[0], by=SYSTEM)

    first, second = details(client, customer_id), details(client, customer_id, page=1)

    listed = re.compile(r'class="row-link" href="/admin/order/(\w+)"')
    assert listed.findall(first.text) == numbers[:20]
    assert listed.findall(second.text) == numbers[20:]
    assert "Revenue of 23 orders" in first.text
    assert details(client, customer_id, page="x").status_code == 200


def test_drafts_tasks_and_returns_are_told(client, in_app):
    with in_app():
        order = placed_order()
        copy_order(order, by=SYSTEM)
        db.session.add_all(
            [Task(order=order, description="Call"), Return(order=order, number="RET00001", reason="Broken")]
        )
        customer_id = order.customer_id

    page = details(client, customer_id).text

    for text in ("Open tasks", "Drafts", "RET00001", "Broken", "New order", "Merge into…"):
        assert text in page


def test_merging_is_searched_foreseen_and_done(client, in_app, pair):
    gone, stays = pair

    found = client.get(f"/admin/customer/merge/?id={gone}&find=stan").text
    assert f"/admin/customer/merge/?id={gone}&amp;into={stays}" in found
    preview = client.get(f"/admin/customer/merge/?id={gone}&into={stays}").text
    for text in ("1 order moves", "Stan Guit stays", "Markt 87", "femke@example.org", "+31 15 555 0101"):
        assert text in preview
    with in_app():
        assert db.session.get(Customer, gone).merged_into_id is None
    answer = client.post("/admin/customer/merge/", data={"id": gone, "into": stays})

    assert (answer.status_code, answer.location) == (303, f"/admin/customer/details/?id={stays}")
    page = client.get(answer.location).text
    for text in ("Customers merged", "ORD10001", f"Femke Jansen ({gone}) merged into Stan Guit"):
        assert text in page
    assert details(client, gone).location == f"/admin/customer/details/?id={stays}"
    assert client.get(f"/admin/customer/edit/?id={gone}").location == f"/admin/customer/edit/?id={stays}"
    assert "Femke" not in client.get("/admin/customer/").text.partition("<table")[2]


def test_merging_says_why_not(client, in_app, pair):
    gone, stays = pair

    assert "this is the same one" in client.get(f"/admin/customer/merge/?id={gone}&into={gone}").text
    client.post("/admin/customer/merge/", data={"id": gone, "into": gone})
    assert "this is the same one" in details(client, gone).text
    client.post("/admin/customer/merge/", data={"id": gone, "into": stays})
    assert "merged into Stan Guit already" in client.get(f"/admin/customer/merge/?id={gone}").text
    for bad in ({"id": gone}, {"id": "x", "into": stays}, {"id": gone, "into": 999}):
        assert client.post("/admin/customer/merge/", data=bad).status_code == 404, bad
    assert client.get("/admin/customer/merge/?id=999").status_code == 404


def test_a_packer_merges_nobody(signed_in_as, pair):
    gone, stays = pair
    packer = signed_in_as("packer")

    assert packer.get(f"/admin/customer/merge/?id={gone}").status_code == 403
    assert packer.post("/admin/customer/merge/", data={"id": gone, "into": stays}).status_code == 403
    assert "Merge into" not in details(packer, gone).text


@pytest.mark.each_database
def test_two_who_merge_one_another_at_once_lose_nobody(in_app, signed_in_as, pair):
    browsers = [signed_in_as("owner") for _ in range(2)]
    ways = [dict(zip(("id", "into"), way, strict=True)) for way in (pair, pair[::-1])]

    at_once(2, lambda position: browsers[position].post("/admin/customer/merge/", data=ways[position]).status_code)

    with in_app():
        both = [db.session.get(Customer, one) for one in pair]
        assert [one.merged_into_id is None for one in both].count(True) == 1


# --- personal data --------------------------------------------------------------------------------------------------


def test_personal_data_is_given_as_a_file_and_erased(client, in_app):
    with in_app():
        order = placed_order()
        mark_paid(order, by=SYSTEM)
        mark_sent(order, by=SYSTEM)
        for mail in db.session.scalars(select(OutgoingMail)):
            mail.state = MailState.SENT
        customer_id = order.customer_id

    assert "Erase personal data" in client.get(f"/admin/customer/personal-data/?id={customer_id}").text
    given = client.post("/admin/customer/personal-data/give", data={"id": str(customer_id)})
    assert given.json["customer"]["email"] == "femke@example.org"
    assert client.post("/admin/customer/personal-data/erase", data={"id": str(customer_id)}).status_code == 303
    with in_app():
        assert db.session.get(Customer, customer_id).email == ""
    assert "femke@example.org" not in client.get(f"/admin/customer/details/?id={customer_id}").text


def test_an_open_order_keeps_personal_data_and_says_so(client, in_app):
    with in_app():
        order = placed_order()
        customer_id, number = order.customer_id, order.number

    client.post("/admin/customer/personal-data/erase", data={"id": str(customer_id)})
    assert f"Not finished yet: {number}" in client.get(f"/admin/customer/details/?id={customer_id}").text
    with in_app():
        assert db.session.get(Customer, customer_id).email == "femke@example.org"


def test_the_list_says_the_day_and_the_language_in_words(client, pair):
    page = client.get("/admin/customer/").text

    assert "Dutch" in page
    assert re.search(r">\s*\d+ \w+ \d{4}\s*<", page)
    assert "+00:00" not in page


def test_a_language_that_came_with_an_order_stays_when_the_customer_is_saved(client, in_app, pair):
    with in_app():
        db.session.get(Customer, pair[1]).language = "pt"

    page = client.get(f"/admin/customer/edit/?id={pair[1]}").text
    stamp = re.search(r'name="seen_version"[^>]*value="([^"]+)"', page)[1]
    client.post(
        f"/admin/customer/edit/?id={pair[1]}", data={"name": "Stan de Guit", "language": "pt", "seen_version": stamp}
    )

    assert '<option selected value="pt">Portuguese</option>' in page
    assert "Portuguese" in details(client, pair[1]).text
    with in_app():
        stan = db.session.get(Customer, pair[1])
        assert (stan.name, stan.language) == ("Stan de Guit", "pt")
