"""What other programs may hear of, in words, by what it is about."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.extensions import ShownText
from app.history import Happened
from app.webhooks import TEST

TITLES: dict[str, ShownText] = {event: event.webhook.title for event in Happened if event.webhook} | {TEST: _l("Test")}


def events_by_heading() -> dict[ShownText, dict[Happened, ShownText]]:
    """Heading -> event -> title, in the order in which they are declared."""
    headings: dict[ShownText, dict[Happened, ShownText]] = {}
    for event in Happened:
        if event.webhook:
            headings.setdefault(event.webhook.heading, {})[event] = event.webhook.title
    return headings


def event_title(event: str) -> str:
    return str(TITLES.get(event, event))


def events_summary(events: list[str]) -> str:
    return ", ".join(map(event_title, events)) or str(_l("Everything"))
