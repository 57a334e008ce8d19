"""What is new: the counts beside the menu, and what came in meanwhile. A page asks for both by itself, each minute.

Nothing is kept between two answers: each is one statement over indexes (`app/queries/news.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import ngettext

from app.admin_views.base import StaffPage
from app.admin_views.forms import as_id
from app.admin_views.list_page import Capped
from app.admin_views.registered import find_open_views
from app.admin_views.signin import actor
from app.connections.outages import outages
from app.queries.news import MOST_COUNTED, News, what_is_new


@dataclass(frozen=True)
class NewsKind:
    """Something that is told of: how many, in words, and the list in which they stand."""

    list: str  # its endpoint
    count: Callable[[News], int]
    say: Callable[[Capped], str]
    entry: str = ""  # of the menu, by its endpoint, where the list has none of its own


#: In the order of the menu.
WHAT_WAITS = (
    NewsKind("order", lambda found: found.orders_to_ship, lambda n: ngettext("%(num)s to ship", "%(num)s to ship", n)),
    NewsKind(
        "shipment", lambda found: found.slips_to_ship, lambda n: ngettext("%(num)s to ship", "%(num)s to ship", n)
    ),
    NewsKind(
        "return", lambda found: found.returns_requested, lambda n: ngettext("%(num)s requested", "%(num)s requested", n)
    ),
    NewsKind(
        "ticket",
        lambda found: found.tickets_unanswered,
        lambda n: ngettext("%(num)s not answered", "%(num)s not answered", n),
    ),
    NewsKind("task", lambda found: found.own_tasks, lambda n: ngettext("%(num)s yours", "%(num)s yours", n)),
    NewsKind(
        "outbox",
        lambda found: found.mails_failed,
        lambda n: ngettext("%(num)s failed", "%(num)s failed", n),
        "mail_texts",
    ),
    NewsKind(
        "arrivals", lambda found: found.arrivals_unread, lambda n: ngettext("%(num)s not read", "%(num)s not read", n)
    ),
    NewsKind(
        "connection",
        lambda found: connections_stopped(found),
        lambda n: ngettext("%(num)s connection stopped", "%(num)s connections stopped", n),
        "arrivals",
    ),
    NewsKind("jobs", lambda found: found.jobs_stopped, lambda n: ngettext("%(num)s stopped", "%(num)s stopped", n)),
)

#: In the order in which they are said.
CAME_IN = (
    NewsKind("order", lambda found: found.new_orders, lambda n: ngettext("%(num)s new order", "%(num)s new orders", n)),
    NewsKind(
        "ticket",
        lambda found: found.new_questions,
        lambda n: ngettext("%(num)s new question", "%(num)s new questions", n),
    ),
    NewsKind(
        "outbox",
        lambda found: found.new_failures,
        lambda n: ngettext("%(num)s mail could not be sent", "%(num)s mails could not be sent", n),
    ),
)


class NewsPage(StaffPage):
    def is_visible(self) -> bool:
        return False  # it stands beside the menu, on every page

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """`since` is the mark of the answer before; without one, or with what can't be one, nothing is new."""
        found, seen = what_is_new(actor().staff_id, since=as_id(request.args.get("since"))), find_open_views()
        news = [
            {"text": kind.say(cap(count)), "url": list_url(kind)} for kind, count in count_seen(CAME_IN, found, seen)
        ]
        return jsonify(mark=str(found.mark), counts=counts_beside_menu(found, seen), news=news)


def counts_beside_menu(found: News, seen: Container[str]) -> dict[str, dict[str, str]]:
    """By the endpoint of the entry: the number that stands there, and the words for it."""
    beside: dict[str, list[tuple[NewsKind, int]]] = {}
    for kind, count in count_seen(WHAT_WAITS, found, seen):
        beside.setdefault(kind.entry or kind.list, []).append((kind, count))
    return {
        entry: {
            "count": str(cap(sum(count for _kind, count in some))),
            "words": ", ".join(kind.say(cap(count)) for kind, count in some),
        }
        for entry, some in beside.items()
    }


def count_seen(kinds: tuple[NewsKind, ...], found: News, seen: Container[str]) -> list[tuple[NewsKind, int]]:
    """Those of which there are any, in lists that the person may see; of others nothing is even counted."""
    counted = [(kind, kind.count(found)) for kind in kinds if kind.list in seen]
    return [(kind, count) for kind, count in counted if count]


def connections_stopped(found: News) -> int:
    """As Home tells of them: what passes by itself is not worth a word at once."""
    return len({one.connection_id for one in outages()}) if found.has_connection_trouble else 0


def list_url(kind: NewsKind) -> str:
    return url_for(f"{kind.list}.index_view")


def cap(count: int) -> Capped:
    return Capped(count, MOST_COUNTED)
