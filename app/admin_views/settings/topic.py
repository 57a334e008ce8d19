"""What the pages of the settings share: the list of topics, the search over them, and who changed what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.interfaces import ORMOption
from wtforms import Form

from app import queries
from app.admin_views.base import RecordView, StaffOnly, StaffPage
from app.admin_views.list_page import Listable
from app.admin_views.neighbours import Neighbouring
from app.admin_views.record_history import PastEvent
from app.admin_views.record_texts import RecordTexts
from app.admin_views.registered import find_views
from app.extensions import ShownText
from app.models import History, Shop

GENERAL, ADVANCED = (_l("General"),), (_l("Advanced"),)
WORKFLOW = (_l("General"), _l("Workflow"))

LATEST_CHANGES = 10
#: So many changes of the shop's settings are looked through for those of one topic.
CHANGES_READ = 200


class Topic(StaffOnly):
    """A page of the settings. It needs the right even to be seen."""

    stands_under = "settings"  # what the menu marks while this page is open
    path: tuple[ShownText, ...] = GENERAL  # the headings that it stands below
    name: ShownText
    endpoint: str

    def is_visible(self) -> bool:
        return False  # one entry in the menu leads to all topics

    def titles(self) -> dict[str, ShownText]:
        """Name -> title of each thing that can be set here."""
        return {}

    def shown(self, name: str, value: object) -> str:
        """A value of the history as it is read here."""
        return as_read(value)

    def frame(self) -> dict[str, object]:
        """What the page shows round its form."""
        return {"groups": group_topics(topics()), "topic": self, "crumbs": crumbs(self)}

    def changes(self) -> list[Change]:
        """The last changes of this topic."""
        titles = self.titles()
        events = queries.history_of(queries.shop(), most=CHANGES_READ)
        mine = [one for event in events if (one := self.change(event, titles)).values]
        return mine[:LATEST_CHANGES]

    def change(self, event: History, titles: dict[str, ShownText]) -> Change:
        values = [
            (str(titles[name]), self.shown(name, old), self.shown(name, new))
            for name, (old, new) in event.facts.get("changes", {}).items()
            if name in titles
        ]
        return Change(event.at, event.actor_name, values)


@dataclass(frozen=True)
class Change:
    at: datetime
    who: str
    values: list[tuple[str, str, str]]  # title, before, after


def as_read(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)


# --- topics over the shop's own record ------------------------------------------------------------------------------


class ShopTopic(Topic, RecordView):
    """A topic that is fields of the shop's record. There is one record, so the page is its form."""

    texts = RecordTexts(saved=_l("Settings saved"))
    can_edit = True
    edit_template = "admin/settings/form.html"
    headings: dict[str, ShownText] = {}  # field -> the heading before it

    def get_one(self, id: str | int, *options: ORMOption) -> Shop:
        return queries.shop()

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> ResponseReturnValue:
        if request.args.get("id") != "1":
            return redirect(url_for(".index_view", id=1, url=url_for(".index_view")), code=303)
        return self.edit_view()

    def get_save_return_url(self, model: Shop, is_created: bool) -> str:
        return url_for(".index_view")

    def render(self, template: str, **kwargs: object) -> str:
        return str(super().render(template, **self.frame(), changes=self.changes(), **kwargs))

    def neighbours(self, record: Listable) -> Neighbouring | None:
        """None: a shop has one record."""
        return None

    def past_events(self, record: object, form: Form) -> Iterator[PastEvent]:
        """None: the page shows its own, not those of all topics."""
        yield from ()

    def titles(self) -> dict[str, ShownText]:
        return {name: self.column_labels[name] for name in self.form_columns if name in self.column_labels}

    def shown(self, name: str, value: object) -> str:
        choices = (self.form_args or {}).get(name, {}).get("choices", ())
        titles = {str(getattr(key, "value", key)): title for key, title in pairs(choices)}
        return str(titles.get(value, as_read(value))) if isinstance(value, str) else as_read(value)


def pairs(choices: Iterable[object]) -> Iterator[tuple[object, object]]:
    for choice in choices:
        yield choice if isinstance(choice, tuple) else (choice, choice)


# --- the list of topics and the search over it ----------------------------------------------------------------------


def topics() -> list[Topic]:
    """The topics that the person at the screen may open, in the order of the menu."""
    return [view for view in find_views(Topic) if view.is_accessible()]


def group_topics(topics: Iterable[Topic]) -> list[tuple[str, list[Topic]]]:
    return [(" › ".join(map(str, path)), list(some)) for path, some in groupby(topics, key=lambda topic: topic.path)]


def crumbs(topic: Topic) -> list[tuple[str, str]]:
    return [
        (_("Settings"), url_for("settings.index")),
        *((str(part), url_for("settings.index", search=str(part))) for part in topic.path),
        (str(topic.name), ""),
    ]


def matches(topic: Topic, words: list[str]) -> bool:
    """Whether each word stands somewhere in the topic: in its title, above it, or in the title of a field."""
    text = " ".join(map(str, [*topic.path, topic.name, *topic.titles().values()])).casefold()
    return all(word in text for word in words)


def found_titles(topic: Topic, words: list[str]) -> list[str]:
    """The fields to name below a topic: those with a word that was sought, else all of them."""
    titles = list(map(str, topic.titles().values()))
    return [title for title in titles if any(word in title.casefold() for word in words)] or titles


class SettingsIndex(StaffPage):
    """All topics with what can be set there, and a search over them."""

    def is_accessible(self) -> bool:
        return super().is_accessible() and bool(topics())

    @expose("/")
    def index(self) -> str:
        search = request.args.get("search", "").strip()[:100]
        words = search.casefold().split()
        found = [topic for topic in topics() if matches(topic, words)]
        fields = {topic.endpoint: found_titles(topic, words) for topic in found}
        return str(self.render("admin/settings/index.html", groups=group_topics(found), fields=fields, search=search))
