"""A list in tabs, each with its count: which rows stand in a tab is declared by its condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, GenerativeSelect, select

from app.admin_views.base import RecordView
from app.admin_views.list_address import Filters
from app.admin_views.list_page import Capped
from app.extensions import ShownText, db
from app.queries.counting import count_capped, rows_in


def all_rows() -> list[ColumnElement[bool]]:
    return []


@dataclass(frozen=True)
class ListTab:
    title: ShownText
    where: Callable[[], list[ColumnElement[bool]]] = all_rows
    to_count: Callable[[], GenerativeSelect] | None = None  # the same rows, where they are sooner counted so


class TabbedList(RecordView):
    """The address names the tab; the search, and what the list is narrowed by besides, stay when it changes."""

    tabs: Mapping[str, ListTab] = {}  # "" is the one that opens first
    tab_part = "state"  # of the address

    def conditions(self, search: str | None, filters: Filters) -> list[ColumnElement[bool]]:
        return [*super().conditions(search, filters), *self.narrowed(), *self.tabs[self.asked_tab()].where()]

    def knows_part(self, name: str, value: str) -> bool:
        return value in self.tabs if name == self.tab_part else super().knows_part(name, value)

    def get_empty_list_message(self) -> ShownText:
        return _("Nothing stands in this tab.") if self.asked_tab() else super().get_empty_list_message()

    def narrowed(self) -> list[ColumnElement[bool]]:
        """Conditions that hold in every tab, and that its counts know of."""
        return []

    def kept(self) -> dict[str, str]:
        """What in the address says so."""
        return {}

    def asked_tab(self) -> str:
        asked = self.list_args.get(self.tab_part, "")
        return asked if asked in self.tabs else ""

    def list_url(self, **parts: str) -> str:
        """The list as it is now, but for these parts of its address."""
        now = {self.tab_part: self.asked_tab(), **self.kept(), "search": self.list_args.get("search", "")}
        said: dict[str, Any] = {name: text for name, text in (now | parts).items() if text}
        return url_for(".index_view", **said)

    def render(self, template: str, **kwargs: object) -> str:
        if template == self.list_template:
            kwargs["tabs"] = self.tabs_with_counts()
        return super().render(template, **kwargs)

    def counted(self, where: list[ColumnElement[bool]]) -> Capped:
        """The list's own count and those of all tabs, in one statement."""
        tabs = [count_capped(self.rows_of(tab)) for tab in self.tabs.values()]
        own, *of_tabs = map(Capped, db.session.execute(select(count_capped(rows_in(self.model, *where)), *tabs)).one())
        g.tab_counts = of_tabs
        return own

    def rows_of(self, tab: ListTab) -> GenerativeSelect:
        narrowed = self.narrowed()
        return tab.to_count() if tab.to_count and not narrowed else rows_in(self.model, *narrowed, *tab.where())

    def tabs_with_counts(self) -> list[dict[str, object]]:
        here = None if self.unread_parts() else self.asked_tab()
        return [
            {"url": self.list_url(**{self.tab_part: name}), "text": tab.title, "current": name == here, "count": count}
            for (name, tab), count in zip(self.tabs.items(), g.tab_counts, strict=True)
        ]
