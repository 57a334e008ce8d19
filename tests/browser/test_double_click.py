"""A real double click, Enter twice, the back button: each action is done once, with script and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app.admin_views.dashboard.buttons import url_in_order
from app.admin_views.dashboard.offered_actions import offered_actions
from app.extensions import db
from app.models import CustomStatus, FormToken, Payment
from tests.browser.conftest import sign_in
from tests.browser.watching import watch
from tests.clients import Client
from tests.every_action import ENTERED, filled_form, possible, rows
from tests.factories import placed_order

#: The pop-up asks for a customer by a button beside each one that was found; tried out below.
OTHERWISE = {"choose_customer"}
ACTIONS = [name for name in offered_actions() if name not in OTHERWISE]


@pytest.fixture
def look(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    def look(question: Callable[[], Any]) -> Any:
        with app.app_context():
            answer = question()
            db.session.commit()
            return answer

    return look


@pytest.fixture
def without_script(app: Flask, browser: Browser, browser_context_args: dict[str, Any], base_url: str) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(**browser_context_args, java_script_enabled=False)
    wrong = watch(context, base_url)
    yield sign_in(app, context.new_page(), "owner")
    context.close()
    assert not wrong, wrong


def on_an_order_of_its_own(app: Flask, name: str) -> tuple[str, str]:
    """The page of an order on which the action can be done, and the address of the action."""
    with app.app_context():
        if not db.session.scalar(select(CustomStatus.id).limit(1)):
            db.session.add(CustomStatus(title="Gift wrap"))
        found = possible(name)
        assert found
        number, record_id = found[0].number, found[1]
        db.session.commit()
    with app.test_request_context():
        return f"/admin/order/{number}", url_in_order(number, name, record_id)


FORGET_WHAT_WAS_SAID = "document.querySelectorAll('#toasts > *, .messages > *').forEach(one => one.remove())"


def open_in_dialog(page: Page, url: str) -> None:
    """As a link with data-dialog does."""
    page.evaluate(
        """url => {
            const link = Object.assign(document.createElement('a'), {href: url, textContent: 'Open'});
            link.dataset.dialog = '';
            document.querySelector('#main').append(link);
            link.click();
        }""",
        url,
    )
    expect(page.locator("#dialog")).to_be_visible()


def fill_in(form: Any) -> None:
    for field, value in ENTERED.items():
        for control in form.locator(f"[name='{field}']:is(input:not([type=hidden]), textarea)").all():
            if control.is_visible() and not control.input_value():
                control.fill(value)
    for control in form.locator("input[name^='quantities-']").all():
        if control.input_value() in ("", "0"):
            control.fill("1")
    for control in form.locator("select").all():
        if control.input_value() in ("", "0"):
            control.select_option(index=control.locator("option").count() - 1)


def verb(form: Any) -> Any:
    """The button that does it: the last one."""
    return form.locator("button:not([type=button]):not([name=step]):not([name=preview])").last


def settled(page: Page, look: Any, before: Any) -> Any:
    """What was done, when all that was sent is answered; and how many forms did their work by then."""
    expect(page.locator("#toasts .toast-message, .messages .toast-message, .messages .banner").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    return look(rows) - before, look(worked)


def worked() -> int:
    """How many forms did their work until now."""
    return len(db.session.scalars(select(FormToken.id)).all())


@pytest.mark.parametrize("names", [tuple(ACTIONS[start::4]) for start in range(4)])
def test_a_double_click_in_a_pop_up_does_it_once(
    app: Flask, client: Client, in_app: Any, signed_in: Page, without_script: Page, look: Any, names: tuple[str, ...]
):
    """What a form does that is sent once. Some actions in one browser, for every new one has its price.

    Without script a double click merely sends the page's form twice, which `security/test_form_tokens.py` does with
    that of each action: here every fourth one is pressed so.
    """

    def press(page: Page, name: str, clicks: int) -> tuple[Any, int]:
        order_page, url = on_an_order_of_its_own(app, name)
        if page is signed_in:
            if page.url == "about:blank":
                page.goto(order_page)
            page.evaluate(FORGET_WHAT_WAS_SAID)
            open_in_dialog(page, url)  # which is the same on the page that the last action led to
        else:
            page.goto(url)
        form = page.locator(f"form[action^='{url}']").last
        fill_in(form)
        before, worked_before = look(rows), look(worked)
        verb(form).click(click_count=clicks, delay=20) if clicks == 1 else verb(form).dblclick()
        done, worked_now = settled(page, look, before)
        return done, worked_now - worked_before

    wrong = {}
    for position, name in enumerate(names):
        url, form = filled_form(client, in_app, name)
        before = look(rows)
        client.post(url, data=form.fields)
        once = look(rows) - before, 1
        pages = (signed_in, without_script) if position % 4 == 0 else (signed_in,)
        effects = [press(page, name, 2) for page in pages]
        if effects != [once] * len(pages):  # people fill in more, or something is done twice
            once = press(signed_in, name, 1)
        if effects != [once] * len(pages):
            wrong[name] = once, effects

    assert not wrong


def test_enter_pressed_twice_pays_once(app: Flask, signed_in: Page, look: Any):
    order_page, url = on_an_order_of_its_own(app, "enter_payment")
    signed_in.goto(order_page)
    open_in_dialog(signed_in, url)
    amount = signed_in.locator("#dialog").get_by_label("Amount")
    amount.focus()
    before = look(rows)
    for _ in range(2):
        signed_in.keyboard.press("Enter")

    assert settled(signed_in, look, before)[0]["payment"] == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_button_of_a_row_and_one_of_the_ticked_rows(
    app: Flask, signed_in: Page, without_script: Page, look: Any, script: bool
):
    page = signed_in if script else without_script
    with app.app_context():
        numbers = [placed_order().number for _ in range(3)]
        db.session.commit()
    page.goto("/admin/order/")
    page.get_by_role("link", name=f"Paid: {numbers[0]}").click()
    pop_up = page.locator("dialog[open]" if script else "#main")  # without script it is a page
    pop_up.get_by_role("button", name="Paid", exact=True).dblclick()
    expect(page.locator("[data-toast]").last).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert look(lambda: len(db.session.scalars(select(Payment)).all())) == 1
    expect(page.locator(".banner-danger")).to_have_count(0)

    page.goto("/admin/order/")
    for number in numbers[1:]:
        page.get_by_label(f"Select {number}").check()
    page.locator(".bulk-bar").get_by_role("button", name="Paid", exact=True).click()
    page.get_by_role("button", name="Paid", exact=True).dblclick()
    expect(page.locator("[data-toast]").last).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert look(lambda: len(db.session.scalars(select(Payment)).all())) == 3
    expect(page.locator(".banner-danger")).to_have_count(0)


def test_who_goes_back_and_sends_again_is_told(app: Flask, without_script: Page, look: Any):
    page, (order_page, url) = without_script, on_an_order_of_its_own(app, "enter_payment")
    page.goto(order_page)
    page.get_by_role("link", name="Enter payment").click()
    form = page.locator(f"form[action^='{url}']").last
    form.get_by_label("Amount").fill("10")
    before = look(rows)
    verb(form).click()
    expect(page.locator("[data-toast]").last).to_be_visible()

    page.go_back()
    expect(form.get_by_label("Amount")).to_have_value("10")  # the browser puts in again what was typed
    verb(form).click()
    expect(page.locator("[data-toast], .field-error").last).to_be_visible()

    assert (look(rows) - before)["payment"] == 1


def test_the_button_is_dead_from_the_first_press_and_alive_again_when_it_failed(app: Flask, signed_in: Page, look: Any):
    page, (order_page, url) = signed_in, on_an_order_of_its_own(app, "write_memo")
    page.goto(order_page)
    open_in_dialog(page, url)
    form = page.locator("#dialog form").last
    fill_in(form)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(
        """() => addEventListener('submit', event => {
            const buttons = [...event.target.elements].filter(control => control.type === 'submit');
            window.dead = buttons.every(button => button.ariaDisabled === 'true');
        })"""
    )
    verb(form).dblclick()
    expect(page.locator("#toasts .toast-message")).to_be_visible()

    assert page.evaluate("window.dead")
    assert len(sent) == 1


@pytest.mark.parametrize("way", ["signed out elsewhere", "cookies gone"])
def test_who_was_signed_out_meanwhile_signs_in_beside_the_pop_up_and_presses_again(
    app: Flask, signed_in: Page, look: Any, way: str
):
    page, (order_page, url) = signed_in, on_an_order_of_its_own(app, "write_memo")
    page.goto(order_page)
    open_in_dialog(page, url)
    form = page.locator("#dialog form").last
    form.locator("textarea").fill("A long text")
    if way == "cookies gone":
        page.context.clear_cookies()
    else:
        look(lambda: db.session.execute(db.text("DELETE FROM staff_session")))
    verb(form).click()
    expect(page.locator("#dialog")).to_contain_text("You are signed out")
    expect(form.locator("textarea")).to_have_value("A long text")
    expect(verb(form)).not_to_have_attribute("aria-disabled", "true")

    beside = page.context.new_page()
    sign_in(app, beside, "owner")
    verb(form).click()
    expect(page.locator("#toasts .toast-message")).to_be_visible()
    assert look(rows)["memo"] == look(lambda: len(db.session.execute(db.text("SELECT 1 FROM memo")).all()))


def test_a_look_up_after_signing_in_beside_saves_nothing(app: Flask, signed_in: Page, look: Any):
    """What merely asks, such as the search for a product, is no press of the pop-up's button."""
    page, (order_page, url) = signed_in, on_an_order_of_its_own(app, "change_order")
    page.goto(order_page)
    open_in_dialog(page, url)
    page.context.clear_cookies()
    sign_in(app, page.context.new_page(), "owner")
    before = look(rows)

    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#dialog [name=find]").press_sequentially("mug")
    page.wait_for_load_state("networkidle")

    assert look(rows) == before
    expect(page.locator("#dialog")).to_be_visible()
    page.locator("#dialog [name=find]").press_sequentially("s")
    expect(page.locator("#found")).to_be_visible()
