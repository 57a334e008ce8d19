"""An action that asks for something, on a row and on many: pop-up, preview, report; and nothing before it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import queries
from app.actions import ACTIONS, Input, action
from app.actions.tasks import add_task
from app.admin_views import record_actions
from app.admin_views.products import ProductView
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, record
from app.models import History, Job, Product, Role, Task, TaskStatus
from tests.arrange import work_off
from tests.clients import Client, sign_in
from tests.databases import Sqlite
from tests.factories import placed_order

PATH = "/admin/product/action/"


def discontinue(product: Product, *, by: Actor, reason: str) -> None:
    """No longer for sale, with the reason why."""
    if product.stock:
        raise ActionRefused(f"{product.stock} lie on the shelf.")
    product.is_active = False
    record(Happened.RECORD_CHANGED, None, by, subject=product, record=f"{product} ({reason})")


def why_not_discontinue(product: Product) -> str:
    return "" if product.is_active else "Discontinued already."


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application whose list of products declares an action that asks why."""
    asks_why = (Input("reason", "Why", required=True),)
    declared = action(
        title="Discontinue", group="catalogue", why_not=why_not_discontinue, final=True, inputs=asks_why, done="Gone"
    )(discontinue)
    monkeypatch.setattr(ProductView, "record_actions", (declared,))
    database = Sqlite(tmp_path)
    database.renew()
    with database.app.app_context():
        db.session.add_all([Product(name="Mug"), Product(name="Bowl", stock=3), Product(name="Cup", is_active=False)])
        db.session.commit()
    yield database.app
    ACTIONS.pop(declared.name)


@pytest.fixture
def owner(shop: Flask) -> Client:
    return sign_in(shop, "owner")


def for_sale(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Product.name).where(Product.is_active).order_by(Product.name)))


def written(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(History)) or 0


def test_a_row_opens_the_pop_up_that_asks(shop: Flask, owner: Client) -> None:
    page = owner.get("/admin/product/").text
    assert re.search(r'href="/admin/product/1/act/discontinue\?url=[^"]+" data-dialog', page)
    assert page.count("<span>Discontinued already.</span>") == 1

    pop_up = owner.get("/admin/product/1/act/discontinue")
    unsaid = owner.post("/admin/product/1/act/discontinue", data={"in_dialog": "1", "reason": ""})
    assert "Why" in pop_up.text
    assert (pop_up.status_code, unsaid.status_code, for_sale(shop)) == (200, 422, ["Bowl", "Mug"])

    data = {"in_dialog": "1", "reason": "Glaze is gone"}
    said = owner.post("/admin/product/1/act/discontinue?url=/admin/product/?search=mug", data=data)
    assert (said.status_code, said.location, for_sale(shop)) == (303, "/admin/product/?search=mug", ["Bowl"])
    refused = owner.post("/admin/product/2/act/discontinue", data=data)
    assert (refused.status_code, "3 lie on the shelf." in refused.text) == (422, True)
    assert owner.get("/admin/product/999/act/discontinue").status_code == 404


def test_many_are_asked_then_previewed_then_done(shop: Flask, owner: Client) -> None:
    ticked: dict[str, str | list[str]] = {"action": "discontinue", "rowid": ["1", "2", "3"], "url": "/admin/product/"}
    before = written(shop)

    first = owner.post(PATH, data=ticked)
    unsaid = owner.post(PATH, data={**ticked, "step": "do", "reason": ""})
    assert (first.status_code, unsaid.status_code) == (200, 422)
    assert "Fill this in." not in first.text
    assert "Fill this in." in unsaid.text

    seen = owner.post(PATH, data={**ticked, "step": "look", "reason": "Glaze is gone"})
    for text in (">Mug</span>", "3 lie on the shelf.", "Discontinued already.", "No mail is sent"):
        assert text in seen.text
    assert (for_sale(shop), written(shop)) == (["Bowl", "Mug"], before)

    done = owner.post(PATH, data={**ticked, "step": "do", "reason": "Glaze is gone"}, follow_redirects=True)
    for text in ("Gone: Mug", "Bowl: 3 lie on the shelf.", "Cup: Discontinued already."):
        assert text in done.text
    assert (for_sale(shop), written(shop)) == (["Bowl"], before + 1)


def test_the_same_form_once_more_does_nothing(shop: Flask, owner: Client) -> None:
    data = {"action": "discontinue", "rowid": "1", "step": "do", "reason": "Gone", "form_token": owner.form_token()}
    before = written(shop)

    for _press in range(2):
        assert owner.post(PATH, data=data).status_code == 303

    assert written(shop) == before + 1


@pytest.mark.parametrize(
    ("right", "status"), [("catalogue.products", 403), ("catalogue.discontinue", 303), ("memos", 403)]
)
def test_each_action_takes_its_own_right_and_not_the_list_s(shop: Flask, right: str, status: int) -> None:
    with shop.app_context():
        db.session.add(Role(name="shelves", permissions=[right]))
        db.session.commit()
    somebody = sign_in(shop, "shelves")

    many = somebody.post(PATH, data={"action": "discontinue", "rowid": "1", "step": "do", "reason": "x"})
    one = somebody.post("/admin/product/1/act/discontinue", data={"reason": "x"})

    assert (many.status_code, one.status_code) == (status, status)
    assert for_sale(shop) == (["Bowl"] if status == 303 else ["Bowl", "Mug"])


# --- all that match ---

TASKS = "/admin/task/action/"
CALLS = "/admin/task/?search=Call"


@pytest.fixture
def tasks(in_app: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Thirty calls, more than a page of them, one on an order, and something else."""
    monkeypatch.setattr(record_actions, "IN_REQUEST", 10)
    with in_app():
        order = placed_order()
        ids = [add_task(queries.shop() if at else order, by=SYSTEM, description=f"Call {at}").id for at in range(30)]
        add_task(queries.shop(), by=SYSTEM, description="Sweep the floor")
    return ids


def asked(**more: str) -> dict[str, str]:
    return {"action": "finish_task", "all_matching": "1", "url": CALLS, **more}


def done(in_app: Any) -> list[str]:
    with in_app():
        return list(db.session.scalars(select(Task.description).where(Task.status == TaskStatus.DONE)))


def said_again(page: str) -> dict[str, str]:
    """The fields by which the preview says which are meant."""
    return dict(re.findall(r'<input type="hidden" name="(all_matching|up_to|seen)" value="(\d+)">', page))


def test_a_list_with_more_pages_offers_all_that_match(client: Any, tasks: list[int]) -> None:
    assert "All 30 that match" in client.get(CALLS).text
    assert "that match" not in client.get("/admin/task/?search=Sweep").text


def test_all_that_match_are_shown_then_done_by_a_job_and_taken_back(
    app: Any, client: Any, in_app: Any, tasks: list[int]
) -> None:
    preview = client.post(TASKS, data=asked())
    assert "30 records" in preview.text
    assert "This runs in the background" in preview.text
    assert done(in_app) == []

    page = client.post(TASKS, data=asked(step="do", **said_again(preview.text))).location
    assert re.fullmatch(r"/admin/jobs/\d+", page)
    work_off(app)
    told = client.get(page).text
    assert "Changed: 30" in told
    assert re.search(rf'<a href="/admin/task/{tasks[7]}/change_task[^"]*"><bdi>Call 7</bdi></a>', told)
    with in_app():
        number = db.session.get_one(Task, tasks[0]).order.number
    assert f'<a href="/admin/order/{number}"><bdi>Call 0</bdi></a>' in told
    assert sorted(done(in_app)) == sorted(f"Call {at}" for at in range(30))

    client.post(f"{page}/undo")
    work_off(app)
    assert done(in_app) == []


def test_what_is_refused_or_gone_is_named_and_the_others_are_done(
    app: Any, client: Any, in_app: Any, tasks: list[int]
) -> None:
    page = client.post(TASKS, data=asked(step="do", **said_again(client.post(TASKS, data=asked()).text))).location
    with in_app():
        db.session.get_one(Task, tasks[3]).status = TaskStatus.DONE
        db.session.delete(db.session.get_one(Task, tasks[4]))
        db.session.commit()
    work_off(app)

    told = client.get(page).text
    assert "Changed: 28" in told
    assert "Refused: 2" in told
    assert "It is no longer there." in told
    assert re.search(rf'<a href="/admin/task/{tasks[3]}/change_task[^"]*"><bdi>Call 3</bdi></a>', told)
    assert f"/admin/task/{tasks[4]}/" not in told
    assert "<bdi>–</bdi>" in told


def test_a_few_that_match_are_done_at_once_with_undo(client: Any, in_app: Any, tasks: list[int]) -> None:
    few = {"url": "/admin/task/?search=Sweep"}
    preview = client.post(TASKS, data=asked(**few))
    answer = client.post(TASKS, data=asked(step="do", **few, **said_again(preview.text)))
    assert answer.location == few["url"]
    assert done(in_app) == ["Sweep the floor"]


def test_as_many_as_are_done_at_once_are_no_job(
    client: Client, in_app: Any, tasks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_actions, "IN_REQUEST", 30)
    preview = client.post(TASKS, data=asked())
    assert client.post(TASKS, data=asked(step="do", **said_again(preview.text))).location == CALLS
    assert len(done(in_app)) == 30


def test_what_came_in_after_the_look_is_left_alone(app: Any, client: Any, in_app: Any, tasks: list[int]) -> None:
    fields = said_again(client.post(TASKS, data=asked()).text)
    with in_app():
        add_task(queries.shop(), by=SYSTEM, description="Call later")
        db.session.commit()
    client.post(TASKS, data=asked(step="do", **fields))
    work_off(app)
    assert len(done(in_app)) == 30
    assert "Call later" not in done(in_app)


def test_when_more_match_than_were_shown_the_preview_comes_again(client: Any, in_app: Any, tasks: list[int]) -> None:
    fields = said_again(client.post(TASKS, data=asked()).text)
    again = client.post(TASKS, data=asked(step="do", **{**fields, "seen": "29"}))
    assert "More records match now than before." in again.text
    assert done(in_app) == []


@pytest.mark.parametrize("url", ["/admin/task/?search=Call&colour=red", "/admin/order/", "/admin/task/?search=Nothing"])
def test_of_what_the_list_does_not_show_nothing_is_done(client: Any, in_app: Any, tasks: list[int], url: str) -> None:
    answer = client.post(TASKS, data=asked(step="do", url=url))
    assert answer.status_code == 303
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Job)) == 0
    assert done(in_app) == []


def test_it_takes_the_right_of_the_action(in_app: Any, signed_in_as: Any, tasks: list[int]) -> None:
    assert signed_in_as("reader").post(TASKS, data=asked(step="do")).status_code == 403
    assert done(in_app) == []


def test_what_is_exported_of_all_that_match_is_the_list_s_own_export(client: Any, tasks: list[int]) -> None:
    exported = client.post(TASKS, data=asked(action="export_csv"))
    assert exported.location == "/admin/task/export/csv/?search=Call"
