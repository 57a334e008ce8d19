"""What programs see: reading, placing, acting, and being told what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions import ACTIONS
from app.actions.api_keys import revoke_key
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.api.acting import FIELD_MAKERS, is_choice, is_record, route_of
from app.extensions import db
from app.history import SYSTEM
from app.models import ApiToken, History, Order, OutgoingMail, Return
from tests.arrange import at_once
from tests.factories import placed_order

ORDER = {
    "external_id": "A-1",
    "number": "1001",
    "currency": "EUR",
    "customer": {"name": "Femke Jansen", "email": "femke@example.org"},
    "billing_address": {
        "name": "Femke Jansen",
        "street": "Markt 87",
        "postcode": "2611 GS",
        "city": "Delft",
        "country": "nl",
    },
    "payment_method": "Bank transfer",
    "shipping_method": "Parcel post",
    "lines": [
        {"name": "Stoneware mug", "sku": "MUG-30", "quantity": "3", "unit_price": "12.50", "vat_rate": "21"},
        {"kind": "shipping", "name": "Parcel post", "unit_price": "6.05", "vat_rate": "21"},
    ],
}


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nonsense", "Basic dG9vbg==", "Bearer \xe9"])
def test_without_a_key_that_counts_nothing_is_told(app: Flask, header: str | None) -> None:
    answer = app.test_client().get("/api/orders", headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_opens_what_it_was_given_and_no_more(program_with: Callable[..., Any]) -> None:
    reader = program_with("read.orders")

    assert reader.get("/api/orders").status_code == 200
    assert reader.get("/api/customers").status_code == 403
    refusal = reader.post("/api/orders", json=ORDER)
    assert refusal.status_code == 403
    assert "imports.place_order" in refusal.json["detail"]


def test_a_revoked_key_is_dead(app: Flask, program: Any) -> None:
    with app.app_context():
        revoke_key(db.session.scalars(select(ApiToken)).one(), by=SYSTEM)
        db.session.commit()

    assert program.get("/api/orders").status_code == 401


def test_a_cookie_of_the_back_office_is_no_key(client: Any) -> None:
    assert client.get("/api/orders").status_code == 401


def test_only_the_hash_of_a_key_is_stored(app: Flask, program: Any) -> None:
    with app.app_context():
        token = db.session.scalars(select(ApiToken)).one()
        assert program.key not in (token.hash, token.beginning)
        assert program.key.startswith(token.beginning)


def test_nothing_at_an_address_is_a_problem_too(program: Any) -> None:
    for answer in (program.get("/api/nowhere"), program.get("/api/orders/NONE"), program.get("/api/customers/99")):
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


# --- placing ---------------------------------------------------------------------------------------------------------


def test_an_order_is_placed_and_what_it_leaves_out_is_added_up(program: Any, in_app: Any) -> None:
    answer = program.post("/api/orders", json=ORDER)

    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == "/api/orders/ORD10001"
    assert answer.json["total"] == "43.55"
    assert answer.json["tax_total"] == "7.56"
    assert answer.json["billing_address"]["country"] == "NL"
    assert [invoice["total"] for invoice in answer.json["invoices"]] == ["43.55"]
    with in_app():
        order = db.session.scalars(select(Order)).one()
        assert (order.total, order.source, order.external_id) == (Decimal("43.55"), "api", "A-1")
        assert db.session.scalar(select(History.actor_name).where(History.what == "order_placed")) == "Warehouse"
        assert db.session.scalar(select(OutgoingMail.kind)) == "order_confirmation"


def test_the_same_order_again_answers_with_the_one_that_is_there(program: Any, in_app: Any) -> None:
    first = program.post("/api/orders", json=ORDER)
    again = program.post("/api/orders", json={**ORDER, "customer_note": "Please hurry"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["number"] == again.json["number"]
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Order)) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"name": "Mug", "unit_price": "12,50"}]}, "lines.0.unit_price"),
        ({"lines": [{"name": "Mug", "unit_price": "1", "quantity": "0"}]}, "lines.0.quantity"),
        ({"lines": [{"name": "Mug", "unit_price": "1", "vat_rate": "101"}]}, "lines.0.vat_rate"),
        ({"lines": [{"unit_price": "1"}]}, "lines.0.name"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXQ"}, "currency"),
        ({"external_id": ""}, "external_id"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"customer": {"name": "A\0B"}}, "customer.name"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_placed(program: Any, in_app: Any, wrong: Any, field: str) -> None:
    answer = program.post("/api/orders", json={**ORDER, **wrong})

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_what_is_no_json_is_a_problem(program: Any) -> None:
    answer = program.post("/api/orders", data="{", content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


# --- sending again ---------------------------------------------------------------------------------------------------


def test_the_same_idempotency_key_is_done_once(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    path, key = f"/api/orders/{number}/actions/mark_paid", {"Idempotency-Key": "k-1"}

    first = program.post(path, json={}, headers=key)
    again = program.post(path, json={}, headers=key)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert program.post(path, json={}).status_code == 409


def test_an_idempotency_key_with_another_request_is_refused(program: Any) -> None:
    key = {"Idempotency-Key": "k-2"}
    program.post("/api/orders", json=ORDER, headers=key)

    answer = program.post("/api/orders", json={**ORDER, "external_id": "A-2"}, headers=key)

    assert answer.status_code == 422
    assert "another request" in answer.json["detail"]


def test_a_refusal_is_not_kept(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    path, key = f"/api/orders/{number}/actions/mark_not_paid", {"Idempotency-Key": "k-3"}

    assert program.post(path, json={}, headers=key).status_code == 409
    program.post(f"/api/orders/{number}/actions/mark_paid", json={})
    assert program.post(path, json={}, headers=key).status_code == 200


# --- acting ----------------------------------------------------------------------------------------------------------


def test_an_action_is_done_by_the_program_and_answers_with_the_order(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    answer = program.post(f"/api/orders/{number}/actions/mark_sent", json={"tracking_code": "3STOON", "notify": False})

    assert answer.status_code == 200, answer.json
    assert answer.json["order"]["shipment_status"] == "shipped"
    assert answer.json["order"]["shipments"][0]["tracking_code"] == "3STOON"
    with in_app():
        event = db.session.scalars(select(History).where(History.what == "order_sent")).one()
        assert (event.actor_kind, event.actor_name) == ("program", "Warehouse")


def test_a_refusal_says_why_and_changes_nothing(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    program.post(f"/api/orders/{number}/actions/mark_paid", json={"notify": False})
    with in_app():
        before = db.session.scalar(select(func.count()).select_from(History))

    answer = program.post(f"/api/orders/{number}/actions/mark_paid", json={})

    assert (answer.status_code, answer.json["detail"]) == (409, "Nothing is open: the order is paid.")
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(History)) == before


def test_quantities_are_given_per_line(program: Any, in_app: Any) -> None:
    with in_app():
        order = placed_order()
        number, line = order.number, order.lines[0].id

    answer = program.post(f"/api/orders/{number}/actions/create_packing_slip", json={"quantities": {str(line): "2"}})

    assert answer.json["order"]["shipments"][0]["lines"] == [{"line_id": line, "quantity": "2"}]


def test_every_action_on_a_record_with_an_address_has_one(app: Flask) -> None:
    paths = {rule.rule for rule in app.url_map.iter_rules()}
    offered = list(ACTIONS.values())

    assert len(offered) > 10
    without = {action.name for action in offered if route_of(action) is None}
    assert without == {"change_text", "restore_text", "switch_mail_off", "switch_mail_on"}  # on texts, not records
    for action in offered:
        assert action.name in without or any(
            path.endswith(f"/actions/{action.name}") and path.startswith("/api/") for path in paths
        ), action.name


def test_whatever_an_action_takes_has_a_type_that_programs_can_send() -> None:
    taken = {
        f"{action.name}({parameter.name}: {parameter.types})"
        for action in ACTIONS.values()
        for parameter in action.parameters.values()
        if len(parameter.types) != 1
        or not (parameter.types[0] in FIELD_MAKERS or is_record(parameter.types[0]) or is_choice(parameter.types[0]))
    }
    assert taken == set()


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_list_is_walked_to_its_end_by_next(program: Any, in_app: Any) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(7)]

    seen, address = [], "/api/orders?limit=3"
    while address:
        page = program.get(address).json
        seen += [order["number"] for order in page["items"]]
        address = page["next"]

    assert seen == numbers[::-1]


def test_orders_are_found_by_words_and_status(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
        placed_order()
    program.post(f"/api/orders/{number}/actions/mark_paid", json={})

    assert [o["number"] for o in program.get("/api/orders?payment=paid").json["items"]] == [number]
    assert [o["number"] for o in program.get(f"/api/orders?search={number}").json["items"]] == [number]
    assert program.get("/api/orders?payment=maybe").status_code == 422


def test_documents_are_read_by_number_and_printed(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    program.post(f"/api/orders/{number}/actions/mark_sent", json={})

    invoice = program.get("/api/invoices").json["items"][0]
    shipment = program.get("/api/shipments").json["items"][0]

    assert program.get(f"/api/invoices/{invoice['number']}").json == invoice
    assert program.get(f"/api/shipments/{shipment['number']}").json == shipment
    assert program.get(f"/api/invoices/{invoice['number']}/pdf").data.startswith(b"%PDF")
    assert program.get(f"/api/shipments/{shipment['number']}/pdf").data.startswith(b"%PDF")
    assert program.get("/api/returns").json == {"items": [], "next": None}


def test_a_customer_is_added_and_read(program: Any) -> None:
    given = {"name": "Jan Vis", "email": "jan@example.org", "billing_address": {"city": "Delft", "country": "NL"}}
    answer = program.post("/api/customers", json=given)

    assert answer.status_code == 201, answer.json
    assert program.get(answer.headers["Location"]).json["billing_address"]["city"] == "Delft"
    assert program.get("/api/customers?email=JAN@example.org").json["items"][0]["id"] == answer.json["id"]
    assert program.post("/api/customers", json={**given, "name": "Twin"}).status_code == 409
    assert program.post("/api/customers", json={}).status_code == 409


def test_a_question_is_passed_on_and_read(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    question = {"order_number": number, "subject": "A chipped mug", "text": "What now?"}

    asked = program.post("/api/tickets", json=question)

    assert asked.status_code == 201, asked.json
    assert program.get(asked.headers["Location"]).json["messages"][0]["text"] == "What now?"
    assert program.get("/api/tickets?status=unanswered").json["items"][0]["order_number"] == number
    refusals = [
        program.post("/api/tickets", json={**question, **wrong}) for wrong in ({"order_number": "X"}, {"text": ""})
    ]
    assert [(r.status_code, r.json["errors"][0]["field"]) for r in refusals] == [(422, "order_number"), (422, "text")]


def test_people_can_read_what_it_offers(app: Flask) -> None:
    page = app.test_client().get("/api/").text

    assert "/api/orders/{number}/actions/mark_paid" in page
    assert 'id="WholeOrder"' in page


def test_lines_are_edited_and_a_draft_is_placed_by_program(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    draft = program.post(f"/api/orders/{number}/actions/copy_order", json={}).json["order"]
    line = {"name": "Vase", "quantity": "2", "unit_price": "9.50", "rate": "21"}

    edited = program.post(f"/api/orders/{draft['number']}/actions/edit_lines", json={"lines": [line]})
    placed = program.post(f"/api/orders/{draft['number']}/actions/place_draft", json={"notify": False})

    assert edited.json["order"]["total"] == "25.05"  # with the shipping
    assert (placed.json["order"]["number"], placed.json["order"]["total"]) == ("ORD10002", "25.05")
    wrong = {"lines": [{**line, "quantity": "many"}]}
    assert program.post(f"/api/orders/{number}/actions/edit_lines", json=wrong).status_code == 422


# --- what is strange -------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_the_same_order_sent_by_several_at_once_is_placed_once(program_with: Callable[..., Any]) -> None:
    programs = [program_with("imports") for _ in range(4)]

    answers = at_once(4, lambda one: programs[one].post("/api/orders", json=ORDER))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json["number"] for answer in answers}) == 1


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("add_task", {"description": "Pack", "assignee_id": 2**31}, 422),
        ("add_task", {"description": "Pack", "assignee_id": 10**30}, 422),
        ("choose_customer", {"customer_id": -1}, 422),
        ("change_customer", {"phone": "1" * 61}, 422),
        ("mark_sent", {"tracking_code": "3" * 121}, 422),
        ("write_memo", {"text": "a" * 2001}, 422),
        ("change_address", {"kind": "weekend", "address": {"city": "Delft"}}, 422),
        ("enter_payment", {"amount": "999999999999.99"}, 409),
        ("enter_payment", {"amount": "1", "reference": "r" * 256}, 422),
        ("enter_refund", {"amount": "1", "reason": "r" * 256}, 422),
        ("create_packing_slip", {"quantities": {"10000000000000000000000": "1"}}, 409),
    ],
)
def test_what_no_database_holds_is_refused(in_app: Any, program: Any, action: str, body: Any, status: int) -> None:
    with in_app():
        number = placed_order().number

    answer = program.post(f"/api/orders/{number}/actions/{action}", json=body)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_a_credit_note_takes_no_return_of_another_order(in_app: Any, program: Any) -> None:
    with in_app():
        returned = placed_order()
        mark_sent(returned, by=SYSTEM)
        back = create_return(returned, by=SYSTEM, quantities={returned.lines[0].id: Decimal(1)}).id
        invoice = placed_order().invoices[0].number

    answer = program.post(f"/api/invoices/{invoice}/actions/create_credit_note", json={"goods_return": back})

    assert answer.status_code == 422
    with in_app():
        assert db.session.get_one(Return, back).credit_note_id is None
