"""The views that somebody sees above a list, and how they want the list to look."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from app.extensions import db
from app.models import ListLook, ListView, Staff


def look_and_views(list_name: str, staff_id: int) -> tuple[ListLook | None, list[ListView]]:
    """Both in one statement; a person's own views before those of everybody, each as they were saved."""
    is_seen = (ListView.list == list_name, is_seen_by(staff_id))
    rows = db.session.execute(
        select(ListLook, ListView)
        .select_from(Staff)
        .outerjoin(ListLook, (ListLook.staff_id == Staff.id) & (ListLook.list == list_name))
        .outerjoin(ListView, is_seen[0] & is_seen[1])
        .where(Staff.id == staff_id)
        .order_by(ListView.staff_id.is_(None), ListView.id)
    ).all()
    return (rows[0][0] if rows else None), [view for _look, view in rows if view is not None]


def views_seen(list_name: str, staff_id: int) -> list[ListView]:
    query = select(ListView).where(ListView.list == list_name, is_seen_by(staff_id))
    return list(db.session.scalars(query.order_by(ListView.id)))


def is_seen_by(staff_id: int) -> ColumnElement[bool]:
    return or_(ListView.staff_id == staff_id, ListView.staff_id.is_(None))
