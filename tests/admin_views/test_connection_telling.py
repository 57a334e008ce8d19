"""What a shop is told is chosen on a form: from then on, and with a word about what that leaves out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.admin_views.connection_history import ConnectionHistory
from app.admin_views.connection_telling import HINTS, hints_of
from app.admin_views.connections import Connections
from app.columns import now
from app.connections.managing import begin_pulls
from app.connections.woocommerce_writer import WooCommerceWriter
from app.connections.writer import Writer
from app.connections.writing import WRITERS
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Mailer, ShopWrite, ShopWriteKind, Source, Telling, Trouble
from tests.clients import Client
from tests.factories import new_connection, new_order, place, placed_order
from tests.looking import words

InApp = Callable[[], AbstractContextManager[None]]
FORM = "/admin/telling/edit/?id=1"


def connect(**stated: Any) -> None:
    db.session.add(new_connection(**{"address": "http://127.0.0.1:9", **stated}))


def posted(client: Client, **chosen: str) -> int:
    fields = dict.fromkeys(("tell_sent", "tell_paid", "tell_cancelled", "tell_refunded", "tell_notes"), "off")
    return client.post(FORM, data={**fields, "mailer": "us", "seen_version": "1", **chosen}).status_code


def test_switching_it_on_tells_nothing_of_the_past_and_says_how_much_that_is(client: Client, in_app: InApp) -> None:
    with in_app():
        connect()
        for _number in range(2):
            mark_sent(placed_order(), by=SYSTEM, notify=False)
        mark_paid(placed_order(), by=SYSTEM, notify=False)
    text = words(client.get(FORM).text)
    assert "What was done here before is never told. That leaves out: 2 parcels, 1 payment." in text

    assert posted(client, tell_sent="on", tell_paid="ask", mailer="shop") == 302
    with in_app():
        told = db.session.scalars(select(Connection)).one()
        assert (told.tell_sent, told.tell_paid, told.mailer) == (Telling.ON, Telling.ASK, Mailer.SHOP)
        assert told.told_since
        assert told.told_since <= now()
        assert db.session.scalars(select(ShopWrite)).all() == []
    assert "Told since" in words(client.get(FORM).text)


def test_each_form_of_a_connection_names_what_was_changed_in_the_others(client: Client, in_app: InApp) -> None:
    with in_app():
        connect()
    posted(client, tell_sent="ask", tell_paid="on", mailer="shop")
    stock = {"stock_mode": "us", "stock_buffer": "3", "stock_wins": "shop", "catalogue_minutes": "45"}
    assert client.post("/admin/shop-stock/edit/?id=1", data={**stock, "seen_version": "2"}).status_code == 302

    for form in ("connection", "telling", "shop-stock"):
        text = words(client.get(f"/admin/{form}/edit/?id=1").text)
        assert "Sent: Off → Ask each time" in text


def test_no_field_of_a_connection_goes_by_its_name_in_the_code() -> None:
    fields = {name for view in ConnectionHistory.__subclasses__() for name in vars(view).get("form_columns", ())}
    fields |= set(Connections.form_columns) - {"title", "is_active"}  # they have words everywhere
    assert fields - set(ConnectionHistory.titles) == set()
    assert "stock_wins" in fields


def test_a_kind_that_is_switched_on_later_leaves_out_what_was_done_until_then(client: Client, in_app: InApp) -> None:
    with in_app():
        connect(tell_sent=Telling.ON, told_since=now())
        shop = db.session.scalars(select(Connection)).one().outside_shop.key
    with in_app():
        order = placed_order(shop=shop)
        mark_paid(order, by=SYSTEM, notify=False)
        mark_sent(order, by=SYSTEM, notify=False)
    left_out = "or while its kind was off, is never told. That leaves out: 1 payment."
    assert left_out in words(client.get(FORM).text)

    assert posted(client, tell_sent="on", tell_paid="on") == 302
    with in_app():
        mark_paid(placed_order(shop=shop), by=SYSTEM, notify=False)
    assert left_out in words(client.get(FORM).text)


def test_switching_all_of_it_off_forgets_since_when(client: Client, in_app: InApp) -> None:
    with in_app():
        connect(tell_sent=Telling.ON, told_since=now())
    assert posted(client) == 302

    with in_app():
        assert db.session.scalars(select(Connection.told_since)).one() is None


def test_what_is_wrong_is_said_and_tried_again_at_once(client: Client, in_app: InApp) -> None:
    with in_app():
        connect(
            tell_sent=Telling.ON,
            tell_trouble=Trouble.NO_RIGHT,
            tell_detail="No.",
            tell_after=now(),
            tell_trouble_at=now(),
        )
        db.session.flush()
        begin_pulls(db.session.scalars(select(Connection)).one())
    assert "The shop can’t be told now: The key lacks a right." in words(client.get(FORM).text)
    for page in (FORM, "/admin/connection/1"):
        assert "/admin/telling/1/try-now" in client.get(page).text
    assert client.post("/admin/telling/1/try-now").status_code == 303

    with in_app():
        assert db.session.scalars(select(Connection.tell_after)).one() is None


def test_a_shop_without_an_api_has_no_such_form(client: Client, in_app: InApp) -> None:
    with in_app():
        connect(address="")

    assert client.get(FORM).status_code in (302, 404)
    assert client.post("/admin/telling/1/try-now").status_code == 404


def test_only_what_its_platform_can_be_told_is_offered_and_makes_rows(
    client: Client, in_app: InApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WooCommerceWriter, "kinds", (ShopWriteKind.PAID,))
    with in_app():
        connect(tell_cancelled=Telling.ON)
    form = client.get(FORM).text
    assert [name for name in HINTS if f'name="{name}"' in form] == ["tell_paid", "mailer"]

    assert posted(client, tell_sent="on", tell_paid="ask", tell_refunded="on", refunds_there="y") == 302
    with in_app():
        told = db.session.scalars(select(Connection)).one()
        assert (told.tell_sent, told.tell_paid, told.tell_cancelled) == (Telling.OFF, Telling.ASK, Telling.OFF)
        assert (told.tell_refunded, told.refunds_there) == (Telling.OFF, False)
        mark_sent(placed_order(shop=told.outside_shop.key), by=SYSTEM, notify=False)
        assert db.session.scalars(select(ShopWrite)).all() == []


@pytest.mark.parametrize("is_active", [True, False])
def test_a_connection_that_is_switched_off_says_what_becomes_of_telling(
    client: Client, in_app: InApp, is_active: bool
) -> None:
    with in_app():
        connect(tell_sent=Telling.ON, told_since=now(), is_active=is_active)
        connection = db.session.scalars(select(Connection)).one()
        begin_pulls(connection)
        shop = connection.outside_shop.key
        order = place(new_order(), shop=shop)
        mark_sent(order, by=SYSTEM, notify=False)
        number = order.number
        assert len(db.session.scalars(select(ShopWrite)).all()) == is_active
    said = "what is done here meanwhile is not told, and not later either" in words(
        client.get("/admin/connection/1").text
    )
    assert said is not is_active
    of_order = words(client.get(f"/admin/order/{number}").text)
    assert ("its shop is not told what is done here meanwhile" in of_order) is not is_active


@pytest.mark.parametrize("source", WRITERS)
def test_each_writer_can_do_what_it_says_and_has_hints_of_fields_only(source: Source) -> None:
    writer = WRITERS[source]
    verbs = {ShopWriteKind(name.removeprefix("tell_")): getattr(Writer, name) for name in VERBS}
    own = {kind for kind, verb in verbs.items() if getattr(writer, verb.__name__) is not verb}
    assert writer.id_by_code is not Writer.id_by_code, "a code whose answer was lost has to be found"

    assert set(writer.kinds) == own
    assert set(writer.hints) <= set(HINTS)
    assert set(hints_of(writer)) >= {"mailer"}


VERBS = [name for name in vars(Writer) if name.startswith("tell_")]
