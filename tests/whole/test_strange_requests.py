"""Requests that no page of ours makes: encoded or said twice, of odd methods, for what was never meant to be served."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import NoneAlgorithm, URLSafeTimedSerializer
from sqlalchemy import select

from app.admin_views.base import RecordView
from app.extensions import db
from app.models import Staff
from tests.clients import Client
from tests.forms import forms_in
from tests.looking import everything


def test_what_is_encoded_is_decoded_once(client: Client) -> None:
    in_path = client.get("/admin/order/%2541%253Cb").text
    in_question = client.get("/admin/customer/?search=%2541%253Cb").text

    assert "%41%3Cb" in in_path
    assert 'value="%41%3Cb"' in in_question
    assert "A&lt;b" not in in_path + in_question


def test_what_traces_a_request_is_refused_everywhere(owner: Client, paths: list[str]) -> None:
    answers = {path: owner.open(path, method="TRACE").status_code for path in paths}

    assert {path: status for path, status in answers.items() if status not in (404, 405)} == {}


FILES = """
    /.git/HEAD /.git/config /.env /.venv/ /wsgi.py /pyproject.toml /instance/ /instance/shop.sqlite /secret_key
    /static /static/ /static/vendor/ /static/../config.py /static/%2e%2e/config.py /static/..%2fconfig.py
    /static/..;/config.py /static/vendor/..%5c..%5cconfig.py /static/%00 /admin/static/../config.py
    /docs/ /tests/ /backup /backups/ /server-status
""".split()


@pytest.mark.parametrize("path", FILES)
def test_no_file_of_the_installation_and_no_list_of_files_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_of_what_is_said_twice_the_form_counts(client: Client, in_app: Any) -> None:
    """What stands in the address of a form stands in for no field of it."""
    with in_app():
        name = db.session.scalars(select(Staff.name)).one()
    client.post("/admin/profile/?name=Mallory&language=fr", data={"name": name, "language": "nl", "time_zone": ""})
    client.post("/admin/profile/?name=Mallory", data={"language": "nl", "time_zone": ""})

    with in_app():
        assert db.session.execute(select(Staff.name, Staff.language)).one() == (name, "nl")


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_another_method_of_a_request(
    samples: dict[str, list[Any]], owner: Client, in_app: Any, header: str
) -> None:
    (number,) = samples["number"]
    with in_app():
        before = everything()

    owner.get(f"/admin/order/{number}/mark_not_paid", headers={header: "POST"}, query_string={"_method": "POST"})

    with in_app():
        assert everything() == before


@pytest.mark.parametrize("how", ["sha256", "md5", "none"])
def test_a_session_is_signed_in_one_way_only(app: Flask, client: Client, anonymous: Client, how: str) -> None:
    cookie = client.get_cookie("session")
    assert cookie is not None
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    said = signer.loads(cookie.value)
    other = URLSafeTimedSerializer(
        app.secret_key, salt=signer.salt, serializer=signer.serializer, signer_kwargs=OTHER_WAYS[how]
    )
    anonymous.set_cookie("session", other.dumps(said))

    assert (client.get("/admin/").status_code, anonymous.get("/admin/").status_code) == (200, 302)


OTHER_WAYS: dict[str, dict[str, Any]] = {
    "sha256": {"key_derivation": "hmac", "digest_method": hashlib.sha256},
    "md5": {"key_derivation": "hmac", "digest_method": hashlib.md5},
    "none": {"key_derivation": "hmac", "algorithm": NoneAlgorithm()},
}


def test_a_new_shop_lets_nobody_in_by_a_password(app: Flask, anonymous: Client, in_app: Any) -> None:
    made = app.test_cli_runner().invoke(args=["toonbank", "init"])
    with in_app():
        people = db.session.execute(select(Staff.email, Staff.password)).all()
    assert (made.exit_code, [bool(password) for _email, password in people]) == (0, [False])

    for guess in ("", "admin", "password", "toonbank", "owner", "changeme"):
        answer = anonymous.post("/sign-in", data={"email": people[0].email, "password": guess})
        assert answer.status_code not in (302, 303)


@pytest.mark.usefixtures("samples")
def test_a_form_takes_no_field_that_it_does_not_show(app: Flask, owner: Client, in_app: Any) -> None:
    """Whatever other column of its record is sent along stays as it was."""
    saved, wrong = [], []
    for view in [view for view in app.extensions["admin"][0]._views if isinstance(view, RecordView) and view.can_edit]:
        url = f"{view.url}/edit/?id=1"
        page = owner.get(url).text
        shown = next((form.fields for form in forms_in(page) if "seen_version" in form.fields), {})
        if not shown:
            continue
        hidden = [column for column in view.model.__table__.columns if f'name="{column.name}"' not in page]
        with in_app():
            before = kept_in(hidden)
        owner.environ_base["HTTP_X_FORM_TOKEN"] = owner.form_token()
        answer = owner.post(url, data={**dict.fromkeys([column.name for column in hidden], "1"), **shown})
        with in_app():
            after = kept_in(hidden)
        saved += [view.endpoint] * (answer.status_code in (302, 303))
        changed = {name for name in before if before[name] != after[name]} - {"version"}
        wrong += [f"{view.endpoint}: {name}" for name in changed]

    assert wrong == []
    assert len(saved) > 8


def kept_in(columns: list[Any]) -> dict[str, Any]:
    """Of the first record."""
    (row,) = db.session.execute(select(*columns).where(columns[0].table.c.id == 1))
    return {column.name: value for column, value in zip(columns, row, strict=True)}
