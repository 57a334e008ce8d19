"""Writes down which triggers the migrations make, for `toonbank check`: python -m tools.guards URL [URL]."""

from __future__ import annotations

import json
import sys

from app import create_app
from app.extensions import db
from app.operations.schema_checks import GUARDS, read_guards


def main() -> None:
    known = json.loads(GUARDS.read_text("utf-8")) if GUARDS.exists() else {}
    for url in sys.argv[1:]:
        with create_app({"SQLALCHEMY_DATABASE_URI": url}).app_context():
            known[db.engine.dialect.name] = read_guards()
    GUARDS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
