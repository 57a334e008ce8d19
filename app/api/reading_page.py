"""The page on which people read what the API offers, and a problem for every address under /api that is none."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import Blueprint, current_app, render_template, url_for
from werkzeug.exceptions import HTTPException, NotFound

from app.api.problems import http_problem

reading = Blueprint("api_reading", __name__, url_prefix="/api")
reading.register_error_handler(HTTPException, http_problem)


@reading.get("/")
def show() -> str:
    described: dict[str, Any] = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].described()
    return render_template("api/reading.html", api=described, groups=group_operations(described), base=url_for(".show"))


@reading.route("/<path:nowhere>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(nowhere: str) -> NoReturn:
    raise NotFound("There is nothing at this address. /api/openapi.json tells what there is.")


def group_operations(described: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The operations under the tag they belong to, in the order in which they are described."""
    titles = {tag["name"]: tag.get("description", tag["name"]) for tag in described.get("tags", [])}
    found: dict[str, list[dict[str, Any]]] = {title: [] for title in titles.values()}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict):
                group = titles.get(operation.get("tags", [""])[0], "")
                found.setdefault(group, []).append({"path": path, "method": method.upper(), **operation})
    return [(title, operations) for title, operations in found.items() if operations]
