"""The watch that stands by every browser test sees what it is there for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.watching import watch


@pytest.fixture
def bad_page(browser: Browser, base_url: str) -> Iterator[tuple[Page, list[str]]]:
    """A page that may go wrong without failing the test, and what went wrong on it."""
    context = browser.new_context(base_url=base_url)
    wrong = watch(context, base_url)
    page = context.new_page()
    page.goto("/sign-in")
    yield page, wrong
    context.close()


def test_a_page_that_does_nothing_wrong_is_clean(bad_page):
    assert bad_page[1] == []


def test_an_inline_script_breaks_the_security_policy(bad_page):
    page, wrong = bad_page

    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))")

    assert page.evaluate("window.ran") is None
    assert len(wrong) == 1
    assert "Content Security Policy" in wrong[0]


def test_a_failing_script_is_seen(bad_page):
    page, wrong = bad_page

    page.evaluate("setTimeout(() => { throw new Error('out of order') })")
    page.wait_for_timeout(50)

    assert any("out of order" in text for text in wrong)


def test_a_request_to_another_host_is_seen(bad_page):
    page, wrong = bad_page

    page.goto("about:blank")
    page.set_content("<img src='http://elsewhere.example/pixel.png'>")

    assert "http://elsewhere.example/pixel.png" in wrong
