"""A form does its work once: pressed twice, sent again, from two tabs, by two processes at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from app.actions.suspending import suspend
from app.admin_views.dashboard.offered_actions import offered_actions
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import CustomStatus, FormToken, Memo, Order, Payment
from app.security import form_tokens, sessions
from tests import looking
from tests.arrange import at_once
from tests.clients import Client
from tests.every_action import filled_form, rows
from tests.factories import paid_order, placed_order
from tests.forms import Form, forms_in

#: All that is stored but when somebody was last seen, and what was printed by the way.
everything = partial(looking.everything, without=("staff_session", "print"))

# --- an order for each action ---------------------------------------------------------------------------------------


@pytest.fixture
def opened(client: Client, in_app: Any) -> Callable[[str], tuple[str, Form]]:
    """Opens the pop-up of an action on an order of its own, and fills it in; answers with its address and form."""

    return partial(filled_form, client, in_app)


def looked_at(in_app: Any, look: Callable[[], Any]) -> Any:
    with in_app():
        return look()


@pytest.mark.each_database
@pytest.mark.parametrize("name", offered_actions())
def test_each_action_is_done_once(client: Client, in_app: Any, opened: Any, signed_in_as: Any, name: str) -> None:
    """One after the other, then two at once on another order: the same rows, and the same answer."""
    url, form = opened(name)
    before = looked_at(in_app, rows)
    first = client.post(url, data=form.fields)
    assert first.status_code == 303, (form, re.findall(r"field-error.*|banner-danger.*|why.*", first.text))
    done, effect = looked_at(in_app, everything), looked_at(in_app, rows) - before

    second = client.post(url, data=form.fields)

    assert (second.status_code, second.location) == (303, first.location)
    assert looked_at(in_app, everything) == done
    assert "This was done already" in client.get(second.location).text

    url, form = opened(name)
    before = looked_at(in_app, rows)
    twins = [twin_of(client), twin_of(client)]
    answers = at_once(2, lambda position: twins[position].post(url, data=form.fields))

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert looked_at(in_app, rows) - before == effect


def twin_of(client: Client) -> Client:
    """The same browser, as it sends two requests at once."""
    twin, cookie = Client(client.application), client.get_cookie("session")
    assert cookie is not None
    twin.set_cookie("session", cookie.value)
    return twin


# --- when it is used up, and when not -------------------------------------------------------------------------------


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order().number


def memo(token: str, text: str = "Ring twice") -> dict[str, str]:
    return {"text": text, "form_token": token, "in_dialog": "1"}


@pytest.mark.each_database
def test_a_mistake_does_not_use_it_up(client: Client, in_app: Any, number: str) -> None:
    url, token = f"/admin/order/{number}/write_memo", client.form_token()

    assert client.post(url, data=memo(token, "")).status_code == 422
    assert client.post(url, data=memo(token)).status_code == 303
    assert looked_at(in_app, lambda: db.session.scalars(select(Memo.text)).all()) == ["Ring twice"]


@pytest.mark.each_database
def test_a_refusal_does_not_use_it_up(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        order = db.session.scalars(select(Order)).one()
        suspend(order, by=SYSTEM, reason="Odd address")
    url, press = f"/admin/order/{number}/mark_sent", {"form_token": client.form_token(), "in_dialog": "1"}

    assert client.post(url, data=press).status_code == 422
    client.post(f"/admin/order/{number}/resume")
    assert client.post(url, data=press).status_code == 303
    with in_app():
        assert len(db.session.scalars(select(Order)).one().shipments) == 1


@pytest.mark.each_database
def test_what_fails_on_the_way_does_not_use_it_up(app: Flask, client: Client, in_app: Any, number: str) -> None:
    url, token = f"/admin/order/{number}/write_memo", client.form_token()

    def fail(session: Any) -> None:
        raise OSError("the disk is full")

    event.listen(db.session, "before_commit", fail)
    try:
        with pytest.raises(OSError, match="the disk is full"):
            client.post(url, data=memo(token))
    finally:
        event.remove(db.session, "before_commit", fail)

    assert client.post(url, data=memo(token)).status_code == 303
    assert looked_at(in_app, lambda: len(db.session.scalars(select(Memo)).all())) == 1


def test_the_answer_to_a_second_press_offers_undo_too(client: Client, number: str) -> None:
    url, press = f"/admin/order/{number}/mark_paid", {"form_token": client.form_token()}
    client.post(url, data=press)

    page = client.get(client.post(url, data=press).location).text

    said = page.partition("This was done already: Order marked as paid")[2].partition("</div>")[0]
    assert f'action="/admin/order/{number}/mark_not_paid"' in said
    assert page.count("data-toast") == 1


def test_who_goes_back_and_sends_another_value_is_told_that_the_form_did_its_work(
    client: Client, in_app: Any, number: str
) -> None:
    url, token = f"/admin/order/{number}/enter_payment", client.form_token()
    client.post(url, data={"form_token": token, "amount": "20"})
    client.post(url, data={"form_token": token, "amount": "30"})

    assert looked_at(in_app, lambda: db.session.scalars(select(Payment.amount)).all()) == [Decimal(20)]


def test_two_tabs_with_the_same_form_are_one_and_another_value_is_another(
    client: Client, in_app: Any, number: str
) -> None:
    url, tabs = f"/admin/order/{number}/enter_payment", [client.form_token() for _ in range(3)]
    first, second, third = [
        client.post(url, data={"form_token": tab, "amount": amount}) for tab, amount in zip(tabs, "998", strict=True)
    ]
    later = client.post(url, data={"amount": "9"})  # opened after the first was done

    assert first.location == second.location == third.location == later.location
    amounts = looked_at(in_app, lambda: db.session.scalars(select(Payment.amount).order_by(Payment.id)).all())
    assert amounts == [Decimal(9), Decimal(8), Decimal(9)]


def test_a_page_that_the_browser_goes_back_to_has_the_form_of_before(client: Client, in_app: Any, number: str) -> None:
    url = f"/admin/order/{number}/write_memo"
    asked = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}

    def open_and_send(**how: str) -> None:
        page = client.get(url, headers={**asked, **how}).text
        form = next(form for form in forms_in(page) if form.action == url)
        client.post(url, data=form.fields | {"text": ["Ring twice"]})

    open_and_send(**{"Sec-Fetch-User": "?1"})
    open_and_send()
    assert looked_at(in_app, lambda: len(db.session.scalars(select(Memo)).all())) == 1

    open_and_send(**{"Sec-Fetch-User": "?1"})
    assert looked_at(in_app, lambda: len(db.session.scalars(select(Memo)).all())) == 2


def test_two_tabs_that_begin_an_order_begin_two(client: Client, in_app: Any) -> None:
    tabs = [client.form_token() for _ in range(2)]
    places = {client.post("/admin/draft/begin", data={"form_token": tab}).location for tab in tabs}

    assert len(places) == 2
    again = client.post("/admin/draft/begin", data={"form_token": tabs[0]})
    assert again.location in places
    assert looked_at(in_app, lambda: len(db.session.scalars(select(Order)).all())) == 2


# --- lists, settings and files --------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_ticked_rows_and_row_buttons_are_done_once(client: Client, in_app: Any) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(3)]
    ticked = {"action": "mark_paid", "step": "do", "rowid": numbers[:2]}
    press = {**ticked, "form_token": client.form_token(), "url": "/admin/order/"}
    row = {"row": f"mark_sent:{numbers[2]}", "form_token": client.form_token(), "url": "/admin/order/?view=open"}

    for data in (press, row):
        first = client.post("/admin/order/bulk", data=data)
        done = looked_at(in_app, everything)
        second = client.post("/admin/order/bulk", data=data)

        assert second.location == first.location == data["url"]
        assert looked_at(in_app, everything) == done
        said = client.get(second.location).text
        assert "This was done already" in said
        shown = re.sub(r"<template.*?</template>", "", said, flags=re.DOTALL)
        assert 'role="alert"' not in shown


def test_a_record_is_created_once(client: Client, in_app: Any) -> None:
    press = {"title": "Gift wrap", "colour": "blue", "form_token": client.form_token()}
    answers = [client.post("/admin/order-status/new/?url=/admin/order-status/", data=press) for _ in range(2)]

    assert {answer.location for answer in answers} == {"/admin/order-status/"}
    assert looked_at(in_app, lambda: len(db.session.scalars(select(CustomStatus)).all())) == 1
    assert "This was done already" in client.get("/admin/order-status/").text


def test_printing_leaves_the_list_as_usable_as_it_was(client: Client, in_app: Any, monkeypatch: Any) -> None:
    """A print opens beside the list, whose form is the one that it was."""
    monkeypatch.setattr("app.admin_views.bulk.PRINTS_IN_REQUEST", 1)
    with in_app():
        numbers = [paid_order().number for _ in range(2)]
    token = client.form_token()

    for name in ("print_invoices", "print_invoices", "mark_sent"):
        client.post("/admin/order/bulk", data={"action": name, "rowid": numbers, "form_token": token, "step": "do"})

    with in_app():
        assert [len(order.shipments) for order in db.session.scalars(select(Order))] == [1, 1]


# --- whose tokens, and for how long ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["", "nothing", "a.1:b", "\0"])
def test_a_form_without_a_token_of_ours_does_nothing(client: Client, in_app: Any, number: str, bad: str) -> None:
    before = looked_at(in_app, everything)

    answer = client.post(f"/admin/order/{number}/mark_paid", headers={form_tokens.HEADER: ""}, data={"form_token": bad})

    assert answer.status_code == 400
    assert "This page was open too long" in answer.text
    assert looked_at(in_app, everything) == before


def test_a_token_counts_in_its_own_browser_only(signed_in_as: Any, in_app: Any, number: str) -> None:
    mine, theirs = signed_in_as("owner"), signed_in_as("office")

    assert theirs.post(f"/admin/order/{number}/mark_paid", data={"form_token": mine.form_token()}).status_code == 400


def test_a_pop_up_of_another_session_gets_tokens_of_this_one_unless_it_did_its_work(
    signed_in_as: Any, in_app: Any, number: str
) -> None:
    then, later, colleague = signed_in_as("owner"), signed_in_as("owner"), signed_in_as("office")
    path, dialog = f"/admin/order/{number}/mark_paid", {"HX-Request": "true"}
    opened = next(one for one in forms_in(then.get(path).text) if one.action == path)
    form = {"form_token": opened.fields["form_token"][0]}

    asked = later.post(path, data=form, headers=dialog)
    assert (asked.status_code, len(asked.headers["X-CSRF-Token"]) > 20) == (401, True)
    foreign = colleague.post(path, data=form, headers=dialog)
    assert (foreign.status_code, form_tokens.HEADER in foreign.headers) == (400, False)
    assert then.post(path, data=form).status_code == 303

    used = later.post(path, data=form, headers=dialog)
    assert (used.status_code, form_tokens.HEADER in used.headers) == (400, False)
    again = later.post(path, data={"form_token": asked.headers[form_tokens.HEADER]})
    assert again.status_code == 303  # refused by what it is about: it is paid
    with in_app():
        assert len(db.session.scalars(select(Payment)).all()) == 1


def test_who_is_signed_out_is_told_so_in_a_pop_up(client: Client, number: str) -> None:
    form = {"form_token": client.form_token()}
    stranger = client.application.test_client()

    answer = stranger.post(f"/admin/order/{number}/mark_paid", data=form, headers={"HX-Request": "true"})

    assert answer.status_code == 401


def test_what_is_older_than_its_row_may_be_is_refused(client: Client, in_app: Any, number: str) -> None:
    old = now() - sessions.FORMS_LAST - timedelta(minutes=1)
    token = form_tokens.new_token(form_tokens.signer_of(client.application, client.secret()), old)
    assert client.post(f"/admin/order/{number}/mark_paid", data={"form_token": token}).status_code == 400

    client.post(f"/admin/order/{number}/mark_paid")
    with in_app():
        db.session.execute(update(FormToken).values(used_at=old))
        sessions.purge()
        assert db.session.scalars(select(FormToken)).all() == []


def test_only_hashes_are_stored_and_only_of_what_did_something(client: Client, in_app: Any, number: str) -> None:
    token = client.form_token()
    client.post(f"/admin/order/{number}/write_memo", data=memo(client.form_token(), ""))
    client.post(f"/admin/order/{number}/write_memo", data=memo(token))

    assert looked_at(in_app, lambda: db.session.scalars(select(FormToken.id)).all()) == [sessions.hash_secret(token)]


def test_it_costs_one_statement_and_one_more_to_keep_the_answer(
    client: Client, number: str, statements: list[str]
) -> None:
    press, url = client.tokens(), f"/admin/order/{number}/write_memo"
    statements.clear()
    client.post(url, data={"text": "Ring twice"}, headers=press)

    assert [one.split()[0] for one in statements if "form_token" in one] == ["INSERT", "UPDATE"]


def test_the_reasons_of_the_exceptions_are_about_forms_that_are_there(app: Flask) -> None:
    assert set(form_tokens.REPEATABLE) <= {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_form_that_is_written_carries_one(app: Flask) -> None:
    """In the templates: each form that posts draws its tokens by the one macro, or by the form's own."""
    forms = 0
    for file in sorted(Path(app.root_path, "templates").rglob("*.html")):
        for rest in re.findall(r'<form\b[^\n]*method="post"(.{0,600})', file.read_text(), re.DOTALL):
            forms += 1
            assert re.search(r"csrf\(\)|hidden_tag\(\)|caller\(\)", rest), (file.name, rest)
    assert forms > 12
