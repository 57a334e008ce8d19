"""One search over all kinds of records: what was entered whole, then the newest that have all words."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from sqlalchemy import ColumnElement, Integer, Select, case, false, literal, or_, select, union_all

from app.extensions import Model, db
from app.queries.record_search import Searched, as_typed, beginning_so, ids_of, matching

#: Of so many orders, the newest that are found, the invoices and packing slips are looked at.
ORDERS_LOOKED_AT = 20


def find_everywhere(kinds: Sequence[Searched[Model]], question: str, *, most: int) -> list[list[int]]:
    """The ids of each kind, at most so many: those that were entered whole come first, then the newest.

    It is one statement. One or two letters find what begins so, where an index knows it.
    """
    found: list[list[int]] = [[] for _kind in kinds]
    parts = [part for at, searched in enumerate(kinds) for part in select_of_kind(at, searched, question, most)]
    if parts:
        for at, id in db.session.execute(union_all(*parts)):
            if id not in found[at]:
                found[at].append(id)
    return [ids[:most] for ids in found]


def select_of_kind(at: int, searched: Searched[Model], question: str, most: int) -> list[Select[int, int]]:
    """The selects of a kind, each with its place among the kinds."""
    is_whole = is_entered_whole(searched, question)
    whole: Select[int] = select(searched.id.label("id")).where(is_whole).limit(most)
    ways = [whole, newest(searched, question, is_whole, most)] if searched.numbers or searched.codes else []
    ways = ways or [newest(searched, question, is_whole, most)]
    return [select(literal(at, Integer), way.subquery().c.id) for way in ways if way is not None]


def is_entered_whole(searched: Searched[Model], question: str) -> ColumnElement[bool]:
    """By the unique index of its numbers."""
    unique = [number for number in (*searched.numbers, *searched.codes) if getattr(number, "unique", False)]
    return or_(false(), *[number.in_(as_typed(question)) for number in unique])


def newest(searched: Searched[Model], question: str, is_whole: ColumnElement[bool], most: int) -> Select[int] | None:
    """Of those that have all words, in the order in which the index of words has them."""
    match = matching(searched, question)
    ids: Select[int] = select(searched.id.label("id"))
    if match is None:
        if not searched.beginnings:
            return None
        begun = beginning_so(searched, question, ids.where(*searched.always))
        return ids.where(begun).order_by(searched.id.desc()).limit(most)
    (key,) = match.selected_columns
    if searched.documents is not None:
        return match.order_by(key.desc()).limit(most)
    some = match.order_by(key.desc()).limit(ORDERS_LOOKED_AT).subquery()
    of_them = ids_of(searched, select(some.c.id))
    is_code = or_(false(), *[code.in_(as_typed(question)) for code in searched.codes])
    return of_them.order_by(case((is_code, 0), else_=1), searched.id.desc()).limit(most)


def are_whole(searched: Searched[Model], row: Model, question: str) -> bool:
    """Whether this row is what was entered, and nothing more."""
    said = [getattr(row, attrgetter("key")(column)) for column in (*searched.numbers, *searched.codes)]
    return any(text and squeeze(text) == squeeze(question) for text in said)


def squeeze(code: str) -> str:
    """As scanners and people enter it, with spaces or without."""
    return "".join(code.split()).casefold()
