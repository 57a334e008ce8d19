"""Hostile input in every place that takes any: nothing fails unforeseen, nothing is half stored, the books stay right.

The places are found, not listed: addresses and their arguments by the routes, fields and files by the forms of each
page, what else is asked of an address by the source and by the links of pages, bodies by the description of the API.
The suite puts in some ten thousand, always the same; `make fuzz` ever new ones.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.extensions import db, read_only
from app.operations import checks
from tests.clients import Client
from tests.forms import Form, forms_in
from tests.whole import hostile
from tests.whole.asks import UNSEEN
from tests.whole.every_address import FORM, Everything
from tests.whole.spoilt_files import spoil_file

#: In so many parts the addresses are tried, each by itself.
PARTS = 4

#: Inputs of all parts together are at least so many.
INPUTS = 10_000

#: Seconds of computing that no request may take.
TOO_LONG = 5.0

#: Where somebody is led who has to sign in, or show a second factor.
DOORS = {"/sign-in", "/second-step/", "/admin/factors/"}

#: Of so many requests one may come no further than to a door: some sign themselves out, or take their own cookie along.
ONE_TURNED_AWAY_IN = 20

#: What a connection says of an event that somebody signed wrongly.
WRONGLY_SIGNED = {"last_error", "last_error_at"}

#: What every form carries, and no attack spoils.
TOKENS = {"csrf_token", "form_token"}

RUN = re.compile(r"(.)\1{20,}")
FORM_TYPE = "application/x-www-form-urlencoded"

APP = Path(__file__).parents[2] / "app"
ASKED = re.compile(r"""request\.(args|form|values|headers|cookies)(?:\.get|\.getlist)?[\[(]\s*["']([\w-]+)["']""")


def names_asked(of: str) -> list[str]:
    """By which names the source asks for arguments, fields, headers or cookies."""
    found = {name for file in APP.rglob("*.py") for kind, name in ASKED.findall(file.read_text("utf-8")) if kind == of}
    assert found
    return sorted(found)


def in_short(method: str, path: str, how: dict[str, Any]) -> str:
    """By which somebody can do it again: long runs of the same are cut."""
    said = RUN.sub(r"\1…", str(how))
    return f"{method} {path} {said}"[:1500]


class NotedDict(ImmutableMultiDict[str, str]):
    """Arguments and fields of a request, which notes the names that it is asked for."""

    asked_for: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.asked_for.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked_for.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, *rest: Any, **how: Any) -> Any:
        self.asked_for.add(name)
        return super().get(name, *rest, **how)

    def getlist(self, name: str, *rest: Any, **how: Any) -> Any:
        self.asked_for.add(name)
        return super().getlist(name, *rest, **how)


class Attacker:
    """Asks with hostile input, counts it, and writes down what went wrong."""

    def __init__(self, owner: Client, shop: Everything, app: Flask):
        self.owner, self.shop, self.app = owner, shop, app
        self.cookies = dict(owner._cookies or {})
        self.arguments, self.headers = names_asked("args"), sorted({*names_asked("headers"), *hostile.LIBRARY_HEADERS})
        self.content = shop.before
        self.inputs, self.asked, self.changes = 0, 0, 0
        self.wrong, self.turned_away = list[str](), list[str]()

    def ask(self, method: str, path: str, inputs: int, **how: Any) -> TestResponse | None:
        self.inputs += inputs
        self.owner._cookies = dict(self.cookies)
        before, began, said = self.shop.data_version(), time.process_time(), in_short(method, path, how)
        self.asked += 1
        headers = {**(self.owner.tokens() if method == "POST" else {}), **how.pop("headers", {})}
        try:
            answer: TestResponse | None = self.owner.open(path, method=method, headers=headers, **how)
        except Exception as error:
            answer = None
            self.wrong.append(f"{type(error).__name__}: {str(error)[:300]} by {said}")
        if answer is not None and answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code} by {said}")
        if (took := time.process_time() - began) > TOO_LONG:
            self.wrong.append(f"{took:.1f} s by {said}")
        if self.shop.data_version() != before:
            self.note_change(said, is_refused=answer is None or answer.status_code >= 400)
        if answer is not None and is_turned_away(answer):
            self.turned_away.append(said)
            if self.content is not self.shop.before:
                self.look_into_books(said)  # whoever was signed out comes in again
        return answer

    def look(self, path: str) -> TestResponse:
        """As somebody who means no harm: what that changes is laid to no attack."""
        before, answer = self.shop.data_version(), self.owner.get(path, query_string={"id": "1"})
        if self.shop.data_version() != before:
            self.content = self.shop.content()
        return answer

    def note_change(self, said: str, *, is_refused: bool) -> None:
        self.changes += 1
        before, self.content = self.content, self.shop.content()
        half = [table for table, rows in self.content.items() if rows != before[table] and table not in UNSEEN]
        if half == ["connection"] and "/hooks/" in said and self.is_said_alone(before["connection"]):
            half = []
        if is_refused and half:
            self.wrong.append(f"Refused, and changed {half} by {said}")
        if self.changes % 10 == 0:
            self.look_into_books(said)

    def is_said_alone(self, before: list[Any]) -> bool:
        """Whether connections only say something else of what came wrongly signed."""
        names, now = self.shop.columns["connection"], self.content["connection"]
        pairs = [pair for rows in zip(before, now, strict=False) for pair in zip(names, *rows, strict=True)]
        return len(now) == len(before) and {name for name, was, is_ in pairs if was != is_} <= WRONGLY_SIGNED

    def look_into_books(self, said: str) -> None:
        with self.app.app_context(), read_only():
            found = list(checks.findings())
            db.session.rollback()
        if found:
            self.wrong.append(f"{found[:3]} by the ten up to {said}")
        self.shop.restore()
        self.content = self.shop.before


def is_turned_away(answer: TestResponse) -> bool:
    """Whether the input came no further than to the door: to signing in, or to doing so once more."""
    leads_to = urlsplit(answer.headers.get("Location", "")).path
    return leads_to in DOORS or (answer.status_code == 422 and "data-prove" in answer.text)


def attack_address(attacker: Attacker, random: Random, path: str) -> None:
    """Its query and headers, its forms, and a POST of whatever any form asks for."""
    takes = attacker.app.url_map.bind("localhost").allowed_methods(urlsplit(path).path)
    NotedDict.asked_for.clear()
    answer = attacker.look(path)
    page = answer.text if answer.mimetype == "text/html" else ""
    linked = {name for link in re.findall(r'href="([^"]*)"', page) for name, _value in parse_qsl(urlsplit(link).query)}
    for most in (0, 8, 3) if "GET" in takes else ():
        names = sorted(NotedDict.asked_for | linked) or attacker.arguments  # it asks for more once it is asked for much
        pairs, many = hostile.spoil(random, {"id": ["1"]}, names, most=most)
        headers = {name: random.choice(hostile.HEADERS) for name in random.sample(attacker.headers, 3)}
        attacker.ask("GET", path, many + 3, query_string=hostile.encode(pairs), headers=headers)
    if "POST" in takes:
        attack_by_post(attacker, random, path)
    for form in of_each_kind(forms_in(page)):
        attack_form(attacker, random, path, form)


def attack_by_post(attacker: Attacker, random: Random, path: str) -> None:
    """With whatever any form asks for, then with what it asked for itself."""
    fields = {name: [value] for name, value in FORM.items()}
    NotedDict.asked_for.clear()
    for most in (6, 0):
        names = sorted(NotedDict.asked_for - TOKENS) or sorted(fields)
        pairs, many = hostile.spoil(random, fields, names, most=most)
        attacker.ask("POST", f"{path}?id=1", many, data=hostile.encode(pairs), content_type=FORM_TYPE)


def of_each_kind(forms: Sequence[Form]) -> list[Form]:
    """Of those that ask alike, one; a page has many that only ask for a token."""
    kinds = {(*form.fields, *form.files): form for form in forms if form.fields.keys() - TOKENS or form.files}
    return list(kinds.values())[:4]


def attack_form(attacker: Attacker, random: Random, path: str, form: Form) -> None:
    fields = {name: values for name, values in form.fields.items() if name not in TOKENS}
    for most in (5, 0) if len(fields) > 5 else (5,):
        pairs, many = hostile.spoil(random, fields, [*fields, *form.choices], most=most) if fields else ([], 0)
        send_form(attacker, random, form.action or path, form, pairs, many)


def send_form(attacker: Attacker, random: Random, to: str, form: Form, pairs: list[tuple[str, str]], many: int) -> None:
    if form.method == "get":
        attacker.ask("GET", urlsplit(to).path, many, query_string=hostile.encode(pairs))
    elif form.files:
        content, name, kind = make_upload(random, form.files)
        storable = [(key, value.encode("utf-8", "replace").decode()) for key, value in pairs]
        data = {**dict(storable), **{one: (io.BytesIO(content), name, kind) for one in form.files}}
        attacker.ask("POST", to, many + len(form.files), data=data, content_type="multipart/form-data")
    else:
        attacker.ask("POST", to, many, data=hostile.encode(pairs), content_type=FORM_TYPE)


def make_upload(random: Random, fields: Sequence[str]) -> tuple[bytes, str, str]:
    """What no field takes, or what one takes, spoilt; a field of which no valid file is known fails."""
    content, name, kind = hostile.make_file(random)
    if random.random() < 0.6:
        name, content = spoil_file(random, random.choice(fields))
    return content, name, kind


def attack_arguments(attacker: Attacker, random: Random, rule: Rule) -> None:
    """What stands in the address itself."""
    for _time in range(2):
        texts = {name: hostile.pick_text(random)[:2000] for name in rule.arguments}
        texts |= {
            name: random.choice(("0", "9" * 19, "9" * 400, "007")) for name in rule.arguments if is_number(rule, name)
        }
        path = rule.rule
        for name, text in texts.items():
            path = re.sub(rf"<(?:[^:<>]*:)?{name}>", hostile.as_bytes(text) or "%20", path)
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            attacker.ask(method, path, len(texts), data=FORM if method == "POST" else None)


def is_number(rule: Rule, name: str) -> bool:
    return type(rule._converters[name]).__name__ == "IntegerConverter"


def attack_api(attacker: Attacker, random: Random, paths: Sequence[str], told: dict[str, Any]) -> None:
    """Each operation with bodies of its own schema, and with what is hardly a body."""
    known = told["components"]["schemas"]
    for pattern, operations in told["paths"].items():
        fits = re.compile(re.sub(r"\\{[^{}]*\\}", "[^/]+", re.escape(pattern)))
        path = next((one for one in paths if fits.fullmatch(one)), None)
        for method, operation in operations.items():
            if path is None or not isinstance(operation, dict) or "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            for _time in range(5):
                body, many = hostile.spoil_json(random, schema, known)
                attacker.ask(method.upper(), path, many, data=body, content_type="application/json")
            body = random.choice(hostile.BODIES)
            attacker.ask(
                method.upper(), path, 1, data=body, content_type=random.choice(("application/json", "text/plain", ""))
            )


@pytest.fixture
def attacker(owner: Client, shop: Everything, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacker]:
    for limiter in app.extensions["limiter"]:
        monkeypatch.setattr(limiter, "enabled", False)
    noted = type("NotedRequest", (app.request_class,), {"parameter_storage_class": NotedDict})
    monkeypatch.setattr(app, "request_class", noted)
    made = Attacker(owner, shop, app)
    made.look_into_books("nobody yet")
    yield made
    made.owner._cookies = None


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_breaks_by_what_addresses_and_forms_are_given(
    attacker: Attacker, app: Flask, paths: list[str], part: int
) -> None:
    for path in paths[part::PARTS]:
        attack_address(attacker, Random(f"{hostile.SEED} {path}"), path)
    rules = sorted((rule for rule in app.url_map.iter_rules() if rule.arguments), key=lambda rule: rule.rule)
    for rule in rules[part::PARTS]:
        attack_arguments(attacker, Random(f"{hostile.SEED} {rule.rule}"), rule)
    attacker.look_into_books("the last of them")

    assert not attacker.wrong, "\n".join(attacker.wrong)
    assert attacker.inputs > INPUTS / PARTS
    assert len(attacker.turned_away) < attacker.asked / ONE_TURNED_AWAY_IN, "\n".join(attacker.turned_away)


def test_nothing_breaks_by_what_programs_post(attacker: Attacker, paths: list[str]) -> None:
    told = attacker.owner.get("/api/openapi.json").json
    attack_api(attacker, Random(f"{hostile.SEED} api"), paths, told)
    attacker.look_into_books("the last of them")

    assert not attacker.wrong, "\n".join(attacker.wrong)
    assert attacker.inputs > 500
