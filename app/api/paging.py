"""Pages by cursor: a link names the last row that was given, so nothing is skipped or doubled while rows are added."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict, TypeVar

from flask import request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.api.shapes import words
from app.extensions import db
from app.history import Recorded

LARGEST_PAGE = 100


class PageQuery(Schema):
    limit = fields.Integer(load_default=25, validate=validate.Range(1, LARGEST_PAGE))
    cursor = words(100, load_default="", metadata={"description": "Taken from `next` of the page before"})


class PageAsked(TypedDict):
    """What `PageQuery` reads."""

    limit: int
    cursor: str


Listed = TypeVar("Listed", bound=Recorded)


def page_after(
    query: Select[Listed],
    key: InstrumentedAttribute[datetime],
    id: InstrumentedAttribute[int],
    *,
    limit: int,
    cursor: str,
) -> dict[str, object]:
    """The rows after the cursor, newest first by `key` and then `id`. A cursor that makes no sense starts anew."""
    if last := read_cursor(cursor):
        query = query.where(tuple_(key, id) < tuple_(*last))
    rows = list(db.session.scalars(query.order_by(key.desc(), id.desc()).limit(limit + 1)).unique())
    shown, more = rows[:limit], len(rows) > limit
    return {"items": shown, "next": next_address(shown[-1], key) if more else None}


def next_address(row: Recorded, key: InstrumentedAttribute[datetime]) -> str:
    moment = getattr(row, key.key)
    cursor = f"{moment.astimezone(UTC).isoformat()}~{row.id}"
    arguments = {**request.args.to_dict(), **(request.view_args or {}), "cursor": cursor}
    return url_for(request.endpoint or "", **arguments)


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    moment, _, id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None or not (id.isascii() and id.isdigit() and len(id) < 19):
        return None
    return at, int(id)
