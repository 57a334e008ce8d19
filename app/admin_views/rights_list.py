"""All rights that a role can be given, by group: those that actions ask for, those of pages, and a few besides."""

from __future__ import annotations

from flask_admin.base import BaseView
from flask_babel import lazy_gettext as _l

from app.actions import ACTIONS
from app.admin_views.list_looks import SHARED_VIEWS
from app.admin_views.registered import find_views
from app.exports import EXPORTS
from app.extensions import ShownText
from app.security.rights import GROUPS, READING

#: Rights that neither an action nor a page declares.
OTHER = {
    "customers.create_customer": _l("Create customers through the API"),
    "exports.reports": _l("See reports of what was sold"),
    "exports.personal_data": _l("Export a customer’s personal data"),
    "exports.statement": _l("Statement of account of a customer"),
    **{f"exports.{name}": export.title for name, export in EXPORTS.items()},
    "exports.shipments": _l("Shipments"),
    "exports.returns": _l("Returns"),
    "exports.tickets": _l("Tickets"),
    "exports.tasks": _l("Tasks"),
    "exports.products": _l("Products"),
    "exports.mails": _l("Outbox"),
    "imports.files": _l("Import orders from files"),
    "imports.orders": _l("Read orders in quarantine once more"),
    "imports.place_order": _l("Create orders through the API"),
    "imports.undo": _l("Undo imports"),
    "tickets.create_ticket": _l("Create tickets through the API"),
    "settings.close_books": _l("Close the books until a day"),
    "settings.reopen_books": _l("Open closed books again"),
    "settings.demo": _l("Remove the demo shop"),
    SHARED_VIEWS: _l("Save views of lists for everybody"),
}


def rights() -> dict[str, list[tuple[str, ShownText]]]:
    """Group -> (right, title) of its single rights, in the order of the groups."""
    titles = {**OTHER, **rights_of_pages(), **rights_of_actions()}
    grouped: dict[str, list[tuple[str, ShownText]]] = {group: [] for group in GROUPS}
    for right, title in titles.items():
        grouped[right.partition(".")[0]].append((right, title))
    return grouped


def rights_of_actions() -> dict[str, ShownText]:
    return {action.right: action.right_title or action.title for action in ACTIONS.values() if action.has_own_right}


def rights_of_pages() -> dict[str, ShownText]:
    return {view.right: view.name for view in find_views(BaseView) if getattr(view, "right", "")}


def rights_summary(given: list[str]) -> str:
    """A role's rights in a line: its whole groups, then single rights."""
    titles = {right: f"{GROUPS[group]}: {title}" for group, some in rights().items() for right, title in some}
    titles |= {group: str(text) for group, text in {**GROUPS, **READING}.items()}
    return " · ".join(titles.get(right, right) for right in given) or "–"
