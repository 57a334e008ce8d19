"""Every route by every method: only POST changes something, however complete the request is otherwise.

The whole database is compared, every row of every table. The list is made from the routes themselves, with the sample
records and the arguments that the rights are proved with; so that the comparison is known to see something, the same
requests are sent by POST as well.
"""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.extensions import csrf
from tests.clients import Client
from tests.whole.every_address import FORM, Everything

#: All that HTTP has but GET and POST, one of WebDAV, and one that nobody has.
METHODS = ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "PAY"]
FORM_TYPE = "application/x-www-form-urlencoded"


def test_no_method_but_post_changes_anything(owner: Client, app: Flask, shop: Everything, paths: list[str]) -> None:
    """Those that an address knows are all asked for; of those that the map of addresses refuses, which reach no view,
    one in turn, and at a few addresses each.
    """
    wrong, adapter, turns = [], app.url_map.bind("localhost"), cycle(METHODS[1:])
    sent = {"query_string": urlencode({"id": "1", **FORM}), "data": urlencode(FORM).encode(), "content_type": FORM_TYPE}
    for position, path in enumerate(paths):
        known = [method for method in METHODS if adapter.test(path, method=method)]
        for method in METHODS if position % 20 == 0 else dict.fromkeys([*known, next(turns)]):
            answer = owner.open(path, method=method, **sent)
            if answer.status_code >= 500 or (method not in known and answer.status_code < 400):
                wrong.append(f"{method} {path}: {answer.status_code}")
            if changed := shop.changed():
                wrong.append(f"{method} {path} changed {changed}")
                shop.restore()

    assert wrong == []


def test_by_post_the_same_requests_do(owner: Client, shop: Everything, paths: list[str]) -> None:
    """Otherwise the test above would prove nothing."""
    changing = []
    for path in paths:
        owner.environ_base["HTTP_X_FORM_TOKEN"] = owner.form_token()
        owner.open(path, method="POST", query_string={"id": "1", **FORM}, data=FORM)
        if shop.changed():
            changing.append(path)
            shop.restore()

    assert "/admin/order/ORD10001/mark_not_paid" in changing
    assert len(changing) > 60


def test_head_answers_as_get_does_without_a_body(owner: Client, in_app: Any, paths: list[str]) -> None:
    differing = []
    for path in paths:
        by_get, by_head = owner.get(path), owner.head(path)
        if by_get.status_code != by_head.status_code or by_get.mimetype != by_head.mimetype or by_head.data:
            differing.append(f"{path}: {by_get.status_code} {by_head.status_code}")

    assert differing == []


@pytest.mark.each_database
def test_pages_and_pop_ups_need_no_writing_transaction(owner: Client, paths: list[str]) -> None:
    """The database refuses it to whoever only asks; so a page that did would be a page that fails."""
    answers = {path: owner.get(path, query_string={"id": "1"}).status_code for path in paths}

    assert {path: status for path, status in answers.items() if status >= 500} == {}


def test_views_decide_by_post() -> None:
    """Whoever decides by GET does the deed for HEAD, too."""
    decides = re.compile(r"\.method (?:==|!=|in|not in) (?!\"POST\"|SAFE_METHODS)")
    sources = sorted((Path(__file__).parents[2] / "app").rglob("*.py"))

    assert [f"{file.name}: {found[0]}" for file in sources for found in decides.finditer(file.read_text())] == [
        "copies.py: .method != ",
        "taking_out.py: .method != ",
    ]  # an export by HEAD takes nothing out


# --- what else holds of every address -------------------------------------------------------------------------------

ELSEWHERE = [{"Origin": "http://localhost:9999"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}]


def test_every_answer_says_how_it_is_to_be_taken(owner: Client, shop: Everything, paths: list[str]) -> None:
    """That it is not kept, of what type and in which letters it is, under which name it is saved; staff may leave.

    Who took a file is noted, and nobody who got none of it.
    """
    wrong, taken = {}, 0
    for path in paths:
        answer = owner.get(path, query_string={"id": "1", **OF_ADDRESSES}, headers={"X-File-Name": "theirs.exe"})
        kept = "no-cache" if path.startswith("/static/") else "no-store"
        if answer.status_code >= 500:
            wrong[path] = answer.status_code
        elif answer.headers.get("Cache-Control") != kept:
            wrong[path] = answer.headers.get("Cache-Control")
        elif answer.data and not is_typed(answer):
            wrong[path] = answer.headers.get("Content-Type")
        elif answer.status_code == 200 and SAVED.search(answer.content_type) and not is_named_by_us(answer):
            wrong[path] = answer.headers.get("Content-Disposition")
        elif b"<nav" in answer.data and path.startswith("/admin/") and b'action="/sign-out"' not in answer.data:
            wrong[path] = "nobody can sign out there"
        elif answer.status_code == 200 and "attachment" in answer.headers.get("Content-Disposition", ""):
            taken += 1
            shop.restore()
            for header in NO_FILE:
                refused = owner.get(path, query_string={"id": "1", **OF_ADDRESSES}, headers=header)
                if refused.status_code >= 300 and shop.changed():
                    wrong[path] = f"{refused.status_code} by {header}, and noted as taken"
                    shop.restore()
    assert wrong == {}
    assert taken >= 3


#: By which nothing of a file is sent.
NO_FILE = [{"Range": "bytes=999999999-"}, {"If-Match": "x"}, {"If-None-Match": "*"}]


#: Arguments that mean something where an address is made, should a page hand them on.
OF_ADDRESSES = {"_external": "1", "_scheme": "javascript", "_method": "PAY", "_anchor": "x", "self": "1"}
OF_ADDRESSES |= {"endpoint": "x", "values": "x", "export_type": "csv"}

#: Types of what is saved or shown as a file.
SAVED = re.compile(r"^(application/(pdf|xml|octet|vnd)|text/csv)")


def is_typed(answer: TestResponse) -> bool:
    kind, _semicolon, more = str(answer.headers.get("Content-Type", "")).partition(";")
    is_text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    says = answer.headers.get("X-Content-Type-Options") == "nosniff" and "/" in kind
    return says and (not is_text or kind.endswith("json") or "charset=utf-8" in more)


def is_named_by_us(answer: TestResponse) -> bool:
    return bool(
        re.fullmatch(r"(attachment|inline); filename=\"?[\w. -]+\"?", answer.headers.get("Content-Disposition", ""))
    )


def test_no_form_is_taken_from_elsewhere(owner: Client, app: Flask, shop: Everything, paths: list[str]) -> None:
    """Everything that changes something by POST, with both tokens; programs have keys and signatures.

    The three ways of being elsewhere take turns: they are told apart in one place, before any view.
    """
    taken, turns = [], cycle(ELSEWHERE)
    adapter = app.url_map.bind("localhost")
    for path in paths:
        if not adapter.test(path, method="POST") or path.startswith(("/api/", "/hooks/")):
            continue
        for headers in ELSEWHERE if path.endswith("/mark_not_paid") else [next(turns)]:
            answer = owner.post(path, query_string={"id": "1"}, data=FORM, headers=headers)
            if answer.status_code != 403 or shop.changed():
                taken.append(f"{path} {headers}: {answer.status_code}")
    assert taken == []


def test_only_programs_are_exempt_from_tokens() -> None:
    exempt = {getattr(one, "name", one) for one in csrf._exempt_blueprints} | set(csrf._exempt_views)

    assert {name for name in exempt if not str(name).startswith(("api_", "hooks"))} == set()


def test_no_page_or_redirect_is_made_of_the_name_that_a_request_says(
    app: Flask,
    owner: Client,
    paths: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even of a name that is let in."""
    monkeypatch.setitem(app.config, "HOSTS", ["other.example"])
    cookies = {cookie.key: cookie.value for cookie in owner._cookies.values()}  # type: ignore[union-attr]
    kept = {"Host": "other.example:4711", "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    named = []
    for path in paths:
        answer = owner.get(path, query_string={"id": "1"}, headers=kept)
        said = answer.text if "text" in answer.mimetype or "json" in answer.mimetype else ""
        if "other.example" in said + answer.headers.get("Location", ""):
            named.append(path)
    assert named == []
