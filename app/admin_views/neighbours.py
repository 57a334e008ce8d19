"""From one record to the next through the list that somebody came from, with its search, its filters and its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, has_request_context, request
from flask_admin import Admin
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.admin_views.list_page import Capped
from app.pages.preferences import local_path
from app.queries.neighbours import Neighbours

#: The part of an address that holds the list it was reached through.
LIST_PART = "list"

#: The pages of a record that keep it.
KEEPING = ("show", "act", "change_address")


@dataclass(frozen=True)
class Neighbouring:
    """Where the records above and below are, and how many-th this one is: "3 of 21"."""

    before: tuple[str, str]  # its address and what it is called; both empty for none
    after: tuple[str, str]
    place: str


class ThroughList:
    """A page of one record. All its addresses keep the list that it was reached through."""

    def create_blueprint(self, admin: Admin) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(admin)  # type: ignore[misc]
        blueprint.url_defaults(keep_list)
        return blueprint


def keep_list(endpoint: str, values: dict[str, object]) -> None:
    """On the addresses of the same record."""
    if not has_request_context() or endpoint.rpartition(".")[2] not in KEEPING:
        return
    if LIST_PART not in request.args:  # asked before `get`, which takes long to find nothing
        return
    came_from, here = request.args[LIST_PART], request.view_args or {}
    if came_from and any(values.get(name) == here.get(name, values) for name in ("number", "ticket_id")):
        values.setdefault(LIST_PART, came_from)


def asked_of_list(address: str, page: str) -> Mapping[str, str] | None:
    """What the address of a list asks for; None where it is not the address of the list at `page`."""
    try:
        parts = urlsplit(local_path(address))
    except ValueError:
        return None
    return MultiDict(parse_qsl(parts.query)).to_dict() if parts.path == page else None


def say_place(neighbours: Neighbours[int] | Neighbours[str]) -> str:
    """How many-th it is, "3 of 21"; "" where that is not known."""
    place = neighbours.place
    return "" if place is None else _("%(place)s of %(count)s", place=f"{place:,}", count=str(Capped(neighbours.count)))
