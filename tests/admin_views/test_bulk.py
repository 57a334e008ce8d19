"""From the list to many orders: what is offered, the preview, doing it at once, and the job with its page."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from app import jobs
from app.actions import ACTIONS, Input
from app.actions.declaration import Action
from app.actions.payments import enter_refund
from app.admin_views import bulk
from app.extensions import db
from app.history import SYSTEM
from app.models import (
    Invoice,
    Job,
    JobState,
    Memo,
    Order,
    OutgoingMail,
    Payment,
    StoredFile,
)
from tests.arrange import work_off
from tests.clients import Client
from tests.factories import PLACED_AT, address, paid_order, placed_order
from tests.looking import everything, words

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
TICKED = re.compile(r'<input [^>]*?checked[^>]*?name="(\w+)"')


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """On a busy machine a preview may take longer than anybody would wait for it."""
    monkeypatch.setattr(bulk, "PREVIEW_TAKES", 60)


def place(in_app, count: int, **stated: Any) -> list[str]:
    with in_app():
        return [placed_order(placed_at=PLACED_AT + timedelta(hours=i), **stated).number for i in range(count)]


def fields_of(page) -> dict[str, Any]:
    """What the form of the preview page would send."""
    form = page.text[page.text.index('action="/admin/order/bulk"') :]
    fields: dict[str, Any] = {}
    for name, value in HIDDEN.findall(form):
        fields.setdefault(name, []).append(html.unescape(value))
    fields |= dict.fromkeys(TICKED.findall(form), "y")
    fields.pop("csrf_token", None)
    return fields


def bulk_post(client, **fields: Any):
    return client.post("/admin/order/bulk", data=fields)


def payments() -> int:
    return db.session.scalar(select(func.count()).select_from(Payment)) or 0


# --- what is offered ------------------------------------------------------------------------------------------------


def test_every_action_for_many_is_offered_to_who_may_do_it(in_app, signed_in_as):
    place(in_app, 1)
    names = [action.name for action in bulk.bulk_actions()]

    pages = {role: signed_in_as(role).get("/admin/order/").text for role in ("owner", "packer", "reader")}
    seen = {role: re.findall(r'name="action" value="(\w+)"', page) for role, page in pages.items()}

    prints = ["print_invoices", "print_packing_slips", "print_pick_list", "zip_invoices"]
    assert names[:3] == ["mark_paid", "mark_sent", "create_packing_slip"]
    assert sorted(seen["owner"]) == sorted([*names, *prints])
    assert "mark_sent" in seen["packer"]
    assert "mark_paid" not in seen["packer"]
    assert seen["reader"] == prints


# --- the preview ----------------------------------------------------------------------------------------------------


def test_all_that_match_are_shown_first_and_changed_then(client, in_app):
    place(in_app, 25)
    place(in_app, 2, billing=address(city="Gouda"))
    with in_app():
        paid = paid_order().number
        before = everything()

    page = bulk_post(client, action="mark_paid", all_matching="1", url="/admin/order/?search=delft")

    assert page.status_code == 200
    for text in ("Paid: 28 orders", "27 orders will change", "27 mails “Order paid”", "1 order is refused", paid):
        assert text in page.text
    with in_app():
        after = everything()
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}

    answer = bulk_post(client, **fields_of(page), step="do")
    assert (answer.status_code, answer.location) == (303, "/admin/order/?search=delft")
    with in_app():
        assert payments() == 28
        assert len(db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_paid")).all()) == 27


def test_preview_without_mail_shows_none_and_sends_none(client, in_app):
    place(in_app, 21)
    fields = fields_of(bulk_post(client, action="mark_paid", all_matching="1", url="/admin/order/"))
    fields.pop("notify")

    page = bulk_post(client, **fields, step="look")
    bulk_post(client, **fields_of(page), step="do")

    assert "No mail is sent" in page.text
    with in_app():
        assert payments() == 21
        assert not db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_paid")).all()


def test_what_comes_in_after_the_preview_is_left_alone(client, in_app):
    place(in_app, 21)
    page = bulk_post(client, action="mark_paid", all_matching="1", url="/admin/order/?view=unpaid")
    (later,) = place(in_app, 1)

    bulk_post(client, **fields_of(page), step="do")

    with in_app():
        assert payments() == 21
        assert db.session.scalar(select(Order.paid).where(Order.number == later)) == 0


def test_when_more_match_than_were_shown_the_preview_comes_again(client, in_app):
    place(in_app, 21)
    with in_app():
        placed_order(billing=address(city="Gouda"), shipping=address(city="Gouda"))
    page = bulk_post(client, action="mark_paid", all_matching="1", url="/admin/order/?country=NL")
    with in_app():
        fields = fields_of(page) | {"seen": "20"}

    again = bulk_post(client, **fields, step="do")

    assert "More orders match now than before" in again.text
    assert "22 orders will change" in again.text
    with in_app():
        assert payments() == 0


def test_when_nothing_can_be_changed_the_button_is_grey(client, in_app):
    with in_app():
        for _ in range(21):
            paid_order()

    page = bulk_post(client, action="mark_paid", all_matching="1", url="/admin/order/")

    assert "None of these orders can be changed." in page.text
    assert re.search(r'<button type="button"[^>]*aria-disabled="true"', page.text)


@pytest.fixture
def asking(monkeypatch):
    """An action that asks for a text and is final, as cancelling is."""

    def write(order: Order, *, by: Any, reason: str, notify: bool = True) -> None:
        db.session.add(Memo(order=order, text=reason, author=by.name))

    asked = (
        Input("reason", "Reason", required=True),
        Input("code", "Code", per_order=True),
        Input("notify", "Tell", kind="tick", initial=lambda order: True),
    )
    action = Action("ask", "Ask", "orders.ask", write, lambda order: "", bulk=True, final=True, inputs=asked)
    monkeypatch.setitem(ACTIONS, "ask", action)
    bulk.bulk_actions.cache_clear()
    yield action
    bulk.bulk_actions.cache_clear()


def test_a_final_action_is_asked_about_however_few_orders(client, in_app, asking):
    numbers = place(in_app, 2)

    page = bulk_post(client, action="ask", rowid=numbers)
    assert page.status_code == 200
    assert "What will happen" not in page.text  # it asks for the reason before it looks
    assert 'name="code"' not in page.text

    missing = bulk_post(client, **fields_of(page), reason="", step="do")
    assert missing.status_code == 422
    assert "field-error" in missing.text

    seen = bulk_post(client, **fields_of(page), reason="Sold out", step="look")
    assert "2 orders will change" in seen.text
    with in_app():
        assert not db.session.scalars(select(Memo)).all()

    bulk_post(client, **fields_of(seen), reason="Sold out", step="do")
    with in_app():
        assert db.session.scalars(select(Memo.text)).all() == ["Sold out", "Sold out"]


def test_the_preview_needs_the_right(in_app, signed_in_as):
    numbers = place(in_app, 21)

    assert bulk_post(signed_in_as("packer"), action="mark_paid", rowid=numbers).status_code == 403
    assert bulk_post(signed_in_as("packer"), action="mark_paid", rowid=numbers, step="do").status_code == 403


@pytest.mark.parametrize(
    "given", [{"up_to": "x" * 30, "seen": "-1"}, {"rowid": ["ORD\0", "nope"]}, {"up_to": "9" * 30}]
)
def test_no_form_breaks_it(client, in_app, given):
    place(in_app, 1)

    answer = bulk_post(client, action="mark_paid", **({"all_matching": "1"} if "rowid" not in given else {}), **given)

    assert answer.status_code == (303 if "rowid" in given else 200)


# --- the job --------------------------------------------------------------------------------------------------------


def started(client, in_app, monkeypatch, count: int = 4) -> tuple[str, list[str]]:
    """A job by the owner, as if that many orders were too many for a request; its page."""
    monkeypatch.setattr(bulk, "ASKS_FIRST", 1)
    monkeypatch.setattr(bulk, "IN_REQUEST", 2)
    numbers = place(in_app, count)
    with in_app():
        numbers.append(paid_order().number)
    page = bulk_post(client, action="mark_paid", all_matching="1", url="/admin/order/?country=NL")
    assert "This runs in the background" in page.text
    fields = fields_of(page)
    answer = bulk_post(client, **fields, step="do")
    assert bulk_post(client, **fields, step="do").location == answer.location  # a double click
    return answer.location, numbers


def test_many_orders_are_a_job_whose_page_tells_what_became_of_each(app, client, in_app, monkeypatch):
    path, (first, *_others, paid) = started(client, in_app, monkeypatch)

    waiting = client.get(path)
    assert 'hx-trigger="every 1s"' in waiting.text
    assert "Cancel the rest" in waiting.text
    with in_app():
        assert payments() == 1
    work_off(app)
    over = client.get(path)

    assert "hx-trigger" not in over.text
    assert "4 orders changed" in over.text
    assert "1 order refused" in over.text
    assert "Nothing is open: the order is paid." in over.text
    for number in (first, paid):
        assert f'href="/admin/order/{number}"' in over.text
    assert 'href="/admin/order/?country=NL"' in over.text
    assert "Paid" in client.get("/admin/jobs/").text


def test_the_progress_of_a_finished_job_renews_the_whole_page(app, client, in_app, monkeypatch):
    path, _numbers = started(client, in_app, monkeypatch)
    asks = {"HX-Request": "true", "HX-Target": "job-progress"}

    assert "HX-Refresh" not in client.get(path, headers=asks).headers
    work_off(app)

    assert client.get(path, headers=asks).headers["HX-Refresh"] == "true"


def test_the_rest_can_be_cancelled_by_who_may(app, client, in_app, monkeypatch, signed_in_as):
    path, _numbers = started(client, in_app, monkeypatch)
    with app.app_context():
        jobs.work_on_jobs("one", seconds=0)

    assert signed_in_as("reader").post(f"{path}/cancel").status_code == 403
    assert client.post(f"{path}/cancel").status_code == 303
    page = client.get(path).text
    client.post(f"{path}/cancel")
    work_off(app)

    assert "Cancelled by Owner" in page
    assert "4 orders unchanged" in page
    assert "This job is over." in client.get(path).text
    with in_app():
        assert payments() == 2


def test_there_is_no_page_of_an_unknown_job(client):
    assert client.get("/admin/jobs/7").status_code == 404
    assert client.post("/admin/jobs/7/cancel").status_code == 404
    assert client.get("/admin/jobs/7/file").status_code == 404


# --- printing -------------------------------------------------------------------------------------------------------


def test_a_few_are_printed_at_once_and_many_as_a_job(app, client, in_app, monkeypatch):
    numbers = place(in_app, 3)
    monkeypatch.setattr(bulk, "DRAWS_IN_REQUEST", 2)
    assert bulk_post(client, action="print_packing_slips", rowid=numbers).location == "/admin/order/"  # there are none
    few = bulk_post(client, action="print_invoices", rowid=numbers[:1])
    assert few.data[:5] == b"%PDF-"
    drawn_first = bulk_post(client, action="print_invoices", rowid=numbers)
    assert "/admin/jobs/" in drawn_first.location
    monkeypatch.undo()
    at_once = bulk_post(client, action="print_invoices", rowid=numbers)
    with in_app():
        db.session.execute(delete(Job))
    monkeypatch.setattr(bulk, "PRINTS_IN_REQUEST", 2)

    path = bulk_post(client, action="print_invoices", rowid=numbers).location
    work_off(app)
    page = client.get(path).text

    assert at_once.data[:5] == b"%PDF-"
    assert "3 orders printed" in page
    assert client.get(f"{path}/file").data[:5] == b"%PDF-"
    with in_app():
        (job,) = db.session.scalars(select(Job))
        assert (job.kind, job.state) == ("print_invoices", JobState.DONE)
        assert len(db.session.scalars(select(StoredFile)).all()) == 1


def test_orders_of_which_nothing_is_printed_are_named(app, client, in_app, monkeypatch):
    packed, bare = place(in_app, 2)
    bulk_post(client, action="create_packing_slip", rowid=[packed])
    sentence = "There is no packing slip: use Create packing slip first."

    before = bulk_post(client, action="print_packing_slips", rowid=[packed, bare]).text
    assert f"{sentence} 1 {bare}" in words(before)
    assert "Print 1 order" in before
    assert re.findall(r'name="rowid" value="(\w+)"', before) == [packed]
    assert bulk_post(client, action="print_packing_slips", rowid=[packed]).data[:5] == b"%PDF-"
    assert sentence not in client.get("/admin/order/").text
    refused = bulk_post(client, action="print_packing_slips", rowid=[bare])
    assert f"{bare}: {sentence}" in client.get(refused.location).text
    assert bulk_post(client, action="print_invoices", rowid=[packed, bare]).data[:5] == b"%PDF-"
    assert "There is no invoice yet." not in client.get("/admin/order/").text

    monkeypatch.setattr(bulk, "PRINTS_IN_REQUEST", 1)
    path = bulk_post(client, action="print_packing_slips", rowid=[packed, bare]).location
    work_off(app)
    page = client.get(path).text
    assert "1 order printed" in page
    assert "use Create packing slip first" in page


def credit_notes() -> list[Invoice]:
    return list(db.session.scalars(select(Invoice).where(Invoice.kind == "credit_note").order_by(Invoice.id)))


def test_many_orders_are_credited_at_once(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        other = paid_order().number
    number = order_ids["url"].rpartition("/")[2]
    asked = client.post("/admin/order/bulk", data={"action": "credit_order", "rowid": [number, other]})

    assert "Create credit note" in asked.text
    with in_app():
        assert credit_notes() == []  # it is final: it asks first


def test_the_preview_of_sent_warns_of_money_that_went_back(client: Client, in_app: Any) -> None:
    with in_app():
        order = paid_order()
        enter_refund(order, by=SYSTEM, amount=order.total)
        numbers = [order.number, paid_order().number]

    page = words(client.post("/admin/order/bulk", data={"action": "mark_sent", "rowid": numbers}).text)

    assert page.count("went back to the customer") == 1
    assert f"{numbers[0]} : €67.75 of this order went back to the customer." in page


def test_many_are_cancelled_at_once_after_a_look(client: Client, in_app: Any, state: Any) -> None:
    with in_app():
        numbers = [placed_order().number for _ in range(2)]

    chosen = {"action": "cancel_order", "rowid": numbers}
    assert client.post("/admin/order/bulk", data=chosen).status_code == 200
    assert [state(number)[0] for number in numbers] == ["awaiting_payment"] * 2
    client.post("/admin/order/bulk", data={**chosen, "step": "do", "credit": "y", "restock": "y"})

    assert [state(number) for number in numbers] == [("cancelled", "cancelled", 0)] * 2
