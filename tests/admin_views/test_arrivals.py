"""SERVICES > Import & connections > Events: what came in, corrected where it could not be read."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.admin_views.payloads import differences, pretty
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake_readers import orders_in
from app.intake_readers.samples import WOOCOMMERCE
from app.models import Arrival, History, Order, OutgoingMail
from tests.factories import new_connection, shop_key

WRONG = {**WOOCOMMERCE, "total": "abc"}
CORRECT = "/admin/arrivals/1/correct"


def quarantine(in_app, *payloads, **how):
    with in_app():
        for payload in payloads or (WRONG,):
            (found,) = orders_in("woocommerce", json.dumps(payload))
            take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM)
        for arrival in db.session.scalars(select(Arrival)):
            for name, value in how.items():
                setattr(arrival, name, value)


def results() -> list[str]:
    return list(db.session.scalars(select(Arrival.result).order_by(Arrival.id)))


# --- how a payload is shown -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 12.50, "b": [1e5, -0.0, {"c": null}], "a": 1234567890123456789, "é": "\\u0000</pre>", "d": {}, "e": []}',
        "[]",
        '"only a text"',
        "NaN",
    ],
)
def test_a_payload_is_laid_out_and_nothing_of_it_changes(text):
    def exactly(json_text):
        return json.loads(json_text, parse_float=Decimal, object_pairs_hook=lambda pairs: ("object", pairs))

    laid_out = pretty(text)

    assert str(exactly(laid_out)) == str(exactly(text))
    assert laid_out.count("\n") == (0 if len(text) < 20 else 13)


@pytest.mark.parametrize("text", ["", "a;b\n1;2", '{"a": ', "[" * 100_000, " " * 300_001, '{"a": "\\ud800"}'])
def test_what_is_no_json_is_shown_as_it_came(text):
    assert pretty(text) == text


def test_differences_are_lines():
    assert differences('{"a": 1, "b": 2}', '{"a": 1, "b": 3}') == [
        ("@", "@ -1,4 +1,4 @@"),
        (" ", "{"),
        (" ", '  "a": 1,'),
        ("-", '  "b": 2'),
        ("+", '  "b": 3'),
        (" ", "}"),
    ]


def test_what_came_in_is_shown_escaped(client, in_app):
    quarantine(in_app, {**WRONG, "number": "</pre><script>alert(1)</script>"})

    page = client.get("/admin/arrivals/details/?id=1").text

    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page


# --- correcting -----------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_its_platform_is_called_as_people_do(client, in_app):
    """In the list, its filter, its page and where it is corrected."""
    quarantine(in_app, origin="")
    pages = ["/admin/arrivals/", "/admin/arrivals/details/?id=1", CORRECT]

    for page in (client.get(path).text for path in pages):
        shown = re.sub(r"<textarea.*?</textarea>|<pre.*?</pre>|<[^>]*>", " ", page, flags=re.DOTALL)
        assert "WooCommerce" in shown
        assert "woocommerce" not in shown.replace("Only woocommerce", "")  # which is what its shop is called


def test_a_corrected_payload_becomes_an_order_and_the_original_stays(client, in_app):
    quarantine(in_app)
    form = client.get(CORRECT).text
    assert "&#34;total&#34;: &#34;abc&#34;," in form

    answer = client.post(CORRECT, data={"payload": json.dumps(WOOCOMMERCE, indent=2).replace("\n", "\r\n")})

    assert answer.location == "/admin/order/ORD10001"
    with in_app():
        original, corrected = db.session.scalars(select(Arrival).order_by(Arrival.id)).all()
        assert (original.result, original.order_id, json.loads(original.payload)) == ("corrected", 1, WRONG)
        assert (corrected.result, corrected.order_id, json.loads(corrected.payload)) == ("added", 1, WOOCOMMERCE)
        event = db.session.scalars(select(History).where(History.subject == "arrival:1")).one()
        assert (event.order_id, event.facts["record"]) == (1, "Payload orders.json 990001")
    for number in (1, 2):
        page = client.get(f"/admin/arrivals/details/?id={number}").text
        changed = re.search(r'id="corrected".*?</section>', page, re.S)[0]
        assert "<del>−   &#34;total&#34;: &#34;abc&#34;,</del>" in changed
        assert "<ins>+   &#34;total&#34;: &#34;31.05&#34;,</ins>" in changed


@pytest.mark.each_database
def test_what_still_can_not_be_read_comes_back_and_keeps_nothing(client, in_app):
    quarantine(in_app)

    page = client.post(CORRECT, data={"payload": json.dumps({**WOOCOMMERCE, "currency": "euro"})})

    assert page.status_code == 422
    assert "currency" in page.text
    assert "&#34;currency&#34;: &#34;euro&#34;" in page.text
    with in_app():
        assert results() == ["quarantined"]
        assert json.loads(db.session.get(Arrival, 1).payload) == WRONG
        assert not db.session.scalars(select(Order)).all()


@pytest.mark.each_database
def test_a_payload_is_corrected_once(client, in_app):
    quarantine(in_app)
    client.post(CORRECT, data={"payload": json.dumps(WOOCOMMERCE)})

    again = client.post(CORRECT, data={"payload": json.dumps({**WOOCOMMERCE, "id": 5})}, follow_redirects=True)

    assert "This payload was read already." in again.text
    assert client.get(CORRECT).status_code == 303
    with in_app():
        assert results() == ["corrected", "added"]
        assert len(db.session.scalars(select(Order)).all()) == 1


@pytest.mark.parametrize("action", ["correct", "try-again"])
def test_customers_hear_of_it_only_if_the_connection_says_so(client, in_app, action):
    with in_app():
        db.session.add(new_connection(key="k", secret="s", notify=False))
    quarantine(in_app, connection_id=1)
    pending = {**WOOCOMMERCE, "status": "on-hold", "date_paid_gmt": None}
    if action == "try-again":
        with in_app():
            db.session.get(Arrival, 1).payload = json.dumps(pending)

    client.post(f"/admin/arrivals/1/{action}", data={"payload": json.dumps(pending)})

    with in_app():
        assert len(db.session.scalars(select(Order)).all()) == 1
        assert not db.session.scalars(select(OutgoingMail)).all()


def test_correcting_is_for_those_with_the_right(signed_in_as, in_app):
    quarantine(in_app)
    packer = signed_in_as("packer")

    assert packer.get(CORRECT).status_code == 403
    assert packer.post(CORRECT, data={"payload": json.dumps(WOOCOMMERCE)}).status_code == 403
    assert "Correct the payload" not in packer.get("/admin/arrivals/details/?id=1").text
    with in_app():
        assert results() == ["quarantined"]


# --- many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_many_are_tried_again_each_by_itself(client, in_app):
    quarantine(in_app, WRONG, {**WRONG, "id": 2}, {**WRONG, "id": 3})
    with in_app():
        db.session.get(Arrival, 1).payload = json.dumps(WOOCOMMERCE)
        db.session.get(Arrival, 3).result = "not read"

    client.post("/admin/arrivals/action/", data={"action": "try_again", "rowid": ["1", "2", "3", "99"]})

    page = client.get("/admin/arrivals/").text
    assert "1 payload read." in page
    assert "1 payload unchanged: total: " in page
    assert "1 payload unchanged: This payload was read already." in page
    assert "ORD10001" in page
    with in_app():
        assert results() == ["read later", "quarantined", "not read"]


def test_who_may_not_bring_orders_in_tries_none_again(signed_in_as, in_app):
    quarantine(in_app)
    packer = signed_in_as("packer")

    assert packer.post("/admin/arrivals/action/", data={"action": "try_again", "rowid": ["1"]}).status_code == 403
    assert 'name="rowid"' not in packer.get("/admin/arrivals/").text


def test_what_came_in_is_narrowed_by_result_source_and_connection(client, in_app):
    quarantine(in_app)

    def shown(query: str) -> bool:
        return "orders.json" in client.get(f"/admin/arrivals/?{query}").text

    assert [shown(f"flt0_0={value}") for value in ("quarantined", "added")] == [True, False]
    assert [shown(f"flt0_1={value}") for value in ("woocommerce", "csv")] == [True, False]
    assert [shown(f"flt0_2={value}") for value in ("1", "x", "9" * 30)] == [False] * 3


UNREADABLE = {"id": 7, "number": "7", "currency": "EUR", "total": "abc", "line_items": []}


def test_quarantine_names_the_field_and_keeps_the_payload(client, in_app):
    quarantine(in_app, UNREADABLE)

    page = client.get("/admin/arrivals/details/?id=1")

    assert "Quarantined" in page.text
    assert "abc" in page.text
    assert client.get("/admin/").text.count("1 payload could not be read") == 1
    with in_app():
        assert json.loads(db.session.scalars(select(Arrival.payload)).one()) == UNREADABLE


def test_try_again_on_what_still_can_not_be_read_changes_nothing(client, in_app):
    quarantine(in_app, UNREADABLE)

    answer = client.post("/admin/arrivals/1/try-again")

    assert answer.location.endswith("/admin/arrivals/details/?id=1")
    with in_app():
        assert db.session.scalars(select(Arrival.result)).all() == ["quarantined"]
        assert not db.session.scalars(select(Order)).all()
