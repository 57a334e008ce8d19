"""Actions by programs: what they may be given, and what is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.actions import ACTIONS
from app.actions.payments import enter_refund
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.api.acting import FIELD_MAKERS, is_choice, is_record, route_of
from app.extensions import db
from app.history import SYSTEM
from app.models import History, OutgoingMail, Return
from tests.factories import paid_order, placed_order


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


def test_sent_answers_with_what_the_pop_up_warns_of(program: Any, in_app: Any) -> None:
    with in_app():
        order = paid_order()
        enter_refund(order, by=SYSTEM, amount=order.total)
        number, paid = order.number, paid_order().number

    answers = [program.post(f"/api/orders/{one}/actions/mark_sent", json={"notify": False}) for one in (number, paid)]

    said = "€67.75 of this order went back to the customer. Credit what is not to go."
    assert [answer.json.get("warning") for answer in answers] == [said, None]


def test_quantities_are_given_per_line(program: Any, in_app: Any) -> None:
    with in_app():
        order = placed_order()
        number, line = order.number, order.lines[0].id

    answer = program.post(f"/api/orders/{number}/actions/create_packing_slip", json={"quantities": {str(line): "2"}})

    assert answer.json["order"]["shipments"][0]["lines"] == [{"line_id": line, "lost": "0", "quantity": "2"}]


def test_every_action_on_a_record_with_an_address_has_one(app: Flask) -> None:
    paths = {rule.rule for rule in app.url_map.iter_rules()}
    offered = list(ACTIONS.values())

    assert len(offered) > 10
    without = {action.name for action in offered if route_of(action) is None}
    on_texts = {"change_text", "restore_text", "switch_mail_off", "switch_mail_on"}  # not records
    without_address = {
        "deliver_again",
        "send_refused_e_invoice",
        "revoke_key",
        "change_last_day",
        "hand_over_key",
        "try_again",
    }  # on records that programs don't see
    matching = {"match_shop_product", "make_product_of_it", "leave_shop_product", "match_anew"}  # so are these
    assert without == on_texts | without_address | matching
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


def test_rule_1_7_a_program_sends_takes_back_corrects_and_loses_a_parcel(program: Any, in_app: Any) -> None:
    with in_app():
        order = paid_order()
        number, line = order.number, order.lines[0].id

    def act(path: str, **given: Any) -> dict[str, Any]:
        answer = program.post(f"/api/{path}", json=given)
        assert answer.status_code == 200, answer.json
        return dict(answer.json["order"])

    act(f"orders/{number}/actions/mark_sent", tracking_code="WRONG")
    back = act("shipments/PS00001/actions/set_shipment_not_sent")
    assert (back["shipment_status"], back["shipments"][0]["not_sent_at"] is not None) == ("not_shipped", True)
    act("shipments/PS00001/actions/send_shipment", tracking_code="WRONG")
    told = act("shipments/PS00001/actions/change_tracking", tracking_code="3SABC", notify=True)["shipments"][0]
    assert (told["tracking_code"], told["told_code"]) == ("3SABC", "3SABC")

    lost = act("shipments/PS00001/actions/mark_lost", quantities={str(line): "1.5"})
    assert [one["lost"] for one in lost["shipments"][0]["lines"]] == ["1.5", "0"]
    assert lost["shipment_status"] == "partially_shipped"
    new = act(f"orders/{number}/actions/mark_sent", notify=False)["shipments"][1]
    assert new["replaces"] == ["PS00001"]
    assert program.get("/api/shipments/PS00002").json["replaces"] == ["PS00001"]
    refused = program.post("/api/shipments/PS00001/actions/mark_not_lost", json={})
    assert (refused.status_code, refused.json["detail"]) == (409, "PS00002 replaces it already.")
    with in_app():
        states = db.session.scalars(select(OutgoingMail.state).where(OutgoingMail.kind == "track_and_trace")).all()
        assert [state.value for state in states] == ["withdrawn", "withdrawn", "queued"]
