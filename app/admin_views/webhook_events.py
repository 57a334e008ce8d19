"""What other programs may hear of, in words, by what it is about."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.history import Happened
from app.webhooks import TEST

TITLES: dict[str, Any] = {event: event.webhook.title for event in Happened if event.webhook} | {TEST: _l("Test")}


def events_by_heading() -> dict[Any, dict[Happened, Any]]:
    """Heading -> event -> title, in the order in which they are declared."""
    headings: dict[Any, dict[Happened, Any]] = {}
    for event in Happened:
        if event.webhook:
            headings.setdefault(event.webhook.heading, {})[event] = event.webhook.title
    return headings


def event_title(event: str) -> str:
    return str(TITLES.get(event, event))


def events_summary(events: list[str]) -> str:
    return ", ".join(map(event_title, events)) or str(_l("Everything"))
