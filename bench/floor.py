"""What a page can't be cheaper than: its own statements through the driver, and an empty template."""

from __future__ import annotations

import json
import sys
from statistics import median
from time import process_time_ns

from flask import render_template_string
from sqlalchemy import event

from app import create_app
from app.extensions import db
from tests.clients import sign_in

EMPTY = "<!doctype html><title>{{ title }}</title>"


def main(runs: int, pages: list[str]) -> None:
    app = create_app({"TESTING": True})
    browser = sign_in(app, "owner")
    seen: list[tuple[str, object]] = []
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, given: object, _context: object, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")) and not many:
            seen.append((statement, given))

    found = []
    for page in pages:
        browser.get(page)
        seen.clear()
        browser.get(page)
        asked = list(seen)
        with app.app_context(), app.test_request_context():
            driver = engine.raw_connection()
            times = []
            for _ in range(runs):
                before = process_time_ns()
                for statement, given in asked:
                    cursor = driver.cursor()
                    cursor.execute(statement, given)
                    cursor.fetchall()
                render_template_string(EMPTY, title=page)
                times.append((process_time_ns() - before) / 1e6)
            driver.close()
        found.append(median(times))
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), json.load(sys.stdin))
