"""What holds of every address: no answer is kept, no form taken from elsewhere, no link made of what a request says."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.extensions import csrf
from app.operations import backups
from tests.clients import Client
from tests.databases import forget_connections
from tests.whole.test_methods import FORM, Everything, given, owner, paths, shop  # noqa: F401 - fixtures

ELSEWHERE = [{"Origin": "http://localhost:9999"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}]


def test_no_answer_is_kept_but_static_files(owner: Client, paths: list[str]) -> None:  # noqa: F811
    kept = {}
    for path in paths:
        answer = owner.get(path, query_string={"id": "1"})
        wanted = "no-cache" if path.startswith("/static/") else "no-store"
        if answer.headers.get("Cache-Control") != wanted:
            kept[path] = answer.headers.get("Cache-Control")
    assert kept == {}


def test_no_form_is_taken_from_elsewhere(owner: Client, app: Flask, shop: Everything, paths: list[str]) -> None:  # noqa: F811
    """Everything that changes something by POST, with both tokens; programs have keys and signatures."""
    taken = []
    adapter = app.url_map.bind("localhost")
    for path in paths:
        if not adapter.test(path, method="POST") or path.startswith(("/api/", "/hooks/")):
            continue
        for headers in ELSEWHERE:
            answer = owner.post(path, query_string={"id": "1"}, data=FORM, headers=headers)
            if answer.status_code != 403 or shop.changed():
                taken.append(f"{path} {headers}: {answer.status_code}")
    assert taken == []


def test_only_programs_are_exempt_from_tokens() -> None:
    exempt = {getattr(one, "name", one) for one in csrf._exempt_blueprints} | set(csrf._exempt_views)

    assert {name for name in exempt if not str(name).startswith(("api_", "hooks"))} == set()


def test_no_page_or_redirect_is_made_of_the_name_that_a_request_says(
    app: Flask,
    owner: Client,  # noqa: F811
    paths: list[str],  # noqa: F811
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


def test_every_file_is_its_owners_whatever_the_folder_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    monkeypatch.setenv("TOONBANK_INSTANCE", str(folder))
    before = os.umask(0)
    try:
        (folder / "of-an-older-version.sqlite").write_text("copy")
        app = create_app()
        assert app.test_cli_runner().invoke(args=["toonbank", "init", "--demo"]).exit_code == 0
        with app.app_context():
            backups.backup(folder / "copy.sqlite")
        (folder / "made-by-anybody.log").write_text("log")
        found = {file.name: file.stat().st_mode & 0o777 for file in folder.rglob("*") if file.is_file()}
    finally:
        forget_connections(app)
        os.umask(before)

    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert {"shop.sqlite", "secret_key", "copy.sqlite", "made-by-anybody.log"} <= set(found)
    assert any(re.search("lock|wal|shm", name) for name in found)
