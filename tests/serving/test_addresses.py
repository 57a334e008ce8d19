"""Addresses are put together as Werkzeug does it, but only when somebody asks for one."""

from __future__ import annotations

import pytest
from flask import Flask, url_for
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from app import create_app
from app.serving.addresses import AddressRule, Builder


def test_each_address_is_put_together_as_werkzeug_does(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if isinstance(rule, AddressRule)]
    assert len(rules) > 500
    for rule in rules:
        values = {name: value_for(converter) for name, converter in rule._converters.items()}
        for more, append_unknown in (({}, False), ({"q": "ü", "page": 2}, True)):
            asked = {**values, **more}
            at_once = Rule._compile_builder(rule, append_unknown)(rule, **asked)
            assert rule.build(asked, append_unknown=append_unknown) == at_once, rule.rule


def value_for(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 7 if isinstance(converter, IntegerConverter) else "a b/ü"


def test_a_start_puts_none_together(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    whole = Rule._compile_builder

    def note(rule: Rule, append_unknown: bool = True) -> Builder:
        asked.append(rule.rule)
        return whole(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", note)
    made = create_app({"SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"], "TESTING": True})

    assert set(asked) == {"/static/<path:filename>"}  # Flask makes that one before it can be told
    asked.clear()
    with made.test_request_context():
        assert url_for("static", filename="a.css") == "/static/a.css"
        assert url_for("health.ready") == "/readyz"
    assert asked == ["/readyz"]
