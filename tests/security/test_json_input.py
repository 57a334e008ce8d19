"""JSON that can't be read is refused in the same way wherever it comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.connections.client import ShopAnswer, failure_in
from app.connections.failures import ShopFailure
from app.connections.platform import PulledOrder
from app.extensions import db, transaction
from app.intake.events import SIGNATURES
from app.models import Arrival, Fate, Source, Trouble
from app.operations.worker import read_events
from app.security.json_input import read_json
from tests.clients import Client, Program
from tests.factories import new_connection
from tests.looking import is_storable

UNREADABLE = {
    "nested lists": "[" * 100_000,
    "nested objects": '{"a":' * 100_000,
    "nested, and closed": "[" * 100_000 + "]" * 100_000,
    "a long number": "9" * 6000,
    "a long number inside": '{"amount": ' + "9" * 6000 + "}",
    "no JSON": "{",
}


@pytest.fixture(params=UNREADABLE.values(), ids=UNREADABLE.keys())
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(text)


def test_a_program_is_told_so(program: Program, text: str) -> None:
    answer = program.post("/api/orders", data=text, content_type="application/json")

    assert (answer.status_code, answer.json["title"]) == (400, "Bad Request")


def test_an_answer_of_a_shop_is_unreadable(text: str) -> None:
    answer = ShopAnswer(200, {"content-type": "application/json"}, text.encode())
    with pytest.raises(ShopFailure) as failure:
        assert answer.json

    assert failure.value.trouble == Trouble.UNREADABLE
    refusal: Any = failure_in(ShopAnswer(400, {}, text.encode()))
    assert refusal.trouble == Trouble.ASKED_WRONGLY


def test_a_signed_event_is_kept_and_put_aside(app: Flask, hooks: dict[str, str], text: str) -> None:
    """Also where what is signed stands inside, for nobody can have signed what can't be read."""
    for source, path in hooks.items():
        status = 401 if source == Source.ECWID else 200
        assert post_event(app, source, path, text.encode()) == status
    with app.app_context():
        while read_events():
            pass
        assert Fate.ADDED not in db.session.scalars(select(Arrival.result)).all()


# --- what can be read, and not be stored ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["\\ud800", "a\\udc00", "\\ud83d\\ud83d\\ude00"])
def test_half_a_character_is_told_to_programs_and_replaced_elsewhere(
    app: Flask, program: Program, hooks: dict[str, str], part: str
) -> None:
    order = f'{{"external_id": "1", "lines": [{{"name": "{part}", "unit_price": "1.00"}}]}}'
    assert program.post("/api/orders", data=order, content_type="application/json").status_code == 400

    said = f'{{"id": "{part}", "message": "{part}"}}'.encode()
    assert is_storable(ShopAnswer(200, {}, said).json)
    assert is_storable(getattr(failure_in(ShopAnswer(400, {}, said)), "detail", None))
    assert is_storable(PulledOrder(json.loads(said)["id"], "{}").external_id)

    event = f'{{"eventCreated": 1, "eventId": "{part}", "eventType": "order.{part}", "entityId": "{part}"}}'.encode()
    for source, path in hooks.items():
        assert post_event(app, source, path, event) == 200
    with app.app_context():
        while read_events():
            pass
        assert Fate.WAITING not in db.session.scalars(select(Arrival.result)).all()


@pytest.fixture
def hooks(app: Flask) -> dict[str, str]:
    """A connected shop of each kind; source -> path."""
    with app.app_context(), transaction():
        for source in SIGNATURES:
            db.session.add(new_connection(source, title=f"My {source}", key=f"key-{source}", secret="secret"))
    return {source: f"/hooks/{source}/key-{source}" for source in SIGNATURES}


def post_event(app: Flask, source: str, path: str, body: bytes) -> int:
    header, sign, topic = SIGNATURES[source]
    headers = {header: sign(body, "secret")} | ({topic: "order.updated"} if topic else {})
    return app.test_client().post(path, data=body, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize("back", ["http://[", "http://[::1", "//[x]/"])
def test_a_page_to_lead_back_to_that_is_none(client: Client, back: str) -> None:
    assert client.get("/admin/order-status/new/", query_string={"url": back}).status_code == 400
