"""Views of lists, saved under a name: one's own, or everybody's; and how one wants to see a list.

History names the list and not the view: a title or a search may be somebody's name, and the view is emptied of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import ListLook, ListView, Staff

#: So many stand above one list: more are no tabs any more, and each is counted.
MOST_VIEWS = 12

LONGEST_ADDRESS = 2000


def save_list_view(list_name: str, title: str, address: str, *, of: Staff | None, by: Actor) -> ListView:
    """Keep what a list is narrowed by; of nobody: everybody sees it. The same title once more puts it in its place."""
    title = usable_title(title)
    if len(address) > LONGEST_ADDRESS:
        raise ActionRefused(_("That is too much to keep: shorten the search, or take a filter away."))
    views = views_of_list(list_name, of)
    same = next((view for view in views if view.title.casefold() == title.casefold()), None)
    if same is None and len(views) >= MOST_VIEWS:
        raise ActionRefused(_("There are %(count)s views of this list. Delete one first.", count=MOST_VIEWS))

    view = same or ListView(list=list_name, staff_id=of.id if of else None, title=title)
    view.address = address
    db.session.add(view)
    db.session.flush()

    if same is None:
        record(Happened.RECORD_CREATED, None, by, subject=view, record=view.list)
    else:
        record(Happened.RECORD_CHANGED, None, by, subject=view, record=view.list)
    return view


def change_list_view(view: ListView, *, title: str, of: Staff | None, by: Actor) -> None:
    """Call it something else, show it to everybody, or keep it to oneself again."""
    title, owner = usable_title(title), of.id if of else None
    others = [other for other in views_of_list(view.list, of) if other.id != view.id]
    if any(other.title.casefold() == title.casefold() for other in others):
        raise ActionRefused(_("There is a view “%(title)s” already.", title=title))
    if owner != view.staff_id and len(others) >= MOST_VIEWS:
        raise ActionRefused(_("There are %(count)s views of this list. Delete one first.", count=MOST_VIEWS))

    changes = {"is_shared": [view.is_shared, owner is None]} if owner != view.staff_id else {}
    is_changed = bool(changes) or title != view.title
    view.title, view.staff_id = title, owner

    if is_changed:
        record(Happened.RECORD_CHANGED, None, by, subject=view, record=view.list, changes=changes)


def delete_list_view(view: ListView, *, by: Actor) -> None:
    record(Happened.RECORD_DELETED, None, by, subject=view, record=view.list)
    db.session.delete(view)


def choose_look(list_name: str, *, of: Staff, columns: Sequence[str], rows: int, is_dense: bool) -> None:
    """How somebody sees a list from now on; no columns and no rows: as it is declared. It is nobody else's business."""
    look = db.session.get(ListLook, (of.id, list_name)) or ListLook(staff_id=of.id, list=list_name)
    look.columns, look.rows, look.is_dense = list(columns), rows, is_dense
    db.session.add(look)


def usable_title(title: str) -> str:
    title = " ".join(title.replace("\0", "").split())
    if not title:
        raise ActionRefused(_("Give the view a name."))
    if len(title) > 60:
        raise ActionRefused(_("A name has at most %(count)s characters.", count=60))
    return title


def views_of_list(list_name: str, of: Staff | None) -> list[ListView]:
    """Those of one person, or everybody's."""
    query = select(ListView).where(ListView.list == list_name, ListView.staff_id == (of.id if of else None))
    return list(db.session.scalars(query.order_by(ListView.id)))
