"""Tasks in the browser: their pop-ups, the tick, and back where one came from."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.actions.tasks import add_task
from app.extensions import db
from app.history import SYSTEM
from app.queries import shop
from tests.clients import somebody
from tests.factories import placed_order


@pytest.fixture
def number(app) -> str:
    with app.app_context():
        number = placed_order().number
        db.session.commit()
    return number


def test_a_task_is_added_on_the_order_finished_by_its_tick_and_taken_up_by_undo(signed_in: Page, number):
    page = signed_in
    page.goto(f"/admin/order/{number}")
    page.locator("#tasks").get_by_role("link", name="Add task").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Task description").fill("Call about the slot")
    dialog.get_by_label("Due").fill("2020-01-02T16:30")
    dialog.get_by_role("button", name="Add task").click()
    expect(page.locator("#toasts")).to_contain_text("Task added")
    tasks = page.locator("#tasks")
    expect(tasks).to_contain_text("due 2 Jan 2020 16:30")
    expect(tasks).to_contain_text("Overdue")

    tasks.get_by_role("button", name="Done: Call about the slot").click()
    expect(tasks).to_contain_text("done on")
    page.locator("#toasts").get_by_role("button", name="Undo").click()

    expect(tasks.get_by_role("button", name="Done: Call about the slot")).to_be_visible()
    page.goto("/admin/order/")
    expect(page.get_by_role("img", name="Open task")).to_be_visible()


def test_the_list_of_tasks_adds_changes_and_finishes(signed_in: Page):
    page = signed_in
    page.goto("/admin/task/")
    page.get_by_role("link", name="Add task").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Task description").fill("Order boxes")
    dialog.get_by_role("button", name="Add task").click()
    expect(page.locator("tbody")).to_contain_text("Order boxes")

    page.get_by_role("link", name="Edit: Order boxes").click()
    dialog.get_by_label("Status").select_option("In progress")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("tbody")).to_contain_text("In progress")
    page.get_by_role("button", name="Done: Order boxes").click()

    expect(page.get_by_text("No tasks")).to_be_visible()
    page.get_by_role("link", name="Done 1").click()
    expect(page.locator("tbody")).to_contain_text("Order boxes")


def test_home_shows_ones_own_tasks_and_finishes_them_there(app, signed_in: Page):
    with app.app_context():
        add_task(shop(), by=SYSTEM, description="Order boxes", assignee_id=somebody("owner").id)
        db.session.commit()
    page = signed_in
    page.goto("/admin/")
    page.locator("#my-tasks").get_by_role("button", name="Done: Order boxes").click()

    expect(page.locator("#my-tasks")).to_contain_text("No tasks")
    expect(page).to_have_url("/admin/")
    page.locator("#sales").get_by_text("As a table").click()
    expect(page.locator("#sales table")).to_be_visible()
