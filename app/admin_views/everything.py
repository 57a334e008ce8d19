"""The search of the top bar: records of every kind, what can be begun, pages and settings, each for whoever may.

What kinds there are follows from the lists: whatever list is searched by documents is a kind of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.base import BaseView
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, lazyload

from app.admin_views.base import RecordView, StaffOnly, StaffPage
from app.admin_views.manual import pages_about
from app.admin_views.registered import find_open_views, find_views
from app.admin_views.settings.topic import Topic, matches, topics
from app.admin_views.signin import may
from app.extensions import Model, ShownText, db
from app.models import FOUND_BY, Order
from app.pages.formatting import join_facts
from app.queries.everything import are_whole, find_everywhere
from app.queries.record_search import Searched, fold

MOST_SUGGESTED, MOST_ON_PAGE, MOST_PAGES, MOST_BEGINNINGS = 3, 10, 5, 5
LONGEST_QUESTION = 200


@dataclass(frozen=True)
class SearchResult:
    title: str
    hint: str  # what else it is known by
    url: str
    is_whole: bool = False  # what was typed or scanned is the number or code of this one


@dataclass(frozen=True)
class ResultGroup:
    title: ShownText
    icon: str
    results: list[SearchResult]
    url: str = ""  # the list of this kind, searched for the same


class Everything(StaffPage):
    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """A number or code that one record alone has leads to it; anything else to what is found, by kind."""
        question = asked_question()
        groups = find_groups(question, most=MOST_ON_PAGE)
        whole = {result.url for group in groups for result in group.results if result.is_whole}
        if len(whole) == 1 and "all" not in request.args:
            return redirect(whole.pop())
        return str(self.render("admin/everything/index.html", question=question, groups=groups))

    @expose("/suggestions")
    def suggest(self) -> str:
        """What is listed below the field while somebody types."""
        question = asked_question()
        groups = find_groups(question, most=MOST_SUGGESTED)
        return str(self.render("admin/everything/suggestions.html", question=question, groups=groups))


def asked_question() -> str:
    return request.args.get("q", "").replace("\0", "").strip()[:LONGEST_QUESTION]


def find_groups(question: str, *, most: int) -> list[ResultGroup]:
    if not question:
        return []
    records, pages = list(find_records(question, most=most)), find_pages(question)
    above, below = (pages, []) if has_named(pages, question) else ([], pages)
    return [*above, *records, *find_beginnings(question), *below, *find_manual(question)]


# --- records --------------------------------------------------------------------------------------------------------


def searched_lists() -> list[RecordView]:
    """The lists that are searched by documents, in the order of the menu."""
    return [view for view in find_views(RecordView) if view.searched]


def find_records(question: str, *, most: int) -> Iterator[ResultGroup]:
    lists = [view for view in searched_lists() if view.is_accessible()]
    kinds = [view.searched for view in lists if view.searched]
    for view, searched, ids in zip(lists, kinds, find_everywhere(kinds, question, most=most), strict=True):
        if ids:
            query = query_of(view, searched).add_columns(searched.id.label("own_id")).where(searched.id.in_(ids))
            by_id = {row[1]: row[0] for row in db.session.execute(query)}
            results = [as_result(view, searched, by_id[id], question) for id in ids if id in by_id]
            url = url_for(f"{view.endpoint}.index_view", search=question)
            yield ResultGroup(title_of(view), str(view.menu_icon_value), results, url)


def query_of(view: RecordView, searched: Searched[Model]) -> Select[Model]:
    """With the order that they are of, and nothing else that the list would show."""
    if not hasattr(searched.model, "order"):
        query: Select[Model] = view.list_query()
        return query
    order = attrgetter("order")(searched.model)
    return select(searched.model).options(lazyload("*"), joinedload(order).load_only(Order.number, Order.customer_name))


def title_of(view: RecordView) -> str:
    """As its tab is called, where it is one."""
    return str(getattr(view, "tab", "") or view.name)


def as_result(view: RecordView, searched: Searched[Model], row: Model, question: str) -> SearchResult:
    title = view.row_title(row)
    hints = [text for text in describe_row(searched, row) if text and text not in title]
    url = url_of(view, row) or url_for(f"{view.endpoint}.index_view", search=question)
    return SearchResult(title, join_facts(dict.fromkeys(hints)), url, are_whole(searched, row, question))


def describe_row(searched: Searched[Model], row: Model) -> list[str | None]:
    """What the row is found by; of what is found by its order, which one that is."""
    if searched.documents is not None:
        return [getattr(row, column) for column in FOUND_BY[str(row.__tablename__)]]
    order: Order = row if isinstance(row, Order) else attrgetter("order")(row)
    return [order.number, order.customer_name]


def url_of(view: RecordView, row: Model) -> str:
    """Where a click on the row of its list leads, too."""
    if own := view.row_url(row):
        return own
    way = "details_view" if view.can_view_details else "edit_view" if view.can_edit else ""
    return url_for(f"{view.endpoint}.{way}", id=attrgetter("id")(row)) if way else ""


# --- what can be begun ----------------------------------------------------------------------------------------------


def find_beginnings(question: str) -> list[ResultGroup]:
    """What the person may begin, by the words of its title; first what is called so from its first letter."""
    words = fold(question).split()
    some = [result for result in offered_beginnings() if has_all(result.title, words)]
    some.sort(key=lambda result: not starts_as_typed(result.title, question))
    return [ResultGroup(_("Actions"), "plus", some[:MOST_BEGINNINGS])] if some else []


def offered_beginnings() -> Iterator[SearchResult]:
    """New records of every list that makes them, and what pages say of themselves, in the order of the menu."""
    for view in find_open_views().values():
        if isinstance(view, RecordView) and view.can_create and view.may_change:
            yield SearchResult(str(view.texts.new), title_of(view), url_for(f"{view.endpoint}.create_view"))
        for one in view.begins if isinstance(view, StaffOnly) else ():
            if not one.right or may(one.right):
                yield SearchResult(str(one.title), str(view.name), url_for(f"{view.endpoint}{one.endpoint}"))


# --- pages ----------------------------------------------------------------------------------------------------------


def find_pages(question: str) -> list[ResultGroup]:
    """The pages of the menu by their titles, and the settings by what can be set there."""
    words = fold(question).split()
    some = [SearchResult(str(page.name), "", page_url(page)) for page in menu_pages() if has_all(str(page.name), words)]
    meant = [topic for topic in topics() if is_topic_meant(topic, question, words)]
    meant.sort(key=lambda topic: not has_all(str(topic.name), words))  # before those in which it can be set
    some += [
        SearchResult(str(topic.name), " › ".join([_("Settings"), *map(str, topic.path)]), page_url(topic))
        for topic in meant
    ]
    some.sort(key=lambda result: not starts_as_typed(result.title, question))
    return [ResultGroup(_("Pages"), "list", some[:MOST_PAGES])] if some else []


def has_named(pages: list[ResultGroup], question: str) -> bool:
    """Whether a page is called as was typed, or its name goes on from there."""
    return any(starts_as_typed(result.title, question) for group in pages for result in group.results)


def find_manual(question: str) -> list[ResultGroup]:
    """The pages of the manual that tell of it."""
    words = fold(question).split() if len(question) > 2 else []
    told = pages_about(lambda text: has_all(text, words)) if words else []
    some = [SearchResult(page.title, "", url_for("manual.page", manual_page=page.name)) for page in told]
    return [ResultGroup(_("Manual"), "note", some[:MOST_SUGGESTED])] if some else []


def menu_pages() -> Iterator[BaseView]:
    """As the menu shows them to whoever asks."""
    (admin,) = current_app.extensions["admin"]
    for item in admin.menu():
        entries = item.get_children() if item.is_category() else [item]
        yield from (entry._view for entry in entries if entry.is_accessible() and entry.is_visible())


def is_topic_meant(topic: Topic, question: str, words: list[str]) -> bool:
    return has_all(str(topic.name), words) or (len(question) > 2 and matches(topic, question.casefold().split()))


def starts_as_typed(title: str, question: str) -> bool:
    return fold(title).startswith(fold(question))


def has_all(title: str, words: list[str]) -> bool:
    return all(word in fold(title) for word in words)


def page_url(page: BaseView) -> str:
    return url_for(f"{page.endpoint}.{page._default_view}")
