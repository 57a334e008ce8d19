"""What a shop's API states of a thing, read key by key, whatever it makes of numbers and moments."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

#: An object as an API tells it.
ShopFacts: TypeAlias = dict[str, object]


def stated_text(facts: ShopFacts, key: str) -> str:
    value = facts.get(key)
    return "" if value is None else str(value)


def amount_of(facts: ShopFacts, key: str) -> Decimal | None:
    try:
        return abs(Decimal(stated_text(facts, key)))
    except InvalidOperation:
        return None


def moment_of(facts: ShopFacts, key: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stated_text(facts, key)).replace(tzinfo=UTC)
    except ValueError:
        return None


def in_one_line(text: str) -> str:
    """As it reads, however it was written down there."""
    return " ".join(html.unescape(text).split())
