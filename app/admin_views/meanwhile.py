"""What came in while somebody was away: told on Home, to each person of their own absence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import url_for
from flask_babel import ngettext
from flask_login import current_user

from app.admin_views.list_page import Capped
from app.admin_views.registered import find_open_views
from app.columns import now
from app.pages.formatting import recent_here
from app.queries.meanwhile import came_since
from app.security import sessions

#: The list in which it stands, by its endpoint -> how many, in words; in the order of `Meanwhile`.
TOLD_ON_HOME: dict[str, Callable[[Capped], str]] = {
    "order": lambda n: ngettext("%(num)s new order", "%(num)s new orders", n),
    "ticket": lambda n: ngettext("%(num)s new question", "%(num)s new questions", n),
    "return": lambda n: ngettext("%(num)s new return", "%(num)s new returns", n),
    "outbox": lambda n: ngettext("%(num)s mail could not be sent", "%(num)s mails could not be sent", n),
}


def tell_meanwhile() -> dict[str, object] | None:
    """Since when, and text and address of each; None where there is nothing to tell, or nobody was away."""
    since, seen = away_since(), find_open_views()
    if since is None:
        return None
    came = zip(TOLD_ON_HOME.items(), came_since(since), strict=True)
    told = [
        (say(Capped(count)), url_for(f"{place}.index_view")) for (place, say), count in came if count and place in seen
    ]
    return {"since": recent_here()(since), "told": told} if told else None


def away_since() -> datetime | None:
    """Until when the person was here the time before; None for who is here for the first time."""
    seen: datetime | None = current_user.seen_at  # as it was before this request
    away: datetime | None = current_user.away_since
    return seen if seen is not None and now() - seen > sessions.AWAY else away
