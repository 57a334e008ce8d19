"""Every address of the application, made from its routes, and the whole database behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.models import Order
from tests.whole.asks import Shop, arguments_of

#: What forms ask for, as far as one value can do for all that ask for it.
FORM = {
    "action": "mark_paid", "amount": "1.00", "description": "Call", "done": "1", "email": "femke@example.org",
    "field": "x", "language": "nl", "list": "", "message": "Hello", "name": "Somebody", "note": "Note",
    "number": "ORD10001", "password": "long enough a word", "permissions": "settings", "reason": "Because",
    "rights": "read", "rowid": "ORD10001", "step": "do", "subject": "About", "text": "Text", "theme": "dark",
    "title": "Title", "to": "femke@example.org", "url": "http://127.0.0.1:9/", "which": "all",
}  # fmt: skip


#: Tables, and columns of others, in which is noted who asked: that it was refused, and that a key was used.
NOTED = {"security_event": {"*"}, "api_token": {"used_at"}, "api_token_client": {"*"}}


class Everything(Shop):
    """The database file with all its tables, also those that no model names."""

    def __init__(self, app: Flask):
        super().__init__(app)
        with closing(self.connect()) as now:
            names = [name for (name,) in now.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            names = [name for name in names if not name.startswith("security_event_search")]  # the words of the log
            self.tables = [name for name in names if "*" not in NOTED.get(name, ())]
            self.columns = {name: columns_of(now, name) for name in self.tables}
        self.before = self.content()

    def content(self) -> dict[str, list[Any]]:
        with closing(self.connect()) as now:
            return {table: now.execute(f'SELECT {asked} FROM "{table}"').fetchall() for table, asked in self.asked()}

    def asked(self) -> Iterator[tuple[str, str]]:
        for table, columns in getattr(self, "columns", {}).items():
            yield table, ", ".join(f'"{name}"' for name in columns)


def columns_of(database: Any, table: str) -> list[str]:
    names = [str(row[1]) for row in database.execute(f'PRAGMA table_info("{table}")')]
    return [name for name in names if name not in NOTED.get(table, ())]


def addresses(
    app: Flask, rule: Rule, samples: dict[str, list[Any]], given: dict[str, Any], order: Order
) -> Iterator[str]:
    first, _slash, rest = rule.rule.lstrip("/").partition("/")
    own = {
        "filename": ["toonbank.css"],
        "nowhere": ["nothing"],
        "source": ["woocommerce"],
        "key": ["key"],
        "document": [given["invoices"]],
        "token": [given.get(first, "a-token")],
    }
    if first == "api":
        own |= {name: [given.get(rest.partition("/")[0])] for name in ("number", "id")}
    with app.test_request_context():
        for picked in arguments_of(rule, {**samples, **own}, order):
            yield app.url_map.bind("localhost").build(rule.endpoint, picked, method=sorted(rule.methods or ())[-1])
