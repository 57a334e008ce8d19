"""What Prometheus is told, and who may ask."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.config import metrics_token
from app.errors import CannotStart
from app.extensions import db
from app.models import Outside, Trouble
from app.operations import metrics
from app.queries.outages import begin_outage
from tests.clients import Client
from tests.factories import new_connection, placed_order

TOKEN = "tok-8f0e7a1c5b3d9264"


@pytest.fixture
def said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the page says to whoever has the token."""
    monkeypatch.setitem(app.config, "METRICS_TOKEN", TOKEN)
    monkeypatch.setitem(app.extensions, "measures", app.extensions["measures"])
    return lambda: Client(app).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text


def test_requests_are_counted_by_route_and_cost_no_statement(
    anonymous: Client, said: Any, statements: list[str]
) -> None:
    anonymous.get("/healthz")
    assert statements == []
    anonymous.get("/there/is/none")
    anonymous.open("/healthz", method="BREW")

    text = said()

    assert 'toonbank_requests_total{method="GET",route="/healthz",status="200"} ' in text
    assert 'toonbank_requests_total{method="GET",route="none",status="404"} ' in text
    assert 'toonbank_request_seconds_count{route="/healthz"} ' in text
    assert 'method="other"' in text
    assert "BREW" not in text
    assert "/there/is/none" not in text


def test_what_waits_is_counted_when_somebody_asks(in_app: Any, said: Any, statements: list[str]) -> None:
    with in_app():
        placed_order()
        shop = new_connection(address="https://mugs.example.com")
        shop.tell_trouble = Trouble.WRONG_KEY
        db.session.add(shop)
        db.session.flush()
        shop_id = shop.id
        begin_outage(Outside.LANE, "stuck", part="mails")
    statements.clear()

    text = said()

    assert len(statements) == 4
    assert 'toonbank_waiting{queue="mails"} 1.0' in text
    assert 'toonbank_waiting{queue="jobs"} 0.0' in text
    assert f'toonbank_connection_trouble{{connection="{shop_id}",doing="telling"}} 1.0' in text
    assert f'toonbank_connection_trouble{{connection="{shop_id}",doing="reading"}} 0.0' in text
    assert 'toonbank_outage{part="mails",what="lane"} 1.0' in text
    assert 'toonbank_outage{part="",what="disk"} 0.0' in text
    assert "toonbank_workers 0.0" in text
    assert "toonbank_database_up 1.0" in text


def test_that_the_database_is_down_is_told(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("SELECT 1", None, Exception("gone"))

    monkeypatch.setattr(metrics, "connection_states", fail)

    assert "toonbank_database_up 0.0" in said()


def test_only_who_has_the_token_may_ask(app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 404  # nobody, this machine and its owner included
    monkeypatch.setitem(app.config, "METRICS_TOKEN", TOKEN)
    for stated in ("", TOKEN, f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer é"):
        assert client.get("/metrics", headers={"Authorization": stated}).status_code == 401, stated
    given = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.9.8.7:8001"})
    assert given.status_code == 200
    assert given.headers["Cache-Control"] == "no-store"


def test_a_token_that_is_guessed_soon_keeps_the_server_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_METRICS_TOKEN", "geheim")
    with pytest.raises(CannotStart, match="TOONBANK_METRICS_TOKEN"):
        metrics_token()
    monkeypatch.setenv("TOONBANK_METRICS_TOKEN", TOKEN)
    assert metrics_token() == TOKEN
